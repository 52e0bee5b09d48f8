"""All SQL of accounts, sessions and failed sign-ins; every function takes the caller's connection.

API tokens are in `token_store`, requests in `request_store`.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from gateway.accounts.model import (
    REMEMBERED_MOST,
    WINDOW,
    AccountError,
    Failures,
    Role,
)
from gateway.accounts.secrets import DRIFT, STEP
from gateway.accounts.tables import (
    account,
    device,
    failure,
    origin,
    past_password,
    session,
    token,
)
from gateway.text import sessions as messages
from outbox import insert_new, seal_of
from outbox.resealing import Place, seal_column_anew
from outbox.waits import hold_moments

#: For so long a browser is known after the last sign-in there.
DEVICE_LIFE = timedelta(days=365)
#: Characters of a session's digest by which its person names it.
_ID = 16

#: The place to which the seal of a second factor is bound, beside its account.
SECOND = "second"


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it is kept; `password` is a hash and `second` sealed."""

    name: str
    role: Role
    departments: tuple[str, ...]
    password: str
    must_change: bool
    disabled: bool
    second: bytes | None
    second_key_id: str
    second_step: int
    recovery: tuple[str, ...]
    subject: str | None
    made_at: datetime
    signed_in_at: datetime | None
    password_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as its own person may see it.

    `id` begins its digest, of which nobody can make the token.
    """

    id: str
    source: str
    agent: str
    made_at: datetime
    seen_at: datetime


def add(connection: Connection, new_account: Account) -> None:
    """Keep a new account; raises AccountError where the name is taken."""
    values = {name: getattr(new_account, name) for name in Account.__slots__}
    values |= {
        "departments": json.dumps(new_account.departments),
        "recovery": json.dumps(new_account.recovery),
    }
    if not insert_new(connection, account, values):
        raise AccountError.of(messages.name_or_subject_taken(new_account.name))


def find(connection: Connection, name: str) -> Account | None:
    """Return one account, or None."""
    row = connection.execute(select(account).where(account.c.name == name)).one_or_none()
    return None if row is None else _account(row)


def locked(connection: Connection, name: str) -> Account | None:
    """Return one account as it is now, or None.

    Nobody changes it before the caller's transaction ends.
    """
    query = select(account).where(account.c.name == name).with_for_update()
    row = connection.execute(query).one_or_none()
    return None if row is None else _account(row)


def unchanged(connection: Connection, earlier: Account) -> Account | None:
    """Return an account as it is now, locked; None where it has changed since.

    That is where its password was changed or it was disabled. To weigh a password takes a tenth of
    a second. Whoever tries without a pause is within it when an administrator takes the password,
    or the account, away, and would come in after that.
    """
    now = locked(connection, earlier.name)
    return (
        now if now is not None and not now.disabled and now.password == earlier.password else None
    )


def lock_administrators(connection: Connection) -> None:
    """Let no other transaction take administrators away meanwhile; SQLite has one writer anyway."""
    query = select(account.c.name).where(account.c.role == "administrator")
    connection.execute(query.order_by(account.c.name).with_for_update()).all()


def by_subject(connection: Connection, subject: str) -> Account | None:
    """Return the account of an OpenID subject, or None."""
    row = connection.execute(select(account).where(account.c.subject == subject)).one_or_none()
    return None if row is None else _account(row)


def every(connection: Connection) -> list[Account]:
    """Return all accounts, by name."""
    return [_account(row) for row in connection.execute(select(account).order_by(account.c.name))]


def change(connection: Connection, name: str, **values: Any) -> None:
    """Write some of an account's columns."""
    connection.execute(update(account).where(account.c.name == name).values(**values))


def use_step(connection: Connection, name: str, step: int) -> bool:
    """Note the time step of a code that was used and return True.

    False where that one, or a later one, was used before.
    """
    changed = connection.execute(
        update(account)
        .where(account.c.name == name, account.c.second_step < step)
        .values(second_step=step)
    )
    return bool(changed.rowcount)


def use_recovery(connection: Connection, earlier: Account, code: str) -> int | None:
    """Use up a recovery code (its digest) and return how many are left.

    None where it is none of them now. As they were read: of two who use codes at the same moment
    none finds the other's there again.
    """
    if code not in earlier.recovery:
        return None
    remaining = [recovery_code for recovery_code in earlier.recovery if recovery_code != code]
    changed = connection.execute(
        update(account)
        .where(account.c.name == earlier.name, account.c.recovery == json.dumps(earlier.recovery))
        .values(recovery=json.dumps(remaining))
    )
    return len(remaining) if changed.rowcount else None


def open_session(connection: Connection, values: dict[str, Any]) -> None:
    """Keep a session."""
    connection.execute(insert(session).values(**values))


def find_session(connection: Connection, digest: str) -> Row[Any] | None:
    """Return one session, or None."""
    return connection.execute(select(session).where(session.c.digest == digest)).one_or_none()


def see_session(connection: Connection, digest: str, now: datetime) -> None:
    """Note that a session is in use."""
    connection.execute(update(session).where(session.c.digest == digest).values(seen_at=now))


def prove_session(connection: Connection, digest: str, now: datetime) -> None:
    """Note that the person of a session has shown who they are."""
    connection.execute(update(session).where(session.c.digest == digest).values(proved_at=now))


def sessions_of(
    connection: Connection, name: str, made_after: datetime, seen_after: datetime
) -> list[SessionView]:
    """Return an account's sessions that have not run out, the one that was used last first."""
    of_account = (session.c.account == name, session.c.stage == "full")
    alive = (session.c.made_at >= made_after, session.c.seen_at >= seen_after)
    query = select(session).where(*of_account, *alive).order_by(session.c.seen_at.desc())
    return [
        SessionView(row.digest[:_ID], row.source, row.agent, row.made_at, row.seen_at)
        for row in connection.execute(query)
    ]


def end_session_by_id(connection: Connection, name: str, session_id: str) -> bool:
    """Remove a session of an account by what it is shown as; return False where there is none."""
    of_account = (
        session.c.account == name,
        session.c.digest.startswith(session_id, autoescape=True),
    )
    return len(session_id) == _ID and bool(
        connection.execute(delete(session).where(*of_account)).rowcount
    )


def note_session(connection: Connection, digest: str, note: str) -> None:
    """Write what a session has to remember (JSON)."""
    connection.execute(update(session).where(session.c.digest == digest).values(note=note))


def end_session(connection: Connection, digest: str) -> None:
    """Remove a session if it is there."""
    connection.execute(delete(session).where(session.c.digest == digest))


def end_sessions(connection: Connection, name: str, but: str = "") -> None:
    """Remove every session of an account, save one if it is named."""
    connection.execute(delete(session).where(session.c.account == name, session.c.digest != but))


def sweep_begun(connection: Connection, moment: datetime) -> None:
    """Remove sessions of strangers who went to the provider and did not come back.

    `moment`: those that began before this moment.
    """
    connection.execute(delete(session).where(session.c.stage == "oidc", session.c.made_at < moment))


def sweep(connection: Connection, made_before: datetime, now: datetime) -> None:
    """Remove sessions and failures that count no more.

    So too browsers that were not met for a year.
    """
    connection.execute(delete(device).where(device.c.at < now - DEVICE_LIFE))
    connection.execute(delete(session).where(session.c.made_at < made_before))
    connection.execute(delete(failure).where(failure.c.at < now - 2 * WINDOW))


def failures(connection: Connection, name_digest: str, source: str, now: datetime) -> Failures:
    """Return the failures that count for a name and an address."""

    recent = failure.c.at > now - WINDOW
    by_name = select(failure.c.at, failure.c.source).where(failure.c.who == name_digest, recent)
    account = [(row.at, row.source) for row in connection.execute(by_name.order_by(failure.c.at))]
    by_place = select(failure.c.at).where(failure.c.source == source, recent).order_by(failure.c.at)
    successes = connection.execute(
        select(func.count())
        .select_from(origin)
        .where(origin.c.who == name_digest, origin.c.source == source)
    ).scalar_one()
    return Failures(
        [at for at, whence in account if whence == source],
        list(connection.execute(by_place).scalars()),
        [at for at, _ in account],
        bool(successes),
    )


def note_failure(connection: Connection, name_digest: str, source: str, now: datetime) -> None:
    """Keep a failed sign-in."""
    connection.execute(insert(failure).values(who=name_digest, source=source, at=now))


def knows_device(connection: Connection, name: str, digest: str) -> bool:
    """Whether an account has signed in in a browser before."""
    condition = (device.c.account == name, device.c.digest == digest)
    return connection.execute(select(device.c.at).where(*condition)).one_or_none() is not None


def is_device(connection: Connection, digest: str) -> bool:
    """Whether anybody has signed in in a browser before."""
    query = select(device.c.at).where(device.c.digest == digest).limit(1)
    return connection.execute(query).one_or_none() is not None


def keep_device(connection: Connection, name: str, digest: str, now: datetime) -> None:
    """Remember the browser in which an account has signed in."""
    condition = (device.c.account == name, device.c.digest == digest)
    connection.execute(delete(device).where(*condition))
    connection.execute(insert(device).values(account=name, digest=digest, at=now))


def forget_devices(connection: Connection, name: str) -> None:
    """Know an account's browsers no more."""
    connection.execute(delete(device).where(device.c.account == name))


def past_passwords(connection: Connection, name: str, limit: int) -> list[str]:
    """Return the hashes of an account's latest past passwords, the newest first."""
    of_account = select(past_password.c.password).where(past_password.c.account == name)
    newest = of_account.order_by(past_password.c.id.desc()).limit(limit)
    return list(connection.execute(newest).scalars())


def keep_past_password(connection: Connection, name: str, password: str) -> None:
    """Remember a password that an account has no more; forget those that no policy remembers."""
    connection.execute(insert(past_password).values(account=name, password=password))
    of_account = past_password.c.account == name
    ids = (
        select(past_password.c.id)
        .where(of_account)
        .order_by(past_password.c.id.desc())
        .limit(REMEMBERED_MOST)
    )
    remembered = list(connection.execute(ids).scalars())
    connection.execute(
        delete(past_password).where(of_account, past_password.c.id.not_in(remembered))
    )


def note_success(connection: Connection, name_digest: str, source: str, now: datetime) -> None:
    """Forget a name's failures from an address, and remember the address."""
    connection.execute(
        delete(failure).where(failure.c.who == name_digest, failure.c.source == source)
    )
    connection.execute(delete(origin).where(origin.c.who == name_digest, origin.c.source == source))
    connection.execute(insert(origin).values(who=name_digest, source=source, at=now))


def seal_anew(connection: Connection, limit: int) -> int:
    """Seal second factors that are under another key under the current one; return how many.

    At most `limit` of them. Raises DecryptionError. Without a current key they stay as they are:
    none is ever stored clear.
    """
    if not seal_of(connection).current:
        return 0

    def place(row: Any) -> Place:
        return row.name, SECOND

    return seal_column_anew(connection, account.c.second, account.c.second_key_id, place, limit)


def _account(row: Any) -> Account:
    values = dict(row._mapping)
    values["departments"] = tuple(json.loads(row.departments))
    values["recovery"] = tuple(json.loads(row.recovery))
    return Account(**values)


def hold_moments_ahead(connection: Connection, now: datetime) -> int:
    """Bring back to now what a clock that was ahead has stored; return how much it was.

    Failed sign-ins would lock people out, sessions live on, and codes of a second factor be refused
    for as long as the clock was wrong. The end of an API token is a date that a person sees and can
    set anew: it stays.
    """
    latest = int(now.timestamp()) // STEP + DRIFT
    used_ahead = update(account).where(account.c.second_step > latest)
    count = connection.execute(used_ahead.values(second_step=latest)).rowcount
    moments = (
        failure.c.at,
        session.c.made_at,
        session.c.seen_at,
        session.c.proved_at,
        token.c.proved_at,
        account.c.password_at,
    )
    for column in moments:
        count += hold_moments(connection, column, now)
    return count
