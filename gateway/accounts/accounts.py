"""Accounts as an administrator keeps them. A shell: every act is in the audit log."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine

from gateway import audit
from gateway.accounts import secrets, store, token_store
from gateway.accounts.model import AccountError, Role, check_name, check_role
from gateway.accounts.store import Account
from gateway.clock import Clock
from gateway.text import accounts as account_messages
from gateway.text import sessions as messages
from outbox import writing


class Accounts:
    """The accounts of one store."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def every(self) -> list[Account]:
        """Return all accounts, by name."""
        with self._engine.connect() as connection:
            return store.every(connection)

    def find(self, name: str) -> Account:
        """Return one account; raises AccountError where there is none."""
        with self._engine.connect() as connection:
            return _existing(connection, name)

    def add(
        self,
        name: str,
        role: Role,
        departments: Sequence[str],
        person: str,
        why: str,
        subject: str | None = None,
    ) -> str:
        """Make an account and return the password for its first sign-in.

        That must be changed then. One with an OpenID subject signs in by its provider and has none
        (""). Raises AccountError.
        """
        password = "" if subject else secrets.one_time_password()
        password_hash = secrets.hashed(password) if password else ""
        self.make(name, role, departments, password_hash, person, why, subject)
        return password

    def make(
        self,
        name: str,
        role: Role,
        departments: Sequence[str],
        password_hash: str,
        person: str,
        why: str,
        subject: str | None = None,
    ) -> None:
        """Make an account whose first password has a hash, "" where it has none.

        Raises AccountError.
        """
        check_name(name)
        check_role(role, departments)
        now = self._clock()
        account = Account(
            name=name,
            role=role,
            departments=tuple(departments),
            password=password_hash,
            must_change=bool(password_hash),
            disabled=False,
            second=None,
            second_key_id="",
            second_step=0,
            recovery=(),
            subject=subject or None,
            made_at=now,
            signed_in_at=None,
            password_at=now if password_hash else None,
        )
        with writing(self._engine) as connection:
            store.add(connection, account)
            self._audit(connection, person, why, "added", name, _role_text(role, departments))

    def set_role(
        self, name: str, role: Role, departments: Sequence[str], person: str, why: str
    ) -> None:
        """Set an account's role; its sessions and tokens end. Raises AccountError."""
        check_role(role, departments)
        with writing(self._engine) as connection:
            account = _existing(connection, name)
            if account.role == "administrator" and role != "administrator":
                _keep_one(connection, name)
            store.change(connection, name, role=role, departments=json.dumps(list(departments)))
            ended = end_all(connection, name)
            change = f"{_role_text(role, departments)}; {ended}"
            self._audit(connection, person, why, "role", name, change)

    def reset_password(self, name: str, person: str, why: str) -> str:
        """Set a new password for one sign-in and return it; raises AccountError.

        The account's sessions and tokens end.
        """
        password = secrets.one_time_password()
        self.set_first_password(name, secrets.hashed(password), person, why)
        return password

    def set_first_password(self, name: str, password_hash: str, person: str, why: str) -> None:
        """Make the password of a hash good for the next sign-in, as `reset_password` does."""
        with writing(self._engine) as connection:
            account = _existing(connection, name)
            if account.subject is not None:
                raise AccountError.of(account_messages.no_password_of(name))
            if not account.must_change:
                store.keep_past_password(connection, name, account.password)
            store.change(
                connection,
                name,
                password=password_hash,
                must_change=True,
                password_at=self._clock(),
            )
            # What was known of who comes from where may be a thief's.
            store.forget_devices(connection, name)
            self._audit(connection, person, why, "reset", name, end_all(connection, name))

    def drop_second(self, name: str, person: str, why: str) -> None:
        """Take away an account's second factor, as its telephone is lost.

        Its sessions and tokens end. Raises AccountError.
        """
        with writing(self._engine) as connection:
            _existing(connection, name)
            store.change(connection, name, second=None, second_key_id="", recovery="[]")
            ended = end_all(connection, name)
            self._audit(connection, person, why, "second", name, f"taken away; {ended}")

    def disable(self, name: str, person: str, why: str) -> None:
        """Let an account sign in no more; its sessions and tokens end for good.

        Raises AccountError.
        """
        with writing(self._engine) as connection:
            if _existing(connection, name).role == "administrator":
                _keep_one(connection, name)
            store.change(connection, name, disabled=True)
            store.forget_devices(connection, name)
            self._audit(connection, person, why, "disabled", name, end_all(connection, name))

    def enable(self, name: str, person: str, why: str) -> None:
        """Let an account sign in again. Raises AccountError."""
        with writing(self._engine) as connection:
            _existing(connection, name)
            store.change(connection, name, disabled=False)
            self._audit(connection, person, why, "enabled", name)

    def _audit(
        self, connection: Connection, person: str, why: str, act: str, name: str, detail: str = ""
    ) -> None:
        now: datetime = self._clock()
        prefix = f"{detail}: " if detail else ""
        audit.record_act(connection, now, person, f"account.{act}", name, why, before=prefix)


def end_all(connection: Connection, name: str) -> str:
    """End every session and API token of an account; return what the audit log says of it.

    A token that was stolen with a password must not outlive it, nor come back with the account.
    """
    store.end_sessions(connection, name)
    return f"{token_store.end_all(connection, name)} API tokens ended"


def _existing(connection: Connection, name: str) -> Account:
    account = store.find(connection, name)
    if account is None:
        raise AccountError.of(messages.no_account(name))
    return account


def _keep_one(connection: Connection, name: str) -> None:
    """Raise AccountError where the last administrator would be taken away.

    So too where two take one another away at one moment.
    """
    store.lock_administrators(connection)
    remaining = [
        account
        for account in store.every(connection)
        if account.role == "administrator" and not account.disabled and account.name != name
    ]
    if not remaining:
        raise AccountError.of(messages.last_administrator(name))


def _role_text(role: Role, departments: Sequence[str]) -> str:
    return f"{role} {', '.join(departments)}".strip()
