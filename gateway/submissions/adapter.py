"""The adapter kind `push`: fetches what departments have submitted to the gateway itself."""

from collections.abc import Iterable, Iterator, Sequence

import polars as pl
from pydantic import Field
from sqlalchemy import Connection, Engine

from adapters import (
    BadUnit,
    Batch,
    Fetched,
    Opening,
    RowFault,
    Settings,
    SourceRefusedError,
    Step,
    Tally,
)
from adapters.submissions import EMPTY, is_empty
from adapters.text import submissions as messages
from gateway.settings.door_token import DoorToken
from gateway.submissions import store
from gateway.submissions.store_away import asking
from gateway.text import Text
from gateway.text import submissions as texts
from outbox import writing

#: Submissions looked up together.
_TOGETHER = 20
#: Most rows that any feed takes at once.
MOST_ROWS = 100_000


class PushSettings(Settings):
    """Who may submit, and how much at once."""

    bound_by = ()

    token: DoorToken = Field(description=str(texts.token()))
    max_rows: int = Field(
        default=10_000,
        ge=1,
        le=MOST_ROWS,
        description=str(texts.most_rows()),
    )
    columns: tuple[str, ...] = Field(
        default=(),
        description=str(texts.columns()),
    )


class PushAdapter:
    """Reads submissions in the order in which their senders were answered 202.

    What waits is told by the state of each, which changes in the transaction that keeps its rows.
    """

    Settings = PushSettings

    def __init__(self, settings: PushSettings) -> None:
        self.settings = settings
        self._feed = ""
        self._engine: Engine | None = None

    def use(self, engine: Engine, feed: str) -> None:
        """Take the gateway's store, in which submissions wait."""
        self._engine, self._feed = engine, feed

    def fetch(self, _cursor: str) -> Iterator[Fetched]:
        """Yield each submission as a unit of its own."""
        engine = self._store()
        for submission in waiting_ones(engine, self._feed):
            opening = Opening(submission.receipt)
            yield opening
            if opening.set_aside:
                yield BadUnit(submission.receipt, opening.rule, *opening.set_aside, "")
            elif not opening.passed_over:
                with asking(engine) as connection:
                    rows = store.rows_of(connection, submission.receipt)
                yield submission_batch(submission, rows, self.settings.columns)

    def keep(self, batch: Batch) -> None:
        """Nothing to do: the gateway marks a submission where it keeps its rows."""

    def owns(self, _unit: str) -> bool:
        """Whether a unit comes from the gateway's own store: every one does."""
        return True

    def keep_within(self, connection: Connection, unit: str) -> None:
        """Mark a submission as kept."""
        store.mark_kept(connection, unit)

    def refuse_within(self, connection: Connection, bad: BadUnit) -> None:
        """Mark a submission as set aside, with the reason."""
        store.set_aside(connection, bad.unit, bad.rule, Text(bad.zh, bad.en))

    def place_within(self, _connection: Connection, _unit: str) -> None:
        """Return no place: submissions are met in the order of their numbers."""

    def acknowledge(self, unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        """Keep the verdicts, for the department to ask for."""
        rows = [row for frame in verdicts for row in frame.drop("mark").iter_rows(named=True)]
        with writing(self._store()) as connection:
            store.answer(connection, unit, rows)

    def test(self) -> Iterator[Step]:
        """Yield one step that says what waits, and one that shows the first submission."""
        with asking(self._store()) as connection:
            submissions = store.waiting(connection, self._feed, 0, 1)
            rows = store.rows_of(connection, submissions[0].receipt) if submissions else []
        name = texts.submissions()
        yield Step(name.zh, name.en, ok=True, detail=f"/push/{self._feed}")
        if submissions:
            name = texts.sample_rows()
            yield Step(
                name.zh,
                name.en,
                ok=True,
                detail=submissions[0].receipt,
                sample=submission_batch(submissions[0], rows, self.settings.columns).rows,
            )

    def close(self) -> None:
        """Nothing to close: the store is the gateway's."""

    def _store(self) -> Engine:
        if self._engine is None:
            text = texts.only_within_the_gateway()
            raise SourceRefusedError(text.zh, text.en)
        return self._engine


def waiting_ones(engine: Engine, feed: str) -> Iterator[store.Submission]:
    """Yield a feed's submissions that wait, in the order of their numbers, each once."""
    number = 0
    while True:
        with asking(engine) as connection:
            page = store.waiting(connection, feed, number, _TOGETHER)
        if not page:
            return
        for submission in page:
            number = submission.number
            yield submission


def submission_batch(
    submission: store.Submission, rows: list[store.Row], columns: Sequence[str]
) -> Batch:
    """Return a submission's rows as a unit of its own, numbered from 1.

    Its columns are those named, if any are. A record without a value is refused by its verdict: its
    sender meant something by it.
    """
    frame = frame_of(rows, columns)
    numbers = [str(number) for number in range(1, len(rows) + 1)]
    return Batch(
        unit=submission.receipt,
        rows=frame,
        refs=pl.Series("ref", numbers, dtype=pl.String),
        cursor="",
        last=True,
        declared=submission.rows,
        tally=Tally(counted=submission.rows),
        faults=tuple(
            RowFault(place, EMPTY, *messages.empty_row())
            for place, row in enumerate(rows)
            if is_empty(row)
        ),
    )


def frame_of(rows: list[store.Row], columns: Sequence[str] = ()) -> pl.DataFrame:
    """Return submitted rows as text columns: those named, or all that any row has."""
    names = list(columns) or list(dict.fromkeys(name for row in rows for name in row))
    return pl.DataFrame(
        [pl.Series(name, [row.get(name) for row in rows], dtype=pl.String) for name in names]
    )
