"""Signing in and staying signed in. A shell.

By password, second factor and OpenID Connect; into sessions that end.
"""

import json
import secrets as random
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from gateway import audit
from gateway.accounts import secrets, store
from gateway.accounts.accounts import end_all
from gateway.accounts.lockout import Lockouts, keep_device, place_of
from gateway.accounts.model import (
    FRESH,
    AccountError,
    AccountPolicy,
    ProofRequiredError,
    SignInRefusedError,
    is_fresh,
)
from gateway.accounts.passwords import check_password
from gateway.accounts.second_factor import SecondFactors
from gateway.accounts.session import Opened, Session, Stage, Whence, principal_of, whence
from gateway.accounts.store import Account, SessionView
from gateway.clock import Clock
from gateway.text import accounts as messages
from gateway.text import sessions as session_messages
from outbox import PayloadCipher, writing

#: How long somebody may take on the way in.
_ON_THE_WAY = timedelta(minutes=10)
#: How often the store is told that a session is in use.
_SEEN_EVERY = timedelta(seconds=30)


class Sessions:
    """The sessions of one store. What a second factor needs is sealed, under the keys at rest."""

    def __init__(
        self, engine: Engine, seal: PayloadCipher | None, clock: Clock, policy: AccountPolicy
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._policy = policy
        self._lockouts = Lockouts(engine, clock)
        self._second_factors = SecondFactors(seal, clock)

    def sign_in(self, name: str, password: str, source: str | Whence) -> Opened:
        """Open a session for who has the password; raises SignInRefusedError.

        It takes the same time whatever is wrong, and tells nobody which accounts there are.
        """
        name, source = name.strip()[:100], whence(source)
        self._may_try(name, source)
        with self._engine.connect() as connection:
            account = store.find(connection, name)
        ok = secrets.password_ok(account.password if account else "", password[:1000])
        if account is None or not ok or account.disabled:
            raise self._lockouts.note(name, source, "password")
        with writing(self._engine) as connection:
            if (now := store.unchanged(connection, account)) is not None:
                if now.second is not None:
                    return self._open(connection, now, "code", source)
                return self._enter(connection, now, source, "password")
        raise self._lockouts.note(name, source, "password")

    def confirm(self, token: str, code: str, source: str | Whence) -> Opened:
        """Open the session that follows `code`; raises SignInRefusedError.

        It takes a TOTP code, or a recovery code, that was not used before.
        """
        session, source = self.find(token), whence(source)
        if session is None or session.stage != "code":
            raise SignInRefusedError.of(session_messages.sign_in_again())
        self._may_try(session.account, source)
        with writing(self._engine) as connection:
            account = store.locked(connection, session.account)
            if (
                account is not None
                and not account.disabled
                and store.find_session(connection, session.digest) is not None
                and self._second_factors.use_code(connection, account, code)
            ):
                store.end_session(connection, session.digest)
                return self._enter(connection, account, source, "second factor")
        raise self._lockouts.note(session.account, source, "code")

    def begin_oidc(self, note: dict[str, str], source: str | Whence) -> Opened:
        """Open a session for somebody who is sent to the OpenID provider, and return it."""
        with writing(self._engine) as connection:
            # Anybody may begin, as often as they like: nobody else would take these away for hours.
            store.sweep_begun(connection, self._clock() - _ON_THE_WAY)
            return self._open(connection, None, "oidc", whence(source), note)

    def sign_in_oidc(
        self,
        session: Session,
        subject: str,
        source: str | Whence,
        proved_at: datetime | None = None,
    ) -> Opened:
        """Open a session for who the provider says it is, and return it.

        Raises SignInRefusedError where no account is theirs.

        `proved_at`: when the provider has last asked who they are, if it says so.
        """
        source = whence(source)
        with writing(self._engine) as connection:
            store.end_session(connection, session.digest)
            linked = store.by_subject(connection, subject)
            account = linked and store.locked(connection, linked.name)
            if account is not None and not account.disabled:
                return self._enter(connection, account, source, "OpenID Connect", proved_at)
            reason = f"{source.source}: OpenID subject without an account"
            audit.append(connection, self._clock(), "-", "account.refused", "", reason)
        raise SignInRefusedError.of(session_messages.no_account_of_subject())

    def find(self, token: str, *, used: bool = True) -> Session | None:
        """Return the session of a token; None where there is none in force, whatever the reason.

        The account is read anew each time: a role taken away, or an account disabled, counts at
        once. `used` says that a person is at work with it, which keeps it from ending.
        """
        if not token:
            return None
        digest, now = secrets.digest_of(token), self._clock()
        with self._engine.connect() as connection:
            row = store.find_session(connection, digest)
            account = (
                store.find(connection, row.account) if row is not None and row.account else None
            )
        if row is None:
            return None
        on_the_way = row.stage != "full"
        ended = now > row.made_at + (_ON_THE_WAY if on_the_way else self._policy.longest)
        if ended or now > row.seen_at + self._policy.idle:
            return None
        if row.account and (account is None or account.disabled):
            return None
        if used and now - row.seen_at > _SEEN_EVERY:
            with writing(self._engine) as connection:
                store.see_session(connection, digest, now)
        principal = None if account is None or on_the_way else principal_of(account)
        note = json.loads(row.note)
        return Session(
            digest, row.stage, row.csrf, row.account or "", principal, note, row.proved_at
        )

    def sign_out(self, session: Session) -> None:
        """End a session."""
        with writing(self._engine) as connection:
            store.end_session(connection, session.digest)
            audit.append(
                connection,
                self._clock(),
                session.account or "-",
                "account.signed_out",
                session.account,
            )

    def of(self, account: str) -> list[SessionView]:
        """Return an account's sessions in force."""
        now = self._clock()
        with self._engine.connect() as connection:
            return store.sessions_of(
                connection, account, now - self._policy.longest, now - self._policy.idle
            )

    def end_own(self, session: Session, session_id: str) -> None:
        """End one of the own sessions; raises AccountError where it is none."""
        with writing(self._engine) as connection:
            if not store.end_session_by_id(connection, session.account, session_id):
                raise AccountError.of(messages.session_gone())
            name = session.account
            audit.append(connection, self._clock(), name, "account.session_ended", name, session_id)

    def knows(self, device: str) -> bool:
        """Whether anybody has signed in in a browser that keeps this."""
        with self._engine.connect() as connection:
            return store.is_device(connection, secrets.digest_of(device))

    def is_fresh(self, session: Session) -> bool:
        """Whether the person of a session has shown within the last minutes who they are."""
        return is_fresh(session.proved_at, self._clock())

    def prove(self, session: Session, password: str, code: str, source: str | Whence) -> None:
        """Note that who has signed in shows password, and code, once more.

        Raises SignInRefusedError.
        """
        self.check_person(session.account, password, code, source)
        with writing(self._engine) as connection:
            store.prove_session(connection, session.digest, self._clock())
            audit.append(
                connection, self._clock(), session.account, "account.proved", session.account
            )

    def check_person(self, name: str, password: str, code: str, source: str | Whence) -> None:
        """Raise SignInRefusedError unless an account's password is right, and its code.

        The code is asked for where the account has a second factor. A failure counts as one of
        signing in does.
        """
        source = whence(source)
        self._may_try(name, source)
        with self._engine.connect() as connection:
            account = store.find(connection, name)
        if account is not None and not account.password:
            raise SignInRefusedError.of(messages.no_password_here())
        if (
            account is None
            or account.disabled
            or not secrets.password_ok(account.password, password[:1000])
        ):
            raise self._lockouts.note(name, source, "password")
        with writing(self._engine) as connection:
            now = store.unchanged(connection, account)
            if now is not None and (
                now.second is None or self._second_factors.use_code(connection, now, code)
            ):
                return
        raise self._lockouts.note(name, source, "code")

    def change_password(self, session: Session, old: str, new: str, source: str | Whence) -> Opened:
        """Change the own password and return the session that goes on.

        Every other session of the account, and its tokens, end. Raises AccountError.
        """
        source = whence(source)
        self._may_try(session.account, source)
        with self._engine.connect() as connection:
            account = store.find(connection, session.account)
            past = store.past_passwords(connection, session.account, self._policy.remembered)
        if account is None or session.stage not in ("password", "full") or not account.password:
            raise AccountError.of(session_messages.no_password_to_change())
        if not secrets.password_ok(account.password, old[:1000]):
            raise self._lockouts.note(session.account, source, "password")
        if old == new:
            raise AccountError.of(session_messages.password_unchanged())
        check_password(new, account.name, account.subject or "")
        if any(secrets.password_ok(password_hash, new) for password_hash in past):
            raise AccountError.of(messages.password_used(self._policy.remembered))
        password_hash, now = secrets.hashed(new), self._clock()
        with writing(self._engine) as connection:
            _still(connection, session)
            if store.unchanged(connection, account) is None:
                raise SignInRefusedError.of(session_messages.sign_in_again())
            if not account.must_change:
                store.keep_past_password(connection, account.name, account.password)
            store.change(
                connection, account.name, password=password_hash, must_change=False, password_at=now
            )
            ended = end_all(connection, account.name)
            audit.append(connection, now, account.name, "account.password", account.name, ended)
            changed = store.find(connection, account.name)
            assert changed is not None  # noqa: S101
            return self._enter(connection, changed, source, "password changed")

    def begin_second(self, session: Session) -> str:
        """Return a new TOTP secret, which counts once `set_second` has seen a code of it.

        Raises AccountError.
        """
        self._must_be_fresh(session)
        secret = secrets.new_second()
        note = json.dumps(self._second_factors.note_of(session.account, secret))
        with writing(self._engine) as connection:
            store.note_session(connection, session.digest, note)
        return secret

    def pending_second(self, session: Session) -> str | None:
        """Return the secret that `begin_second` made for a session, None where it made none."""
        return self._second_factors.pending(session)

    def set_second(
        self, session: Session, code: str, source: str | Whence
    ) -> tuple[Opened, list[str]]:
        """Take the second factor into use; return the session that goes on, and recovery codes.

        Every other session ends. Who has signed in already must have shown lately who they are: a
        session that is left open must not be enough. Raises AccountError.
        """
        self._must_be_fresh(session)
        secret = self.pending_second(session)
        step = secret and secrets.code_step(secret, code, self._clock().timestamp())
        if not secret or step is None:
            raise AccountError.of(session_messages.wrong_code())
        seal, codes = self._second_factors.seal(), secrets.recovery_codes()
        sealed = seal.close(secret.encode(), session.account, store.SECOND)
        with writing(self._engine) as connection:
            _still(connection, session)
            store.change(
                connection,
                session.account,
                second=sealed,
                second_key_id=seal.current,
                second_step=step,
                recovery=json.dumps([secrets.digest_of(recovery_code) for recovery_code in codes]),
            )
            store.end_sessions(connection, session.account)
            name = session.account
            audit.append(connection, self._clock(), name, "account.second", name, "set up")
            account = store.find(connection, session.account)
            assert account is not None  # noqa: S101
            return self._enter(connection, account, whence(source), "second factor set up"), codes

    def _must_be_fresh(self, session: Session) -> None:
        if session.stage == "full" and not self.is_fresh(session):
            raise ProofRequiredError.of(messages.prove_first(int(FRESH.total_seconds()) // 60))

    def _enter(
        self,
        connection: Connection,
        account: Account,
        source: Whence,
        proof: str,
        proved_at: datetime | None = None,
    ) -> Opened:
        """Open a session for somebody proved, at the stage that is still wanted of them."""
        now, name_digest = self._clock(), secrets.digest_of(account.name)
        store.note_success(connection, name_digest, place_of(connection, account.name, source), now)
        if source.source:
            store.note_success(connection, name_digest, source.source, now)
        store.sweep(connection, now - self._policy.longest, now)
        ends = self.password_ends(account)
        if account.must_change or (ends is not None and now >= ends):
            return self._open(connection, account, "password", source)
        if self._policy.second_factor and account.second is None and account.password:
            return self._open(connection, account, "second", source)
        store.change(connection, account.name, signed_in_at=now)
        detail = f"{source.source}: {proof}"
        audit.append(connection, now, account.name, "account.signed_in", account.name, detail)
        # The provider says when it has asked; a password and a code were shown just now.
        return self._open(
            connection, account, "full", source, proved_at=proved_at if account.subject else now
        )

    def password_ends(self, account: Account) -> datetime | None:
        """Return when an account's password ends; None where it has none, or none ends."""
        return self._policy.password_ends(account.password_at) if account.password else None

    def _open(
        self,
        connection: Connection,
        account: Account | None,
        stage: Stage,
        source: Whence,
        note: dict[str, str] | None = None,
        proved_at: datetime | None = None,
    ) -> Opened:
        token, now = secrets.new_token("cgs"), self._clock()
        store.open_session(
            connection,
            {
                "digest": secrets.digest_of(token),
                "account": account.name if account else None,
                "stage": stage,
                "csrf": random.token_urlsafe(32),
                "source": source.source[:64],
                "made_at": now,
                "seen_at": now,
                "note": json.dumps(note or {}),
                "proved_at": proved_at,
                "agent": source.agent[:200],
            },
        )
        if account is None or stage != "full":
            return Opened(token, stage)
        return Opened(token, stage, keep_device(connection, account.name, source.device, now))

    def _may_try(self, name: str, source: Whence) -> None:
        self._lockouts.check(name, source)


def _still(connection: Connection, session: Session) -> None:
    """Raise SignInRefusedError where a session was ended since it was looked at."""
    store.locked(connection, session.account)
    if store.find_session(connection, session.digest) is None:
        raise SignInRefusedError.of(session_messages.sign_in_again())
