"""Marks: by what a package may be found: record keys, documents' numbers, subjects' identifiers.

They are made apart from the line, when there is time. A mark is a short digest under the store's
own key: lists and copies of it show no identifier, though who has the whole store can try numbers.
"""

import hashlib
import hmac
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence

import polars as pl
import zstandard
from lxml import etree
from sqlalchemy import Connection, Engine, delete, select

from gateway.exchange.tables import mark, unmarked
from gateway.generations.tables import identity
from gateway.standard import parse_xml
from gateway.standard.identifiers import citizen_number_18
from gateway.standard.subject_identity import FIELDS
from outbox import DecryptionError, Outbox, among, writing

#: Packages marked in one transaction: each has some thousands of marks, all of them in memory.
_TOGETHER = 5
_MARK = "INSERT INTO mark (digest, guid) VALUES "
_LENGTH = 8
#: Most packages that one text is looked for in: as many as a statement may name.
_MOST_PACKAGES = 20_000


def plain(text: str) -> str:
    """Return a text as it is compared: spaces, case and the width of characters do not matter.

    That is Unicode's NFKC, in upper case.
    """
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def digest(key: bytes, text: str) -> bytes:
    """Return the digest of a text under a key: what the index has instead of the text."""
    return hmac.digest(key, plain(text).encode(), "sha256")[:_LENGTH]


def forms(text: str) -> list[str]:
    """Return every way to write a text: a citizen number of 15 digits and its 18 are one number."""
    number = plain(text)
    ways = {number}
    if len(number) == 15:
        ways.add(str(pl.select(citizen_number_18(pl.lit(number))).item()))
    if len(number) == 18 and number[6:8] == "19":
        ways.add(number[:6] + number[8:17])
    return sorted(ways)


def texts_of(package: etree._Element, fields: Collection[str]) -> Iterator[str]:
    """Yield what a package is found by: record keys, identifiers and the named fields."""
    names = {*FIELDS, *fields}
    for record in package[1]:
        yield record.get("key", "")
        for cell in record:
            if etree.QName(cell).localname in names and cell.text:
                yield cell.text


def key_of(connection: Connection) -> bytes:
    """Return the key of a store's digests."""
    guid: str = connection.execute(select(identity.c.guid)).scalar_one()
    return hashlib.sha256(f"marks {guid}".encode()).digest()


def find(connection: Connection, text: str) -> list[str]:
    """Return the GUIDs of packages, of any feed, that have a record with this key or identifier.

    The caller leaves out what is not to be seen, and only then counts: another department's
    packages about the same subject must not crowd out the caller's own.
    """
    key = key_of(connection)
    query = select(mark.c.guid).where(
        mark.c.digest.in_([digest(key, form) for form in forms(text)])
    )
    return list(connection.execute(query.limit(_MOST_PACKAGES)).scalars())


def unmade(connection: Connection, limit: int) -> int:
    """Return how many packages are not indexed yet, counted up to a limit."""
    return len(connection.execute(select(unmarked.c.guid).limit(limit)).all())


def make_some(engine: Engine, outbox: Outbox, fields: Mapping[str, Sequence[str]]) -> int:
    """Index some packages; return how many. `fields` names by feed the fields of its record key."""
    with engine.connect() as connection:
        key = key_of(connection)
        guids = list(connection.execute(select(unmarked.c.guid).limit(_TOGETHER)).scalars())
        marks = [
            (mark_digest, guid)
            for guid in guids
            for mark_digest in sorted(_marks(connection, outbox, key, guid, fields))
        ]
    if guids:
        with writing(engine) as connection:
            connection.execute(delete(mark).where(among(connection, mark.c.guid, guids)))
            if marks:
                value = "%s" if connection.dialect.name == "postgresql" else "?"
                # In tuples by the driver: as parameters of SQLAlchemy's they take ten times the
                # memory.
                connection.exec_driver_sql(_MARK + f"({value}, {value})", marks)
            connection.execute(delete(unmarked).where(among(connection, unmarked.c.guid, guids)))
    return len(guids)


def _marks(
    connection: Connection,
    outbox: Outbox,
    key: bytes,
    guid: str,
    fields: Mapping[str, Sequence[str]],
) -> set[bytes]:
    message = outbox.find(connection, guid)
    try:
        payload = outbox.payload(connection, guid)
    except DecryptionError:
        # It is a dead letter, and its opener is told there.
        return set()
    if message is None or payload is None:
        return set()
    package = parse_xml(zstandard.decompress(payload))
    return {digest(key, text) for text in texts_of(package, fields.get(message.lane, ())) if text}
