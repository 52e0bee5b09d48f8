"""What the readers of DBF tables say: a row or a whole table refused, and what to do."""

from adapters.text import Text
from adapters.text.record_files import short


def no_table() -> Text:
    """Return that a file is no DBF table, or has a damaged header."""
    return Text("不是 DBF 文件，或文件头已损坏", "this is no DBF file, or its header is damaged")


def version(name: str) -> Text:
    """Return that a table is of a version that is not read."""
    return Text(
        f"这是 {name} 的表，无法读取；请另存为 dBase IV、dBase III 或 FoxPro 的表",
        f"this is a table of {name}, which cannot be read; save it as one of dBase IV, "
        "III or FoxPro",
    )


def encrypted() -> Text:
    """Return that a table is encrypted."""
    return Text(
        "表已加密，无法读取；请导出未加密的表",
        "the table is encrypted; export it without encryption",
    )


def no_code_page(mark: int) -> Text:
    """Return that the code page mark of a table does not tell its encoding."""
    return Text(
        f"文件头的代码页标记 0x{mark:02X} 不足以确定编码，请在设置中写明 encoding（通常为 gbk）",
        f"the code page mark 0x{mark:02X} does not tell the encoding; "
        "set `encoding` (most often gbk)",
    )


def encoding(declared: str, seen: str, mark: int | None) -> Text:
    """Return that the text of a table contradicts the encoding that
    is set or that its header tells.
    """
    origin_zh = "设置 encoding" if mark is None else f"文件头的代码页标记 0x{mark:02X}"
    origin_en = "the setting `encoding`" if mark is None else f"the code page mark 0x{mark:02X}"
    return Text(
        f"{origin_zh} 指编码 {declared}，内容却是 {seen}；请在设置中写明 encoding: "
        f"{seen}，或重新导出",
        f"{origin_en} means {declared} and the text is in {seen}; set `encoding: {seen}`, "
        "or export the table again",
    )


def memo(name: str, kind: str) -> Text:
    """Return that a column is a memo, whose text is in another file."""
    return Text(
        f"栏 {short(name)} 是备注一类（{kind!r}），其内容在另一文件中，无法读取；"
        "请导出为文本，或列入设置 ignore",
        f"the column {short(name)} is a memo ({kind!r}), whose text is in another file; "
        "export it as text, or list it in the setting `ignore`",
    )


def unknown_type(name: str, kind: str) -> Text:
    """Return that a column has a type that is not read."""
    return Text(
        f"栏 {short(name)} 的类型 {kind!r} 无法读取；请导出为文本，或列入设置 ignore",
        f"the column {short(name)} has the type {kind!r}, which cannot be read; "
        "export it as text, or list it in the setting `ignore`",
    )


def no_width(name: str) -> Text:
    """Return that a column has the width 0."""
    return Text(
        f"栏 {short(name)} 的宽度为 0，不可能有值；文件头可能已损坏，请重新导出，或列入设置 ignore",
        f"the column {short(name)} has the width 0 and can hold no value: the header may be "
        "damaged; export the table again, or list the column in the setting `ignore`",
    )


def no_length(name: str) -> Text:
    """Return that nothing tells how long the values of a column are."""
    return Text(
        f"栏 {short(name)} 的值长短不一，而表中没有记载长度的栏（_NullFlags）；"
        "请导出为定长文本，或列入设置 ignore",
        f"the column {short(name)} has values of any length, and the table lacks the column that "
        "says how long (_NullFlags); export it as text of one length, "
        "or list it in the setting `ignore`",
    )


def cut_off(declared: int, records: int) -> Text:
    """Return that a table breaks off before the last record that its header declares."""
    return Text(
        f"文件头声明 {declared} 条记录，文件在第 {records} 条之后结束；请重新导出完整的表",
        f"the header declares {declared} records and the file breaks off after {records}; "
        "export the whole table again",
    )


def goes_on(declared: int) -> Text:
    """Return that a table goes on after the last record that its header declares."""
    return Text(
        f"文件头声明 {declared} 条记录，文件在其后还有内容；请重新导出",
        f"the header declares {declared} records and the file goes on after them; export it again",
    )


def mark(mark: bytes) -> Text:
    """Return that the deletion mark of a row is neither a blank nor an asterisk."""
    sign = " ".join(f"0x{byte:02X}" for byte in mark)
    return Text(
        f"本行的删除标记是字节 {sign}，既非空格也非 *，记录可能已损坏",
        f"the deletion mark of this row is the byte {sign}, neither a blank nor *: "
        "it may be damaged",
    )


def cell(name: str, kind: str, value: str) -> Text:
    """Return that a cell is no value of its column's type, or overflowed its width."""
    shown = f"：{short(value)}" if value else ""
    shown_en = f": {short(value)}" if value else ""
    if kind in "NF" and value and not value.strip("*"):
        return Text(
            f"栏 {short(name)} 的数值溢出，只剩星号{shown}；请加宽该栏后重新导出",
            f"the number in {short(name)} did not fit and is lost{shown_en}; "
            "widen the column and export the table again",
        )
    return Text(
        f"栏 {short(name)} 的内容不是其类型 {kind} 的值{shown}",
        f"the column {short(name)} has no value of its type {kind}{shown_en}",
    )
