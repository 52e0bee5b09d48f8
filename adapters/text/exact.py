"""What is said of values that have no exact text."""

from adapters.text import Text


def no_single_value(kind: str) -> Text:
    """Return that a value is no single one, or of a class whose text nobody knows."""
    return Text(
        f"值的类型 {kind} 没有唯一的文本，请先取出其中的值",
        f"a value of the class {kind} has no single text: take the value out of it first",
    )


def no_finite_number(value: str) -> Text:
    """Return that a number is an infinity or none."""
    return Text(f"{value} 不是数值", f"{value} is no number")


def digits_lost(value: str) -> Text:
    """Return that a float is too large to have kept its digits."""
    return Text(
        f"浮点数 {value} 已丢失末位数字，请让来源以文本或十进制数给出",
        f"the float {value} has lost its last digits: have the source give it as text or decimal",
    )


def half_a_character() -> Text:
    """Return that a text has half of a surrogate pair in it."""
    return Text(
        "文本中有半个字符（单独的代理项）", "the text has half a character in it, a lone surrogate"
    )


def column_twice(name: str) -> Text:
    """Return that two columns have one name."""
    return Text(f"栏名 {name[:80]} 出现两次", f"the column {name[:80]} comes twice")


def column_unknown(name: str) -> Text:
    """Return that a row has a column that is not among those that were declared."""
    return Text(
        f"有一行带有未声明的栏 {name[:80]}", f"a row has the column {name[:80]}, not declared"
    )


def no_text(name: str, kind: str) -> Text:
    """Return that a value is no text."""
    return Text(
        f"栏 {name[:80]} 的值是 {kind}，不是文本；请用 adapters.exact.as_text",
        f"a value of the column {name[:80]} is no text but {kind}: use adapters.exact.as_text",
    )


def readings_differ() -> Text:
    """Return that a document was read in two ways that do not agree."""
    return Text(
        "同一 JSON 两次解析的结果不一致，整份退回",
        "two readings of one JSON document disagree: it is refused whole",
    )


def too_many_rows(most: int) -> Text:
    """Return that a document has more rows than are read in one."""
    return Text(f"超过 {most} 行，请分页", f"more than {most} rows: ask for them by pages")
