"""Submissions in the gateway's own store. All their SQL is here.

Every function takes the caller's connection.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import randbits
from typing import Any

import zstandard
from sqlalchemy import Connection, and_, func, insert, literal_column, select, update

from gateway.clock import utc_now
from gateway.errors import GatewayError
from gateway.generations import store as generations
from gateway.submissions import receipts
from gateway.submissions.tables import submission
from gateway.text import Text, doors
from gateway.text import submissions as texts
from outbox import remove_some, seal_of
from outbox.resealing import Place, seal_column_anew

Row = dict[str, str | None]
#: In which place a submission's rows are sealed, beside its receipt number.
_COLUMN = "submission.content"
#: State, and verdict, of a submission for which a person is to decide.
SET_ASIDE = "set aside"
#: How long after a restore a number that tells nothing may be a lost one: as long as the rows that
#: were answered are kept, unless the settings say otherwise. After it nobody asks for one that is
#: unsettled.
EARLIER_FORM_LOST = timedelta(days=90)
#: That a submission waits, in the words of the index of those.
_WAITS = submission.c.state == literal_column("'waiting'")


class SubmissionRefusedError(GatewayError):
    """A submission cannot be taken as a whole; `status` is HTTP's for it."""

    def __init__(self, status: int, zh: str, en: str) -> None:
        self.status = status
        super().__init__(zh, en)


class ReceiptLostError(SubmissionRefusedError):
    """A receipt number was given before the store was restored, and the store does not know it."""

    def __init__(self, feed: str, receipt: str, since: generations.Restore) -> None:
        self.feed = feed
        self.receipt = receipt
        text = doors.receipt_lost(receipt, since.at)
        super().__init__(410, text.zh, text.en)


@dataclass(frozen=True, slots=True)
class Submission:
    """One submission: its number in order, its receipt number, how far it is."""

    number: int
    receipt: str
    feed: str
    rows: int
    received_at: datetime
    state: str


def take(
    connection: Connection,
    feed: str,
    rows: list[Row],
    given_id: str,
    now: datetime,
    place: int | None = None,
) -> Submission:
    """Store a submission and return it, with its receipt number; for a repeat, the one before.

    Submissions of a feed are taken one at a time, so that their numbers are in the order in which
    their senders are answered 202. `place` is the feed's newest unit, for rows mended by hand.
    Raises SubmissionRefusedError where the sender's id came with other rows before.
    """
    content = json.dumps(rows, ensure_ascii=False).encode()
    digest = hashlib.sha256(content).hexdigest()
    this = generations.identity_of(connection)
    rows_digest = receipts.fingerprint(this.guid, feed, digest)
    receipt = _new_number(connection, this, rows_digest, now)
    _in_turn(connection, feed)
    if given_id:
        query = select(submission).where(
            submission.c.feed == feed, submission.c.given_id == given_id
        )
        earlier = connection.execute(query).one_or_none()
        if earlier is not None:
            if earlier.digest != digest:
                text = texts.id_used_before(given_id)
                raise SubmissionRefusedError(409, text.zh, text.en)
            return _submission(earlier)
    seal = seal_of(connection)
    connection.execute(
        insert(submission).values(
            receipt=receipt,
            feed=feed,
            given_id=given_id or receipt,
            digest=digest,
            rows=len(rows),
            content=seal.close(zstandard.compress(content), receipt, _COLUMN),
            key_id=seal.current,
            received_at=now,
            state="waiting",
            place=place,
        )
    )
    if this.generation > 1:
        generations.note_posted_again(connection, feed, rows_digest, receipt)
    return find(connection, feed, receipt)


def _in_turn(connection: Connection, feed: str) -> None:
    """Wait until no other transaction takes a submission of a feed.

    SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        key = int.from_bytes(
            hashlib.sha256(f"submission {feed}".encode()).digest()[:8], signed=True
        )
        connection.execute(select(func.pg_advisory_xact_lock(key)))


def _new_number(
    connection: Connection, this: generations.Identity, rows_digest: str, now: datetime
) -> str:
    """Return a receipt number that nobody has yet."""
    while True:
        receipt = receipts.receipt_number(
            this.store, this.generation, now, rows_digest, randbits(22)
        )
        same = select(submission.c.number).where(submission.c.receipt == receipt)
        if connection.execute(same).one_or_none() is None:
            return receipt


def find(
    connection: Connection, feed: str, receipt: str, now: datetime | None = None
) -> Submission:
    """Return one submission of a feed; raises SubmissionRefusedError where there is none.

    Raises ReceiptLostError where the number was given before the store was restored.
    """
    query = select(submission).where(submission.c.feed == feed, submission.c.receipt == receipt)
    # PostgreSQL takes no text with a NUL in it, not even to look for.
    row = connection.execute(query).one_or_none() if receipt.isprintable() else None
    if row is not None:
        return _submission(row)
    if (since := _lost_since(connection, receipt, now or utc_now())) is not None:
        raise ReceiptLostError(feed, receipt, since)
    text = doors.no_receipt(receipt)
    raise SubmissionRefusedError(404, text.zh, text.en)


def _lost_since(connection: Connection, receipt: str, now: datetime) -> generations.Restore | None:
    """Return the restore before which an unknown number was given; None where it never was.

    One of before the backup was known then: its submission is answered, and its time was over.
    """
    last = generations.latest(connection)
    if last is None:
        return None
    number = receipts.read_number(receipt)
    if number is None:
        is_lost = receipts.is_earlier_form(receipt) and _earlier_form_lost(connection, now)
        return last if is_lost else None
    this = generations.identity_of(connection)
    if number.store != this.store:
        return None
    # A generation's number may come twice, where the store was put back to before an earlier
    # restore.
    current = number.generation == this.generation % receipts.GENERATIONS
    if current and number.at >= last.at - receipts.MINUTE:
        return None
    known_then = last.as_of is not None and number.at < last.as_of - generations.CLOCKS
    return None if known_then else last


def _earlier_form_lost(connection: Connection, now: datetime) -> bool:
    """Whether numbers that tell nothing can have been lost by a restore: given since the backup.

    They were given last before the store's tables were brought to this form, so a backup with
    numbers of today's that were given before any restore has them all.
    """
    first = generations.first_restored_at(connection)
    if first is None or now - first > EARLIER_FORM_LOST:
        return False
    query = select(submission.c.receipt).where(submission.c.received_at <= first)
    newest = query.order_by(submission.c.number.desc()).limit(1)
    receipt = connection.execute(newest).scalar_one_or_none()
    number = None if receipt is None else receipts.read_number(receipt)
    return number is None or number.generation != 1


def note_lost(connection: Connection, error: ReceiptLostError, now: datetime) -> None:
    """Note that a lost receipt was asked for.

    If its rows were posted again, the number that they got is noted with it.

    Asked for once more it changes nothing, nor where as many are noted as may be.
    """
    if generations.is_noted(connection, error.feed, error.receipt):
        return
    # Whoever posts them now either sees this note, or is seen here.
    _in_turn(connection, error.feed)
    number = receipts.read_number(error.receipt)
    if number is None:
        generations.note_lost(connection, error.feed, error.receipt, "", None, now)
        return
    guid = generations.identity_of(connection).guid
    last = generations.latest(connection)
    since = last.at if last is not None else now
    query = select(submission.c.receipt, submission.c.digest).where(
        submission.c.feed == error.feed, submission.c.received_at >= since
    )
    posted_again = next(
        (
            row.receipt
            for row in connection.execute(query)
            if receipts.fingerprint(guid, error.feed, row.digest) == number.fingerprint
        ),
        None,
    )
    generations.note_lost(
        connection, error.feed, error.receipt, number.fingerprint, posted_again, now
    )


def waiting(connection: Connection, feed: str, number: int, limit: int) -> list[Submission]:
    """Return submissions that are not in the gateway yet, after a number, in order."""
    query = select(submission).where(
        submission.c.feed == feed, _WAITS, submission.c.number > number
    )
    rows = connection.execute(query.order_by(submission.c.number).limit(limit))
    return [_submission(row) for row in rows]


def latest(connection: Connection, feed: str, limit: int) -> list[Submission]:
    """Return a feed's newest submissions, the newest first."""
    query = select(submission).where(submission.c.feed == feed).order_by(submission.c.number.desc())
    return [_submission(row) for row in connection.execute(query.limit(limit))]


def rows_of(connection: Connection, receipt: str) -> list[Row]:
    """Return a submission's rows; raise DecryptionError where the key of their seal is missing."""
    query = select(submission.c.content, submission.c.key_id)
    row = connection.execute(query.where(submission.c.receipt == receipt)).one()
    data = seal_of(connection).open(row.content, receipt, _COLUMN, row.key_id)
    rows: list[Row] = json.loads(zstandard.decompress(data))
    return rows


def seal_anew(connection: Connection, limit: int) -> int:
    """Seal up to `limit` submissions anew that are not under the current key; return how many.

    Raises DecryptionError.
    """

    def place(row: Any) -> Place:
        return row.receipt, _COLUMN

    return seal_column_anew(connection, submission.c.content, submission.c.key_id, place, limit)


def mark_kept(connection: Connection, receipt: str) -> None:
    """Note that a submission is in the gateway."""
    connection.execute(
        update(submission)
        .where(submission.c.receipt == receipt, submission.c.state == "waiting")
        .values(state="kept")
    )


def set_aside(connection: Connection, receipt: str, rule: str, reason: Text) -> None:
    """Note that a submission is set aside, with a verdict on the whole of it that says why."""
    verdict = {
        "ref": "",
        "verdict": SET_ASIDE,
        "field": "",
        "rule": rule,
        "zh": reason.zh,
        "en": reason.en,
    }
    _end(connection, receipt, "aside", [verdict])


def wait_again(connection: Connection, receipt: str) -> None:
    """Let a submission that is set aside be fetched once more."""
    set_aside_row = (submission.c.receipt == receipt) & (submission.c.state == "aside")
    connection.execute(
        update(submission).where(set_aside_row).values(state="waiting", verdicts=None)
    )


def place_of(connection: Connection, receipt: str) -> int | None:
    """Return the feed's newest unit when mended rows came, None where they are none."""
    query = select(submission.c.place).where(submission.c.receipt == receipt)
    return connection.execute(query).scalar_one_or_none()


def waiting_counts(connection: Connection) -> dict[str, int]:
    """Return by feed how many submissions are not in the gateway yet, and not set aside."""
    query = select(submission.c.feed, func.count()).where(_WAITS)
    return {row[0]: int(row[1]) for row in connection.execute(query.group_by(submission.c.feed))}


def answer(connection: Connection, receipt: str, verdicts: list[dict[str, Any]]) -> None:
    """Keep the verdicts of a submission."""
    _end(connection, receipt, "answered", verdicts)


def _end(connection: Connection, receipt: str, state: str, verdicts: list[dict[str, Any]]) -> None:
    data = zstandard.compress(json.dumps(verdicts, ensure_ascii=False).encode())
    connection.execute(
        update(submission).where(submission.c.receipt == receipt).values(state=state, verdicts=data)
    )


def answered(
    connection: Connection, feed: str, receipt: str, now: datetime | None = None
) -> tuple[Submission, list[dict[str, Any]]]:
    """Return a submission of a feed with its verdicts, none before it is answered.

    Raises what `find` raises.
    """
    submission_found = find(connection, feed, receipt, now)
    query = select(submission.c.verdicts).where(submission.c.receipt == receipt)
    data = connection.execute(query).scalar_one()
    return submission_found, [] if data is None else json.loads(zstandard.decompress(data))


def purge_before(connection: Connection, moment: datetime, limit: int) -> int:
    """Remove up to `limit` answered submissions from before a moment; return how many."""
    over = and_(submission.c.state == "answered", submission.c.received_at < moment)
    return remove_some(connection, submission, over, limit)


def _submission(row: Any) -> Submission:
    state = SET_ASIDE if row.state == "aside" else row.state
    return Submission(row.number, row.receipt, row.feed, row.rows, row.received_at, state)
