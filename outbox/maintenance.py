"""What is done to many messages at once: replay, purge, sealing under another key.

Each function does one portion in the caller's transaction; callers repeat until nothing is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, select, update

from outbox.database import among, insert_new
from outbox.encryption import PayloadCipher
from outbox.messages import WHY_LENGTH
from outbox.reader import CLOSED_STATES, IS_CLOSED, content_values, opened_content
from outbox.tables import attempt, content, lane, message, transition


@dataclass(frozen=True, slots=True)
class Choice:
    """Which closed messages are meant; None: any. Moments are of their closing."""

    lane: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def settled(
    connection: Connection,
    choice: Choice,
    limit: int,
    last_guid: str = "",
    *,
    payloads: bool = True,
) -> list[str]:
    """Return the GUIDs of settled messages in order of GUID, those after a given one.

    `payloads`: only those whose payload is still kept.
    """
    return _closed_guids(connection, ("settled",), choice, limit, last_guid, payloads=payloads)


def closed(
    connection: Connection,
    choice: Choice,
    limit: int,
    last_guid: str = "",
    *,
    payloads: bool = True,
) -> list[str]:
    """Return what `settled` does, of messages that a person has dropped too."""
    return _closed_guids(connection, CLOSED_STATES, choice, limit, last_guid, payloads=payloads)


def _closed_guids(
    connection: Connection,
    states: Sequence[str],
    choice: Choice,
    limit: int,
    last_guid: str,
    *,
    payloads: bool,
) -> list[str]:
    in_state = message.c.state.in_(states)
    query = select(message.c.guid).where(IS_CLOSED, in_state, message.c.guid > last_guid)
    if payloads:
        query = query.join(content, content.c.guid == message.c.guid)
    if choice.lane is not None:
        query = query.where(message.c.lane == choice.lane)
    if choice.since is not None:
        query = query.where(message.c.settled_at >= choice.since)
    if choice.until is not None:
        query = query.where(message.c.settled_at < choice.until)
    return list(connection.execute(query.order_by(message.c.guid).limit(limit)).scalars())


def leave_gap(connection: Connection, numbers: int) -> None:
    """Skip `numbers` sequence numbers in every lane.

    For a store that was restored: receivers have seen higher numbers than it knows of.
    """
    connection.execute(update(lane).values(next_sequence=lane.c.next_sequence + numbers))


def begin(connection: Connection, lane_name: str, first: int, limit: int) -> bool:
    """Have a lane whose receivers have seen nothing begin at `first`; return whether it changed.

    It is made if need be. A lane that would go on at most `limit` beyond `first` is left as it is;
    so is one with messages, whose numbers are in use.
    """
    # How the lane is, `reserve` says with the first numbers that it takes.
    values = {"name": lane_name, "ordered": False, "next_sequence": first}
    if insert_new(connection, lane, values):
        return True
    has_messages = select(message.c.sequence).where(message.c.lane == lane_name).exists()
    beyond = (lane.c.name == lane_name) & (lane.c.next_sequence > first + limit)
    changed = connection.execute(
        update(lane).where(beyond, ~has_messages).values(next_sequence=first)
    )
    return changed.rowcount == 1


def follow(connection: Connection, lane_name: str, highest: int, numbers: int, limit: int) -> bool:
    """Have a lane go on after the number that receivers have seen; return whether it changed.

    It is made if need be. A lane that would use lower numbers, or any more than `limit` beyond
    `highest`, leaves out `numbers` after it: they may be on their way. A number that a message of
    the lane has is never used again.
    """
    # How the lane is, `reserve` says with the first numbers that it takes.
    values = {"name": lane_name, "ordered": False, "next_sequence": highest + numbers + 1}
    if insert_new(connection, lane, values):
        return True
    this = lane.c.name == lane_name
    following = connection.execute(
        select(lane.c.next_sequence).where(this).with_for_update()
    ).scalar_one()
    if highest < following <= highest + limit:
        return False
    last = select(func.max(message.c.sequence)).where(message.c.lane == lane_name)
    number = max(highest, connection.execute(last).scalar_one() or 0) + numbers + 1
    if highest < following <= number:
        return False
    connection.execute(update(lane).where(this).values(next_sequence=number))
    return True


def replay(connection: Connection, guids: Sequence[str], now: datetime, reason: str) -> list[str]:
    """Let settled messages be sent again under the same GUIDs; return the GUIDs that will.

    The bytes are the same. Safe to repeat: a message that is not settled (a dropped one is not), or
    whose payload was purged, stays as it is.
    """
    settled_guids = connection.execute(
        select(message.c.guid)
        .join(content, content.c.guid == message.c.guid)
        .where(message.c.state == "settled", among(connection, message.c.guid, guids))
    )
    replayed = sorted(settled_guids.scalars())
    if replayed:
        connection.execute(
            update(message)
            .where(message.c.guid == bindparam("replayed"), message.c.state == "settled")
            .values(
                state="waiting",
                why=reason[:WHY_LENGTH],
                not_before=now,
                due_at=None,
                strikes=0,
                ends=0,
                replays=message.c.replays + 1,
            ),
            [{"replayed": guid} for guid in replayed],
        )
        connection.execute(
            insert(transition),
            [
                {"guid": g, "state": "waiting", "at": now, "why": reason[:WHY_LENGTH]}
                for g in replayed
            ],
        )
    return replayed


def purge_payloads(connection: Connection, guids: Sequence[str]) -> int:
    """Remove the payloads of messages, never those of open ones; return how many."""
    removable = _closed_among(connection, guids)
    return connection.execute(delete(content).where(content.c.guid.in_(removable))).rowcount


def purge_messages(connection: Connection, guids: Sequence[str]) -> int:
    """Remove messages with all that is kept of them, never open ones; return how many."""
    removable = connection.execute(_closed_among(connection, guids)).scalars().all()
    for table in (content, attempt, transition, message):
        connection.execute(delete(table).where(among(connection, table.c.guid, removable)))
    return len(removable)


def seal_anew(connection: Connection, seal: PayloadCipher, limit: int) -> int:
    """Seal up to `limit` payloads anew that are not under the current key; return how many.

    Raises DecryptionError for one that cannot be opened.
    """
    rows = connection.execute(
        select(content).where(content.c.key_id != seal.current).limit(limit)
    ).all()
    for row in rows:
        values = content_values(seal, row.guid, *opened_content(seal, row))
        connection.execute(update(content).where(content.c.guid == row.guid).values(**values))
    return len(rows)


def _closed_among(connection: Connection, guids: Sequence[str]) -> Select[str]:
    return select(message.c.guid).where(IS_CLOSED, among(connection, message.c.guid, guids))
