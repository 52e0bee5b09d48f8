"""The tables of the centre's store and the version that they are in.

An earlier store is brought up.

A new store is made whole; one that an earlier release made takes the steps of `migrations` that it
lacks. Both end in the same tables, which a test holds. Record tables follow the XSD and are made
where they are missing.
"""

from sqlalchemy import Column, Engine, MetaData, String, Table, insert, inspect, select, update
from sqlalchemy.engine import Connection

from gateway.audit import tables as audit_tables
from gateway.central.records.tables import metadata, record_tables
from gateway.central.senders import tables as sender_tables
from gateway.errors import GatewayError
from gateway.text import store as messages
from outbox import probe
from outbox.database import making_tables

#: The newest of `migrations/versions`; a test holds both together.
VERSION = "0002"
#: The version of a store with tables and no word of its version: releases before senders wrote
#: none.
FIRST = "0001"
#: Every table but `version`.
SCHEMAS: tuple[MetaData, ...] = (
    metadata,
    probe.metadata,
    audit_tables.metadata,
    sender_tables.metadata,
)

version = Table("centre_version", MetaData(), Column("number", String(32), primary_key=True))


class CentreOutdatedError(GatewayError):
    """A store was made by a later release than this one."""


def create(engine: Engine) -> None:
    """Make the tables of a new store, or bring an earlier one up; raises CentreOutdatedError.

    One process at a time, in one transaction: a step that fails leaves the store as it was.
    """
    record_tables()
    with making_tables(engine) as connection:
        version = _version_of(connection)
        if version is not None and version > VERSION:
            raise CentreOutdatedError.of(messages.version_differs(version, VERSION))
        if version is not None and version < VERSION:
            from gateway.central.store.migrations import upgrade  # noqa: PLC0415

            upgrade(connection, version)
        for schema in SCHEMAS:
            schema.create_all(connection)
        if version != VERSION:
            _set_version(connection)


def _version_of(connection: Connection) -> str | None:
    """Return the version of a store; None for one without tables."""
    names = set(inspect(connection).get_table_names())
    if version.name in names:
        return str(connection.execute(select(version.c.number)).scalar_one())
    return FIRST if "received_package" in names else None


def _set_version(connection: Connection) -> None:
    version.create(connection, checkfirst=True)
    if connection.execute(update(version).values(number=VERSION)).rowcount == 0:
        connection.execute(insert(version).values(number=VERSION))
