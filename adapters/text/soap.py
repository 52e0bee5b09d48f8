"""What is said of SOAP services: their answers, pages, logins and rows."""

from collections.abc import Iterable

from adapters.text import Text
from adapters.text.wsdl import cut

#: Characters of a name that are repeated, and names that are listed.
_NAME = 40
_LISTED = 10


def _names(names: Iterable[str]) -> tuple[str, str]:
    listed = sorted(set(names))
    more = "…" if len(listed) > _LISTED else ""
    shown = [cut(name, _NAME) for name in listed[:_LISTED]]
    return "、".join(shown) + more, ", ".join(shown) + more


# --- the answer as a whole ------------------------------------------------------------------------


def no_envelope() -> Text:
    """Return that an answer is no SOAP message."""
    return Text("应答不是 SOAP 信封", "the answer is no SOAP envelope")


def has_dtd() -> Text:
    """Return that an answer has a DTD."""
    return Text("应答含有 DTD，不予读取", "the answer has a DTD, so it is not read")


def not_well_formed(reason: str) -> Text:
    """Return that an answer is no XML."""
    return Text(
        f"应答不是合格的 XML：{cut(reason)}", f"the answer is no well-formed XML: {cut(reason)}"
    )


def several_values(path: str, texts: Iterable[str] = ()) -> Text:
    """Return that a place that should have one value has several."""
    zh, en = _names(texts)
    return Text(
        f"应答中 {cut(path, _NAME)} 出现多次而值不同{f'（{zh}）' if zh else ''}，无法确定取哪一个；"
        "请部门更正，或换一个位置",
        f"{cut(path, _NAME)} stands several times in the answer with other "
        f"values{f' ({en})' if en else ''}, and none can be chosen; ask the department to mend it, "
        "or name another place",
    )


def unknown_encoding(name: str) -> Text:
    """Return that an answer names an encoding that nobody knows."""
    return Text(
        f"应答声明的编码 {cut(name, _NAME)} 无法识别；请部门更正",
        f"the answer names the encoding {cut(name, _NAME)}, which is not known; "
        "ask the department to mend it",
    )


def contradicts(name: str, looks: str) -> Text:
    """Return that an answer's bytes are not in the encoding that it names."""
    zh = f"，看起来是 {looks}" if looks else ""
    en = f"; it looks like {looks}" if looks else ""
    return Text(
        f"应答声明的编码是 {cut(name, _NAME)}，字节却不是{zh}；请部门更正 HTTP 头或 XML 声明",
        f"the answer says that it is in {cut(name, _NAME)}, and its bytes are not{en}; ask the "
        "department to mend its HTTP header or XML declaration",
    )


def broken_text(name: str, zh: str, en: str) -> Text:
    """Return that an answer's text cannot be read at all."""
    return Text(
        f"应答不能按 {cut(name, _NAME)} 读出：{cut(zh)}",
        f"the answer cannot be read as {cut(name, _NAME)}: {cut(en)}",
    )


def outside(href: str) -> Text:
    """Return that an answer refers to something that is not in it."""
    return Text(
        f"应答引用了 {cut(repr(href), 100)}，不是其自身的附件，不予读取",
        f"the answer refers to {cut(repr(href), 100)}, which is no part of it, so it is not read",
    )


def reference_missing(name: str) -> Text:
    """Return that a reference within an answer leads nowhere, or in a circle."""
    return Text(
        f"应答内的引用 #{cut(name, _NAME)} 没有对应的元素，或互相引用成环",
        f"the reference #{cut(name, _NAME)} within the answer leads to no element, or in a circle",
    )


def too_many_attributes(most: int) -> Text:
    """Return that an element of an answer has more attributes than one may have."""
    return Text(
        f"应答中有元素的属性超过 {most} 个；请部门检查接口",
        f"an element of the answer has more than {most} attributes; have the department look at it",
    )


def too_deep(most: int) -> Text:
    """Return that an answer is nested too deep."""
    return Text(f"应答嵌套超过 {most} 层", f"the answer is nested more than {most} deep")


def no_answer(wanted: str, names: Iterable[str]) -> Text:
    """Return that the Body does not hold the answer of the operation that was called."""
    zh, en = _names(names)
    return Text(
        f"应答中没有 {cut(wanted, _NAME)}，只有：{zh or '空的 Body'}；请核对操作和 WSDL",
        f"the answer has no {cut(wanted, _NAME)}, only: {en or 'an empty Body'}; check the "
        "operation and the WSDL",
    )


def not_met(path: str, names: Iterable[str]) -> Text:
    """Return that an answer does not have the place where rows or a file should be."""
    zh, en = _names(names)
    return Text(
        f"应答中没有 {cut(path)}，只有：{zh or '空的应答'}；不当作零行。请核对 rows_path、"
        "file_path，或用 ok_path、ok_values 指明结果码",
        f"the answer has no {cut(path)}, only: {en or 'nothing'}; that is not taken for 0 rows: "
        "check rows_path or file_path, or say by ok_path and ok_values where its result code is",
    )


def rows_in_doubt(members: list[str], rows: int) -> Text:
    """Return that an answer has rows, and something beside them that may tell of an error."""
    named = ", ".join(members[:3])
    return Text(
        f"应答有 {rows} 行，却有 {named}，可能是出错的应答，不能当作完整的清单。若它其实表示成功，"
        "请用 ok_path、ok_values 指明结果码",
        f"the answer has {rows} rows but {named}, which may tell of an error, so it is not taken "
        "for the whole list. Where it means success, "
        "say by ok_path and ok_values where its result code is",
    )


def empty_in_doubt(names: Iterable[str]) -> Text:
    """Return that an answer has no rows and something else that nobody has explained."""
    zh, en = _names(names)
    return Text(
        f"应答没有行，却有 {zh}，可能是出错的应答；不当作零行。请用 ok_path、ok_values 指明结果码，"
        "或用 total_path 指明总数",
        f"the answer has no rows but has {en} and may be an error; that is not taken for 0 rows: "
        "say by ok_path and ok_values where its result code is, "
        "or by total_path where the count is",
    )


def bad_result(operation: str, path: str, value: str | None, said: str, for_a_person: bool) -> Text:
    """Return that a service's own result code tells of a failure, with what it says itself."""
    value_zh = "没有出现" if value is None else f"为 {cut(value, _NAME)}"
    value_en = "is missing" if value is None else f"is {cut(value, _NAME)}"
    zh = f"：{cut(said)}" if said else ""
    then = (
        ("请核对账号、口令和参数", "check account, password and arguments")
        if for_a_person
        else ("下次采集再试", "the next fetch tries again")
    )
    return Text(
        f"{operation} 的结果码 {path} {value_zh}{zh}；{then[0]}",
        f"{operation} failed by its own account: its result code {path} "
        f"{value_en}{': ' + cut(said) if said else ''}; {then[1]}",
    )


def fault(operation: str, code: str, said: str, for_a_person: bool) -> Text:
    """Return that a service answered a fault."""
    what = f"{cut(code, 80)}: {cut(said)}"
    if for_a_person:
        return Text(
            f"{operation} 拒绝：{what}；请核对口令和参数",
            f"{operation} refused: {what}; check credentials and arguments",
        )
    return Text(
        f"{operation} 出错：{what}，下次采集再试",
        f"{operation} failed: {what}; the next fetch tries again",
    )


def inner_file(operation: str, text: Text) -> Text:
    """Return what is wrong with the file in an answer."""
    return Text(
        f"{operation} 应答中的文件：{text.zh}", f"the file in the answer of {operation}: {text.en}"
    )


def not_base64(path: str, text: str) -> Text:
    """Return that a file should be Base64 and is not."""
    start = cut(" ".join(text[:200].split()), 60)
    return Text(
        f"{path} 不是 Base64，开头是“{start}”；可能是出错信息，或传输中有缺损。请核对 file_path、"
        "packed 和 file_text",
        f"{path} is no Base64; it begins with {start!r}: an error message, or something was lost "
        "on the way. Check file_path, packed and file_text",
    )


def still_packed(packed: str) -> Text:
    """Return that a file is an archive though none is expected."""
    return Text(
        f"文件是 {packed} 压缩的；请设 packed: {packed}",
        f"the file is packed; set packed: {packed}",
    )


def beside_attachment() -> Text:
    """Return that an element has an attachment and something else."""
    return Text(
        "一个元素里除附件（xop:Include）外还有其他内容，无法确定取哪一个",
        "an element has an attachment (xop:Include) and something else, and neither can be chosen",
    )


def cannot_call(operation: str, reason: object) -> Text:
    """Return that the WSDL's operation does not take what the settings give it."""
    return Text(
        f"WSDL 的操作 {operation} 不能这样调用：{cut(reason)}",
        f"the WSDL's operation {operation} cannot be called so: {cut(reason)}",
    )


def no_token(operation: str, path: str) -> Text:
    """Return that a login gave no token."""
    return Text(
        f"登录操作 {operation} 的应答中没有 {path}；请核对账号和 login_path",
        f"the answer of the login operation {operation} has no {path}; "
        "check the account and login_path",
    )


# --- rows -----------------------------------------------------------------------------------------


def unknown_elements(names: Iterable[str]) -> Text:
    """Return that a row has elements that its columns do not foresee."""
    zh, en = _names(names)
    return Text(
        f"本行有 WSDL 没有的元素：{zh}", f"this row has elements that the WSDL has not: {en}"
    )


def repeated_elements(names: Iterable[str]) -> Text:
    """Return that elements stand twice in a row."""
    zh, en = _names(names)
    return Text(f"本行有重复的元素：{zh}", f"this row has elements that come twice: {en}")


def nil_with_value(names: Iterable[str]) -> Text:
    """Return that elements say that they have no value, and have one."""
    zh, en = _names(names)
    return Text(
        f"本行的 {zh} 标为没有值（xsi:nil），却有内容",
        f"the row's {en} is said to have no value (xsi:nil) and has one",
    )


def text_between() -> Text:
    """Return that a row has text beside its elements."""
    return Text(
        "本行的元素之间有文字，无处可放",
        "this row has text between its elements, which belongs to no column",
    )


def empty_row() -> Text:
    """Return that a row has no value."""
    return Text("本行没有任何值", "this row has no value at all")


def bad_character(column: str, name: str) -> Text:
    """Return that a value holds a character that no text may have."""
    return Text(
        f"栏 {cut(column, _NAME)} 含有不允许的字符或字节 {name}",
        f"the column {cut(column, _NAME)} has a character or byte that no text may hold: {name}",
    )


def row_reference(name: str) -> Text:
    """Return that a row refers to something that is not in the answer."""
    return Text(
        f"本行引用的 {cut(repr(name), 100)} 不在应答之内，或互相引用成环",
        f"this row refers to {cut(repr(name), 100)}, which is not in the answer, "
        "or leads in a circle",
    )


def too_long(column: str, most: int) -> Text:
    """Return that a value is longer than values may be."""
    return Text(
        f"栏 {cut(column, _NAME)} 超过 {most} 个字符",
        f"the column {cut(column, _NAME)} has more than {most} characters",
    )


def too_many_columns(most: int) -> Text:
    """Return that the rows of an answer have more columns than rows may have."""
    return Text(f"应答的行超过 {most} 栏", f"the rows of the answer have more than {most} columns")


def text_too_large(reason: str) -> Text:
    """Return that one text in an answer is larger than one element may hold."""
    return Text(
        f"应答中有一段文字过大或嵌套过深（{cut(reason)}）；大文件请部门改用 MTOM 附件，"
        "或减小 page_size",
        f"a text in the answer is too large, or nested too deep ({cut(reason)}); ask the "
        "department to send large files by MTOM, or make page_size smaller",
    )


def too_many_references() -> Text:
    """Return that the rows of an answer refer to the same elements too often."""
    return Text(
        "应答内的引用展开后过大", "what the references within the answer lead to is too large"
    )
