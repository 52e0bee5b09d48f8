"""What the web says to who is not let through."""

from gateway.text import Text


def denied() -> Text:
    """Return that somebody may not do something."""
    return Text("没有权限", "you may not do this")


def without_right(right: str) -> Text:
    """Return which right somebody lacks."""
    return Text(f"没有权限：{right}", f"this is not allowed to you: {right}")


def from_another_page() -> Text:
    """Return that a change was not sent by a page of this console."""
    return Text(
        "只接受本页面的提交，请刷新页面后重试",
        "only what our own page submits is taken; load the page again",
    )


def not_there(name: str) -> Text:
    """Return that something is not there, or is not for who asks."""
    return Text(f"没有 {name}，或不属于您", f"there is no {name}, or it is not yours")
