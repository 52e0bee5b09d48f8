"""The gateway's own store: never begun anew where one was, never worked on when it is damaged."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.store.open import StoreDamagedError, check_store, open_store
from outbox import writing


def made(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    engine = open_store(url)
    with writing(engine) as connection:
        for number in range(300):
            connection.execute(
                text(
                    "INSERT INTO event (at, level, name, feed, zh, en) VALUES ('2026-04-01', "
                    "'info', 'x', '', :t, '')"
                ),
                {"t": f"{number}" * 200},
            )
    engine.dispose()
    return url


def test_a_store_opens_again_and_without_its_mark_too(tmp_path: Path) -> None:
    url = made(tmp_path)
    (tmp_path / "gateway.db.id").unlink()

    for _ in range(2):
        engine = open_store(url)
        check_store(engine)
        engine.dispose()

    assert (tmp_path / "gateway.db.id").exists()


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"not a database at all " * 1000),
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        lambda path: path.write_bytes(
            path.read_bytes()[:16_384] + b"\xff" * 65_536 + path.read_bytes()[81_920:]
        ),
    ],
    ids=["removed", "emptied", "replaced", "cut", "overwritten"],
)
def test_a_damaged_store_is_refused_with_what_to_do(
    tmp_path: Path, harm: Callable[[Path], object]
) -> None:
    url = made(tmp_path)
    path = tmp_path / "gateway.db"
    harm(path)

    with pytest.raises(StoreDamagedError, match="backup"):
        check_store(open_store(url))


def test_another_store_in_its_place_is_refused(tmp_path: Path) -> None:
    url = made(tmp_path)
    (tmp_path / "other").mkdir()
    made(tmp_path / "other")
    (tmp_path / "gateway.db").write_bytes((tmp_path / "other" / "gateway.db").read_bytes())

    with pytest.raises(StoreDamagedError, match="another store"):
        open_store(url)
