"""Whether a package is signed by whom its sender says, for this centre, by a key that still
counts.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.central.centre import Centre
from gateway.central.senders.administration import raise_exchange
from gateway.central.senders.model import EXCHANGES, Sender
from gateway.protocol.signing import (
    Scope,
    Signature,
    SignatureRefusedError,
    check_scope,
    package_statement,
    read_signature,
    verify,
)
from gateway.text import senders as messages
from gateway.text import signing as signing_messages


@dataclass(frozen=True, slots=True)
class Spoken:
    """Who speaks in a package: its signer or its bearer; `scope` where it is signed by 1.1."""

    by: Sender
    scope: Scope | None = None


def check_signature(
    centre: Centre, sender: Sender, guid: str, digest: str, header: str, now: datetime
) -> Spoken:
    """Return who speaks in a package; raises SignatureRefusedError.

    A sender without a key need not sign. A relay may bring what another sender has signed, by a
    statement of 1.1: that says whose it is. Whether it may speak itself is `check_relay`'s.
    """
    signature = _read_signature(header, sender)
    if signature is None:
        return Spoken(sender)
    origin = _origin(centre, sender, signature, now)
    if not origin.signs:
        return Spoken(sender)
    if signature.scope is None and origin.exchange != EXCHANGES[0]:
        raise SignatureRefusedError.of(signing_messages.older_form(origin.id))
    _check_key(centre, origin, signature, now)
    _verify(centre, origin, signature, guid, digest)
    terms = centre.terms
    if signature.scope is not None:
        check_scope(
            signature.scope,
            origin.id,
            terms.name,
            now,
            terms.clock_tolerance,
            terms.oldest_statement,
        )
        if origin.exchange == EXCHANGES[0]:
            raise_exchange(centre.engine, origin.id, now)
    return Spoken(origin, signature.scope)


def check_relay(centre: Centre, sender: Sender, spoken: Spoken, feed: str) -> None:
    """Raise SignatureRefusedError where a relay speaks itself for a feed whose own sender signs.

    A key that is set says that nobody's bare word counts for the feed. Neither that its term is
    over nor that every key is revoked takes that back: the sender itself is revoked for it.
    """
    if not sender.may_relay or spoken.by.id != sender.id:
        return
    owners = [
        sender_of_feed.id
        for sender_of_feed in centre.directory.senders().values()
        if sender_of_feed.signs
        and not sender_of_feed.may_relay
        and sender_of_feed.revoked_at is None
        and sender_of_feed.speaks_for(feed)
    ]
    if owners:
        raise SignatureRefusedError.of(
            messages.relay_without_statement(sender.id, feed, min(owners))
        )


def _read_signature(header: str, sender: Sender) -> Signature | None:
    """Read a signature; None where there is none and none is asked for."""
    if not sender.signs and not sender.may_relay:
        return None
    if not header and not sender.signs:
        return None
    return read_signature(header)


def _origin(centre: Centre, sender: Sender, signature: Signature, now: datetime) -> Sender:
    scope = signature.scope
    if scope is None or not sender.may_relay or scope.sender == sender.id:
        return sender
    origin = centre.directory.by_id(scope.sender, now)
    if origin is None or not origin.signs:
        raise SignatureRefusedError.of(messages.key_not_of_sender(signature.key_id, scope.sender))
    return origin


def _check_key(centre: Centre, origin: Sender, signature: Signature, now: datetime) -> None:
    """Raise SignatureRefusedError unless the key is the sender's, in term now and at signing."""
    key = next((key for key in origin.keys if key.id == signature.key_id), None)
    if key is None:
        raise SignatureRefusedError.of(messages.key_not_of_sender(signature.key_id, origin.id))
    moments = [now] if signature.scope is None else [now, signature.scope.at]
    # By as much as clocks may differ it may have been signed before its term.
    moments[1:] = [min(now, moment + centre.terms.clock_tolerance) for moment in moments[1:]]
    if not all(key.usable(moment) for moment in moments):
        raise SignatureRefusedError.of(
            messages.key_not_usable(key.id, key.since, key.until, key.revoked_at)
        )


def _verify(centre: Centre, origin: Sender, signature: Signature, guid: str, digest: str) -> None:
    pem = next(key.pem for key in origin.keys if key.id == signature.key_id)
    verify(centre.directory.key(pem), package_statement(guid, digest), signature)
