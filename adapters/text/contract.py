"""What the contract of adapter kinds says to whoever writes one, where their kind breaks it."""

from adapters.text import Text

#: Most characters of a value that a text repeats.
_SHOWN = 60


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def no_item(kind: str) -> Text:
    """Return that a fetch yielded something that is no item of one."""
    return Text(
        f"fetch 产出了 {kind}，应为 Batch、BadUnit、Remark 或 Opening",
        f"fetch yielded {kind}; yield Batch, BadUnit, Remark or Opening",
    )


def malformed(unit: str, part: str) -> Text:
    """Return that a part of a batch is not as it must be."""
    return Text(
        f"单元 {unit} 的 {part} 不合要求，见 adapters.Batch 的说明",
        f"{part} of the unit {unit} is not as it must be, see adapters.Batch",
    )


def unit_in_pieces(unit: str) -> Text:
    """Return that a unit's batches do not follow each other, or that none is its last."""
    return Text(
        f"单元 {unit} 的批次不连续，或最后一批没有 last=True",
        f"the batches of the unit {unit} do not follow each other, or the last has no last=True",
    )


def count_differs(unit: str, counted: int, rows: int) -> Text:
    """Return that a unit's declared or second count is not that of its rows."""
    return Text(
        f"单元 {unit} 计数为 {counted}，行和说明的其余记录共 {rows}：有遗漏或多出",
        f"the unit {unit} counts {counted} and tells of {rows}: rows were lost or made up",
    )


def refs_repeated(unit: str) -> Text:
    """Return that two rows of a unit have one ref."""
    return Text(
        f"单元 {unit} 中两行的 ref 相同，部门无从区分",
        f"two rows of the unit {unit} have one ref: their department cannot tell them apart",
    )


def columns_differ(expected: object, read: object) -> Text:
    """Return that columns, or their order, are not those of the source."""
    return Text(
        f"栏或其次序与来源不同：{_short(expected)} 读成 {_short(read)}",
        f"columns or their order are not the source's: {_short(expected)}, read {_short(read)}",
    )


def value_differs(name: str, expected: object, read: object) -> Text:
    """Return that a value is not read as it stands at the source."""
    return Text(
        f"栏 {name} 的值 {_short(expected)} 读成了 {_short(read)}，须与来源一字不差",
        f"{_short(expected)} in the column {name} was read as {_short(read)}: "
        "values come as they stand",
    )


def rows_differ(expected: int, read: int) -> Text:
    """Return that rows are missing, or are no rows of the source."""
    return Text(
        f"来源有 {expected} 行，读到 {read} 行，或次序、内容不同",
        f"the source has {expected} rows and {read} were read, or others, or in another order",
    )


def name_changed(names: object, again: object) -> Text:
    """Return that a unit has another name when it is read again."""
    return Text(
        f"同一单元再读时换了名字：{_short(names)}，{_short(again)}；"
        "若每次读取自成一份，请设 stable_names = False",
        f"a unit has another name when it is read again: {_short(names)}, {_short(again)}; "
        "where each fetch is a statement of its own, set stable_names = False",
    )


def name_reused(names: object) -> Text:
    """Return that a name of a fetch comes again though each fetch is a statement of its own."""
    return Text(
        f"stable_names = False，而单元名 {_short(names)} 再次出现",
        f"stable_names = False, and the unit's name {_short(names)} comes again",
    )


def refs_changed(unit: str) -> Text:
    """Return that the same rows have other refs when they are read again."""
    return Text(
        f"单元 {unit} 再读时 ref 不同，裁决会写到别的行上",
        f"the unit {unit} has other refs when it is read again: verdicts would reach other rows",
    )


def marked_too_early(before: int, after: int) -> Text:
    """Return that rows are gone from the source that the gateway never stored."""
    return Text(
        f"网关尚未保存（没有调用 keep），来源已少了行：{before} 行剩 {after} 行",
        f"of {before} rows that were never kept {after} come again: "
        "fetch marks nothing at the source before `keep`",
    )


def lost_on_going_on(row: object) -> Text:
    """Return that a row is neither in what was kept nor in what comes from its cursor."""
    return Text(
        f"从已保存批次的 cursor 继续读取时丢了行：{_short(row)}",
        f"a row was lost on going on from the cursor of a kept batch: {_short(row)}",
    )


def later_lost(row: object) -> Text:
    """Return that a row that came to the source later is not fetched."""
    return Text(
        f"来源后来的行没有读到：{_short(row)}", f"a later row was not fetched: {_short(row)}"
    )


def told_too_early(refs: object) -> Text:
    """Return that the department has verdicts before the gateway has given any."""
    return Text(
        f"还没有裁决，部门已看到：{_short(refs)}",
        f"the department sees verdicts before there are any: {_short(refs)}",
    )


def verdicts_differ(expected: object, seen: object) -> Text:
    """Return that the department does not see the verdicts that were given."""
    return Text(
        f"部门看到的裁决与所给不同：{_short(expected)} 成了 {_short(seen)}",
        f"the department does not see what was given: {_short(expected)}, but {_short(seen)}",
    )


def error_swallowed() -> Text:
    """Return that an error that came with the verdicts was kept from the gateway."""
    return Text(
        "裁决读到一半出错，acknowledge 却正常返回：网关会以为部门已得答复",
        "verdicts broke off half-way and acknowledge returned as if all were told",
    )


def rows_from_nowhere(rows: int) -> Text:
    """Return that an empty source has rows."""
    return Text(f"来源没有行，却读到 {rows} 行", f"the source is empty and {rows} rows were read")


def refused_though_empty() -> Text:
    """Return that a source that says it is empty is refused."""
    return Text(
        "来源明言没有行，却被整份退回或报错", "a source that says that it is empty was refused"
    )


def silence_taken_for_empty() -> Text:
    """Return that what says nothing was taken for a list without rows."""
    return Text(
        "来源没有给出清单（空应答或读不懂），却当作零行；应抛出 SourceRefusedError 或产出 BadUnit",
        "what says nothing was taken for an empty list: raise SourceRefusedError or yield BadUnit",
    )


def absence_unnoticed() -> Text:
    """Return that a source that is away was fetched from without an error."""
    return Text(
        "来源连接不上，fetch 却正常结束；应抛出 SourceUnavailableError",
        "the source is away and fetch ended as if all were well: raise SourceUnavailableError",
    )


def unforeseen_error(kind: str) -> Text:
    """Return that an error is of a class that nobody can tell a person of."""
    return Text(
        f"抛出了 {kind}；来源的错误须为 SourceUnavailableError 或 SourceRefusedError，写明中英文",
        f"{kind} was raised; what a source does is SourceUnavailableError or SourceRefusedError, "
        "in both languages",
    )


def not_both_languages(zh: str, en: str) -> Text:
    """Return that a text for people is not in both languages."""
    return Text(
        f"须有中文和英文：{_short(zh)}，{_short(en)}",
        f"say it in Chinese and in English: {_short(zh)}, {_short(en)}",
    )


def traceback_shown(text: str) -> Text:
    """Return that a text for people has a program's inside in it."""
    return Text(
        f"给人看的文字里有程序的调用栈：{_short(text)}",
        f"a traceback in a text for people: {_short(text)}",
    )


def secret_shown(where: str) -> Text:
    """Return that a secret stands in a text; the text itself is not repeated."""
    return Text(
        f"{where} 中出现了密钥；含密钥的设置须为 SecretStr，错误中不写",
        f"a secret is in {where}: make its setting a SecretStr and keep it out of errors",
    )


def row_dropped(place: int) -> Text:
    """Return that a row that cannot be read is not refused with a reason."""
    return Text(
        f"第 {place + 1} 行读不出，须仍在批次中并带 RowFault（或整份 BadUnit），不能略去或补造",
        f"row {place + 1} cannot be read: leave it in its batch with a RowFault, "
        "or refuse the unit; never drop or repair it",
    )


def column_swallowed(name: str) -> Text:
    """Return that of two columns of one name one was lost."""
    return Text(
        f"两栏同名 {name}，其中一栏无声无息地丢了；应退回并写明原因",
        f"of two columns called {name} one was lost in silence: refuse, and say why",
    )


def stays_away() -> Text:
    """Return that an adapter does not find a source again that was away for a while."""
    return Text(
        "来源恢复后，同一个适配器仍读不到；断开的连接须重新建立",
        "the source is there again and the adapter does not find it: connect anew",
    )


def probe_not_well() -> Text:
    """Return that a connection test says another thing of the source than is so."""
    return Text(
        "test() 的 ok 与实情不符：来源正常却不是，或连接不上却说正常",
        "`ok` of test() is not so: false though all is well, or true though the source is away",
    )


def probe_shows_others() -> Text:
    """Return that the sample of a connection test is not what a fetch brings."""
    return Text(
        "test() 最后一步的 sample 不是 fetch 会读到的前几行（或改变了来源）",
        "the sample of the last step of test() is not the first rows that fetch brings, "
        "or the test has changed the source",
    )


def settings_of_their_own() -> Text:
    """Return that the settings are not made of the class that the gateway knows."""
    return Text("Settings 须继承 adapters.Settings", "derive `Settings` from adapters.Settings")


def settings_loose() -> Text:
    """Return that settings take a name that nobody knows."""
    return Text(
        "设置接受了不认识的名字，写错的设置不会被发现",
        "the settings take a name that nobody knows: a mistyped one would not be seen",
    )


def bound_to_nothing() -> Text:
    """Return that `bound_by` names what is no setting."""
    return Text("bound_by 中有不存在的设置", "`bound_by` names what is no setting")


def harmless_wrong() -> Text:
    """Return that `read_only` does not return settings of the kind."""
    return Text("harmless() 须返回同类设置", "harmless() returns settings of the same class")


def not_supported(name: str) -> Text:
    """Return that a source under test does not do what a check needs."""
    return Text(
        f"该来源没有实现 {name}；若确实做不到，请在 cannot 中写明原因",
        f"the source under test lacks {name}; where it cannot be, say why in `cannot`",
    )
