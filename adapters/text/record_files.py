"""What readers of JSON, XML and DBF say alike: a row or a whole file refused, and what to do."""

from collections.abc import Iterable

from adapters.text import Text

#: Most characters of a name, and names of a list, that a message repeats.
_NAME = 40
_NAMES = 10


def short(text: str) -> str:
    """Return a name that fits a message, without control characters."""
    shown = text if text.isprintable() else repr(text)[1:-1]
    return shown if len(shown) <= _NAME else f"{shown[:_NAME]}…"


def listed(names: Iterable[str], separator: str = "、") -> str:
    """Return some names of a list, and that there are more where there are."""
    every = list(names)
    more = "…" if len(every) > _NAMES else ""
    return separator.join(short(name) for name in every[:_NAMES]) + more


def columns_unknown(names: Iterable[str]) -> Text:
    """Return that rows have columns that their file did not have when its columns were learnt."""
    ordered = sorted(names)
    return Text(
        f"本行有此前未见的栏：{listed(ordered)}；请在设置 columns 中列全各栏",
        f"this row has columns that were not seen before: {listed(ordered, ', ')}; "
        "list every column in the setting `columns`",
    )


def row_empty() -> Text:
    """Return that a row has no value at all."""
    return Text("本行没有任何值", "this row has no value at all")


def no_rows() -> Text:
    """Return that a file has no rows."""
    return Text("文件中没有数据行", "the file has no rows")


def no_columns(rows: int, first: Text) -> Text:
    """Return that no column is known, since none of the first rows can be read."""
    return Text(
        f"前 {rows} 行均无法读取，无从得知有哪些栏；第一行：{first.zh}",
        f"none of the first {rows} rows can be read, so no column is known; the first: {first.en}",
    )


def too_many_columns(limit: int) -> Text:
    """Return that a file has more columns than are read."""
    return Text(f"栏数超过 {limit}", f"there are more than {limit} columns")


def too_long(name: str, limit: int) -> Text:
    """Return that a value has more characters than a value may have."""
    return Text(
        f"栏 {short(name)} 的值超过 {limit} 个字符",
        f"the value of {short(name)} has more than {limit} characters",
    )


def too_deep(limit: int) -> Text:
    """Return that a document is nested deeper than is read."""
    return Text(f"嵌套超过 {limit} 层", f"it is nested more than {limit} deep")


def unreadable_character(name: str) -> Text:
    """Return that a value has a character that cannot be read or is not allowed."""
    return Text(
        f"栏 {short(name)} 含有无法读取或不允许的字符（读作 U+FFFD）",
        f"{short(name)} has a character that cannot be read or is not allowed (read as U+FFFD)",
    )


def encoding_contradicted(declared: str, seen: str) -> Text:
    """Return that the bytes of a file contradict the encoding that it declares."""
    declared, seen = short(declared).upper(), seen.upper()
    return Text(
        f"文件声明为 {declared} 编码，内容却是 {seen}；请按 {declared} 重新导出，"
        "或更正所声明的编码",
        f"the file is declared to be in {declared} and its bytes are {seen}; export it again in "
        f"{declared}, or mend what is declared",
    )
