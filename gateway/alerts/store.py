"""All SQL of alert rules, alerts and what is to be sent of them.

Every function takes the caller's connection.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Select, case, false, func, insert, or_, select, update

from gateway.alerts.rules import ABOUT, KINDS, Condition, Kind, Rule, send_at
from gateway.alerts.tables import alert, alert_notice, alert_rule
from gateway.events.tables import event
from gateway.exchange.tables import feed, unit
from gateway.text import Text
from outbox import insert_new, remove_some
from outbox.waits import hold_moments


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert; it is open until its condition is over."""

    id: int
    kind: Kind
    feed: str
    opened_at: datetime
    closed_at: datetime | None
    text: Text
    link: str
    acknowledged_by: str | None
    acknowledged_at: datetime | None


#: What is told of an alert: that it is open, that it is still and nobody has acknowledged it, that
#: it is over.
What = Literal["opened", "again", "over"]


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert that is to be sent to a channel."""

    id: int
    channel: str
    what: What
    tries: int
    alert: Alert


def rules(connection: Connection, channels: Sequence[str] = ()) -> list[Rule]:
    """Return the rule of every kind; one that nobody has set is enabled, for every channel."""
    stored = {row.kind: row for row in connection.execute(select(alert_rule))}
    all_rules = []
    for kind in KINDS:
        row = stored.get(kind)
        if row is None:
            all_rules.append(Rule(kind, True, ABOUT[kind].threshold, tuple(channels)))
        else:
            all_rules.append(
                Rule(
                    kind,
                    row.enabled,
                    row.threshold,
                    tuple(json.loads(row.channels)),
                    row.quiet_from,
                    row.quiet_to,
                    row.repeat_hours,
                )
            )
    return all_rules


def set_rule(connection: Connection, rule: Rule) -> None:
    """Keep a rule in place of the one of its kind."""
    values = {
        "enabled": rule.enabled,
        "threshold": rule.threshold,
        "channels": json.dumps(rule.channels),
        "quiet_from": rule.quiet_from,
        "quiet_to": rule.quiet_to,
        "repeat_hours": rule.repeat_hours,
    }
    if not insert_new(connection, alert_rule, {"kind": rule.kind, **values}):
        connection.execute(update(alert_rule).where(alert_rule.c.kind == rule.kind).values(values))


def open_alerts(connection: Connection) -> list[Alert]:
    """Return the open alerts, the newest first."""
    query = select(alert).where(alert.c.closed_at.is_(None)).order_by(alert.c.id.desc())
    return [_alert(row) for row in connection.execute(query)]


def past(
    connection: Connection,
    limit: int,
    before: int | None = None,
    departments: Sequence[str] | None = None,
) -> list[Alert]:
    """Return alerts that are over, the newest first.

    Only those whose id is below `before`, and those of `departments` if any are named.
    """
    query: Select[Any] = select(alert).where(alert.c.closed_at.is_not(None))
    if departments is not None:
        of_departments = [
            alert.c.feed.startswith(f"{name}.", autoescape=True) for name in departments
        ]
        query = query.where(or_(false(), *of_departments))
    if before is not None:
        query = query.where(alert.c.id < before)
    return [
        _alert(row) for row in connection.execute(query.order_by(alert.c.id.desc()).limit(limit))
    ]


def feed_of(connection: Connection, number: int) -> str | None:
    """Return the feed that an alert is about.

    It is "" where the alert is about the whole gateway, None where there is no such alert.
    """
    query = select(alert.c.feed).where(alert.c.id == number)
    return connection.execute(query).scalar_one_or_none()


def open_one(connection: Connection, condition: Condition, now: datetime) -> int | None:
    """Open an alert and return its id.

    Where one of its kind and feed is open already, bring its text up to date and return None.
    """
    same = (
        (alert.c.kind == condition.kind)
        & (alert.c.feed == condition.feed)
        & alert.c.closed_at.is_(None)
    )
    texts = {"zh": condition.text.zh, "en": condition.text.en, "link": condition.link}
    if connection.execute(update(alert).where(same).values(texts)).rowcount:
        return None
    inserted = connection.execute(
        insert(alert).values(kind=condition.kind, feed=condition.feed, opened_at=now, **texts)
    )
    return int(inserted.inserted_primary_key[0])  # type: ignore[index]


def close_one(connection: Connection, number: int, now: datetime) -> None:
    """Note that an alert is over."""
    connection.execute(update(alert).where(alert.c.id == number).values(closed_at=now))


def acknowledge(connection: Connection, number: int, person: str, now: datetime) -> bool:
    """Record that a person has seen an alert, and return whether nobody had before."""
    unacknowledged = (alert.c.id == number) & alert.c.acknowledged_by.is_(None)
    changed = connection.execute(
        update(alert).where(unacknowledged).values(acknowledged_by=person, acknowledged_at=now)
    )
    return bool(changed.rowcount)


def add_notice(connection: Connection, number: int, what: What, channel: str, at: datetime) -> None:
    """Let an alert be sent to a channel."""
    connection.execute(
        insert(alert_notice).values(
            alert_id=number,
            what=what,
            channel=channel,
            tries=0,
            not_before=at,
            state="waiting",
            detail="",
        )
    )


def unanswered(connection: Connection) -> dict[int, datetime]:
    """Return when each open alert that nobody has acknowledged was sent last.

    Alerts with a notice that is still to be sent are left out.
    """
    waits = func.sum(case((alert_notice.c.state == "waiting", 1), else_=0))
    query = (
        select(alert.c.id, func.max(alert_notice.c.not_before))
        .join(alert_notice, alert_notice.c.alert_id == alert.c.id)
        .where(alert.c.closed_at.is_(None), alert.c.acknowledged_by.is_(None))
        .group_by(alert.c.id)
        .having(waits == 0)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def withdraw_notices(connection: Connection, number: int) -> set[str]:
    """Cancel the waiting notices of an alert, and return the channels that were told of it."""
    of_alert = alert_notice.c.alert_id == number
    connection.execute(
        update(alert_notice)
        .where(of_alert, alert_notice.c.state == "waiting")
        .values(state="failed", detail="over before it was sent")
    )
    channels_sent = select(alert_notice.c.channel).where(of_alert, alert_notice.c.state == "sent")
    return set(connection.execute(channels_sent).scalars())


def due_notices(connection: Connection, now: datetime, limit: int) -> list[Notice]:
    """Return what is to be sent now; an alert acknowledged meanwhile is not sent again."""
    answered = (alert_notice.c.what == "again") & alert.c.acknowledged_by.is_not(None)
    query = (
        select(alert_notice, alert)
        .join(alert, alert.c.id == alert_notice.c.alert_id)
        .where(alert_notice.c.state == "waiting", alert_notice.c.not_before <= now, ~answered)
        .order_by(alert_notice.c.id)
        .limit(limit)
        .set_label_style("tablename_plus_col")  # type: ignore[arg-type]
    )
    notices = []
    for row in connection.execute(query):
        values = row._mapping
        alert_of_notice = Alert(
            values["alert_id"],
            values["alert_kind"],
            values["alert_feed"],
            values["alert_opened_at"],
            values["alert_closed_at"],
            Text(values["alert_zh"], values["alert_en"]),
            values["alert_link"],
            values["alert_acknowledged_by"],
            values["alert_acknowledged_at"],
        )
        notices.append(
            Notice(
                values["alert_notice_id"],
                values["alert_notice_channel"],
                values["alert_notice_what"],
                values["alert_notice_tries"],
                alert_of_notice,
            )
        )
    return notices


def end_notice(
    connection: Connection, number: int, state: Literal["sent", "failed"], detail: str
) -> None:
    """Note that something was sent, or is given up."""
    connection.execute(
        update(alert_notice)
        .where(alert_notice.c.id == number)
        .values(state=state, detail=detail[:500], tries=alert_notice.c.tries + 1)
    )


def send_later(connection: Connection, number: int, at: datetime, detail: str) -> None:
    """Note that sending failed, and when to try again."""
    connection.execute(
        update(alert_notice)
        .where(alert_notice.c.id == number)
        .values(not_before=at, detail=detail[:500], tries=alert_notice.c.tries + 1)
    )


def hold_notices(connection: Connection, now: datetime, retry_cap: timedelta) -> int:
    """Bring forward notices that a fast clock has put too late, and return their number.

    The limit is the quiet time of their rule, the longest wait between two tries, or now for those
    that were sent.
    """
    at, waiting = alert_notice.c.not_before, alert_notice.c.state == "waiting"
    by_kind = {rule.kind: rule for rule in rules(connection)}
    untried = (
        select(alert_notice.c.id, at, alert.c.kind)
        .join(alert, alert.c.id == alert_notice.c.alert_id)
        .where(waiting, alert_notice.c.tries == 0, at > now)
    )
    count = 0
    for number, _, kind in connection.execute(untried).all():
        limit = send_at(by_kind[kind], now)
        count += hold_moments(connection, at, limit, alert_notice.c.id == number)
    count += hold_moments(connection, at, now + retry_cap, waiting, alert_notice.c.tries > 0)
    return count + hold_moments(connection, at, now, ~waiting)


def refused_since(connection: Connection, since: datetime) -> dict[str, tuple[int, int]]:
    """Return by feed the rows of units that began since a moment, and how many were refused."""
    rows, bad = func.sum(unit.c.rows), func.sum(unit.c.refused + unit.c.turned_down)
    query = (
        select(feed.c.name, rows, bad)
        .join(feed, feed.c.id == unit.c.feed_id)
        .where(unit.c.started_at >= since)
        .group_by(feed.c.name)
    )
    return {name: (int(total), int(refused)) for name, total, refused in connection.execute(query)}


def said_since(connection: Connection, name: str, since: datetime) -> Text | None:
    """Return the text of the newest event of a name, None where there is none since a moment."""
    query = select(event.c.zh, event.c.en).where(
        event.c.feed == "", event.c.name == name, event.c.at >= since
    )
    row = connection.execute(query.order_by(event.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else Text(row.zh, row.en)


def _alert(row: Any) -> Alert:
    return Alert(
        row.id,
        row.kind,
        row.feed,
        row.opened_at,
        row.closed_at,
        Text(row.zh, row.en),
        row.link,
        row.acknowledged_by,
        row.acknowledged_at,
    )


def purge_notices(connection: Connection, moment: datetime, limit: int) -> int:
    """Remove so many notices at most of alerts that were over before a moment; return how many."""
    over = select(alert.c.id).where(alert.c.closed_at < moment)
    return remove_some(connection, alert_notice, alert_notice.c.alert_id.in_(over), limit)


def purge_before(connection: Connection, moment: datetime, limit: int) -> int:
    """Remove so many alerts at most that were over before a moment; return how many.

    Their notices are removed first (`purge_notices`).
    """
    return remove_some(connection, alert, alert.c.closed_at < moment, limit)
