"""What the conformance suite finds wrong with a receiver."""

from collections.abc import Sequence
from datetime import date

from gateway.text import Text


def at_step(number: int, text: Text) -> Text:
    """A finding, with the step of its case at which it showed."""
    return Text(f"第 {number} 步：{text.zh}", f"step {number}: {text.en}")


def answer_unfinished(kind: str) -> Text:
    """The receiver did not answer to the end."""
    return Text(f"接收方没有答完（{kind}）", f"the receiver did not finish its answer ({kind})")


def answer_unreadable(path: str) -> Text:
    """The receiver's list has another shape than docs/centre.md says."""
    return Text(f"{path} 的应答不是约定的 JSON", f"the answer of {path} is not the JSON agreed on")


def wrong_status(status: int, wanted: Sequence[int]) -> Text:
    """The receiver answered another status than it must."""
    statuses = " / ".join(map(str, wanted))
    return Text(
        f"应答 HTTP {status}，应为 {statuses}", f"answered HTTP {status} instead of {statuses}"
    )


def another_receipt() -> Text:
    """A repeat got a receipt of its own."""
    return Text("重复的数据包得到另一份回执", "the repeat got another receipt than the first time")


def no_receipt_of_this(why: Text) -> Text:
    """The answer is no receipt of the package that was sent."""
    return Text(f"不是本包的回执：{why.zh}", f"no receipt of this package: {why.en}")


def wrong_verdict(record: str, verdict: str, wanted: Sequence[str]) -> Text:
    """A record got another verdict than it must."""
    allowed = " / ".join(wanted)
    return Text(
        f"记录 {record} 的结论为 {verdict}，应为 {allowed}",
        f"record {record} was {verdict} instead of {allowed}",
    )


def stored_wrong(record: str, times: int, wanted: bool) -> Text:
    """A record is stored otherwise than it must be."""
    if not wanted:
        zh, en = "不应在库中", "is stored and must not be"
    elif not times:
        zh, en = "应在库中而没有", "is not stored and must be"
    elif times > 1:
        zh, en = f"入库 {times} 次", f"is stored {times} times"
    else:
        zh, en = "库中是另一个版本", "another version is stored"
    return Text(f"记录 {record}：{zh}", f"record {record}: {en}")


def stored_twice(record: str) -> Text:
    """A record that came twice is stored twice."""
    return Text(f"记录 {record} 入库两次", f"record {record} is stored twice")


def stored_strange(count: int) -> Text:
    """Records are stored that were never accepted."""
    return Text(
        f"库中多出 {count} 条未接收的记录", f"{count} records are stored that were never accepted"
    )


def stored_count(count: int, wanted: int) -> Text:
    """Another number of records is stored than must be."""
    return Text(
        f"入库 {count} 条，应为 {wanted} 条", f"{count} records are stored instead of {wanted}"
    )


def wrong_totals(day: str, counts: tuple[int, int], wanted: tuple[int, int]) -> Text:
    """GET /totals says another number of present or withdrawn records of a day."""
    return Text(
        f"{day} 的总数为在库 {counts[0]}、撤销 {counts[1]}，应为 {wanted[0]}、{wanted[1]}",
        f"the totals of {day} are {counts[0]} present and {counts[1]} withdrawn instead of {wanted[0]} and {wanted[1]}",
    )


def digests_by_halves() -> Text:
    """A receiver gives digests for one question and none for another."""
    return Text(
        "摘要只给出一部分：GET /totals?digests=1 的每一日与 GET /digests 须都给出，或都不给出",
        "digests are given by halves: each day of GET /totals?digests=1 and GET /digests have them, or none has",
    )


def wrong_root(day: date, records: int) -> Text:
    """GET /totals?digests=1 says another set of a day than the records that must be there."""
    return Text(
        f"{day} 的在库条数或根摘要不是应有 {records} 条记录的（GET /totals?digests=1）",
        f"the count or the root of {day} is not that of the {records} records that must be there (GET /totals?digests=1)",
    )


def wrong_buckets(day: date, buckets: list[str]) -> Text:
    """GET /digests says other buckets, or other records in one, than must be there."""
    shown = ", ".join(buckets[:8]) + ("…" if len(buckets) > 8 else "")
    return Text(
        f"{day} 的桶 {shown} 的摘要或记录不符（GET /digests）",
        f"digests or records of the buckets {shown} of {day} are wrong (GET /digests)",
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
