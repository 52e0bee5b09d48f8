"""What is said of the reasons that people give for what they do."""

from gateway.text import Text


def no_reason() -> Text:
    """Return that an act wants its reason."""
    return Text("请写明原因，不能留空（why）", "give the reason (why); it must not be empty")


def reason_too_long(length: int, limit: int) -> Text:
    """Return that a reason is longer than what is kept of one."""
    return Text(
        f"原因有 {length} 个字符，至多 {limit} 个",
        f"the reason has {length} characters; it may have {limit} at most",
    )
