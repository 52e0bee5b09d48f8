"""What mappings say to people of mapping files and proposals; of rows: `mapped_rows`."""

from gateway.text import Text

#: Longest part of a value or name that a text repeats, in characters.
_SHOWN = 40


def cut(text: str) -> str:
    """Return a text short enough to repeat, with escapes for what cannot be seen or printed."""
    plain = "".join(
        letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text[: _SHOWN + 1]
    )
    return plain if len(text) <= _SHOWN else plain[:_SHOWN] + "…"


def no_utf8(error: UnicodeDecodeError) -> Text:
    """Return from which byte on a file is not in UTF-8."""
    byte = f"0x{error.object[error.start]:02X}"
    return Text(
        f"第 {error.start + 1} 个字节（{byte}）起不是 UTF-8 文字",
        f"from byte {error.start + 1} ({byte}) on it is no text in UTF-8",
    )


def cannot_be_read(zh: str, en: str) -> Text:
    """Return that a mapping file cannot be opened or is no UTF-8."""
    return Text(f"无法读取（须为 UTF-8）：{zh}", f"cannot be read (it must be UTF-8): {en}")


def empty_mapping() -> Text:
    """Return that a mapping has nothing in it, and how one begins."""
    return Text(
        "映射是空的；creditgate adapter propose 可据样例提出一份",
        "the mapping is empty; creditgate adapter propose makes one from a sample",
    )


def maps_nothing() -> Text:
    """Return that a mapping maps no field."""
    return Text(
        "映射没有映射任何字段：请写 fields，或写 automatic: true（栏目名即标准名称）",
        "the mapping maps no field: write fields, or automatic: true where headings are the"
        " standard's names",
    )


def no_table_of_keys() -> Text:
    """Return that a mapping is no table."""
    return Text(
        "映射应为一组键值（feed、kind、key …）",
        "a mapping must be keys and values (feed, kind, key ...)",
    )


def key_missing(name: str) -> Text:
    """Return which key is missing."""
    return Text(f"缺少 {cut(name)}，请补上", f"{cut(name)} is missing; add it (Field required)")


def key_unknown(name: str) -> Text:
    """Return which key is not known."""
    return Text(
        f"不认识 {cut(name)}，请删去或改正",
        f"{cut(name)} is not known; take it away or mend the name (Extra inputs are not permitted)",
    )


def must_be_text(name: str, value: object) -> Text:
    """Return that a value is no text, and how it becomes one."""
    if isinstance(value, dict | list):
        return Text(f"{cut(name)} 应为文字", f"{cut(name)} must be a text")
    return Text(
        f"{cut(name)} 应为文字；写的是数字、真假或空值，请加引号",
        f"{cut(name)} must be a text; a number, truth or null needs quotes",
    )


def must_be_list(name: str) -> Text:
    """Return that a value is no list."""
    return Text(f"{cut(name)} 应为列表 […]", f"{cut(name)} must be a list [...]")


def must_be_table(name: str) -> Text:
    """Return that a value is no table."""
    return Text(f"{cut(name)} 应为一组键值 {{…}}", f"{cut(name)} must be keys and values {{...}}")


def must_be_one_of(name: str, expected: str) -> Text:
    """Return which values there are."""
    return Text(
        f"{cut(name)} 应为以下之一：{expected.replace(' or ', '、')}",
        f"{cut(name)}: Input should be {expected}",
    )


def must_have_form(name: str, pattern: str) -> Text:
    """Return which form a value must have."""
    return Text(f"{cut(name)} 的写法应为 {pattern}", f"{cut(name)} must have the form {pattern}")


def must_not_be_empty(name: str) -> Text:
    """Return that a list is empty."""
    return Text(f"{cut(name)} 不可为空", f"{cut(name)} must not be empty")


def wrong(name: str, reason: str) -> Text:
    """Return that a value is wrong in some other way."""
    return Text(f"{cut(name)} 写法不对：{reason}", f"{cut(name)}: {reason}")


def unknown_directive(written: str, directive: str) -> Text:
    """Return that a pattern has a directive that is unknown, or would be read by guess."""
    return Text(
        f"日期写法 {cut(written)} 中的 {cut(directive)} 不能用；"
        "可用 %Y %y %m %d %j %b %B %H %I %M %S %p %.f %z 等",
        f"the pattern {cut(written)} has {cut(directive)}, which cannot be used; there are "
        "%Y %y %m %d %j %b %B %H %I %M %S %p %.f %z and others",
    )


def pattern_without_day(written: str) -> Text:
    """Return that a pattern does not name a day."""
    return Text(
        f"日期写法 {cut(written)} 须有年、月、日（如 %Y-%m-%d）",
        f"the pattern {cut(written)} must have a year, a month and a day (as %Y-%m-%d has)",
    )


def pattern_without_month(written: str) -> Text:
    """Return that a pattern does not name a month, or names more than one."""
    return Text(
        f"年月写法 {cut(written)} 须有年、月而没有日（如 %Y-%m）",
        f"the pattern {cut(written)} must have a year and a month and no day (as %Y-%m has)",
    )


def zone_not_last(written: str) -> Text:
    """Return where a zone may stand in a pattern."""
    return Text(
        f"日期写法 {cut(written)} 中的时区须在最后，且前面有时和分",
        f"the zone of the pattern {cut(written)} must stand last, after hours and minutes",
    )


def cannot_be_edited(reason: str) -> Text:
    """Return that a mapping cannot be shown as a table."""
    return Text(
        f"不能以表格编辑（{reason}）：请把日期、数字等加上引号",
        f"cannot be edited as a table ({reason}): put dates, numbers and the like in quotes",
    )


def name_of_a_column(name: str) -> Text:
    """Return that a named value is called as a source column is."""
    return Text(f"{name} 与来源列同名，请改名", f"{name} is also a source column; rename it")


def no_target(kind_zh: str, kind: str, name: str) -> Text:
    """Return that a record kind has no field of a name."""
    return Text(
        f"{kind_zh}没有目标字段 {name}，请用英文名、国家字段代码或中文名",
        f"{kind} has no target {name}; use an English name, national code or Chinese name",
    )


def same_target(name: str, earlier: str) -> Text:
    """Return that two names are the same field's."""
    return Text(
        f"{name} 与 {earlier} 是同一目标，请删去一个",
        f"{name} and {earlier} are the same target; remove one",
    )


def target_missing(name: str, zh: str, code: str) -> Text:
    """Return that a required field is not mapped."""
    return Text(
        f"缺少必填目标 {name}（{zh}，{code}），请增加一行",
        f"the required target {name} ({code}, {zh}) is missing; add it",
    )


def key_not_mapped(name: str) -> Text:
    """Return that a field of the record key is not mapped."""
    return Text(
        f"记录键 {name} 没有映射，请先映射它", f"the key {name} is not mapped; map it first"
    )


def no_column(name: str) -> Text:
    """Return that a source names a column that is not listed."""
    return Text(
        f"来源没有列 {name}，请写入 columns 或改正",
        f"the source has no column {name}; list it under columns or mend the name",
    )


def one_origin() -> Text:
    """Return that a source must have one origin."""
    return Text("from、constant、concat 须恰有一个", "needs exactly one of from, constant, concat")


def no_table(name: str) -> Text:
    """Return that a source names a code table that there is not."""
    return Text(
        f"没有代码表 {name}，请写入 tables", f"there is no table {name}; add it under tables"
    )


def one_conversion() -> Text:
    """Return that a source may have one conversion only."""
    return Text(
        "date、month、codes、unit 至多用一个", "use at most one of date, month, codes and unit"
    )


def one_condition() -> Text:
    """Return that a condition must have one test."""
    return Text("when 须恰有一个条件", "when needs exactly one of equals, among, filled, matches")


def unusable_pattern(error: Exception) -> Text:
    """Return that a regular expression cannot be used, and why."""
    return Text(f"正则式不可用：{error}", f"unusable pattern: {error}")


def values_in_a_loop(chain: str) -> Text:
    """Return that named values need one another."""
    return Text(
        f"命名值循环引用：{chain}，请断开", f"named values go round in a loop: {chain}; break it"
    )


def at_place(place: str, text: Text) -> Text:
    """Return a fault with its place in a mapping file."""
    return Text(f"{place}：{text.zh}", f"{place}: {text.en}")


def no_such_field(kind_zh: str, kind: str, name: str) -> Text:
    """Return that the record key names a field that a kind does not have."""
    return Text(f"{kind_zh}没有字段 {name}", f"{kind} has no field {name}")


def by_standard_names(kind_zh: str, kind_en: str) -> Text:
    """Return, as a mapping's first line, that headings are the standard's own names."""
    return Text(f"{kind_zh}：栏目名即标准名称", f"{kind_en}: headings are the standard's own names")


def by_sample(kind_zh: str, kind_en: str) -> Text:
    """Return, as a mapping's first line, that it was proposed from a sample."""
    return Text(
        f"{kind_zh}：按样例提出的映射，请逐行核对",
        f"{kind_en}: proposed from a sample; look at every line",
    )


def unused_columns() -> str:
    """Return the comment that begins the list of unused columns in a proposed mapping."""
    return "# 未用的列 / columns not used: "


def about_modes() -> str:
    """Return the comment on the modes of a feed in a proposed mapping."""
    return (
        "# append: 只增；update: 行可变；full: 每次全量"
        " / only new rows; rows may change; the whole list each time"
    )
