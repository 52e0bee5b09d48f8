"""Versions of a record pushed around a restore: what the store knows travels once."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.exchange.restore_watch import mark_as_copy, open_run
from gateway.store.open import open_store
from gateway.submissions import store as submissions
from gateway.submissions.store import ReceiptLostError
from tests.support.clock import NOW
from tests.support.line import fetch, sound_rows
from tests.support.record_versions import (
    FEED,
    LICENCE,
    counts,
    push_feed,
    sent,
    submit,
    version,
)
from tests.support.restoring import put_store_back

RECORD, OTHER = sound_rows(LICENCE, 2)
V1, V2, V3 = (version(RECORD, f"v{number}") for number in range(1, 4))


class Pushed:
    """A feed by submissions over a store that is put back to its backup; nothing is delivered."""

    def __init__(self, folder: Path) -> None:
        self.engine = open_store(f"sqlite:///{folder / 'gateway.db'}")
        self._copy = folder / "copy.db"
        open_run(self.engine, [FEED], NOW)

    def back_up(self) -> None:
        path = self.engine.url.database or ""
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(self._copy)) as copy:
            source.backup(copy)
            mark_as_copy(copy, NOW)

    def put_back(self) -> None:
        self.engine = put_store_back(self.engine, self._copy)

    def fetch(self) -> None:
        fetch(self.engine, push_feed(self.engine))

    def gone(self, receipts: list[str]) -> dict[str, str]:
        """Return what is said of those receipts that are gone."""
        texts = {}
        for receipt in receipts:
            try:
                with self.engine.connect() as connection:
                    submissions.find(connection, FEED, receipt, NOW)
            except ReceiptLostError as error:
                texts[receipt] = str(error)
        return texts


@pytest.fixture
def pushed(tmp_path: Path) -> Iterator[Pushed]:
    made = Pushed(tmp_path)
    yield made
    made.engine.dispose()


@pytest.mark.parametrize("fetched", ["before the backup", "after the restore"])
def test_what_the_backup_has_is_not_gone_and_travels_once(pushed: Pushed, fetched: str) -> None:
    known = [submit(pushed.engine, [V1]), submit(pushed.engine, [V2])]
    if fetched == "before the backup":
        pushed.fetch()
    pushed.back_up()
    lost = submit(pushed.engine, [V3])
    pushed.fetch()
    pushed.put_back()

    gone = pushed.gone([*known, lost])
    again = submit(pushed.engine, [V3])
    pushed.fetch()

    assert list(gone) == [lost]
    assert pushed.gone([*known, again]) == {}
    assert sent(pushed.engine) == ["v1", "v2", "v3"]
    assert counts(pushed.engine) == (3, 3, 0, 0)


def test_a_sender_who_learns_late_posts_in_order_once_more_and_what_is_no_news_does_not_travel(
    pushed: Pushed,
) -> None:
    submit(pushed.engine, [V1])
    pushed.fetch()
    pushed.back_up()
    lost = submit(pushed.engine, [V2])
    pushed.put_back()
    # It corrects what it believes to be there, and asks after that.
    submit(pushed.engine, [V3, OTHER])

    said = pushed.gone([lost])[lost]
    submit(pushed.engine, [V2])
    submit(pushed.engine, [V3, OTHER])
    pushed.fetch()

    assert "以最后提交的为准" in said
    assert "under a new id, what was posted since the restore" in said
    # The last one stands; the other record is the same, and known.
    assert sent(pushed.engine) == ["v1", "v3", OTHER["XK_NR"], "v2", "v3"]
    assert counts(pushed.engine) == (6, 5, 1, 0)
