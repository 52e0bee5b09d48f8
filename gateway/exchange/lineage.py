"""A record's lineage: its source, its mapping, its packages, their verdicts."""

from dataclasses import dataclass
from datetime import datetime

import zstandard
from lxml import etree
from sqlalchemy import Connection

from gateway.exchange import blind_index, quality_notes, refusal_store, unit_store
from gateway.exchange.context import frame_of
from gateway.exchange.quality_notes import Cleaning, Warned
from gateway.exchange.refusal_store import Refusal
from gateway.exchange.unit_store import UnitView
from gateway.masking import Personal
from gateway.standard import parse_xml
from outbox import Attempt, DecryptionError, Message, Outbox, Wanted

#: Packages that a number is looked for in: the newest ones count.
MOST_MESSAGES = 50


@dataclass(frozen=True, slots=True)
class Journey:
    """One journey of a record in one package.

    `source` is the row as received and `record` what was made of it; both are empty once they were
    removed. `refusal` is the centre's, if it turned the record down.
    """

    message: Message
    unit: UnitView | None
    key: str
    ref: str
    change: str
    source: Personal[dict[str, str]]
    record: Personal[dict[str, str]]
    cleanings: tuple[Cleaning, ...]
    warnings: tuple[Warned, ...]
    attempts: tuple[Attempt, ...]
    refusal: Refusal | None

    @property
    def delivered_at(self) -> datetime | None:
        """Return when the centre took the package; None of one that a person has dropped."""
        return self.message.settled_at if self.message.state == "settled" else None


def record_lineage(connection: Connection, outbox: Outbox, feed: str, text: str) -> list[Journey]:
    """Return the journeys of a feed's records with a key or an identifier, the newest first."""
    journeys: list[Journey] = []
    choice = Wanted(lanes=(feed,), guids=tuple(blind_index.find(connection, text)))
    for message in outbox.search(connection, choice, MOST_MESSAGES):
        journeys += _legs_of(connection, outbox, message, set(blind_index.forms(text)))
    return sorted(journeys, key=lambda leg: leg.message.created_at, reverse=True)


def _legs_of(
    connection: Connection, outbox: Outbox, message: Message, wanted_keys: set[str]
) -> list[Journey]:
    try:
        payload = outbox.payload(connection, message.guid)
        context = None if payload is None else outbox.context(connection, message.guid)
    except DecryptionError:
        return []
    if payload is None or context is None:
        return []
    document = parse_xml(zstandard.decompress(payload))
    records = {node.get("key", ""): _cells(node) for node in document[1]}
    keys = [
        key
        for key, cells in records.items()
        if wanted_keys & {blind_index.plain(text) for text in (key, *cells.values())}
    ]
    rows = {row["#key"]: row for row in frame_of(context).iter_rows(named=True)}
    unit = unit_store.unit_by_package(connection, message.guid)
    refused = refusal_store.of_package_by_key(connection, message.guid)
    attempts = tuple(outbox.attempts(connection, message.guid))
    return [
        Journey(
            message,
            unit,
            key,
            rows[key]["#ref"] or "",
            rows[key]["#change"] or "",
            Personal(
                {
                    name: value
                    for name, value in rows[key].items()
                    if not name.startswith("#") and value
                }
            ),
            Personal(records[key]),
            *quality_notes.of_record(connection, message.lane, key),
            attempts,
            refused.get(key),
        )
        for key in keys
        if key in rows
    ]


def _cells(node: etree._Element) -> dict[str, str]:
    return {etree.QName(cell).localname: cell.text or "" for cell in node}
