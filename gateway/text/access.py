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


def not_handled() -> Text:
    """Return that a request cannot be handled."""
    return Text("请求不能处理", "the request cannot be handled")


def no_page() -> Text:
    """Return that there is no such page or thing, or not for who asks."""
    return Text(
        "没有这个页面或对象，或不属于您", "there is no such page or thing, or it is not yours"
    )


def no_such_act() -> Text:
    """Return that an address does not take a method."""
    return Text("此地址不支持该操作", "this address does not take that")


def too_large() -> Text:
    """Return that a body is too large."""
    return Text("内容过大", "this is too large")


def too_many_requests() -> Text:
    """Return that somebody asks too often."""
    return Text("请求过于频繁，请稍后再试", "too many requests; try again in a while")


def unforeseen_error() -> Text:
    """Return that the gateway has failed, and what to do."""
    return Text(
        "网关遇到意外错误，日志中有记录；请稍后再试或联系运维",
        "the gateway met an unforeseen error, which its log has; try again later, or call the "
        "operator",
    )


def no_receipt_awaited() -> Text:
    """Return that no package waits for a receipt that was brought."""
    return Text("没有等待回执的该数据包", "no such package waits for its receipt")
