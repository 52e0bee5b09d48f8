"""What people change about senders, each change in one transaction with its entry of the audit
chain.
"""

import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from gateway import audit
from gateway.audit.reasons import reason_of
from gateway.central.senders import store
from gateway.central.senders.directory import token_digest
from gateway.central.senders.model import (
    EXCHANGES,
    InvalidSenderError,
    Sender,
    SenderKey,
    check_sender,
)
from gateway.protocol.names import KEY_ID
from gateway.protocol.shared_secret import check_secret
from gateway.protocol.signing import public_key
from gateway.text import senders as messages
from outbox.database import writing

#: Names of keys, as the gateway's settings have them: one has no blank, which parts a signature.
_KEY_ID = re.compile(KEY_ID)
#: Bytes of randomness in a token that is made here.
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, when and why; `person` as it is kept on record (`gateway.cli.person`)."""

    at: datetime
    person: str
    why: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a sender is to be; None leaves a thing as it is (for a new one, as by default)."""

    node: str | None = None
    feeds: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    may_relay: bool | None = None
    exchange: str | None = None
    keys: tuple[SenderKey, ...] = ()


def senders(engine: Engine) -> list[Sender]:
    """Return every sender, also those revoked."""
    with engine.connect() as connection:
        return store.all_senders(connection)


def add(
    engine: Engine, sender_id: str, terms: Wanted, act: Act, token: str = "", *, test: bool = False
) -> str:
    """Add a sender and return its token, which is stored nowhere: `token`, or a new one where that
    is "".

    Raises InvalidSenderError, ReasonRefusedError, InvalidSecretError or KeyRefusedError.
    """
    token = _token(sender_id, token)
    new = check_sender(
        Sender(
            sender_id,
            terms.node or "",
            token_digest(token),
            terms.feeds or (),
            terms.since or act.at,
            terms.until,
            act.person,
            reason_of(act.why),
            bool(terms.may_relay),
            test,
            terms.exchange or EXCHANGES[0],
            None,
            _sound(terms.keys),
        )
    )
    with _changing(engine) as connection:
        _check_token(connection, new)
        if not store.insert_sender(connection, new):
            raise InvalidSenderError.of(messages.sender_there(sender_id))
        _note(connection, act, "sender.add", sender_id, _described(new))
    return token


def limit(
    engine: Engine, sender_id: str, terms: Wanted, act: Act, token: str | None = None
) -> str | None:
    """Change a sender and return its new token, None where it keeps the old one.

    `token` is the new one ("": make one); the old one ends at once.

    Raises InvalidSenderError, ReasonRefusedError, InvalidSecretError or KeyRefusedError.
    """
    if token is None and terms == Wanted():
        raise InvalidSenderError.of(messages.nothing_changed())
    token = None if token is None else _token(sender_id, token)
    with _changing(engine) as connection:
        sender = _stored_sender(connection, sender_id)
        changed = check_sender(_changed(sender, terms, token, act))
        _check_token(connection, changed)
        store.update_sender(connection, changed)
        for key in _sound(terms.keys):
            if any(key.id == other_key.id for other_key in sender.keys):
                raise InvalidSenderError.of(messages.key_there(key.id))
            store.insert_key(connection, sender_id, key)
        parts = [_described(replace(changed, keys=(*sender.keys, *terms.keys)))]
        if token is not None:
            parts.append("new token")
        _note(connection, act, "sender.limit", sender_id, "; ".join(parts))
    return token


def revoke(engine: Engine, sender_id: str, act: Act, key_id: str | None = None) -> None:
    """End a sender for good, or one key of it; raises InvalidSenderError or ReasonRefusedError."""
    with _changing(engine) as connection:
        sender = _stored_sender(connection, sender_id)
        if key_id is None:
            store.update_sender(connection, replace(sender, revoked_at=act.at))
            _note(connection, act, "sender.revoke", sender_id, "")
            return
        if not any(key.id == key_id for key in sender.keys):
            raise InvalidSenderError.of(messages.no_key(key_id, sender_id))
        store.revoke_key(connection, sender_id, key_id, act.at)
        _note(connection, act, "sender.key.revoke", sender_id, f"key {key_id}")


def raise_exchange(engine: Engine, sender_id: str, at: datetime) -> None:
    """Take no older form of statement of a sender any more: it has shown that it has the newest.

    Else whoever has an older signature of its, made without audience and time, could go on with
    that.
    """
    with _changing(engine) as connection:
        if store.raise_exchange(connection, sender_id, EXCHANGES[-1]):
            act = Act(at, "centre", "first statement of this form")
            _note(connection, act, "sender.exchange", sender_id, EXCHANGES[-1])


def note_relay(engine: Engine, relay: str, by: str, at: datetime) -> None:
    """Have it on record, once, whose packages a relay brings, and by whose word.

    Which packages these are their receipts say.
    """
    detail = f"relayed by {relay}; " + (f"signed by {by}" if by != relay else "its word alone")
    with engine.connect() as connection:
        if _is_noted(connection, relay, detail):
            return
    with _changing(engine) as connection:
        if not _is_noted(connection, relay, detail):
            audit.append(connection, at, "centre", "sender.relay", relay, detail)


def _is_noted(connection: Connection, target: str, detail: str) -> bool:
    return any(entry.detail == detail for entry in audit.entries(connection, target=target))


@contextmanager
def _changing(engine: Engine) -> Iterator[Connection]:
    """Open the transaction of a change; those of other processes wait for its end."""
    with writing(engine) as connection:
        store.begin_change(connection)
        yield connection


def _changed(sender: Sender, terms: Wanted, token: str | None, act: Act) -> Sender:
    return replace(
        sender,
        node=sender.node if terms.node is None else terms.node,
        feeds=sender.feeds if terms.feeds is None else terms.feeds,
        since=terms.since or sender.since,
        until=terms.until or sender.until,
        may_relay=sender.may_relay if terms.may_relay is None else terms.may_relay,
        exchange=terms.exchange or sender.exchange,
        token_digest=sender.token_digest if token is None else token_digest(token),
        why=reason_of(act.why),
    )


def _stored_sender(connection: Connection, sender_id: str) -> Sender:
    every = store.all_senders(connection)
    match = next((stored for stored in every if stored.id == sender_id), None)
    if match is None:
        raise InvalidSenderError.of(messages.no_sender(sender_id, [stored.id for stored in every]))
    if match.revoked_at is not None:
        raise InvalidSenderError.of(messages.sender_revoked(sender_id))
    return match


def _token(sender_id: str, token: str) -> str:
    return check_secret(token or secrets.token_urlsafe(_TOKEN_BYTES), f"sender {sender_id}")


def _check_token(connection: Connection, new: Sender) -> None:
    other_senders = (stored for stored in store.all_senders(connection) if stored.id != new.id)
    if any(stored.token_digest == new.token_digest for stored in other_senders):
        raise InvalidSenderError.of(messages.token_used())


def _sound(keys: Sequence[SenderKey]) -> tuple[SenderKey, ...]:
    for key in keys:
        if not _KEY_ID.fullmatch(key.id):
            raise InvalidSenderError.of(messages.key_id_malformed(key.id))
        public_key(key.pem.encode())
        if key.until is not None and key.until <= key.since:
            raise InvalidSenderError.of(messages.term_empty())
    ids = [key.id for key in keys]
    if twice := next((name for name in ids if ids.count(name) > 1), None):
        raise InvalidSenderError.of(messages.key_there(twice))
    return tuple(keys)


def _described(sender: Sender) -> str:
    """Return what an audit entry says of what a sender has become; never its token."""
    parts = [
        f"node {sender.node}",
        f"feeds {' '.join(sender.feeds)}",
        f"from {sender.since.isoformat()}",
    ]
    if sender.until is not None:
        parts.append(f"until {sender.until.isoformat()}")
    parts += [f"exchange {sender.exchange}", *(f"key {key.id}" for key in sender.keys)]
    parts += [word for word, set_ in (("relay", sender.may_relay), ("test", sender.test)) if set_]
    return "; ".join(parts)


def _note(connection: Connection, act: Act, act_name: str, sender_id: str, detail: str) -> None:
    rest = f"; {detail}" if detail else ""
    audit.record_act(
        connection, act.at, act.person, act_name, sender_id, act.why, before="why: ", after=rest
    )
