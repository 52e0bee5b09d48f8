"""What a person must be told, given how the gateway stands.

Pure: the time and the thresholds are parameters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Literal, get_args

from gateway.alerts.deadlines import State
from gateway.clock import SHANGHAI, local_text
from gateway.text import Text
from gateway.text import operations as messages

Kind = Literal[
    "late",
    "near",
    "refused",
    "waiting",
    "breaker",
    "held",
    "failing",
    "aside",
    "dead",
    "disk",
    "locked",
    "restored",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: Rows of a day below which a share of refusals says nothing.
FEW_ROWS = 20


@dataclass(frozen=True, slots=True)
class About:
    """A kind of alert: its name, what its threshold counts ("" where it has none), and the
    default.
    """

    text: Text
    unit: Text
    threshold: float = 0.0


ABOUT: dict[Kind, About] = {
    "late": About(Text("超过交付时限", "past its deadline"), Text("", "")),
    "near": About(Text("临近交付时限", "near its deadline"), Text("", "")),
    "refused": About(
        Text("一日退回比例", "share refused in a day"), Text("百分之", "per cent"), 20
    ),
    "waiting": About(Text("等待过久", "waits too long"), Text("分钟", "minutes"), 120),
    "breaker": About(Text("中心库不可用", "the centre is away"), Text("", "")),
    "held": About(Text("数据项停下待确认", "a feed has stopped and asks"), Text("", "")),
    "failing": About(Text("采集失败", "fetches fail"), Text("", "")),
    "aside": About(
        Text("搁置待处理", "set aside on the way in"), Text("个单元", "units"), threshold=1
    ),
    "dead": About(Text("死信", "dead letters"), Text("个", "packages"), 1),
    "disk": About(Text("磁盘余量", "room on the disk"), Text("MB", "MB"), 1000),
    "locked": About(Text("登录失败过多", "too many failed sign-ins"), Text("", "")),
    "restored": About(Text("存储已恢复", "the store was restored"), Text("", "")),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """When something is an alert and whom it is told to; nothing is sent between the quiet times.

    One that is open and that nobody acknowledges is told again every so many hours; 0 is never.
    """

    kind: Kind
    enabled: bool
    threshold: float
    channels: tuple[str, ...]
    quiet_from: str = "00:00"
    quiet_to: str = "00:00"
    repeat_hours: float = 4.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How the gateway stands, by feed where it is of feeds."""

    deadlines: Mapping[str, State]
    oldest: Mapping[str, datetime]
    #: Rows of the last day and those of them refused.
    refused: Mapping[str, tuple[int, int]]
    breaker_until: datetime | None
    held: Mapping[str, Text]
    failing: Mapping[str, Text]
    dead: Mapping[str, int]
    free_mb: float | None
    #: What was said last of an address that failed too often, within the last quarter of an hour.
    locked: Text | None = None
    #: By feed, what was set aside on the way in for a person to decide.
    aside: Mapping[str, int] = field(default_factory=dict)
    #: What is to be said of a restore of the last day, or one after which something is unsure.
    restored: Text | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is an alert: what happened and what to do, and the page to do it on."""

    kind: Kind
    feed: str
    text: Text
    link: str


def conditions(standing: Standing, rules: Sequence[Rule], now: datetime) -> list[Condition]:
    """Return everything that is an alert by the enabled rules."""
    found: list[Condition] = []
    for rule in rules:
        if rule.enabled:
            found += _of(rule, standing, now)
    return found


def _of(rule: Rule, standing: Standing, now: datetime) -> list[Condition]:
    kind, limit = rule.kind, rule.threshold
    match kind:
        case "late":
            return [
                _late(kind, feed)
                for feed, state in sorted(standing.deadlines.items())
                if state == "late"
            ]
        case "near":
            return [
                _near(kind, feed)
                for feed, state in sorted(standing.deadlines.items())
                if state == "near"
            ]
        case "refused":
            return [
                _refused(kind, feed, rows, bad)
                for feed, (rows, bad) in sorted(standing.refused.items())
                if rows >= FEW_ROWS and bad * 100 >= limit * rows
            ]
        case "waiting":
            late = timedelta(minutes=limit)
            return [
                _waiting(kind, feed, since)
                for feed, since in sorted(standing.oldest.items())
                if now - since >= late
            ]
        case "breaker":
            return (
                [] if standing.breaker_until is None else [_breaker(kind, standing.breaker_until)]
            )
        case "held":
            return [
                Condition(kind, feed, why, f"/feeds/{feed}/")
                for feed, why in sorted(standing.held.items())
            ]
        case "failing":
            return [_failing(kind, feed, why) for feed, why in sorted(standing.failing.items())]
        case "aside":
            return [
                Condition(kind, feed, messages.set_aside(feed, count), f"/feeds/{feed}/")
                for feed, count in sorted(standing.aside.items())
                if count >= max(limit, 1)
            ]
        case "dead":
            return [
                _dead(kind, feed, count)
                for feed, count in sorted(standing.dead.items())
                if count >= max(limit, 1)
            ]
        case "disk":
            return (
                []
                if standing.free_mb is None or standing.free_mb >= limit
                else [_disk(kind, standing.free_mb)]
            )
        case "locked":
            return (
                []
                if standing.locked is None
                else [Condition(kind, "", standing.locked, "/audit/?act=account.refused")]
            )
        case "restored":
            return (
                [] if standing.restored is None else [Condition(kind, "", standing.restored, "/")]
            )


def _late(kind: Kind, feed: str) -> Condition:
    return Condition(
        kind,
        feed,
        Text(
            f"{feed} 有数据包超过时限未送达；打开等待的数据包，按其原因处理",
            f"{feed}: a package is past its deadline; open the packages that wait and mend"
            " what each says",
        ),
        f"/packages/?feed={feed}&state=open",
    )


def _near(kind: Kind, feed: str) -> Condition:
    return Condition(
        kind,
        feed,
        Text(
            f"{feed} 有数据包临近时限；看是否有原因需要处理",
            f"{feed}: a package is near its deadline; look whether something must be mended",
        ),
        f"/packages/?feed={feed}&state=open",
    )


def _refused(kind: Kind, feed: str, rows: int, bad: int) -> Condition:
    return Condition(
        kind,
        feed,
        Text(
            f"{feed} 近一日 {rows} 行中退回 {bad} 行；看退回原因，通知部门或改映射",
            f"{feed}: {bad} of {rows} rows of the last day were refused; look at the reasons,"
            " tell the department or mend the mapping",
        ),
        f"/refusals/?feed={feed}",
    )


def _waiting(kind: Kind, feed: str, since: datetime) -> Condition:
    return Condition(
        kind,
        feed,
        Text(
            f"{feed} 最早的数据包自 {local_text(since)} 起等待；看窗口是否关闭、中心库是否可用",
            f"{feed}: the oldest package waits since {local_text(since)}; see whether its"
            " window is closed or the centre away",
        ),
        f"/packages/?feed={feed}&state=open",
    )


def _breaker(kind: Kind, until: datetime) -> Condition:
    return Condition(
        kind,
        "",
        Text(
            f"中心库连续失败，交付暂停，{local_text(until)} 后再试探；请联系中心库运维",
            "the centre fails again and again: delivery pauses and probes it after"
            f" {local_text(until)}; call who runs the centre",
        ),
        "/packages/?state=open",
    )


def _failing(kind: Kind, feed: str, why: Text) -> Condition:
    return Condition(
        kind,
        feed,
        Text(
            f"{feed} 采集失败：{why.zh}",
            f"{feed}: the fetch fails: {why.en}",
        ),
        f"/feeds/{feed}/",
    )


def _dead(kind: Kind, feed: str, count: int) -> Condition:
    return Condition(
        kind,
        feed,
        Text(
            f"{feed} 有 {count} 个死信；逐个打开，改正后重试或作废",
            f"{feed} has {count} dead letters; open each, mend it and retry, or drop it",
        ),
        f"/packages/?feed={feed}&state=dead",
    )


def _disk(kind: Kind, free: float) -> Condition:
    return Condition(
        kind,
        "",
        Text(
            f"存储所在磁盘仅余 {free:,.0f} MB；请清理或扩容，不足时采集会暂停",
            f"the store's disk has {free:,.0f} MB left; make room, or fetching will pause",
        ),
        "/",
    )


def send_at(rule: Rule, now: datetime) -> datetime:
    """Return when something may be sent: now, or when the rule's quiet time is over."""
    begin, end = _clock(rule.quiet_from), _clock(rule.quiet_to)
    local = now.astimezone(SHANGHAI)
    at = local.time()
    quiet = begin <= at < end if begin < end else (begin != end and (at >= begin or at < end))
    if not quiet:
        return now
    day = local.date() + timedelta(days=1 if at >= end else 0)
    return datetime.combine(day, end, SHANGHAI)


def is_due_again(rule: Rule, last: datetime | None, now: datetime) -> bool:
    """Whether an alert that nobody has acknowledged is to be sent again.

    `last` is when it was sent last, None where it never was.
    """
    return (
        bool(rule.repeat_hours)
        and last is not None
        and now - last >= timedelta(hours=rule.repeat_hours)
    )


def _clock(text: str) -> time:
    return time.fromisoformat(text)
