"""Who is who while the centre runs: asked at every request, read again only after a change.

A sender that is added, limited or revoked by another process is so at the next request: each one
reads one number of one row.
"""

import hashlib
import hmac
import threading
from collections.abc import Mapping
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine

from gateway.central.senders import store
from gateway.central.senders.model import Sender
from gateway.protocol.shared_secret import is_sound
from gateway.protocol.signing import public_key


def token_digest(token: str) -> str:
    """Return what the store keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


class Directory:
    """The senders of one store; safe to share among threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._number = -1
        self._senders: Mapping[str, Sender] = {}
        self._keys: dict[str, Ed25519PublicKey] = {}

    def senders(self) -> Mapping[str, Sender]:
        """Return every sender by id, as they are now."""
        with self._engine.connect() as connection:
            number = store.change_number(connection)
            with self._lock:
                if number == self._number:
                    return self._senders
            by_id = {sender.id: sender for sender in store.all_senders(connection)}
        with self._lock:
            self._number, self._senders = number, by_id
        return by_id

    def by_token(self, token: str, moment: datetime) -> Sender | None:
        """Return the active sender that a token is of; None for any other text, and for none."""
        if not is_sound(token):
            return None
        digest = token_digest(token)
        # Every one is compared: how long it takes says nothing of whose token is near.
        same = [
            sender
            for sender in self.senders().values()
            if hmac.compare_digest(digest, sender.token_digest)
        ]
        return same[0] if len(same) == 1 and same[0].active(moment) else None

    def by_id(self, sender_id: str, moment: datetime) -> Sender | None:
        """Return an active sender by its id."""
        sender = self.senders().get(sender_id)
        return sender if sender is not None and sender.active(moment) else None

    def key(self, pem: str) -> Ed25519PublicKey:
        """Return a public key that was checked when it was added."""
        if pem not in self._keys:
            self._keys[pem] = public_key(pem.encode())
        return self._keys[pem]
