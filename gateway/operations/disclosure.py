"""The one way out for rows that are not masked.

The audit log has it before anything is handed out.
"""

from datetime import datetime

from sqlalchemy import Connection, Engine

from gateway import audit
from gateway.accounts import Principal
from gateway.errors import GatewayError
from gateway.masking import Warrant
from gateway.text import disclosure as messages
from outbox import writing


class DisclosureRefusedError(GatewayError):
    """Rows may not go out unmasked."""


def disclose(
    connection: Connection, now: datetime, person: str, act: str, feed: str, why: str
) -> Warrant:
    """Write that rows go out unmasked, and return what opens them.

    `act` is how they go out ("adapter.trial"), `why` for what. The caller's transaction must be
    over before anything is opened. Raises DisclosureRefusedError where nobody, or no reason, is
    named.
    """
    if not (person.strip() and act.strip() and why.strip()):
        raise DisclosureRefusedError.of(messages.nameless())
    audit.append(connection, now, person, act, feed, f"unmasked: {why}")
    return Warrant(person, act, feed, why)


def disclosed(engine: Engine, now: datetime, person: str, act: str, feed: str, why: str) -> Warrant:
    """Do as `disclose`, and return its warrant, in a transaction of its own that is over then."""
    with writing(engine) as connection:
        return disclose(connection, now, person, act, feed, why)


def looked_at(
    engine: Engine, now: datetime, principal: Principal, act: str, feed: str, why: str
) -> Warrant | None:
    """Write that somebody has a source read; return what opens its rows to who may change the feed.

    Who may only look sees masks: None.
    """
    if principal.may("edit"):
        return disclosed(engine, now, principal.name, act, feed, why)
    with writing(engine) as connection:
        audit.append(connection, now, principal.name, act, feed, f"masked: {why}")
    return None
