"""What an outbox says of its messages: lists, counts, histories, payloads."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    and_,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)

from outbox.database import among, seal_with
from outbox.encryption import PayloadCipher
from outbox.messages import Attempt, Lane, Message, Wanted
from outbox.tables import attempt, content, lane, message, transition

OPEN_STATES = ("waiting", "held", "sending", "dead")
#: Of messages that are never sent unless a settled one is replayed: the destination has taken it,
#: or a person has dropped it.
CLOSED_STATES = ("settled", "dropped")
_CLOSED_LITERALS: tuple[ColumnElement[str], ...] = tuple(
    literal_column(f"'{state}'") for state in CLOSED_STATES
)


def is_open(state: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a message is not closed.

    In the words of the index of open messages, not as bound values: only so does the index serve,
    however many closed messages are kept.
    """
    return and_(*(state != closed_state for closed_state in _CLOSED_LITERALS))


OPEN = is_open(message.c.state)
#: In the words of the index of closed messages.
IS_CLOSED = or_(*(message.c.state == state for state in _CLOSED_LITERALS))
#: How the last attempt at a message of the statement around it ended.
LAST_OUTCOME = (
    select(attempt.c.outcome)
    .where(attempt.c.guid == message.c.guid)
    .order_by(attempt.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_COLUMNS = [
    message.c[name]
    for name in (
        "guid",
        "lane",
        "sequence",
        "records",
        "state",
        "why",
        "attempts",
        "created_at",
        "not_before",
        "due_at",
        "settled_at",
    )
]


class Reader:
    """The messages of one engine; payloads are sealed at rest where `seal` has keys."""

    def __init__(self, engine: Engine, seal: PayloadCipher | None = None) -> None:
        self.engine = engine
        self.seal = seal or PayloadCipher()
        if seal is not None:
            seal_with(engine, seal)

    def messages(
        self, connection: Connection, states: Sequence[str] = OPEN_STATES, limit: int = 100
    ) -> list[Message]:
        """Return messages in the given states, the oldest first."""
        query = (
            select(*_COLUMNS)
            .where(message.c.state.in_(states))
            .order_by(message.c.created_at, message.c.lane, message.c.sequence, message.c.part)
            .limit(limit)
        )
        return [Message(*row) for row in connection.execute(query)]

    def lane_names(self, connection: Connection) -> list[str]:
        """Return the names of the lanes, sorted."""
        return list(connection.execute(select(lane.c.name).order_by(lane.c.name)).scalars())

    def search(self, connection: Connection, choice: Wanted, limit: int) -> list[Message]:
        """Return the messages that match, the newest first; quick however many are kept."""
        lanes = choice.lanes
        if lanes is None and choice.states is not None and _few(choice.states):
            # The indexes of open messages and of dropped ones are by lane.
            lanes = tuple(self.lane_names(connection))
        if lanes is None or choice.guids is not None:
            return self._search(connection, choice, choice.lanes, limit)
        # A list of each lane by its index, then the newest of all: no lane's messages are sorted.
        messages = [
            entry for name in lanes for entry in self._search(connection, choice, (name,), limit)
        ]
        return sorted(
            messages,
            key=lambda entry: (entry.created_at, entry.guid),
            reverse=True,
        )[:limit]

    @staticmethod
    def _search(
        connection: Connection, choice: Wanted, lanes: tuple[str, ...] | None, limit: int
    ) -> list[Message]:
        query = select(*_COLUMNS)
        if lanes is not None:
            query = query.where(
                message.c.lane == lanes[0] if len(lanes) == 1 else message.c.lane.in_(lanes)
            )
        age: ColumnElement[datetime] = message.c.created_at
        if choice.states is not None:
            if _open_alone(choice.states) and choice.guids is None:
                # Said so that no index of ages serves: the few open ones are found by theirs, and
                # sorted.
                age = func.coalesce(message.c.created_at, message.c.created_at)
                query = query.where(OPEN)
            elif choice.states == ("dropped",):
                query = query.where(message.c.state == literal_column("'dropped'"))
            query = query.where(message.c.state.in_(choice.states))
        if choice.since is not None:
            query = query.where(age >= choice.since)
        if choice.until is not None:
            query = query.where(age < choice.until)
        if choice.guids is not None:
            query = query.where(message.c.guid.in_(choice.guids))
        if choice.before is not None:
            types = (message.c.created_at.type, message.c.guid.type)
            query = query.where(
                tuple_(age, message.c.guid) < tuple_(*map(literal, choice.before, types))
            )
        query = query.order_by(age.desc(), message.c.guid.desc())
        return [Message(*row) for row in connection.execute(query.limit(limit))]

    def attempts(self, connection: Connection, guid: str) -> list[Attempt]:
        """Return every attempt to deliver a message, the first one first."""
        columns = (attempt.c.started_at, attempt.c.ended_at, attempt.c.outcome, attempt.c.detail)
        query = select(*columns).where(attempt.c.guid == guid).order_by(attempt.c.id)
        return [Attempt(*row) for row in connection.execute(query)]

    def alive_since(self, connection: Connection, guid: str, now: datetime) -> datetime | None:
        """Return when a message was put, or a person last let it go.

        It was tried again, released or replayed then.

        Its time counts from then. A moment later than now was written by a clock that was ahead.
        """
        query = (
            select(transition.c.state, transition.c.at)
            .where(transition.c.guid == guid)
            .order_by(transition.c.id)
        )
        previous, since = "", None
        for state, at in connection.execute(query):
            # Back from an attempt it goes on with the life that it has.
            if state == "waiting" and previous != "sending" and at <= now:
                since = at
            previous = state
        return since

    def ended_since(
        self, connection: Connection, since: datetime, limit: int
    ) -> list[tuple[str, str, float]]:
        """Return the newest attempts that ended since a moment: lane, outcome, seconds."""
        query = (
            select(message.c.lane, attempt.c.outcome, attempt.c.started_at, attempt.c.ended_at)
            .join(message, message.c.guid == attempt.c.guid)
            .where(attempt.c.ended_at >= since)
            .order_by(attempt.c.ended_at.desc())
            .limit(limit)
        )
        return [
            (row.lane, row.outcome, (row.ended_at - row.started_at).total_seconds())
            for row in connection.execute(query)
        ]

    def outcomes(self, connection: Connection, edges: Sequence[datetime]) -> list[dict[str, int]]:
        """Return counts of attempts by outcome, a dictionary for each pair of moments in a row."""
        counts = []
        for begin, end in pairwise(edges):
            query = (
                select(attempt.c.outcome, func.count())
                .where(attempt.c.ended_at >= begin, attempt.c.ended_at < end)
                .group_by(attempt.c.outcome)
            )
            counts.append({row[0]: row[1] for row in connection.execute(query)})
        return counts

    def find(self, connection: Connection, guid: str) -> Message | None:
        """Return the message of a GUID, or None."""
        row = connection.execute(select(*_COLUMNS).where(message.c.guid == guid)).one_or_none()
        return None if row is None else Message(*row)

    def locked(self, connection: Connection, guid: str) -> Message | None:
        """Return a message or None; nobody else changes it until the transaction ends."""
        query = select(*_COLUMNS).where(message.c.guid == guid).with_for_update(of=message)
        row = connection.execute(query).one_or_none()
        return None if row is None else Message(*row)

    def payload(self, connection: Connection, guid: str) -> bytes | None:
        """Return a message's payload, or None where it is not kept (any more)."""
        row = connection.execute(select(content).where(content.c.guid == guid)).one_or_none()
        return None if row is None else opened_content(self.seal, row)[0]

    def context(self, connection: Connection, guid: str) -> bytes:
        """Return a message's context; raise sqlalchemy.exc.NoResultFound for an unknown GUID."""
        row = connection.execute(select(content).where(content.c.guid == guid)).one()
        return opened_content(self.seal, row)[1]

    def opens(self, connection: Connection, guids: Sequence[str]) -> bool:
        """Whether the payloads of all these messages are still stored."""
        stored = select(func.count()).where(among(connection, content.c.guid, list(guids)))
        return not guids or connection.execute(stored).scalar_one() == len(guids)

    def replays(self, connection: Connection, guid: str) -> int:
        """Return how often a message was sent again although it was settled."""
        query = select(message.c.replays).where(message.c.guid == guid)
        return connection.execute(query).scalar_one_or_none() or 0

    def last_outcome(self, connection: Connection) -> str | None:
        """Return how the attempt that ended last did; None where none has ended."""
        query = select(attempt.c.outcome).where(attempt.c.ended_at.is_not(None))
        newest = query.order_by(attempt.c.ended_at.desc(), attempt.c.id.desc()).limit(1)
        return connection.execute(newest).scalar_one_or_none()

    def history(self, connection: Connection, guid: str) -> list[tuple[datetime, str, str]]:
        """Return every state that a message was in: since when, which, why."""
        query = select(transition.c.at, transition.c.state, transition.c.why).where(
            transition.c.guid == guid
        )
        return [(row.at, row.state, row.why) for row in connection.execute(query.order_by("id"))]

    def lanes(self, connection: Connection) -> list[Lane]:
        """Return every lane with the counts of its open messages."""
        names = self.lane_names(connection)
        query = select(message.c.lane, message.c.state, func.count()).where(OPEN)
        counts: Counter[tuple[str, str]] = Counter()
        for name, state, count in connection.execute(
            query.group_by(message.c.lane, message.c.state)
        ):
            counts[name, state] = count
        return [
            Lane(
                name,
                counts[name, "waiting"],
                counts[name, "sending"],
                counts[name, "dead"],
                counts[name, "held"],
                self._reason_of(connection, name),
            )
            for name in names
        ]

    def oldest(self, connection: Connection) -> dict[str, datetime]:
        """Return by lane when its oldest open message was put in, where it has one."""
        query = select(message.c.lane, func.min(message.c.created_at)).where(OPEN)
        return {row[0]: row[1] for row in connection.execute(query.group_by(message.c.lane))}

    def earliest_due(self, connection: Connection) -> dict[str, datetime]:
        """Return by lane the earliest due time among its open messages, where one has any."""
        query = select(message.c.lane, func.min(message.c.due_at)).where(OPEN)
        rows = connection.execute(
            query.where(message.c.due_at.is_not(None)).group_by(message.c.lane)
        )
        return {row[0]: row[1] for row in rows}

    def newest_change(self, connection: Connection) -> datetime | None:
        """Return when any message last changed its state, or None."""
        query = select(transition.c.at).order_by(transition.c.id.desc()).limit(1)
        return connection.execute(query).scalar_one_or_none()

    def unsettled(self, connection: Connection) -> int:
        """Return how many messages are not closed, dead ones included."""
        query = select(func.count()).select_from(message).where(OPEN)
        return connection.execute(query).scalar_one()

    @staticmethod
    def _reason_of(connection: Connection, lane_name: str) -> str:
        """Return the reason of the state of a lane's first open message; "" where none is open."""
        query = select(message.c.why).where(message.c.lane == lane_name, OPEN)
        head = query.order_by(message.c.sequence, message.c.part).limit(1)
        return connection.execute(head).scalar_one_or_none() or ""

    def last_outcomes(self, connection: Connection, lane_name: str, limit: int) -> list[str]:
        """Return how a lane's latest attempts ended, newest first, without open ones."""
        query = (
            select(attempt.c.outcome)
            .join(message, message.c.guid == attempt.c.guid)
            .where(message.c.lane == lane_name, attempt.c.outcome.is_not(None))
            .order_by(attempt.c.id.desc())
            .limit(limit)
        )
        return list(connection.execute(query).scalars())


def _few(states: Sequence[str]) -> bool:
    """Whether messages in some states are few, however many were settled."""
    return tuple(states) == ("dropped",) or _open_alone(states)


def _open_alone(states: Sequence[str]) -> bool:
    return not any(state in CLOSED_STATES for state in states)


def content_values(
    seal: PayloadCipher, guid: str, payload: bytes, context: bytes
) -> dict[str, object]:
    """Return a row of the content table, sealed."""
    return {
        "guid": guid,
        "key_id": seal.current,
        "payload": seal.close(payload, guid, "payload"),
        "context": seal.close(context, guid, "context"),
    }


def opened_content(seal: PayloadCipher, row: Row[Any]) -> tuple[bytes, bytes]:
    """Return payload and context of a sealed row; raise DecryptionError."""
    payload = seal.open(row.payload, row.guid, "payload", row.key_id)
    return payload, seal.open(row.context, row.guid, "context", row.key_id)
