"""What is said of whether all is well, part by part."""

from datetime import datetime

from gateway.clock import local_text
from gateway.text import Text


def verdict(light: str) -> Text:
    """Return whether all is well, in two or three words."""
    return {
        "good": Text("一切正常", "All is well"),
        "unknown": Text("情况不明", "Not known"),
        "warn": Text("请留意", "Look at it"),
        "bad": Text("需要处理", "A person must act"),
    }[light]


def part(name: str) -> Text:
    """Return what a part of the whole is called."""
    return {
        "centre": Text("中心库", "The centre"),
        "catalogue": Text("目录", "The catalogue"),
        "feeds": Text("数据项", "Feeds"),
        "alerts": Text("告警", "Alerts"),
    }[name]


def centre_away(until: datetime) -> Text:
    """Return that the centre fails and is left alone for a while."""
    return Text(
        f"连接中断，{local_text(until)} 后再试；数据包等待并自动重发",
        f"it is away and tried again after {local_text(until)}; packages wait and are sent by"
        " themselves",
    )


def centre_failed() -> Text:
    """Return that the last attempts did not reach the centre."""
    return Text(
        "最近一次推送未成功，将自动重试", "the last attempt did not succeed and is repeated"
    )


def centre_unknown() -> Text:
    """Return that nothing was ever sent, so that nothing is known of the centre."""
    return Text("尚未推送过，不知是否可用", "nothing was sent yet, so it is not known to be there")


def centre_there() -> Text:
    """Return that the centre takes packages."""
    return Text("可用", "it takes packages")


def no_catalogue() -> Text:
    """Return that nothing is fetched or delivered without a catalogue."""
    return Text(
        "尚未取得目录，因此不采集、不交付；请检查设置中的 catalogue",
        "none was taken yet, so nothing is fetched or delivered; check the setting catalogue",
    )


def catalogue_ended(until: datetime) -> Text:
    """Return that the catalogue's time is over."""
    return Text(
        f"已于 {local_text(until)} 过期，照旧执行；请平台更新",
        f"it ended on {local_text(until)} and stays in force; ask the platform for a new one",
    )


def catalogue_in_force(serial: int) -> Text:
    """Return which catalogue is in force."""
    return Text(f"第 {serial} 期有效", f"issue {serial} is in force")


def no_feeds() -> Text:
    """Return that there is no feed to be seen: nothing is known of any."""
    return Text("没有可见的数据项", "there is no feed that you may see")


def feeds(name: str, why: Text, others: int) -> Text:
    """Return what is worst of the feeds, and of how many."""
    if not others:
        return Text(f"{name}：{why.zh}", f"{name}: {why.en}")
    return Text(f"{name}：{why.zh}（另有 {others} 项）", f"{name}: {why.en} (and {others} more)")


def feeds_well(count: int) -> Text:
    """Return that every feed is well."""
    return Text(f"{count} 项均正常", f"all {count} are well")


def alerts_open(count: int) -> Text:
    """Return how many alerts are open."""
    return Text(f"{count} 条待处理", f"{count} are open")


def no_alerts() -> Text:
    """Return that no alert is open."""
    return Text("没有", "none is open")


def no_rules() -> Text:
    """Return that every alert rule is off: that none is open says nothing."""
    return Text("告警规则全部停用，不会有告警", "every rule is off, so there would be none")


def overdue(since: datetime) -> Text:
    """Return that a feed was not fetched for longer than the catalogue says."""
    return Text(
        f"自 {local_text(since)} 起未按时采集；请检查调度进程是否在运行",
        f"not fetched in time since {local_text(since)}; see whether the scheduler runs",
    )
