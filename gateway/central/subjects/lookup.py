"""Finds everything that the centre holds of one subject, whichever of its identifiers a record
has.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, func, or_, select

from gateway.central.records.tables import feed, record_tables, snake
from gateway.standard.subject_identity import (
    ALIAS_KIND,
    FIELDS,
    Identifier,
    identifiers,
    named,
    subjects,
)

#: Most records of one subject that are listed.
LISTED = 10_000
_SUBJECT = (*FIELDS, "SubjectIdType")
_LINK = ("IdentifierType", "Identifier", "Relation")


@dataclass(frozen=True, slots=True)
class Held:
    """One present record of a subject: its kind, feed, key, and the name it gives the subject."""

    kind: str
    feed: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject: its identifiers with what each is, and its records in order of kind and key."""

    identifiers: tuple[Identifier, ...]
    records: tuple[Held, ...]


def find_subject(engine: Engine, value: str) -> Subject | None:
    """Return the subject that has an identifier, None where no present record has it.

    Every record that is found may name further identifiers, so it is looked again until none
    does. No index serves this: taking records in is what the tables are made for.
    """
    named_by = frozenset(named(value))
    known_as: frozenset[Identifier] = frozenset()
    while True:
        with engine.connect() as connection:
            rows = _rows(connection, {text for _, text in named_by | known_as})
        groups = [
            group for group in subjects(row for _, row in rows) if group & (known_as or named_by)
        ]
        enlarged = frozenset(identifier for group in groups for identifier in group)
        if enlarged == known_as:
            break
        known_as = enlarged
    if not known_as:
        return None
    records_of = [record for record, row in rows if not known_as.isdisjoint(identifiers(row))]
    return Subject(
        tuple(sorted(known_as)), tuple(sorted(records_of, key=lambda r: (r.kind, r.key))[:LISTED])
    )


def _rows(
    connection: Connection, values: Collection[str]
) -> list[tuple[Held, dict[str, str | None]]]:
    """Return the identification of every present record that has one of the identifiers."""
    all_texts = sorted({*values, *(_fifteen(value) for value in values)})
    rows = []
    for kind, table in record_tables().items():
        fields = [*_SUBJECT, *(_LINK if kind == ALIAS_KIND else ())]
        query = (
            select(
                feed.c.name, table.c.key, table.c.subject_name, *(table.c[snake(f)] for f in fields)
            )
            .join(feed, feed.c.id == table.c.feed_id)
            .where(~table.c.withdrawn, _has_one(table, kind, all_texts))
        )
        for name, key, subject_name, *texts in connection.execute(query):
            rows.append(
                (Held(kind, name, key, subject_name), dict(zip(fields, texts, strict=True)))
            )
    return rows


def _has_one(table: Table, kind: str, texts: Collection[str]) -> ColumnElement[bool]:
    columns: list[ColumnElement[Any]] = [table.c[snake(field)] for field in FIELDS]
    columns += [func.substr(table.c.unified_code, 9, 9), func.substr(table.c.tax_number, 9, 9)]
    if kind == ALIAS_KIND:
        columns += [table.c.identifier, func.substr(table.c.identifier, 9, 9)]
    return or_(*(column.in_(texts) for column in columns))


def _fifteen(number: str) -> str:
    """Return the 15-digit form of an 18-digit citizen number; anything else unchanged."""
    born_in_1900s = len(number) == 18 and number[6:8] == "19"
    return number[:6] + number[8:17] if born_in_1900s else number
