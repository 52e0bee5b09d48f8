"""The second factor: its secret sealed, its codes and recovery codes used up. A shell."""

from typing import Any

from sqlalchemy import Connection

from gateway import audit
from gateway.accounts import secrets, store
from gateway.accounts.model import AccountError
from gateway.accounts.session import Session
from gateway.accounts.store import Account
from gateway.clock import Clock
from gateway.text import sessions as messages
from outbox import PayloadCipher

#: To what the seal of a secret is bound that no code has proved yet, beside its account.
_PENDING = "second, begun"


class SecondFactors:
    """The second factors of one store, sealed under the keys at rest."""

    def __init__(self, seal: PayloadCipher | None, clock: Clock) -> None:
        self._seal = seal
        self._clock = clock

    def seal(self) -> PayloadCipher:
        """Return the keys at rest; raises AccountError where there are none."""
        if self._seal is None or not self._seal.current:
            raise AccountError.of(messages.second_wants_keys())
        return self._seal

    def note_of(self, account: str, secret: str) -> dict[str, Any]:
        """Return what a session has to remember of a secret until a code of it was seen."""
        seal = self.seal()
        sealed = seal.close(secret.encode(), account, _PENDING).hex()
        return {"second": sealed, "key": seal.current}

    def pending(self, session: Session) -> str | None:
        """Return the secret that a session remembers, None where it remembers none."""
        if "second" not in session.note:
            return None
        sealed = bytes.fromhex(session.note["second"])
        return self.seal().open(sealed, session.account, _PENDING, session.note["key"]).decode()

    def use_code(self, connection: Connection, account: Account, code: str) -> bool:
        """Whether a TOTP code, or a recovery code, is right and was not used before; use it up."""
        if account.second is None:
            return False
        secret = self.seal().open(account.second, account.name, store.SECOND, account.second_key_id)
        step = secrets.code_step(secret.decode(), code, self._clock().timestamp())
        if step is not None:
            return store.use_step(connection, account.name, step)
        left_over = store.use_recovery(connection, account, secrets.digest_of(code.strip()))
        if left_over is None:
            return False
        audit.append(
            connection,
            self._clock(),
            account.name,
            "account.recovery",
            account.name,
            f"{left_over} left",
        )
        return True
