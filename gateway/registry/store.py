"""All SQL of the registry's tables. Every function takes the caller's connection."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from gateway.registry.definition import Definition, NotRegisteredError, RegistryError, State
from gateway.registry.tables import (
    adapter,
    adapter_draft,
    adapter_history,
    adapter_sample,
    adapter_secret,
    adapter_version,
)
from gateway.text import Text
from gateway.text import registry as messages
from outbox import insert_new, remove_some, seal_of
from outbox.resealing import Place, seal_column_anew

#: In which place a sample is sealed, beside its feed.
SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class Registered:
    """Where an adapter stands: its newest version, and the one in force if there is one."""

    feed: str
    department: str
    state: State
    version: int
    live_version: int | None
    passed_version: int | None
    submitted_version: int | None
    submitted_by: str | None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a definition, with who made it, when and why."""

    number: int
    definition: Definition
    made_at: datetime
    person: str
    why: str


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """A sealed secret, the id of its key, and what it was set for (`gateway.registry.secrets`)."""

    sealed: bytes
    key_id: str
    bound: dict[str, str]


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that was done to an adapter."""

    at: datetime
    person: str
    what: str
    version: int
    detail: Text
    why: str


def find(connection: Connection, feed: str) -> Registered:
    """Return where an adapter stands; raises NotRegisteredError."""
    row = connection.execute(select(adapter).where(adapter.c.feed == feed)).one_or_none()
    if row is None:
        raise NotRegisteredError(feed)
    return Registered(**row._mapping)


def every(connection: Connection, departments: Sequence[str] | None = None) -> list[Registered]:
    """Return where adapters stand, by feed; only those of some departments where any are named."""
    query = select(adapter).order_by(adapter.c.feed)
    if departments is not None:
        query = query.where(adapter.c.department.in_(departments))
    return [Registered(**row._mapping) for row in connection.execute(query)]


def create(
    connection: Connection, definition: Definition, now: datetime, person: str, reason: str
) -> None:
    """Begin an adapter as a draft; raises RegistryError where its feed has one."""
    values = {
        "feed": definition.feed,
        "department": definition.department,
        "state": "draft",
        "version": 1,
        "live_version": None,
        "passed_version": None,
        "submitted_version": None,
        "submitted_by": None,
    }
    if not insert_new(connection, adapter, values):
        raise RegistryError.of(messages.registered_already(definition.feed))
    _add_version(connection, definition, 1, now, person, reason)


def add_version(
    connection: Connection,
    registered: Registered,
    definition: Definition,
    now: datetime,
    person: str,
    reason: str,
) -> int:
    """Add a version after the one that the caller has seen, and return its number.

    Raises RegistryError where another version came first.
    """
    number = registered.version + 1
    changed = connection.execute(
        update(adapter)
        .where(adapter.c.feed == registered.feed, adapter.c.version == registered.version)
        .values(version=number)
    )
    if changed.rowcount != 1:
        raise RegistryError.of(messages.changed_meanwhile(registered.feed))
    _add_version(connection, definition, number, now, person, reason)
    return number


def _add_version(
    connection: Connection,
    definition: Definition,
    number: int,
    now: datetime,
    person: str,
    reason: str,
) -> None:
    connection.execute(
        insert(adapter_version).values(
            feed=definition.feed,
            number=number,
            definition=definition.model_dump_json(),
            made_at=now,
            person=person,
            why=reason,
        )
    )


def version(connection: Connection, feed: str, number: int) -> Version:
    """Return one version; raises RegistryError where there is none of that number."""
    query = select(adapter_version).where(
        adapter_version.c.feed == feed, adapter_version.c.number == number
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise RegistryError.of(messages.no_version(feed, number))
    return _version(row)


def versions(connection: Connection, feed: str) -> list[Version]:
    """Return a feed's versions, the newest first."""
    query = (
        select(adapter_version)
        .where(adapter_version.c.feed == feed)
        .order_by(adapter_version.c.number.desc())
    )
    return [_version(row) for row in connection.execute(query)]


def _version(row: Any) -> Version:
    return Version(
        row.number, Definition.model_validate_json(row.definition), row.made_at, row.person, row.why
    )


def set_state(connection: Connection, registered: Registered, state: State, number: int) -> None:
    """Bring an adapter to a state, and a version with it when it goes live."""
    values: dict[str, Any] = {"state": state}
    if state == "live":
        values |= {"live_version": number}
    if state == "live" and number == registered.version:
        values |= {"submitted_version": None, "submitted_by": None}
    connection.execute(update(adapter).where(adapter.c.feed == registered.feed).values(values))


def set_passed(connection: Connection, feed: str, number: int | None) -> None:
    """Keep which version's trial passed."""
    connection.execute(update(adapter).where(adapter.c.feed == feed).values(passed_version=number))


def set_submitted(
    connection: Connection, feed: str, number: int | None, person: str | None
) -> None:
    """Keep which version waits for approval, and who submitted it."""
    values = {"submitted_version": number, "submitted_by": person}
    connection.execute(update(adapter).where(adapter.c.feed == feed).values(values))


def keep_sample(
    connection: Connection, feed: str, sealed: bytes, key_id: str, person: str, now: datetime
) -> None:
    """Keep sample rows in place of those before."""
    connection.execute(delete(adapter_sample).where(adapter_sample.c.feed == feed))
    connection.execute(
        insert(adapter_sample).values(
            feed=feed, sealed=sealed, key_id=key_id, person=person, taken_at=now
        )
    )


def sample(connection: Connection, feed: str) -> Any:
    """Return the row of a feed's sample; None where none is kept."""
    return connection.execute(
        select(adapter_sample).where(adapter_sample.c.feed == feed)
    ).one_or_none()


def seal_samples_anew(connection: Connection, limit: int) -> int:
    """Seal up to `limit` samples under the current key that are not, and return how many were.

    Raises DecryptionError.
    """

    def place(row: Any) -> Place:
        return row.feed, SAMPLE

    return seal_column_anew(
        connection, adapter_sample.c.sealed, adapter_sample.c.key_id, place, limit
    )


def seal_secrets_anew(connection: Connection, limit: int) -> int:
    """Seal up to `limit` secrets of earlier keys under the current one, and return how many were.

    Raises DecryptionError. Without a current key they stay as they are: none is ever stored clear.
    """
    if not seal_of(connection).current:
        return 0

    def place(row: Any) -> Place:
        return row.feed, secret_place(row.name)

    return seal_column_anew(
        connection, adapter_secret.c.sealed, adapter_secret.c.key_id, place, limit
    )


def secret_place(name: str) -> str:
    """Return the place to which a secret's seal is bound, beside its feed."""
    return f"secret {name}"


def keep_draft(connection: Connection, feed: str, mapping: str, person: str, now: datetime) -> None:
    """Keep a mapping that cannot be used yet in place of the one before; "" forgets it."""
    connection.execute(delete(adapter_draft).where(adapter_draft.c.feed == feed))
    if mapping:
        connection.execute(
            insert(adapter_draft).values(feed=feed, mapping=mapping, person=person, at=now)
        )


def draft(connection: Connection, feed: str) -> str | None:
    """Return the mapping that is being written for a feed; None where none is kept."""
    query = select(adapter_draft.c.mapping).where(adapter_draft.c.feed == feed)
    return connection.execute(query).scalar_one_or_none()


def forget_samples(connection: Connection, moment: datetime) -> int:
    """Remove samples that were taken before a moment, and return how many."""
    return connection.execute(
        delete(adapter_sample).where(adapter_sample.c.taken_at < moment)
    ).rowcount


def purge_samples(connection: Connection, moment: datetime, limit: int) -> int:
    """Remove so many samples at most that were taken before a moment; return how many."""
    return remove_some(connection, adapter_sample, adapter_sample.c.taken_at < moment, limit)


def keep_secret(
    connection: Connection, feed: str, number: int, name: str, secret: StoredSecret
) -> None:
    """Store a version's secret in place of the one before."""
    forget_secret(connection, feed, number, name)
    values = {"feed": feed, "version": number, "name": name, "sealed": secret.sealed}
    key_values = {"key_id": secret.key_id, "bound": json.dumps(secret.bound, sort_keys=True)}
    connection.execute(insert(adapter_secret).values(values | key_values))


def forget_secret(connection: Connection, feed: str, number: int, name: str) -> None:
    """Remove a version's secret if it is there."""
    connection.execute(
        delete(adapter_secret).where(
            adapter_secret.c.feed == feed,
            adapter_secret.c.version == number,
            adapter_secret.c.name == name,
        )
    )


def forget_other_secrets(connection: Connection, feed: str, number: int) -> None:
    """Remove the secrets of every version but one."""
    connection.execute(
        delete(adapter_secret).where(
            adapter_secret.c.feed == feed, adapter_secret.c.version != number
        )
    )


def secrets(connection: Connection, feed: str, number: int | None) -> dict[str, StoredSecret]:
    """Return a version's sealed secrets, by name; none of no version."""
    query = select(adapter_secret).where(
        adapter_secret.c.feed == feed, adapter_secret.c.version == number
    )
    return {
        row.name: StoredSecret(row.sealed, row.key_id, json.loads(row.bound))
        for row in connection.execute(query.order_by(adapter_secret.c.name))
    }


def note(connection: Connection, feed: str, act: Act) -> None:
    """Write down what was done."""
    connection.execute(
        insert(adapter_history).values(
            feed=feed,
            at=act.at,
            person=act.person,
            what=act.what,
            version=act.version,
            detail_zh=act.detail.zh,
            detail_en=act.detail.en,
            why=act.why,
        )
    )


def history(connection: Connection, feed: str, limit: int) -> list[Act]:
    """Return what was done to an adapter, the latest first."""
    query = (
        select(adapter_history)
        .where(adapter_history.c.feed == feed)
        .order_by(adapter_history.c.id.desc())
    )
    return [
        Act(row.at, row.person, row.what, row.version, Text(row.detail_zh, row.detail_en), row.why)
        for row in connection.execute(query.limit(limit))
    ]


def acts_noted(connection: Connection) -> list[tuple[str, str]]:
    """Return feed and act of everything that was done to any adapter."""
    query = select(adapter_history.c.feed, adapter_history.c.what)
    return [(feed, what) for feed, what in connection.execute(query)]


def persons(connection: Connection, feed: str, version: int, acts: Collection[str]) -> set[str]:
    """Return who did some acts to the versions after one."""
    query = (
        select(adapter_history.c.person)
        .distinct()
        .where(
            adapter_history.c.feed == feed,
            adapter_history.c.version > version,
            adapter_history.c.what.in_(acts),
        )
    )
    return set(connection.execute(query).scalars())
