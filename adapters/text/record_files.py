"""What the readers of JSON, XML and DBF say: a row or a whole file refused, and what to do."""

from collections.abc import Iterable

from adapters.text import Text
from adapters.text.python_errors import json_reason

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


# --- rows of any kind ---------------------------------------------------------------------------


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


# --- JSON ---------------------------------------------------------------------------------------


def json_row_malformed(why: str) -> Text:
    """Return that a row is no JSON, by what Python's reader says of it."""
    reason = json_reason(why)
    return Text(
        f"本行不是合格的 JSON（{reason.zh}）", f"this row is no well-formed JSON ({reason.en})"
    )


def json_no_object(kind: str) -> Text:
    """Return that a row of JSON is something else than an object."""
    return Text(f"本行不是对象，而是 {kind}", f"this row is no object but {kind}")


def json_key_twice(names: Iterable[str]) -> Text:
    """Return that a row of JSON has a key more than once."""
    ordered = list(names)
    return Text(
        f"同一对象中重复的键：{listed(ordered)}，无法确定取哪一个值",
        f"keys that come twice in one object: {listed(ordered, ', ')}; "
        "no one can tell which counts",
    )


def json_no_name() -> Text:
    """Return that a row of JSON has a key without a name."""
    return Text("本行有一个空名的键，其值无从归入某一栏", "this row has a key without a name")


def json_list(names: Iterable[str]) -> Text:
    """Return that keys of a row have lists where single values belong."""
    ordered = list(names)
    return Text(
        f"栏 {listed(ordered)} 是数组，不是一个值",
        f"{listed(ordered, ', ')} is a list and not one value",
    )


def json_no_number(constant: str) -> Text:
    """Return that a row has NaN or an infinity, which JSON does not know."""
    return Text(
        f"{constant} 不是 JSON 的数值，请改为 null 或实际的数值",
        f"{constant} is no number of JSON; send null or the number itself",
    )


def json_surrogate(name: str) -> Text:
    """Return that a value has one half of a surrogate pair, which is no character."""
    return Text(
        f"栏 {short(name)} 含有半个字符（单独的代理码位），原字符已经丢失",
        f"{short(name)} has half a character (a lone surrogate): the character itself is lost",
    )


def json_digits(name: str, limit: int) -> Text:
    """Return that a number has more digits than a number may have."""
    return Text(
        f"栏 {short(name)} 的数值超过 {limit} 位",
        f"the number in {short(name)} has more than {limit} digits",
    )


def json_not_utf8() -> Text:
    """Return that a row has bytes that are no UTF-8."""
    return Text(
        "本行含有不是 UTF-8 的字节，不是合格的 JSON",
        "this row has bytes that are no UTF-8, so it is no JSON",
    )


def json_malformed(row: int, reason: Text) -> Text:
    """Return that a file is no well-formed JSON from some row on."""
    return Text(
        f"第 {row} 行之后不是合格的 JSON：{reason.zh}",
        f"after row {row} it is no well-formed JSON: {reason.en}",
    )


def json_no_comma(token: bytes) -> Text:
    """Return that something else stands where a comma or the end of the rows should."""
    name = short(token.decode("utf-8", "replace"))
    return Text(f"“{name}”处应为逗号或 ]", f'there is "{name}" where a comma or ] should be')


def json_line_too_long(line: int, limit: int) -> Text:
    """Return that a line of JSON has more bytes than are read."""
    return Text(f"第 {line} 行超过 {limit} 字节", f"line {line} is longer than {limit} bytes")


def json_row_too_long(row: int, limit: int) -> Text:
    """Return that a row of a JSON document has more bytes than are read."""
    return Text(
        f"第 {row} 行超过 {limit} 字节，不是合格的 JSON 行",
        f"row {row} is longer than {limit} bytes, so it is no JSON row",
    )


def json_beside_too_long(limit: int) -> Text:
    """Return that a JSON document has more bytes beside its rows than are read."""
    return Text(
        f"在前 {limit} 字节中，除数据行以外的 JSON 内容过多，或没有找到数据行；请核对设置 rows",
        f"the JSON beside its rows is longer than {limit} bytes, or has no rows in them; "
        "check the setting `rows`",
    )


def json_cut_off(row: int) -> Text:
    """Return that a JSON document breaks off after some row."""
    return Text(
        f"JSON 在第 {row} 行之后中断，不完整；请重新导出",
        f"the JSON breaks off after row {row}; export it again",
    )


def json_rows_missing(path: str, reached: str, kind: str, names: Iterable[str]) -> Text:
    """Return that nothing stands at the path of the rows, and what stands on the way there."""
    ordered = list(names)
    at_zh = f"{short(reached)} 是" if reached else "文档是"
    at_en = f"{short(reached)} is" if reached else "the document is"
    keys_zh = f"，其中只有：{listed(ordered)}" if ordered else ""
    keys_en = f" with only: {listed(ordered, ', ')}" if ordered else ""
    return Text(
        f"数据行应在 {short(path)}，文件中没有它；{at_zh} {kind}{keys_zh}。"
        "若这是出错时的应答请重新导出，否则请更改设置 rows",
        f"the rows should be at {short(path)}, which is not in the file; {at_en} {kind}{keys_en}. "
        "If this is an error message export it again, else change the setting `rows`",
    )


def json_rows_no_array(path: str, kind: str, names: Iterable[str] = ()) -> Text:
    """Return that what stands at the path of the rows is no array."""
    ordered = list(names)
    where_zh = short(path) or "JSON 文档本身"
    where_en = short(path) or "the JSON document itself"
    keys_zh = f"，键为 {listed(ordered)}" if ordered else ""
    keys_en = f" with the keys {listed(ordered, ', ')}" if ordered else ""
    return Text(
        f"{where_zh} 应为数据行的数组，实为 {kind}{keys_zh}；请核对文件与设置 rows",
        f"{where_en} should be the array of rows and is {kind}{keys_en}; "
        "check the file and the setting `rows`",
    )


# --- XML ----------------------------------------------------------------------------------------


def xml_dtd() -> Text:
    """Return that a file has a document type definition, which is never read."""
    return Text("文件含有 DTD，不予读取", "the file has a DTD, so it is not read")


def xml_encoding(declared: str, seen: str) -> Text:
    """Return that the bytes of an XML file contradict the encoding that it declares."""
    if seen:
        return encoding_contradicted(declared, seen)
    return Text(
        f"不认识声明的编码 {short(declared)}",
        f"the declared encoding {short(declared)} is not known",
    )


def xml_entity(name: str, line: int) -> Text:
    """Return that a line refers to an entity that XML does not know."""
    return Text(
        f"第 {line} 行有未定义的实体 &{short(name)};，XML 只认识 &amp; &lt; &gt; &quot; &apos;；"
        "请写成字符本身",
        f"line {line} has the undefined entity &{short(name)};; XML knows only &amp; &lt; &gt; "
        "&quot; &apos;: write the character itself",
    )


def xml_malformed(row: int, line: int, why: str) -> Text:
    """Return that a file is no well-formed XML from some row on."""
    return Text(
        f"第 {row} 行数据之后（文件第 {line} 行）不是合格的 XML：{why[:120]}",
        f"after row {row} (line {line} of the file) it is no well-formed XML: {why[:120]}",
    )


def xml_rows_missing(path: str, met: str, names: Iterable[str]) -> Text:
    """Return that no element stands at the path of the rows, and what stands on the way there."""
    ordered = list(names)
    below_zh = f"{short(met)} 之下" if met else "文件中"
    below_en = f"below {short(met)}" if met else "in the file"
    return Text(
        f"数据行应在 {short(path)}，文件中没有它；{below_zh}只有：{listed(ordered) or '无'}。"
        "若这是出错时的应答请重新导出，否则请更改设置 row",
        f"the rows should be at {short(path)}, which is not in the file; {below_en} there is only: "
        f"{listed(ordered, ', ') or 'nothing'}. If this is an error message export it again, "
        "else change the setting `row`",
    )


def xml_namespaces_too_long(limit: int) -> Text:
    """Return that the namespaces declared around the rows are longer than is read."""
    return Text(
        f"数据行外层元素声明的命名空间超过 {limit} 个字符；请去掉不用的声明",
        f"the namespaces declared around the rows are longer than {limit} characters; "
        "leave out those that are not used",
    )


def xml_row_too_long(row: int, limit: int) -> Text:
    """Return that a row of XML has more characters than are read."""
    return Text(f"第 {row} 行超过 {limit} 个字符", f"row {row} is longer than {limit} characters")


def xml_twice(names: Iterable[str]) -> Text:
    """Return that elements stand more than once in a row."""
    ordered = sorted(names)
    return Text(
        f"本行有重复的元素：{listed(ordered)}",
        f"this row has elements that come twice: {listed(ordered, ', ')}",
    )


def xml_mixed(name: str) -> Text:
    """Return that an element has text beside its elements."""
    return Text(
        f"{short(name)} 中的文字不在任何子元素之内，无从归入某一栏",
        f"{short(name)} has text outside of its elements, which belongs to no column",
    )


def xml_nil_with_value(name: str) -> Text:
    """Return that an element is declared to be nil and has a value."""
    return Text(
        f"{short(name)} 声明为空（xsi:nil）却有值",
        f"{short(name)} is declared to be nil (xsi:nil) and has a value",
    )


# --- DBF ----------------------------------------------------------------------------------------


def dbf_no_table() -> Text:
    """Return that a file is no DBF table, or has a damaged header."""
    return Text("不是 DBF 文件，或文件头已损坏", "this is no DBF file, or its header is damaged")


def dbf_version(name: str) -> Text:
    """Return that a table is of a version that is not read."""
    return Text(
        f"这是 {name} 的表，无法读取；请另存为 dBase IV、dBase III 或 FoxPro 的表",
        f"this is a table of {name}, which cannot be read; save it as one of dBase IV, "
        "III or FoxPro",
    )


def dbf_encrypted() -> Text:
    """Return that a table is encrypted."""
    return Text(
        "表已加密，无法读取；请导出未加密的表",
        "the table is encrypted; export it without encryption",
    )


def dbf_no_code_page(mark: int) -> Text:
    """Return that the code page mark of a table does not tell its encoding."""
    return Text(
        f"文件头的代码页标记 0x{mark:02X} 不足以确定编码，请在设置中写明 encoding（通常为 gbk）",
        f"the code page mark 0x{mark:02X} does not tell the encoding; "
        "set `encoding` (most often gbk)",
    )


def dbf_encoding(declared: str, seen: str, mark: int | None) -> Text:
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


def dbf_memo(name: str, kind: str) -> Text:
    """Return that a column is a memo, whose text is in another file."""
    return Text(
        f"栏 {short(name)} 是备注一类（{kind!r}），其内容在另一文件中，无法读取；"
        "请导出为文本，或列入设置 ignore",
        f"the column {short(name)} is a memo ({kind!r}), whose text is in another file; "
        "export it as text, or list it in the setting `ignore`",
    )


def dbf_type(name: str, kind: str) -> Text:
    """Return that a column has a type that is not read."""
    return Text(
        f"栏 {short(name)} 的类型 {kind!r} 无法读取；请导出为文本，或列入设置 ignore",
        f"the column {short(name)} has the type {kind!r}, which cannot be read; "
        "export it as text, or list it in the setting `ignore`",
    )


def dbf_no_width(name: str) -> Text:
    """Return that a column has the width 0."""
    return Text(
        f"栏 {short(name)} 的宽度为 0，不可能有值；文件头可能已损坏，请重新导出，或列入设置 ignore",
        f"the column {short(name)} has the width 0 and can hold no value: the header may be "
        "damaged; export the table again, or list the column in the setting `ignore`",
    )


def dbf_no_length(name: str) -> Text:
    """Return that nothing tells how long the values of a column are."""
    return Text(
        f"栏 {short(name)} 的值长短不一，而表中没有记载长度的栏（_NullFlags）；"
        "请导出为定长文本，或列入设置 ignore",
        f"the column {short(name)} has values of any length, and the table lacks the column that "
        "says how long (_NullFlags); export it as text of one length, "
        "or list it in the setting `ignore`",
    )


def dbf_cut_off(declared: int, records: int) -> Text:
    """Return that a table breaks off before the last record that its header declares."""
    return Text(
        f"文件头声明 {declared} 条记录，文件在第 {records} 条之后结束；请重新导出完整的表",
        f"the header declares {declared} records and the file breaks off after {records}; "
        "export the whole table again",
    )


def dbf_goes_on(declared: int) -> Text:
    """Return that a table goes on after the last record that its header declares."""
    return Text(
        f"文件头声明 {declared} 条记录，文件在其后还有内容；请重新导出",
        f"the header declares {declared} records and the file goes on after them; export it again",
    )


def dbf_mark(mark: bytes) -> Text:
    """Return that the deletion mark of a row is neither a blank nor an asterisk."""
    sign = " ".join(f"0x{byte:02X}" for byte in mark)
    return Text(
        f"本行的删除标记是字节 {sign}，既非空格也非 *，记录可能已损坏",
        f"the deletion mark of this row is the byte {sign}, neither a blank nor *: "
        "it may be damaged",
    )


def dbf_cell(name: str, kind: str, value: str) -> Text:
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
