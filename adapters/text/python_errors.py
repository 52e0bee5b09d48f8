"""What Python's own readers find wrong, in both languages: they say it in English alone."""

from adapters.text import Text

#: What Python's JSON says, by how it begins.
_JSON = {
    "Expecting value": Text("此处应为一个值", "a value is missing"),
    "Expecting property name": Text(
        "此处应为双引号中的名称", "a name in double quotation marks is missing"
    ),
    "Expecting ':' delimiter": Text("缺少冒号", "a colon is missing"),
    "Expecting ',' delimiter": Text("缺少逗号", "a comma is missing"),
    "Illegal trailing comma": Text("末尾多一个逗号", "there is a comma too many at the end"),
    "Unterminated string": Text("文本缺少结束的引号", "a text has no closing quotation mark"),
    "Invalid control character": Text(
        "文本中有未转义的控制字符", "a text has a control character that is not escaped"
    ),
    "Invalid \\escape": Text("反斜杠转义有误", "a backslash begins no escape"),
    "Invalid \\uXXXX escape": Text("\\u 转义有误", "an escape with \\u is malformed"),
    "Extra data": Text("末尾还有多余的内容", "something follows the end"),
    "Unexpected UTF-8 BOM": Text("开头有字节顺序标记", "it begins with a byte-order mark"),
    "maximum recursion": Text("嵌套太深", "it is nested too deep"),
}


def json_reason(message: str) -> Text:
    """Return what Python's JSON says in both languages; what is not known as it stands."""
    known = (text for start, text in _JSON.items() if message.startswith(start))
    return next(known, Text(message, message))


def undecodable(error: UnicodeError) -> Text:
    """Return from which byte on text is not in its encoding."""
    if not isinstance(error, UnicodeDecodeError):
        return Text("有该编码没有的字符", "it has a character that the encoding lacks")
    byte = f"0x{error.object[error.start]:02X}" if error.start < len(error.object) else ""
    zh = f"（{byte}）" if byte else ""
    en = f" ({byte})" if byte else ""
    return Text(
        f"第 {error.start + 1} 个字节{zh}起不是 {error.encoding} 文字",
        f"from byte {error.start + 1}{en} on it is no text in {error.encoding}",
    )
