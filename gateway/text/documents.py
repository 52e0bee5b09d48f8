"""What stands in documents that people keep: the reference of the standard and the template."""

from gateway.text import Text

#: The data classes of a field, by their codes.
CLASSES = {
    "public": ("公开", "public"),
    "authorised": ("授权查询", "authorised"),
    "internal": ("内部", "internal"),
}


def length(least: int, most: int) -> Text:
    """Return how many characters a value has."""
    return Text(f"{least} 至 {most} 字", f"{least} to {most} characters")


def form(pattern: str) -> Text:
    """Return the form that a value has."""
    return Text(f"形如 {pattern}", f"of the form {pattern}")


def at_least(bound: str) -> Text:
    """Return the least that a value is."""
    return Text(f"不小于 {bound}", f"at least {bound}")


def at_most(bound: str) -> Text:
    """Return the most that a value is."""
    return Text(f"不大于 {bound}", f"at most {bound}")


def check_title() -> str:
    """Return the title of the message that Excel shows of a value that it refuses."""
    return "请核对 / check"


def how_to_fill_in() -> tuple[str, Text]:
    """Return the heading and the text of the template's explanation."""
    return "怎样填 / how to", Text(
        "自第 3 行起每行一条记录；标题和说明行不要改动。"
        "日期写作 2026-04-01，金额只写数字。红色标题为必填。",
        "One record a row from row 3 on; leave headings and explanation as they are."
        " Dates as 2026-04-01, amounts as plain numbers. Red headings are required.",
    )
