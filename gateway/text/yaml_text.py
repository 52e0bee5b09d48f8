"""What is wrong with YAML that people write."""

from gateway.text import Text
from gateway.text.mapping import cut, no_utf8

#: Longest part of a parser's words that is repeated, in characters.
_REASON = 200


def no_text(path: str, error: UnicodeDecodeError) -> Text:
    """Return that a file is not in UTF-8, and where."""
    why = no_utf8(error)
    return Text(f"{path} 不是合格的 YAML：{why.zh}", f"{path} is not well-formed YAML: {why.en}")


def too_long(most: int) -> Text:
    """Return that a text is longer than any such file needs to be."""
    return Text(f"超过 {most} 字节，不读取", f"is longer than {most} bytes and is not read")


def too_many_parts(most: int) -> Text:
    """Return that a text has more parts than any such file needs."""
    return Text(f"超过 {most} 个节点，不读取", f"has more than {most} nodes and is not read")


def too_deep(most: int) -> Text:
    """Return that parts stand in parts too often."""
    return Text(f"嵌套超过 {most} 层", f"is nested more than {most} deep")


def no_alias(name: str) -> Text:
    """Return that anchors and aliases are not used."""
    return Text(
        f"不使用锚点和别名（{cut(name)}），请写全",
        f"anchors and aliases are not used ({cut(name)}); write it out",
    )


def no_tag(name: str) -> Text:
    """Return that tags are not used."""
    return Text(
        f"不使用标签 {cut(name)}，请删去",
        f"tags are not used ({cut(name)}); take it away",
    )


def not_well_formed(reason: str) -> Text:
    """Return that a text is no YAML, in the parser's words."""
    short = reason[:_REASON]
    return Text(f"不是合格的 YAML：{short}", f"not well-formed YAML: {short}")


def one_document() -> Text:
    """Return that a text has several documents."""
    return Text(
        "只可有一份文档，请删去多余的 ---",
        "there may be one document only; take away the other ---",
    )


def key_is_no_text() -> Text:
    """Return that a key is a list or table."""
    return Text("键须为文字", "a key must be a text")


def key_twice(name: str) -> Text:
    """Return that a key stands twice in one table."""
    return Text(f"键 {cut(name)} 重复", f"the key {cut(name)} stands twice")


def number_too_long(most: int) -> Text:
    """Return that a number has too many digits; as a text it may have them."""
    return Text(
        f"数字超过 {most} 位；若是编码，请加引号",
        f"a number has more than {most} digits; put it in quotes if it is a code",
    )


def at_line(line: int, reason: Text) -> Text:
    """Return in which line, counted from 1, a text cannot be read, and why."""
    return Text(f"第 {line} 行：{reason.zh}", f"line {line}: {reason.en}")
