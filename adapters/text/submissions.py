"""What is said of submissions: bodies that departments push to the gateway, as JSON or by SOAP."""

from adapters.text import Text

#: Longest part of a name that a text repeats.
_NAME = 40


def _short(name: str) -> str:
    """Return a name as it can be shown: cut, and with nothing in it that a terminal would obey."""
    cut = name if len(name) <= _NAME else f"{name[:_NAME]}…"
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in cut)


def not_utf8(guess: str) -> Text:
    """Return that a JSON body is in another encoding; `guess` names it,
    "" where nobody can tell.
    """
    zh = f"，看起来是 {guess}" if guess else ""
    en = f"; it looks like {guess}" if guess else ""
    return Text(f"JSON 须用 UTF-8 编码{zh}", f"JSON must be in UTF-8{en}")


def not_json(line: int, column: int) -> Text:
    """Return that a body is no well-formed JSON."""
    return Text(
        f"不是合格的 JSON：第 {line} 行第 {column} 列",
        f"this is no well-formed JSON: line {line}, column {column}",
    )


def too_deep(most: int) -> Text:
    """Return that a body nests deeper than anybody reads."""
    return Text(f"嵌套超过 {most} 层", f"it nests more than {most} deep")


def no_rows() -> Text:
    """Return that a JSON body has another shape than a submission."""
    return Text('应为 {"rows": [...]}', 'write {"rows": [...]}')


def unknown_key(name: str) -> Text:
    """Return that a JSON submission says something that nobody would read."""
    key = _short(name)
    return Text(
        f'除 "rows" 外不认识 "{key}"；应为 {{"rows": [...]}}',
        f'nothing but "rows" is read and there is "{key}"; write {{"rows": [...]}}',
    )


def key_twice(record: int, name: str) -> Text:
    """Return that a key stands twice in one object; record 0 is the submission itself."""
    key = _short(name)
    where = _record(record)
    return Text(
        f"{where.zh}键 {key} 出现两次，无法确定取哪个值",
        f"{where.en}the key {key} stands twice: which value counts is not known",
    )


def not_flat(record: int) -> Text:
    """Return that a record is no object, or one with something other than a single value in it."""
    return Text(f"第 {record} 条不是平的对象", f"record {record} is no flat object")


def unnamed_key(record: int) -> Text:
    """Return that a record has a key without a character."""
    return Text(f"第 {record} 条有空的键", f"record {record} has a key without a name")


def no_number(record: int, name: str, value: str) -> Text:
    """Return that a value is NaN or an infinity, which JSON does not have."""
    key = _short(name)
    return Text(
        f"第 {record} 条的 {key} 为 {value}，不是数值",
        f"{key} of record {record} is {value}, which is no number",
    )


def half_character(record: int, name: str) -> Text:
    """Return that a text has half of a surrogate pair, which is no character."""
    key = _short(name)
    return Text(
        f"第 {record} 条的 {key} 含半个字符（孤立的代理项）",
        f"{key} of record {record} has half of a character (a lone surrogate)",
    )


def too_many_digits(record: int, name: str, most: int) -> Text:
    """Return that a number has more digits than is believed."""
    key = _short(name)
    return Text(
        f"第 {record} 条的 {key} 超过 {most} 位数字",
        f"{key} of record {record} has more than {most} digits",
    )


def too_long(record: int, name: str, most: int) -> Text:
    """Return that a value has more characters than is believed."""
    key = _short(name)
    return Text(
        f"第 {record} 条的 {key} 超过 {most} 个字符",
        f"{key} of record {record} has more than {most} characters",
    )


def too_many_columns(record: int, most: int) -> Text:
    """Return that a record, or all records together, have more columns than is believed."""
    return Text(
        f"到第 {record} 条已超过 {most} 栏",
        f"up to record {record} there are more than {most} columns",
    )


def too_large_a_table(rows: int, columns: int) -> Text:
    """Return that rows times columns is more than is believed."""
    return Text(
        f"{rows} 行乘 {columns} 栏过大，请分次提交",
        f"{rows} rows by {columns} columns are too many; submit them in parts",
    )


def too_many_records(most: int) -> Text:
    """Return that a submission has more records than its feed takes at once."""
    return Text(f"一次至多 {most} 条", f"at most {most} records at once")


def no_records() -> Text:
    """Return that a submission has no record."""
    return Text("没有记录", "there is no record")


def no_value_at_all() -> Text:
    """Return that no record has any column."""
    return Text("第 1 条没有任何值", "record 1 has no value")


def empty_row() -> Text:
    """Return what the verdict of a record without a value says."""
    return Text("该条没有任何值", "the record has no value")


# --- SOAP -----------------------------------------------------------------------------------------


def charset_unknown(charset: str) -> Text:
    """Return that the HTTP header names an encoding that is not read."""
    name = _short(charset)
    return Text(
        f"Content-Type 声明的字符集 {name} 不支持；请用 UTF-8 或 GB18030",
        f"the charset {name} of the Content-Type is not supported; use UTF-8 or GB18030",
    )


def charset_contradicts(declared: str, actual: str) -> Text:
    """Return that the bytes are in another encoding than the one that counts."""
    name = _short(declared)
    return Text(
        f"声明的字符集是 {name}，内容却是 {actual}；请改正 Content-Type 或 XML 声明后重发",
        f"the charset is declared as {name} and the bytes are {actual}; correct the Content-Type "
        "or the XML declaration and send it again",
    )


def charset_broken(declared: str, at: int) -> Text:
    """Return that the bytes cannot be in the encoding that counts."""
    name = _short(declared)
    return Text(
        f"声明的字符集是 {name}，第 {at + 1} 个字节起不符；请改正 Content-Type 或 XML 声明后重发",
        f"the charset is declared as {name} and the bytes are not, from number {at + 1} on; "
        "correct the Content-Type or the XML declaration and send it again",
    )


def not_xml(zh: str, en: str) -> Text:
    """Return that a body is no well-formed XML, and why."""
    return Text(f"不是合格的 XML：{zh[:300]}", f"not well-formed XML: {en[:300]}")


def no_character(record: int, code: int) -> Text:
    """Return that a body has a character that no XML document may hold."""
    where = _record(record)
    return Text(
        f"{where.zh}含 XML 不允许的控制字符 U+{code:04X}（&#x{code:X};），请去掉",
        f"{where.en}there is the control character U+{code:04X} (&#x{code:X};), "
        "which no XML may hold; take it out",
    )


def document_type() -> Text:
    """Return that a body has a document type declaration."""
    return Text("不接受带 DTD 的 XML", "XML with a document type declaration is not accepted")


def other_version() -> Text:
    """Return that a body is an envelope of another version of SOAP."""
    return Text("只接受 SOAP 1.1 信封", "only SOAP 1.1 envelopes are accepted")


def no_call() -> Text:
    """Return that a body is no envelope with one call."""
    return Text(
        "须为只含一个 Submit 或 Verdicts 的 SOAP 1.1 信封",
        "it must be a SOAP 1.1 envelope with one Submit or Verdicts",
    )


def not_understood(name: str) -> Text:
    """Return that a header that must be understood is not."""
    header = _short(name)
    return Text(
        f"不认识必须理解的 SOAP 头 {header}",
        f"the SOAP header {header} must be understood and is not",
    )


def loose_text(record: int, element: str) -> Text:
    """Return that text stands where only elements may."""
    where, name = _record(record), _short(element)
    return Text(
        f"{where.zh}{name} 内元素之间有文字",
        f"{where.en}there is text between the elements of {name}",
    )


def wrong_element(record: int, element: str, inside: str) -> Text:
    """Return that an element stands where the WSDL has none of this name and namespace."""
    where, name, parent = _record(record), _short(element), _short(inside)
    return Text(
        f"{where.zh}{parent} 内不应有元素 {name}；名称和命名空间须与 WSDL 一致",
        f"{where.en}{parent} has no element {name}; names and namespaces must be those of the WSDL",
    )


def element_twice(record: int, element: str) -> Text:
    """Return that an element stands twice where one may."""
    where, name = _record(record), _short(element)
    return Text(
        f"{where.zh}元素 {name} 出现两次，无法确定取哪个值",
        f"{where.en}the element {name} stands twice: which value counts is not known",
    )


def nested(record: int, element: str) -> Text:
    """Return that a field holds elements."""
    where, name = _record(record), _short(element)
    return Text(f"{where.zh}{name} 内还有元素", f"{where.en}{name} holds elements")


def wrong_attribute(record: int, element: str, attribute: str) -> Text:
    """Return that an element has an attribute that nobody would read."""
    where, name, extra = _record(record), _short(element), _short(attribute)
    return Text(
        f"{where.zh}元素 {name} 带有不认识的属性 {extra}",
        f"{where.en}the element {name} has the attribute {extra}, which is not known",
    )


def nil_with_value(record: int, element: str) -> Text:
    """Return that a field says that it is nil, and has a value."""
    where, name = _record(record), _short(element)
    return Text(
        f"{where.zh}{name} 标为 nil 却有内容", f"{where.en}{name} is said to be nil and has a value"
    )


def _record(number: int) -> Text:
    """Return how a text about a record begins; nothing for what is outside the records."""
    return Text(f"第 {number} 条：", f"record {number}: ") if number else Text("", "")
