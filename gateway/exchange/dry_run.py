"""A dry run: what the next fetch would send. Nothing is stored or sent. A shell."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4
from xml.sax.saxutils import escape, unescape

import zstandard
from sqlalchemy import Engine

from adapters import BadUnit, Batch, Opening, Remark
from gateway.clock import local_day
from gateway.exchange import feed_store
from gateway.exchange.batch_plan import prepare
from gateway.exchange.feed import Feed
from gateway.exchange.pipeline import COLUMNS_RULE, check, missing_columns, row_faults
from gateway.exchange.turned_down import with_turned_down
from gateway.masking import Personal, Warrant, masked, masked_text, unmasked_for_masking
from gateway.protocol.header import Header
from gateway.standard import Kind
from gateway.standard.disclosure import record_mask
from gateway.text import Text

#: Records that are shown, and complaints that are listed; all rows are counted.
RECORDS_SHOWN = 20
LISTED = 1000
#: A record's line in a package.
_ELEMENT = re.compile(r"^<c:.*$", re.MULTILINE)
_CELL = re.compile(r"<c:(\w+)>([^<]*)</c:\1>")


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something that would be refused: unit, row, field, rule, reason.

    The row is empty where the whole unit is meant.
    """

    unit: str
    ref: str
    field: str
    rule: str
    text: Text


@dataclass(slots=True)
class Rehearsal:
    """What the next fetch would do, up to a number of rows."""

    rows: int = 0
    #: Rows by what would become of them: packed (they travel), unchanged, superseded, refused.
    counts: Counter[str] = field(default_factory=Counter)
    complaints: list[Complaint] = field(default_factory=list)
    remarks: list[Text] = field(default_factory=list)
    #: The first records that would travel, as XML.
    records: list[Personal[str]] = field(default_factory=list)
    #: Masks records as they are shown to who may only look.
    kind: Kind | None = None
    #: The source has more rows than were looked at.
    more: bool = False


def rehearse(
    engine: Engine, feed: Feed, now: datetime, rows: int, version: str | None = None
) -> Rehearsal:
    """Return what about `rows` rows would come to, from where the feed stands; nothing is stored.

    `version` is the standard's that travels. The feed's adapter must be made from harmless
    settings. Rows that repeat a record within this run are judged batch by batch, as those before
    them are not kept. Raises adapters.AdapterError.
    """
    rehearsal = Rehearsal()
    with engine.connect() as connection:
        state = feed_store.peek(connection, feed.name)
    for item in feed.adapter.fetch(state.cursor if state else ""):
        if rehearsal.rows >= rows:
            rehearsal.more = True
            break
        if isinstance(item, Opening):
            continue
        if isinstance(item, Remark):
            rehearsal.remarks.append(masked(Text(item.zh, item.en)))
        elif isinstance(item, BadUnit):
            rehearsal.complaints.append(
                Complaint(item.unit, "", "", item.rule, masked(Text(item.zh, item.en)))
            )
        elif item.rows.width:
            _look(engine, feed, state.id if state else 0, item, now, version, rehearsal)
    return rehearsal


def _look(
    engine: Engine,
    feed: Feed,
    feed_id: int,
    batch: Batch,
    now: datetime,
    version: str | None,
    rehearsal: Rehearsal,
) -> None:
    mapping = feed.mapping
    if missing := missing_columns(batch.rows, mapping):
        rehearsal.complaints.append(Complaint(batch.unit, "", "", COLUMNS_RULE, missing))
        return
    checked = check(batch.rows, mapping, local_day(now), row_faults(batch.faults), version)
    with engine.connect() as connection:
        known_records = feed_store.known_records(connection, feed_id, checked.keys.unique())
        if mapping.change.mode == "full":
            checked = with_turned_down(connection, feed_id, checked, batch.rows, now)
    header = Header(
        guid="",
        department=mapping.department,
        feed=feed.name,
        kind=mapping.kind.name,
        version=version or mapping.kind.version,
        sequence=1,
        created_at=now,
        records=0,
    )
    prepared = prepare(batch, checked, known_records, mapping, 0, header, lambda: str(uuid4()))
    rehearsal.rows += batch.rows.height
    rehearsal.counts.update(prepared.counts)
    for refused in prepared.refused:
        rehearsal.complaints += [
            Complaint(
                batch.unit, masked_text(refused.ref), fault.field, fault.rule, masked(fault.text)
            )
            for fault in refused.faults
        ]
    rehearsal.complaints = rehearsal.complaints[:LISTED]
    for draft in prepared.drafts:
        if len(rehearsal.records) < RECORDS_SHOWN:
            package = zstandard.decompress(draft.payload).decode()
            lines = _ELEMENT.findall(package)[: RECORDS_SHOWN - len(rehearsal.records)]
            rehearsal.records += map(Personal, lines)
            rehearsal.kind = checked.kind


def masked_record(record: Personal[str], kind: Kind) -> str:
    """Return a record's line as it may be shown to who may only look."""
    line = unmasked_for_masking(record)
    row = {name: unescape(value) for name, value in _CELL.findall(line)}
    masked = record_mask(kind).row(Personal(row))
    return _CELL.sub(lambda cell: f"<c:{cell[1]}>{escape(masked[cell[1]])}</c:{cell[1]}>", line)


@dataclass(frozen=True, slots=True)
class RehearsalView:
    """What the next fetch would do, up to a number of rows; `masked` says whether records are."""

    rows: int
    counts: dict[str, int]
    complaints: list[Complaint]
    remarks: list[Text]
    records: list[str]
    more: bool
    masked: bool


def rehearsal_view(rehearsal: Rehearsal, warrant: Warrant | None) -> RehearsalView:
    """Return a dry run: its records whole to who has a warrant, masked to everybody else."""
    if warrant is not None:
        records = [record.reveal(warrant) for record in rehearsal.records]
    elif rehearsal.kind is not None:
        records = [masked_record(record, rehearsal.kind) for record in rehearsal.records]
    else:
        records = []
    return RehearsalView(
        rehearsal.rows,
        dict(rehearsal.counts),
        rehearsal.complaints,
        rehearsal.remarks,
        records,
        rehearsal.more,
        masked=warrant is None,
    )
