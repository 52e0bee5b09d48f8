"""Inputs made to take long are read or refused soon, or ended by the reader's limit."""

import tempfile
from collections.abc import Iterator

import pytest

from adapters.formats import FormatError
from adapters.reader.client import Reader, ReaderLimits
from tests.fuzz.bombs import BOMBS

#: Seconds of processor time for one input, ten times and more what each takes; megabytes.
_SECONDS, _MEGABYTES = 5, 600


@pytest.fixture(scope="module")
def readers() -> Iterator[list[Reader]]:
    """Keep one reader for all inputs; one that has ended is not used again."""
    kept: list[Reader] = []
    yield kept
    for reader in kept:
        reader.end()


@pytest.mark.parametrize("name", BOMBS)
def test_what_is_made_to_take_long_is_read_or_refused_soon(
    name: str, readers: list[Reader]
) -> None:
    bomb = BOMBS[name]
    if not readers or not readers[-1].alive:
        readers.append(Reader(ReaderLimits(memory_mb=_MEGABYTES, processor_seconds=_SECONDS)))
    params = {
        "format": bomb.format,
        "settings": bomb.settings,
        "packed": "",
        "max_bytes": 100_000_000,
        "size": 1000,
        "after": 0,
    }
    accounted = 0

    with tempfile.TemporaryFile() as stream:
        stream.write(bomb.make(bomb.size))
        stream.flush()
        try:
            messages = [*readers[-1].run("file", params, [stream])]
        except FormatError as error:
            assert error.rule != "format.unforeseen"  # noqa: PT017
            return

    for message in messages:
        head = message.head
        accounted += sum(count for _, count in head.get("numbers", ()))
        accounted += sum(head.get(kind, 0) for kind in ("blank", "left_out", "deleted"))
    assert messages[-1].head["records"] == accounted
