"""What the process says of itself: packages given up, waits that a wrong clock made, the store
away.
"""

from datetime import timedelta

from gateway.text import Text


def given_up(strikes: int, ends: int, age: timedelta) -> Text:
    """Return that a package is a dead letter without being sent: failures, ends of its process, or
    its age.
    """
    return Text(
        f"失败 {strikes} 次，发送中网关中断 {ends} 次，包龄 {age}，不再发送",
        f"{strikes} failures, {ends} ends of the gateway (lost workers) while it was being sent,"
        f" at an age of {age}: it is not sent again",
    )


def waits_shortened(packages: int, others: int) -> Text:
    """Return that waits were counted by a clock that was ahead."""
    return Text(
        f"时钟曾快于现在：{packages} 个数据包和 {others} 项其他等待已按现在的时间重新计算，"
        "无需处理",
        f"the clock was ahead of what it is now: the waits of {packages} packages and"
        f" {others} other"
        " things are counted anew from now; nothing needs doing",
    )
