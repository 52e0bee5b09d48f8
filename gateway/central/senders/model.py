"""A sender: its feeds, its term, its keys; whether it may speak for a feed. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.errors import GatewayError
from gateway.protocol.names import PARTY
from gateway.protocol.refusals import FEED_OF_ANOTHER
from gateway.text import senders as messages

#: The name of a sender, as the signed statement and the receipt have it.
ID = re.compile(PARTY)
_NAME = r"[a-z][a-z0-9\-]{0,39}"
#: A department's every feed (water.*), or one feed (water.penalty, or of a name without a dot).
PATTERN = re.compile(rf"{_NAME}(\.({_NAME}|\*))?")
#: Departments of the conformance suite: senders marked `test` speak for these and nobody else does.
_TEST_DEPARTMENT = re.compile(r"conformance(-[a-z0-9\-]*)?")
#: Forms of the signed statement, oldest first.
EXCHANGES = ("1.0", "1.1")


class SenderRefusedError(GatewayError):
    """A sender may not do what it asks for; `code` names why to programs."""

    code = FEED_OF_ANOTHER


class InvalidSenderError(GatewayError):
    """A sender cannot be as it is asked for."""


def _in_term(since: datetime, until: datetime | None, moment: datetime) -> bool:
    return since <= moment and (until is None or moment < until)


@dataclass(frozen=True, slots=True)
class SenderKey:
    """A public key of a sender (PEM) with its term."""

    id: str
    pem: str
    since: datetime
    until: datetime | None = None
    revoked_at: datetime | None = None

    def usable(self, moment: datetime) -> bool:
        """Whether what it signs counts at a moment."""
        return self.revoked_at is None and _in_term(self.since, self.until, moment)


@dataclass(frozen=True, slots=True)
class Sender:
    """One who may send: for which feeds, from when until when, by whose word."""

    id: str
    node: str
    token_digest: str
    feeds: tuple[str, ...]
    since: datetime
    until: datetime | None
    by: str
    why: str
    may_relay: bool = False
    test: bool = False
    #: The oldest form of statement that is taken of it: after its first 1.1 nothing older.
    exchange: str = EXCHANGES[0]
    revoked_at: datetime | None = None
    keys: tuple[SenderKey, ...] = ()

    def active(self, moment: datetime) -> bool:
        """Whether it may send and ask at a moment."""
        return self.revoked_at is None and _in_term(self.since, self.until, moment)

    def speaks_for(self, feed: str) -> bool:
        """Whether a feed is one of its own."""
        return any(covers(pattern, feed) for pattern in self.feeds)

    @property
    def signs(self) -> bool:
        """Whether its packages must be signed: it has a key, be that still good or not."""
        return bool(self.keys)


def covers(pattern: str, feed: str) -> bool:
    """Whether a pattern means a feed: `water.*` every one of water's that has a name of its own."""
    department, _, name = pattern.partition(".")
    if name != "*":
        return pattern == feed
    return feed.startswith(f"{department}.") and len(feed) > len(department) + 1


def check_header(sender: Sender, department: str, feed: str) -> None:
    """Raise SenderRefusedError unless header, feed and sender agree on who speaks."""
    if feed.partition(".")[0] != department:
        raise SenderRefusedError.of(messages.department_of_another(department, feed))
    check_feed(sender, feed)


def check_feed(sender: Sender, feed: str) -> None:
    """Raise SenderRefusedError for a feed that is another's; whether there is one is not told."""
    if not sender.speaks_for(feed):
        raise SenderRefusedError.of(messages.feed_of_another(sender.id, feed))


def check_sender(sender: Sender) -> Sender:
    """Return a sender that can be; raises InvalidSenderError."""
    if not ID.fullmatch(sender.id):
        raise InvalidSenderError.of(messages.id_malformed(sender.id))
    if not sender.node.strip() or len(sender.node) > 200:
        raise InvalidSenderError.of(messages.no_node())
    if sender.until is not None and sender.until <= sender.since:
        raise InvalidSenderError.of(messages.term_empty())
    _check_patterns(sender.feeds, test=sender.test)
    return sender


def _check_patterns(patterns: Sequence[str], *, test: bool) -> None:
    if not patterns:
        raise InvalidSenderError.of(messages.no_feeds())
    for pattern in patterns:
        if not PATTERN.fullmatch(pattern):
            raise InvalidSenderError.of(messages.pattern_malformed(pattern))
        of_tests = bool(_TEST_DEPARTMENT.fullmatch(pattern.partition(".")[0]))
        if of_tests is not test:
            raise InvalidSenderError.of(messages.test_feeds(pattern, test=test))
