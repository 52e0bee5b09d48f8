"""What is said of a store that was restored."""

from datetime import datetime

from gateway.clock import local_text
from gateway.text import Text


def is_a_copy(at: datetime) -> Text:
    """Return that the store is a copy that `creditgate store backup` made."""
    return Text(
        f"存储是 {local_text(at)} 所做的备份", f"the store is the backup of {local_text(at)}"
    )


def is_older(run: int, known: int) -> Text:
    """Return that the store counts fewer starts, stops and hours than the file beside it."""
    return Text(
        f"存储记录的启停计数为 {run}，旁边的 .id 文件记录为 {known}：存储较旧",
        f"the store counts {run} starts, stops and hours and the file .id beside it {known}: the store"
        " is older",
    )


def is_another_file(before: str, now: str) -> Text:
    """Return that the store is another file than before."""
    return Text(
        f"存储文件已不是原来的文件（{before} → {now}）",
        f"the store is another file than before ({before} -> {now})",
    )


def is_another_database(before: str, now: str) -> Text:
    """Return that the store is in another database, or on another timeline, than before."""
    return Text(
        f"数据库实例、时间线或表已不是原来的（{before} → {now}）：恢复、按时间点恢复或备库提升",
        f"the database, its timeline or the table is another than before ({before} -> {now}):"
        " restored, recovered to a point in time, or a standby promoted",
    )


def said_so(person: str, why: str) -> Text:
    """Return that a person said that the store was restored."""
    return Text(f"{person} 声明已恢复：{why}", f"{person} says so: {why}")


def restored(generation: int, as_of: datetime | None, why: Text) -> Text:
    """Return that the store was restored, and what follows."""
    zh = "未知时刻" if as_of is None else local_text(as_of)
    en = "a moment unknown" if as_of is None else local_text(as_of)
    return Text(
        f"存储已恢复，现为第 {generation} 代，内容截至 {zh}：{why.zh}。此后在来源处标记为已取而本存储不知的，"
        "将重新采集；推送方查询失效的回执时会被告知重新提交；请执行 creditgate reconcile 查看",
        f"the store was restored: generation {generation} begins, it knows up to {en}: {why.en}."
        " What was marked as taken at the sources since and is unknown here is fetched again; who"
        " asks for a lost receipt is told to post again; see creditgate reconcile",
    )


def restored_already(generation: int, at: datetime) -> Text:
    """Return that a restore was noted already and no feed was looked through since."""
    return Text(
        f"{local_text(at)} 已记录恢复（第 {generation} 代），各数据项尚待查看，无需重复",
        f"the restore was noted on {local_text(at)} (generation {generation}) and no feed was"
        " looked through since: nothing more to do",
    )


def checked(feed: str, receipts: int) -> Text:
    """Return that a person has vouched for a feed after the restore."""
    return Text(
        f"{feed}：已按您的核对记录恢复后无缺失，{receipts} 个失效回执不再等待",
        f"{feed}: recorded that nothing is missing after the restore; {receipts} lost receipts are"
        " awaited no more",
    )


def not_opened_again(feed: str, why: Text) -> Text:
    """Return that a feed's adapter could not be opened again after the restore."""
    return Text(
        f"存储恢复后 {feed} 的适配器未能重新打开：{why.zh}；请改正后重启网关",
        f"the adapter of {feed} did not open again after the restore: {why.en}; mend it and restart"
        " the gateway",
    )


# --- reconciliation and alerts ----------------------------------------------------------------------


def since_restore(at: datetime, as_of: datetime | None, generation: int) -> Text:
    """Return when the store was restored, and what nobody can know."""
    zh = "" if as_of is None else f"，内容截至 {local_text(as_of)}"
    en = "" if as_of is None else f" and knows up to {local_text(as_of)}"
    return Text(
        f"存储于 {local_text(at)} 恢复（第 {generation} 代）{zh}；其间推送而未再查询回执的提交、来源已删除的内容，"
        "此处无从得知：请通知推送部门重新提交，并与删除已取数据的来源核对",
        f"the store was restored on {local_text(at)} (generation {generation}){en}; what was"
        " posted meanwhile and whose receipt nobody asks for, and what a source has deleted since,"
        " cannot be known here: have the departments that push post again, and ask those whose"
        " systems delete what was taken",
    )


def not_opened_since(why: Text) -> Text:
    """Return that a store must have been restored and no gateway has opened it since."""
    return Text(
        f"存储恢复过，而网关尚未在其上启动：{why.zh}；来源处的标记尚未核对，请启动网关",
        f"the store was restored and no gateway was started on it since: {why.en}; what is marked at"
        " the sources was not looked through: start the gateway",
    )


def not_looked(feed: str) -> Text:
    """Return that a feed's source was not looked through since the restore."""
    return Text(
        f"{feed}：恢复后尚未完整采集一次，来源处是否有已标记而此处不知的内容尚不清楚；"
        f"请等待或执行 creditgate pull {feed}（不再采集的数据项：creditgate store checked {feed}）",
        f"{feed}: not fetched to its end since the restore; whether its source has something marked"
        f" that is unknown here is not known; wait, or run creditgate pull {feed} (where it is"
        f" fetched no more: creditgate store checked {feed})",
    )


def fetched_again(feed: str, units: int, rows: int) -> Text:
    """Return how much was marked at a source, unknown here, and fetched again."""
    return Text(
        f"{feed}：来源处已标记而此处不知的 {units:,} 个单元、{rows:,} 行已重新采集",
        f"{feed}: kept at the source and unknown here: {units:,} units, {rows:,} rows, fetched again",
    )


def lost_receipts(feed: str, receipts: int, posted_again: int) -> Text:
    """Return how many lost receipts were asked for."""
    return Text(
        f"{feed}：{receipts:,} 个失效回执的数据尚未重新提交，{posted_again:,} 个已重新提交；"
        f"核对后确无缺失可执行 creditgate store checked {feed}",
        f"{feed}: the rows of {receipts:,} lost receipts were not posted again, those of"
        f" {posted_again:,} were; where nothing is missing run creditgate store checked {feed}",
    )


def alert(at: datetime, not_looked_at: int, lost: int) -> Text:
    """Return what is an alert after a restore."""
    return Text(
        f"存储于 {local_text(at)} 恢复：{not_looked_at} 个数据项尚未重新查看，{lost} 个失效回执尚未重新提交；"
        "请通知推送部门，并执行 creditgate reconcile",
        f"the store was restored on {local_text(at)}: {not_looked_at} feeds were not looked through"
        f" yet, the rows of {lost} lost receipts were not posted again; tell the departments that"
        " push, and run creditgate reconcile",
    )


def not_looked_yet() -> Text:
    """Return at a glance that a feed was not looked through since the restore."""
    return Text("存储恢复后尚未重新查看来源", "its source was not looked through since the restore")


def receipts_lost(count: int) -> Text:
    """Return at a glance that the rows of lost receipts were not posted again."""
    return Text(
        f"{count:,} 个失效回执的数据尚未重新提交",
        f"the rows of {count:,} lost receipts were not posted again",
    )
