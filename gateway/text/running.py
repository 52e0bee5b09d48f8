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
        f"the clock was ahead of what it is now: the waits of {packages} packages and {others}"
        " other things are counted anew from now; nothing needs doing",
    )


def certificate_unusable(url: str, kind: str) -> Text:
    """Return that certificates or key for an endpoint cannot be used; `kind` is the error's
    class.
    """
    return Text(
        f"{url} 的证书或密钥不可用（{kind}），请核对 ca、certificate、key",
        f"the certificates or key for {url} cannot be used ({kind}); check ca, certificate and key",
    )


def telemetry_not_installed() -> Text:
    """Return that traces are set up and what writes them is not installed."""
    return Text(
        "telemetry 需要安装 creditgate[telemetry]",
        "telemetry wants creditgate[telemetry] installed",
    )


def disk_full(limit: str) -> Text:
    """Return that fetching pauses because the store's disk has less than a limit left."""
    return Text(
        f"存储所在磁盘剩余不足 {limit}，暂停采集，交付照常；请腾出空间",
        f"the store's disk has less than {limit} left: fetching pauses, delivery goes on;"
        " make room",
    )


def too_many_wait(limit: int) -> Text:
    """Return that fetching pauses because more packages wait than may."""
    return Text(
        f"待交付数据包超过 {limit:,} 个，暂停采集；送出后自动恢复",
        f"more than {limit:,} packages wait: fetching pauses and goes on by itself once they"
        " are away",
    )


def room_again() -> Text:
    """Return that fetching goes on."""
    return Text("空间或积压已恢复，继续采集", "there is room again: fetching goes on")


def feed_twice() -> Text:
    """Return that a feed is both in the settings file and in the registry."""
    return Text(
        "该数据项在 gateway.yaml 与登记中都有，以 gateway.yaml 为准；请去掉其一",
        "this feed is both in gateway.yaml and in the registry; gateway.yaml counts; remove"
        " one of them",
    )


def not_in_catalogue() -> Text:
    """Return that a feed is not fetched because the catalogue does not list it."""
    return Text(
        "现行目录中没有该数据项，不予采集；请平台登记",
        "the catalogue in force has no such feed, so it is not fetched; have the platform list it",
    )


def kind_differs(listed: str, mapped: str) -> Text:
    """Return that a feed is not fetched because its mapping makes another kind than is listed."""
    return Text(
        f"目录登记的记录类型为 {listed}，映射产生的是 {mapped}，不予采集；请更正其一",
        f"the catalogue lists this feed as {listed} and its mapping makes {mapped}, so it is"
        " not fetched; mend one of them",
    )


def clock_set(seconds: int) -> Text:
    """Return by how many seconds somebody set this machine's clock."""
    return Text(
        f"本机时钟被拨动 {seconds} 秒，网关仍按原时间计；若新时间正确，请重启网关",
        f"this machine's clock was set by {seconds} seconds; the gateway goes on by the time"
        " before; restart it if the new time is right",
    )


def no_adapter() -> Text:
    """Return that the catalogue lists a feed for which there is no adapter."""
    return Text(
        "目录有该数据项，本网关未配置适配器",
        "the catalogue lists this feed and no adapter is configured for it",
    )
