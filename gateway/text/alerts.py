"""Texts of alerts: their names and units, what each says, and why one was not sent."""

from datetime import datetime

from gateway.clock import local_text
from gateway.text import Text


def no_channel(channel: str) -> Text:
    """Return that an alert is for a channel that is not set up."""
    return Text(f"没有渠道 {channel}", f"there is no channel {channel}")


def mail_failed(kind: str) -> Text:
    """Return that a mail was not sent; `kind` is the error's class."""
    return Text(f"邮件未发出：{kind}", f"the mail was not sent: {kind}")


def receiver_answered(status: int) -> Text:
    """Return with which status a webhook's receiver refused an alert."""
    return Text(f"接收方答复 {status}", f"the receiver answered {status}")


def not_delivered(kind: str) -> Text:
    """Return that a webhook was not reached; `kind` is the error's class."""
    return Text(f"未送达：{kind}", f"it was not delivered: {kind}")


def package_late(at: str) -> Text:
    """Return that a package was due at a moment and has not arrived."""
    return Text(
        f"有数据包应于 {at} 前送达而未送达；原因见 creditgate outbox list",
        f"a package was due at {at} and has not arrived; creditgate outbox list says why",
    )


def package_near(at: str) -> Text:
    """Return that a package is due soon and has not arrived yet."""
    return Text(
        f"有数据包应于 {at} 前送达，尚未送达；原因见 creditgate outbox list",
        f"a package is due at {at} and has not arrived yet; creditgate outbox list says why",
    )


def all_arrived() -> Text:
    """Return that everything near or past its deadline has arrived."""
    return Text("临近或超过时限的数据包均已送达", "all that was near or past its time has arrived")


def feed_late(feed: str) -> Text:
    """Return that a feed has a package past its deadline, and what to do."""
    return Text(
        f"{feed} 有数据包超过时限未送达；打开等待的数据包，按其原因处理",
        f"{feed}: a package is past its deadline; open the packages that wait and mend what"
        " each says",
    )


def feed_near(feed: str) -> Text:
    """Return that a feed has a package near its deadline, and what to do."""
    return Text(
        f"{feed} 有数据包临近时限；看是否有原因需要处理",
        f"{feed}: a package is near its deadline; look whether something must be mended",
    )


def many_refused(feed: str, rows: int, refused: int) -> Text:
    """Return how many of a feed's rows of a day were refused, and what to do."""
    return Text(
        f"{feed} 近一日 {rows} 行中退回 {refused} 行；看退回原因，通知部门或改映射",
        f"{feed}: {refused} of {rows} rows of the last day were refused; look at the reasons,"
        " tell the department or mend the mapping",
    )


def oldest_waits(feed: str, since: datetime) -> Text:
    """Return since when a feed's oldest package waits, and where to look."""
    return Text(
        f"{feed} 最早的数据包自 {local_text(since)} 起等待；看窗口是否关闭、中心库是否可用",
        f"{feed}: the oldest package waits since {local_text(since)}; see whether its window"
        " is closed or the centre away",
    )


def centre_away(until: datetime) -> Text:
    """Return that the centre fails again and again, and when it is probed."""
    return Text(
        f"中心库连续失败，交付暂停，{local_text(until)} 后再试探；请联系中心库运维",
        "the centre fails again and again: delivery pauses and probes it after"
        f" {local_text(until)}; call who runs the centre",
    )


def fetch_fails(feed: str, reason: Text) -> Text:
    """Return why the fetches of a feed fail."""
    return Text(f"{feed} 采集失败：{reason.zh}", f"{feed}: the fetch fails: {reason.en}")


def dead_letters(feed: str, count: int) -> Text:
    """Return how many dead letters a feed has, and what to do."""
    return Text(
        f"{feed} 有 {count} 个死信；逐个打开，改正后重试或作废",
        f"{feed} has {count} dead letters; open each, mend it and retry, or drop it",
    )


def disk_short(free_mb: float) -> Text:
    """Return how little room the store's disk has, in MB."""
    return Text(
        f"存储所在磁盘仅余 {free_mb:,.0f} MB；请清理或扩容，不足时采集会暂停",
        f"the store's disk has {free_mb:,.0f} MB left; make room, or fetching will pause",
    )


def late() -> Text:
    """Return the name of the alert that a package is past its deadline."""
    return Text("超过交付时限", "past its deadline")


def near() -> Text:
    """Return the name of the alert that a package is near its deadline."""
    return Text("临近交付时限", "near its deadline")


def refused() -> Text:
    """Return the name of the alert on the share of rows refused in a day."""
    return Text("一日退回比例", "share refused in a day")


def per_cent() -> Text:
    """Return the unit of a share."""
    return Text("百分之", "per cent")


def waiting() -> Text:
    """Return the name of the alert that a package waits too long."""
    return Text("等待过久", "waits too long")


def minutes() -> Text:
    """Return the unit of a wait."""
    return Text("分钟", "minutes")


def breaker() -> Text:
    """Return the name of the alert that the centre is away."""
    return Text("中心库不可用", "the centre is away")


def feed_stopped() -> Text:
    """Return the name of the alert that a feed has stopped and asks a person."""
    return Text("数据项停下待确认", "a feed has stopped and asks")


def failing() -> Text:
    """Return the name of the alert that fetches fail."""
    return Text("采集失败", "fetches fail")


def set_aside() -> Text:
    """Return the name of the alert that units are set aside on the way in."""
    return Text("搁置待处理", "set aside on the way in")


def units() -> Text:
    """Return the unit of what is set aside."""
    return Text("个单元", "units")


def restored() -> Text:
    """Return the name of the alert that the store was restored."""
    return Text("存储已恢复", "the store was restored")


def sign_ins_failed() -> Text:
    """Return the name of the alert that too many sign-ins failed."""
    return Text("登录失败过多", "too many failed sign-ins")


def disk() -> Text:
    """Return the name of the alert that the store's disk has little room."""
    return Text("磁盘余量", "room on the disk")


def dead() -> Text:
    """Return the name of the alert that packages are dead letters."""
    return Text("死信", "dead letters")


def packages() -> Text:
    """Return the unit of dead letters."""
    return Text("个", "packages")
