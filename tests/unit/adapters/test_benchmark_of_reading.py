"""The benchmark of readers runs: each contender reads every row of each kind of file."""

from pathlib import Path

import pytest

from tests.benchmarks.reading import SETTINGS, write
from tests.benchmarks.reading_files import WRITERS
from tests.benchmarks.reading_today import PEERS, by_reader, directly

ROWS = 50


@pytest.mark.parametrize("kind", WRITERS)
def test_contenders_read_all_rows(kind: str, tmp_path: Path) -> None:
    path = write(kind, ROWS, tmp_path)
    name, settings = SETTINGS[kind]

    assert by_reader(name, path, settings) == ROWS
    assert directly(name, path, settings) == ROWS
    if kind in PEERS:
        assert PEERS[kind][1](path) == ROWS
