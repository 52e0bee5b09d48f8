"""What reconciliation says."""

from datetime import date

from gateway.text import Text


def source_counts(
    feed: str, counted: int, rows: int, left_out: int, blank: int, deleted: int
) -> Text:
    """Return how a feed's own count of its source adds up."""
    return Text(
        f"{feed}：来源计数 {counted:,} = 数据行 {rows:,} + 按规则略过 {left_out:,}"
        f" + 空行 {blank:,} + 已删除 {deleted:,}",
        f"{feed}: counted at the source {counted:,} = rows {rows:,} + left out by rule"
        f" {left_out:,} + blank {blank:,} + deleted {deleted:,}",
    )


def uneven_units(feed: str, units: int) -> Text:
    """Return that the count of some units is not what became of their records."""
    return Text(
        f"{feed}：{units:,} 个单元的计数对不上，请核对该数据项的采集单元",
        f"{feed}: the counts of {units:,} units do not add up; look at the feed's units",
    )


def uncounted_units(feed: str, units: int) -> Text:
    """Return that some units were not counted apart from their reader."""
    return Text(
        f"{feed}：{units:,} 个单元未另行计数", f"{feed}: {units:,} units were not counted apart"
    )


def sets_contradict(day: date) -> Text:
    """Return that what the centre says of a day does not agree with itself."""
    return Text(
        f"中心对 {day} 的数量、根摘要、各桶与记录互不相符：请再对一次账；仍如此则中心的"
        " /totals 或 /digests 有误",
        f"what the centre says of {day} does not agree with itself (count, root, buckets,"
        " records): reconcile once more; where it stays so, the centre's /totals or /digests are"
        " wrong",
    )


def balanced() -> Text:
    """Return what it means that all feeds balance: not counts alone, but the sets of records."""
    return Text(
        "对账平衡：每一行都已送达、退回、认出为重复或被取代，中心库所存逐条相同（比的是集合，"
        "不只是数量）。",
        "Balanced to the record: every row is accounted for, and the centre has the same"
        " records (sets, not counts).",
    )


def nothing_compared() -> Text:
    """Return that no feed was ever fetched, so that nothing is known to balance."""
    return Text(
        "还没有采集过任何数据项，无从对账，也未询问中心库。",
        "No feed was ever fetched, so there is nothing to compare, and the centre was not asked.",
    )


def counts_only(feed: str) -> Text:
    """Return that a centre tells only how many records it has, so that nobody knows whether they
    are the same.
    """
    return Text(
        f"{feed}：只比了数量：中心不提供记录摘要，数量相同不等于内容相同；请中心按"
        " docs/centre.md 提供 /digests",
        f"{feed}: counts only: the centre gives no digests, and as many records need not be the"
        " same; have it give /digests as docs/centre.md says",
    )


def answer_malformed(entry: object) -> Text:
    """Return that an answer of the centre about totals or records is not as agreed."""
    shown = repr(entry)[:80]
    return Text(
        f"应答不合格：{shown}；请中心核对 /totals 与 /records",
        f"the answer is malformed: {shown}; have the centre look at /totals and /records",
    )


def totals_not_given(feed: str, reason: Text) -> Text:
    """Return that the centre did not give a feed's totals, and why."""
    return Text(
        f"中心未给出 {feed} 的合计：{reason.zh}",
        f"the centre gave no totals of {feed}: {reason.en}",
    )


def not_ours(feed: str) -> Text:
    """Return that the centre does not let this gateway ask for a feed, so that it was not
    compared.
    """
    return Text(
        f"{feed}：未对账，中心不允许本网关查询（HTTP 403）；请中心执行 creditgate central"
        " sender limit",
        f"{feed}: not compared, the centre does not let this gateway ask for it (HTTP 403); "
        "have the centre run creditgate central sender limit",
    )


def submissions_wait(feed: str, count: int) -> Text:
    """Return that submissions are not in the gateway yet."""
    return Text(
        f"{feed}：{count:,} 次提交尚未采集", f"{feed}: {count:,} submissions were not fetched yet"
    )


def problem(feed: str, why: Text) -> Text:
    """Return why a feed has stopped, or what its last fetch met."""
    return Text(f"{feed}：{why.zh}", f"{feed}: {why.en}")


def http_refused(status: int, reason: Text) -> Text:
    """Return with which status, and why, the centre refused a question."""
    return Text(f"HTTP {status}：{reason.zh}", f"HTTP {status}: {reason.en}")


def title() -> Text:
    """Return the title of the results of an exchange."""
    return Text("交换结果", "Results of the exchange")


def feed() -> Text:
    """Return the heading of the names of feeds."""
    return Text("数据项", "Feed")


def commonest_reasons(name: str) -> Text:
    """Return the heading of the commonest reasons for which a feed's rows are refused."""
    return Text(f"{name} 主要退回原因", "commonest reasons")


def not_balanced() -> str:
    """Return that source, gateway and centre do not balance."""
    return "对账不平衡。/ Not balanced."
