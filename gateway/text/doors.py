"""What the ways in say: the push doors, the centre, the conformance suite."""

from gateway.messages import Text

#: Longest part of a name that a text repeats.
_NAME = 40


def charset_unknown(charset: str) -> Text:
    """An HTTP header names an encoding that is not read."""
    name = charset[:_NAME]
    return Text(
        f"Content-Type 声明的字符集 {name!a} 不支持；请用 UTF-8 或 GB18030",
        f"the charset {name!a} of the Content-Type is not supported; use UTF-8 or GB18030",
    )


def charset_contradicts(declared: str, actual: str) -> Text:
    """The bytes of a document are in another encoding than the one that counts."""
    name = declared[:_NAME]
    return Text(
        f"声明的字符集是 {name}，内容却是 {actual}；请改正 Content-Type 或 XML 声明后重发",
        f"the charset is declared as {name} and the bytes are {actual}; correct the Content-Type or the XML declaration and send it again",
    )


def not_well_formed(reason: str) -> Text:
    """A parser's own words on a document that is no XML."""
    return Text(f"不是合格的 XML：{reason[:300]}", f"not well-formed XML: {reason[:300]}")


def no_document_type() -> Text:
    """A document has a document type declaration."""
    return Text(
        "不接受带 DTD 的 XML", "XML with a document type declaration is not accepted"
    )
