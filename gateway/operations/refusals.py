"""What people do to refused rows: give them again, mended."""

from datetime import datetime

from sqlalchemy import Connection

from gateway import audit
from gateway.exchange import taking
from gateway.submissions import store as submissions
from gateway.submissions.store import Row


def submit_mended(
    connection: Connection,
    feed: str,
    rows: list[Row],
    person: str,
    now: datetime,
    given_id: str = "",
) -> str:
    """Take mended rows, to go the line with the feed's next fetch; return the receipt number.

    Raises SubmissionRefusedError where the sender's id came with other rows before.
    """
    place = taking.newest(connection, feed)
    submission = submissions.take(connection, feed, rows, given_id, now, place)
    audit.append(
        connection,
        now,
        person,
        "refusals.mended",
        feed,
        f"{submission.receipt}: {submission.rows} rows",
    )
    return submission.receipt
