"""What is said of a feed's exchange: units not acknowledged, lists that withdraw nothing."""

from collections.abc import Sequence
from datetime import timedelta

from gateway.text import Text


def result_not_taken(unit: str, reason: Text) -> Text:
    """Return that a department could not be told what became of a unit, and why."""
    return Text(
        f"{unit} 的结果未能回写：{reason.zh}", f"the result of {unit} was not taken: {reason.en}"
    )


def unforeseen_error(kind: str) -> Text:
    """Return that an adapter failed in a way that nobody foresaw."""
    return Text(
        f"出现意外错误（{kind}），详见日志；稍后自动再试",
        f"an unforeseen error ({kind}); the log has it; it is tried again",
    )


def nothing_withdrawn(missing: int, rows: int) -> Text:
    """Return that a full list lacks records, and that unreadable rows of it may be those."""
    return Text(
        f"清单中少了 {missing} 条记录，但有 {rows} 行被退回且无法辨认是哪条记录，可能就是它们；"
        "本次未撤销任何记录。请部门改正后重新给出完整清单，届时再撤销确已不在的记录",
        f"the list lacks {missing} records, yet {rows} of its rows were refused and cannot be told"
        " apart from them: nothing was withdrawn. Once the department gives a list whose rows can"
        " be read, what is gone is withdrawn",
    )


def list_shrank(feed: str, missing: int, total: int) -> Text:
    """Return that a full list shrank so far that a person must confirm it."""
    remaining = total - missing
    return Text(
        f"清单由 {total} 条减为 {remaining} 条，已暂停；确认无误请执行 creditgate feed confirm"
        f" {feed} --why 原因，否则待部门更正后执行 creditgate feed resume {feed} --why 原因",
        f"the list shrank from {total} records to {remaining} and the feed has stopped; if that is"
        f" right run creditgate feed confirm {feed} --why REASON, else creditgate feed resume"
        f" {feed} --why REASON once the department has mended it",
    )


def rows_replaced(rows: int, replaced: int, key: Sequence[str]) -> Text:
    """Return how many rows of a first fetch took the place of others with their record key."""
    names = ", ".join(key)
    return Text(
        f"首次采集的 {rows:,} 行中，{replaced:,} 行与先前的行记录键（{names}）相同而取代了它；"
        "若本是不同的记录，请暂停该数据项并更正映射的记录键",
        f"of the {rows:,} rows of the first fetch {replaced:,} took the place of others with their"
        f" record key ({names}); if they are different records, pause the feed and mend the key in"
        " its mapping",
    )


def nothing_to_confirm(feed: str) -> Text:
    """Return that a feed has not stopped because its list shrank."""
    return Text(
        f"{feed} 没有因清单缩减而停下，未撤销任何记录",
        f"{feed} has not stopped because its list shrank: nothing was withdrawn",
    )


def unit_refused(unit: str, reason: Text) -> Text:
    """Return that a file or table was refused whole, named where the reason does not."""
    name = unit[:80]
    if name in reason.zh and name in reason.en:
        return reason
    return Text(f"{name}：{reason.zh}", f"{name}: {reason.en}")


def older_than_sent() -> Text:
    """Return why a row is not sent: the feed has given a newer version of its record since."""
    return Text(
        "该记录此后已有较新的内容，这一行较旧，未发送；如仍以此为准，请由来源重新给出",
        "a newer version of this record has come since, so this older row is not sent; if it is"
        " right after all, let the source give it anew",
    )


def older_list(later: str) -> Text:
    """Return why a full list is refused whole: a newer one has been taken since."""
    name = later[:80]
    return Text(
        f"其后已采集较新的完整清单（{name}），这份较旧的清单不再采用",
        f"a newer full list has been taken since ({name}): this older one is not",
    )


def offered_again(unit: str) -> Text:
    """Return that a unit which was taken is offered once more, and what then."""
    name = unit[:200]
    return Text(
        f"{name} 先前已采集，内容相同，不再重复采集；若为新内容，请换名称或更新时间后重新提供",
        f"{name} was taken before and holds the same, so it is passed over; if it is meant to be"
        " news, give it under another name or with a time of its own",
    )


def taken_anew(unit: str) -> Text:
    """Return that a unit's name came again with other rows, which are taken as a new unit."""
    name = unit[:200]
    return Text(
        f"{name} 与先前采集的单元同名而内容不同，按新单元采集",
        f"{name} has the name of a unit that was taken before and holds other rows: it is taken as"
        " a new unit",
    )


def broke(kind: str) -> Text:
    """Return that something failed that nobody foresaw; `kind` is the exception's class."""
    return Text(
        f"意外错误（{kind}），详见日志 fetch.broke",
        f"an unforeseen error ({kind}); the log has it as fetch.broke",
    )


def broke_at(unit: str, reason: Text, count: int, limit: int) -> Text:
    """Return that a unit failed in an unforeseen way, how often so far, of how many times."""
    name = unit[:200]
    return Text(
        f"采集 {name} 时出错（第 {count} 次，满 {limit} 次即搁置）：{reason.zh}；稍后自动再试",
        f"{name} failed (number {count}; it is set aside at {limit}): {reason.en}; it is tried"
        " again",
    )


def not_at_source() -> Text:
    """Return why a unit that was to be read again waits for a person once more."""
    return Text("来源处已没有该文件", "it is not at its source any more")


def unit_gone(unit: str) -> Text:
    """Return that a unit which was to be read is not at its source any more, and what to do."""
    name = unit[:200]
    return Text(
        f"{name} 待重新采集，但来源处已没有该文件；请部门重新提供后执行 feed again，或执行 feed"
        " give-up 放弃",
        f"{name} was to be read again and is not at its source any more; have its department bring"
        " it again and run feed again, or give it up with feed give-up",
    )


def broke_nowhere(unit: str, reason: Text, count: int, limit: int) -> Text:
    """Return that a fetch failed at no unit that can be passed over."""
    name = unit[:200] or "—"
    return Text(
        f"采集出错（{name}，连续第 {count} 次，满 {limit} 次告警）：{reason.zh}；稍后自动再试",
        f"the fetch failed (at {name}, number {count} in a row, an alert at {limit}): {reason.en};"
        " it is tried again",
    )


def stopped(feed: str, unit: str, reason: Text, count: int) -> Text:
    """Return why a feed has stopped: what fails again and again cannot be passed over by itself."""
    name = unit[:200]
    return Text(
        f"采集 {name} 连续 {count} 次出错，来源无法跳过它，已暂停：{reason.zh}；排除原因后执行"
        f" creditgate feed again {feed} {name} --why 原因，或执行 creditgate feed give-up {feed}"
        f" {name} --why 原因 将这些行退回并继续",
        f"{name} failed {count} times in a row and its source cannot pass over it, so the feed has"
        f" stopped: {reason.en}; once the cause is mended run creditgate feed again {feed} {name}"
        f" --why REASON, or creditgate feed give-up {feed} {name} --why REASON to refuse its rows"
        " and go on",
    )


def set_aside(reason: Text, times: int) -> Text:
    """Return why a unit is set aside, and what a person may do."""
    return Text(
        f"采集时 {times} 次出错，已搁置，等待运维人员处理：{reason.zh}",
        f"it failed {times} times when it was taken and is set aside until the operator decides: "
        f"{reason.en}",
    )


def given_up(reason: Text, explanation: str) -> Text:
    """Return why the rows of a unit are refused for good: a person has given it up."""
    return Text(
        f"已搁置且不再采集，其各行退回：{reason.zh}；说明：{explanation}",
        f"set aside and given up, so its rows are refused: {reason.en}; reason given:"
        f" {explanation}",
    )


def row_given_up(reason: Text) -> Text:
    """Return why a row is refused: its batch kept failing, and a person gave it up."""
    return Text(
        f"所在批次无法处理，由运维人员决定退回：{reason.zh}；请核对后重新提供",
        f"its batch cannot be processed and the operator has given it up: {reason.en}; look at it"
        " and give it again",
    )


def not_a_whole_list(feed: str) -> Text:
    """Return that nothing is withdrawn: the newest list was not read to its end."""
    return Text(
        f"{feed} 最近的清单未完整读取，不能据此撤销记录；请先执行 creditgate feed resume {feed}"
        " --why 原因",
        f"the newest list of {feed} was not read to its end, so nothing may be withdrawn by it;"
        f" first run creditgate feed resume {feed} --why REASON",
    )


def no_item(kind: str) -> Text:
    """Return that an adapter yielded something that is no item of a fetch."""
    return Text(
        f"适配器给出的 {kind} 不是采集结果",
        f"the adapter yielded a {kind}, which is no item of a fetch",
    )


def no_unit(kind: str) -> Text:
    """Return that a unit has no name."""
    return Text(
        f"适配器给出的单元没有名称（{kind}）", f"the adapter yielded a unit without a name ({kind})"
    )


def no_cursor(unit: str, kind: str) -> Text:
    """Return that an item has no cursor."""
    name = unit[:200]
    return Text(
        f"适配器给出的 {name} 没有游标（{kind}）", f"{name}: the adapter gave no cursor ({kind})"
    )


def no_table(unit: str) -> Text:
    """Return that a batch's rows or refs are not what they must be."""
    name = unit[:200]
    return Text(
        f"{name}：适配器给出的 rows 或 refs 不是表格",
        f"{name}: rows or refs of the batch are no table",
    )


def no_text_columns(unit: str, names: list[str]) -> Text:
    """Return that columns of a batch are not text."""
    name, listed = unit[:200], ", ".join(names)[:200]
    return Text(
        f"{name}：列 {listed} 不是文本", f"{name}: the columns {listed} of the batch are no text"
    )


def wrong_length(unit: str, column: str, length: int, rows: int) -> Text:
    """Return that a batch's refs or marks do not go with its rows."""
    name = unit[:200]
    return Text(
        f"{name}：{column} 有 {length} 项，数据有 {rows} 行，或 {column} 不是文本",
        f"{name}: {column} has {length} entries for {rows} rows, or is no text",
    )


def no_refs(unit: str, count: int) -> Text:
    """Return that rows of a batch cannot be named."""
    name = unit[:200]
    return Text(f"{name}：{count} 行没有 ref", f"{name}: {count} rows have no ref")


def faults_elsewhere(unit: str, rows: int) -> Text:
    """Return that a batch's faults are of rows that it does not have."""
    name = unit[:200]
    return Text(
        f"{name}：faults 指向 {rows} 行以外的行", f"{name}: faults are of rows beyond its {rows}"
    )


def store_away(kind: str) -> Text:
    """Return that the gateway's own store was away while a feed was read."""
    return Text(
        f"采集时网关自己的库不可用（{kind}）；稍后自动再试",
        f"the gateway's own store was away during the fetch ({kind}); it is tried again",
    )


def clock_moved(by: timedelta) -> Text:
    """Return that the time by which the gateway goes was moved on."""
    seconds = round(by.total_seconds())
    return Text(
        f"网关所用的时间被拨快 {seconds} 秒；此前因“晚于今日”被退回的行按新时间重判",
        f"the gateway's time was moved on by {seconds} seconds; rows refused before as later than"
        " today are judged again by the new time",
    )


def judged_again(rows: int) -> Text:
    """Return that rows were judged again which a clock that was behind had refused."""
    return Text(
        f"{rows} 行先前因日期晚于当时的今天被退回，现已按正确的时钟重新判定并继续报送",
        f"{rows} rows that had been refused as later than today were judged again by the right"
        " clock and go on",
    )


def breaks_schema(message: str) -> Text:
    """Return that a record breaks the schema, in the words of the validator."""
    return Text(f"不符合模式：{message}", f"breaks the schema: {message}")


def mapping_of_another(path: object, mapped: str, feed: str) -> Text:
    """Return that a feed's settings name the mapping of another feed."""
    return Text(
        f"{path} 是数据项 {mapped} 的映射，不是 {feed}",
        f"{path} maps the feed {mapped}, not {feed}",
    )


def fetched_elsewhere(feed: str) -> Text:
    """Return that a fetch stops because another process fetches the feed."""
    return Text(
        f"{feed} 正由另一进程采集，本次作罢",
        f"{feed} is being fetched by another process; this fetch stops",
    )


def duplicate_key() -> Text:
    """Return why a row is refused that has an earlier record's key and other content."""
    return Text(
        "记录键与先前的记录相同而内容不同；新增类数据项不得改写，请核对文号",
        "has the key of an earlier record and other content; this feed only adds, so compare the"
        " number",
    )


def stopped_by_drift(feed: str, change: Text) -> Text:
    """Return how a source has changed, and that its feed has stopped for it."""
    return Text(
        f"{change.zh}；已暂停，核对（必要时修改映射）后执行 creditgate feed resume {feed} --why"
        " 原因",
        f"{change.en}; the feed has stopped: look at it, change the mapping if need be, then"
        f" creditgate feed resume {feed} --why REASON",
    )


def new_columns(names: Sequence[str]) -> Text:
    """Return which columns a source has that it had not."""
    return Text(f"多出列 {'、'.join(names)}", f"new columns {', '.join(names)}")


def columns_gone(names: Sequence[str]) -> Text:
    """Return which columns a source had and has no longer."""
    return Text(f"缺少列 {'、'.join(names)}", f"columns gone: {', '.join(names)}")


def type_changed(name: str, old_type: str, new_type: str) -> Text:
    """Return that a column has another type than before."""
    return Text(
        f"列 {name} 的类型由 {old_type} 变为 {new_type}",
        f"the type of {name} was {old_type} and is {new_type}",
    )


def source_changed(changes: Sequence[Text]) -> Text:
    """Return that a source has changed, and how."""
    return Text(
        f"来源结构变化：{'；'.join(change.zh for change in changes)}",
        f"the source has changed: {'; '.join(change.en for change in changes)}",
    )


def fields_fail_anew(fields: Sequence[str]) -> Text:
    """Return which fields are wrong in most rows and were right before."""
    names = ", ".join(fields)
    return Text(
        f"字段 {names} 在多数行中不合格，而先前合格：来源列的含义可能已变",
        f"{names}: wrong in most rows and right before; the source's column may mean something else"
        " now",
    )
