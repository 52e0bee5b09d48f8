"""Rows of the planted person, kept in a gateway's store."""

from datetime import UTC, datetime

from sqlalchemy import Engine, insert

from gateway.exchange import feed_store as exchange
from gateway.exchange import quality_notes, refusal_store
from gateway.exchange.refusal_store import Fault, Refused
from gateway.exchange.tables import unit
from gateway.submissions import store as submissions
from gateway.text import Text
from outbox import writing
from tests.support import planted

NOW = datetime(2026, 11, 28, 4, tzinfo=UTC)


def filled(engine: Engine) -> None:
    """Keep a submission, a refused row and a changed value of the planted person."""
    with writing(engine) as connection:
        state = exchange.feed_state(connection, planted.FEED)
        [unit_id] = connection.execute(
            insert(unit).values(
                feed_id=state.id,
                name="a.csv",
                state="open",
                replaced=False,
                rows=1,
                refused=1,
                unchanged=0,
                superseded=0,
                packed=0,
                accepted=0,
                turned_down=0,
                started_at=NOW,
                acknowledge_tries=0,
            )
        ).inserted_primary_key
        row = planted.row("示例罚〔2026〕1号")
        fault = Fault("SubjectIdNumber", "x", Text("错", "wrong"))
        refusal_store.open_refusals(
            connection, state.id, unit_id, [Refused("a.csv#1", "1", row, (fault,))], NOW
        )
        changed = {
            "key": "0" * 32,
            "ref": "1",
            "field": "SubjectIdNumber",
            "rule": "half_width",
            "received": planted.NAME,
            "kept": planted.ID_NUMBER,
        }
        quality_notes.keep(connection, state.id, unit_id, [changed], [])
        submissions.take(connection, planted.FEED, [dict(row)], "one", NOW)
