"""What the outbox takes and gives: drafts, claims, messages, lanes."""

from dataclasses import dataclass
from datetime import datetime

#: Longest text kept of why something happened.
WHY_LENGTH = 2000


class OutboxError(Exception):
    """Root of what the outbox raises."""


class LeaseLostError(OutboxError):
    """Another worker has the message's lease by now: this worker's result does not count."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to put: `context` is the caller's own note, returned with the claim."""

    guid: str
    sequence: int
    payload: bytes
    context: bytes
    records: int
    due_at: datetime | None = None
    part: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A message leased to one worker until `until`."""

    guid: str
    lane: str
    sequence: int
    part: int
    payload: bytes
    context: bytes
    records: int
    attempts: int
    strikes: int
    replays: int
    created_at: datetime
    token: str
    until: datetime
    #: At how many ends of its process in a row it was being sent.
    ends: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A message as an operator sees it, without its payload."""

    guid: str
    lane: str
    sequence: int
    records: int
    state: str
    why: str
    attempts: int
    created_at: datetime
    not_before: datetime
    due_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages to search for; None: any. Moments are of putting.

    `before` is (created_at, guid) of the last one of the page before: lists go from the newest
    back.
    """

    lanes: tuple[str, ...] | None = None
    states: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    guids: tuple[str, ...] | None = None
    before: tuple[datetime, str] | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver a message; `outcome` is None while it is under way."""

    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class Lane:
    """What is open in one lane; `why` is the reason of the state of its first message."""

    name: str
    waiting: int
    sending: int
    dead: int
    held: int
    why: str
