"""What a person must be told, given how the gateway stands.

Pure: the time and the thresholds are parameters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Literal, get_args

from gateway.alerts.deadlines import State
from gateway.clock import SHANGHAI
from gateway.text import Text
from gateway.text import alerts as messages
from gateway.text import operations as operation_messages

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
    """A kind of alert: its name, the unit of its threshold ("" for none), and the default."""

    text: Text
    unit: Text
    threshold: float = 0.0


ABOUT: dict[Kind, About] = {
    "late": About(messages.late(), Text("", "")),
    "near": About(messages.near(), Text("", "")),
    "refused": About(messages.refused(), messages.per_cent(), 20),
    "waiting": About(messages.waiting(), messages.minutes(), 120),
    "breaker": About(messages.breaker(), Text("", "")),
    "held": About(messages.feed_stopped(), Text("", "")),
    "failing": About(messages.failing(), Text("", "")),
    "aside": About(messages.set_aside(), messages.units(), threshold=1),
    "dead": About(messages.dead(), messages.packages(), 1),
    "disk": About(messages.disk(), Text("MB", "MB"), 1000),
    "locked": About(messages.sign_ins_failed(), Text("", "")),
    "restored": About(messages.restored(), Text("", "")),
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
    alerts: list[Condition] = []
    for rule in rules:
        if rule.enabled:
            alerts += _of(rule, standing, now)
    return alerts


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
                Condition(kind, feed, reason, f"/feeds/{feed}/")
                for feed, reason in sorted(standing.held.items())
            ]
        case "failing":
            return [
                _failing(kind, feed, reason) for feed, reason in sorted(standing.failing.items())
            ]
        case "aside":
            return [
                Condition(kind, feed, operation_messages.set_aside(feed, count), f"/feeds/{feed}/")
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
        messages.feed_late(feed),
        f"/packages/?feed={feed}&state=open",
    )


def _near(kind: Kind, feed: str) -> Condition:
    return Condition(
        kind,
        feed,
        messages.feed_near(feed),
        f"/packages/?feed={feed}&state=open",
    )


def _refused(kind: Kind, feed: str, rows: int, bad: int) -> Condition:
    return Condition(
        kind,
        feed,
        messages.many_refused(feed, rows, bad),
        f"/refusals/?feed={feed}",
    )


def _waiting(kind: Kind, feed: str, since: datetime) -> Condition:
    return Condition(
        kind,
        feed,
        messages.oldest_waits(feed, since),
        f"/packages/?feed={feed}&state=open",
    )


def _breaker(kind: Kind, until: datetime) -> Condition:
    return Condition(
        kind,
        "",
        messages.centre_away(until),
        "/packages/?state=open",
    )


def _failing(kind: Kind, feed: str, reason: Text) -> Condition:
    return Condition(
        kind,
        feed,
        messages.fetch_fails(feed, reason),
        f"/feeds/{feed}/",
    )


def _dead(kind: Kind, feed: str, count: int) -> Condition:
    return Condition(
        kind,
        feed,
        messages.dead_letters(feed, count),
        f"/packages/?feed={feed}&state=dead",
    )


def _disk(kind: Kind, free: float) -> Condition:
    return Condition(
        kind,
        "",
        messages.disk_short(free),
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
