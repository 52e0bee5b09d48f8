"""Failed sign-ins: where each counts, and whom they keep out for a while. A shell."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from gateway import audit
from gateway.accounts import secrets, store
from gateway.accounts.model import Failures, SignInRefusedError, wait_text, wait_until
from gateway.accounts.session import Whence
from gateway.clock import Clock
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.text import sessions as messages
from outbox import writing

#: How the place begins that a known browser is among failures.
_DEVICE = "device "


class Lockouts:
    """The failed sign-ins of one store."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def check(self, name: str, source: Whence) -> None:
        """Raise SignInRefusedError, with the wait, while too many failures count for a name."""
        now = self._clock()
        with self._engine.connect() as connection:
            until = wait_until(_failures(connection, name, source, now))
        if until is not None:
            text = wait_text(until, now)
            raise SignInRefusedError(text.zh, text.en, until - now)

    def note(self, name: str, source: Whence, proof: str) -> SignInRefusedError:
        """Keep a failure, in the audit log too, and return the error that refuses the sign-in.

        An operator is told where it locks somebody out. `proof` is what was wrong: the password,
        the code.
        """
        now, name_digest = self._clock(), secrets.digest_of(name)
        with writing(self._engine) as connection:
            store.note_failure(connection, name_digest, place_of(connection, name, source), now)
            exists = store.find(connection, name) is not None
            audit.append(
                connection,
                now,
                "-",
                "account.refused",
                name if exists else "",
                f"{source.source}: {proof}",
            )
            if wait_until(_failures(connection, name, source, now)) is not None:
                text = messages.locked(source.source)
                event_store.note_event(
                    connection, Event(now, "warning", "account.locked", "", text)
                )
        return SignInRefusedError.of(messages.wrong_credentials())


def place_of(connection: Connection, name: str, source: Whence) -> str:
    """Return where failures to sign in to an account count.

    In a browser that the account has signed in in they count by itself, else by address. A whole
    office may stand behind one address: who fails there locks nobody out who is known.
    """
    digest = secrets.digest_of(source.device) if source.device else ""
    is_known = digest and store.knows_device(connection, name, digest)
    return f"{_DEVICE}{digest[:40]}" if is_known else source.source


def keep_device(connection: Connection, name: str, token: str, now: datetime) -> str:
    """Know a browser from now on; return what it is to keep, "" where it keeps that already."""
    is_known = token and store.is_device(connection, secrets.digest_of(token))
    device = token if is_known else secrets.new_token("cgd")
    store.keep_device(connection, name, secrets.digest_of(device), now)
    return "" if is_known else device


def _failures(connection: Connection, name: str, source: Whence, now: datetime) -> Failures:
    place = place_of(connection, name, source)
    failures = store.failures(connection, secrets.digest_of(name), place, now)
    return replace(failures, known=failures.known or place.startswith(_DEVICE))
