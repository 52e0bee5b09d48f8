"""What the conformance suite finds wrong with a receiver."""

from collections.abc import Sequence
from datetime import date

from gateway.text import Text


def at_step(number: int, text: Text) -> Text:
    """Return a finding with the step of its case at which it showed."""
    return Text(f"第 {number} 步：{text.zh}", f"step {number}: {text.en}")


def answer_unfinished(kind: str) -> Text:
    """Return that the receiver did not answer to the end."""
    return Text(f"接收方没有答完（{kind}）", f"the receiver did not finish its answer ({kind})")


def answer_unreadable(path: str) -> Text:
    """Return that the receiver's list has another shape than docs/centre.md says."""
    return Text(f"{path} 的应答不是约定的 JSON", f"the answer of {path} is not the JSON agreed on")


def wrong_status(status: int, expected: Sequence[int]) -> Text:
    """Return that the receiver answered another status than it must."""
    statuses = " / ".join(map(str, expected))
    return Text(
        f"应答 HTTP {status}，应为 {statuses}", f"answered HTTP {status} instead of {statuses}"
    )


def another_receipt() -> Text:
    """Return that a repeat got a receipt of its own."""
    return Text("重复的数据包得到另一份回执", "the repeat got another receipt than the first time")


def no_receipt_of_this(reason: Text) -> Text:
    """Return that the answer is no receipt of the package that was sent."""
    return Text(f"不是本包的回执：{reason.zh}", f"no receipt of this package: {reason.en}")


def wrong_verdict(record: str, verdict: str, expected: Sequence[str]) -> Text:
    """Return that a record got another verdict than it must."""
    allowed = " / ".join(expected)
    return Text(
        f"记录 {record} 的结论为 {verdict}，应为 {allowed}",
        f"record {record} was {verdict} instead of {allowed}",
    )


def stored_wrong(record: str, times: int, expected: bool) -> Text:
    """Return that a record is stored otherwise than it must be."""
    if not expected:
        zh, en = "不应在库中", "is stored and must not be"
    elif not times:
        zh, en = "应在库中而没有", "is not stored and must be"
    elif times > 1:
        zh, en = f"入库 {times} 次", f"is stored {times} times"
    else:
        zh, en = "库中是另一个版本", "another version is stored"
    return Text(f"记录 {record}：{zh}", f"record {record}: {en}")


def stored_twice(record: str) -> Text:
    """Return that a record that came twice is stored twice."""
    return Text(f"记录 {record} 入库两次", f"record {record} is stored twice")


def stored_strange(count: int) -> Text:
    """Return that records are stored that were never accepted."""
    return Text(
        f"库中多出 {count} 条未接收的记录", f"{count} records are stored that were never accepted"
    )


def stored_count(count: int, expected: int) -> Text:
    """Return that another number of records is stored than must be."""
    return Text(
        f"入库 {count} 条，应为 {expected} 条", f"{count} records are stored instead of {expected}"
    )


def wrong_totals(day: str, counts: tuple[int, int], expected: tuple[int, int]) -> Text:
    """Return that GET /totals counts other present or withdrawn records of a day."""
    return Text(
        f"{day} 的总数为在库 {counts[0]}、撤销 {counts[1]}，应为 {expected[0]}、{expected[1]}",
        f"the totals of {day} are {counts[0]} present and {counts[1]} withdrawn"
        f" instead of {expected[0]} and {expected[1]}",
    )


def digests_by_halves() -> Text:
    """Return that a receiver gives digests for one question and none for another."""
    return Text(
        "摘要只给出一部分：GET /totals?digests=1 的每一日与 GET /digests 须都给出，或都不给出",
        "digests are given by halves: each day of GET"
        " /totals?digests=1 and GET /digests have them, or none has",
    )


def wrong_root(day: date, records: int) -> Text:
    """Return that a day's root digest (GET /totals?digests=1) is not that of its records."""
    return Text(
        f"{day} 的在库条数或根摘要不是应有 {records} 条记录的（GET /totals?digests=1）",
        f"the count or the root of {day} is not that of the {records} records that must be there"
        " (GET /totals?digests=1)",
    )


def wrong_buckets(day: date, buckets: list[str]) -> Text:
    """Return that GET /digests gives other buckets, or other records in one, than it must."""
    listed = ", ".join(buckets[:8]) + ("…" if len(buckets) > 8 else "")
    return Text(
        f"{day} 的桶 {listed} 的摘要或记录不符（GET /digests）",
        f"digests or records of the buckets {listed} of {day} are wrong (GET /digests)",
    )


def no_second_sender() -> Text:
    """Return that a duty needs a second sender and the suite was given none."""
    return Text(
        "未给出第二个发送方（--other-token-file），此项无从证明",
        "no second sender was given (--other-token-file), so this is not shown",
    )


def not_revoked() -> Text:
    """Return that the command that ends the second sender is missing or failed."""
    return Text(
        "未给出撤销第二个发送方的命令（--revoke），或该命令失败",
        "no command that revokes the second sender was given (--revoke), or it failed",
    )


def no_certificate() -> Text:
    """Return that a page has no signed statement in it."""
    return Text("不是签名的证书", "this is no signed certificate")


def signature_wrong() -> Text:
    """Return that a certificate's signature is not one of its statement by the key."""
    return Text(
        "签名不符：证书被改动，或由另一密钥签发",
        "the signature is wrong: the certificate was touched, or another key signed it",
    )


def of_unit(unit: str, reason_zh: str, reason_en: str) -> Text:
    """Return why a file, page or submission could not be read."""
    return Text(f"{unit}：{reason_zh}", f"{unit}: {reason_en}")


def nothing_read() -> Text:
    """Return that a source brought nothing to judge."""
    return Text("没有读到任何数据，无从判断", "nothing was read, so nothing can be told")


def step_failed(step_zh: str, step_en: str, detail: str) -> Text:
    """Return that a step of the connection test failed."""
    return Text(f"{step_zh}未通过：{detail}", f"{step_en} failed: {detail}")


def row_unreadable(unit: str, ref: str, reason_zh: str, reason_en: str) -> Text:
    """Return which row has text that cannot be read, and why."""
    return Text(f"{unit} 第 {ref} 行：{reason_zh}", f"{unit} row {ref}: {reason_en}")


def rows_without_key(rows: int, fields: str) -> Text:
    """Return how many rows lack a part of the record key."""
    return Text(
        f"{rows} 行缺少记录键（{fields}）", f"{rows} rows lack a part of the record key ({fields})"
    )


def rows_refused(rows: int, refused: int) -> Text:
    """Return how many rows break the standard."""
    return Text(f"{rows} 行中有 {refused} 行不符合", f"{refused} of {rows} rows break the standard")


def reason_repeated(count: int, text: Text) -> Text:
    """Return how often a reason came."""
    return Text(f"{count} 次：{text.zh}", f"{count} times: {text.en}")


def rows_declared(unit: str, declared: int, rows: int) -> Text:
    """Return that a unit has another number of rows than it declares."""
    return Text(
        f"{unit} 声明 {declared} 行，实有 {rows} 行",
        f"{unit} declares {declared} rows and has {rows}",
    )


def fetches_differ() -> Text:
    """Return that the same fetch brought different rows."""
    return Text("两次采集得到的行不同", "two fetches brought different rows")


def resumed_elsewhere() -> Text:
    """Return that a fetch from a cursor does not go on where that cursor was."""
    return Text(
        "续采得到的行与首次采集的后续行不同",
        "the rows after the cursor are not those that followed in the first fetch",
    )
