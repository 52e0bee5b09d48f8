"""A small file that once ended the gateway, or kept it busy for minutes."""

import time
from collections.abc import Iterator

import pytest

from adapters.formats import FormatError
from adapters.reader import pool as pools
from adapters.reader.client import ReaderLimits
from adapters.reader.files import FileRequest, read_bytes
from gateway.mapping import MappingError
from gateway.mapping.load import read_mapping
from tests.support.places import CASES

#: What such a file may use; they took gigabytes, and minutes.
LITTLE = ReaderLimits(memory_mb=600, processor_seconds=10)
#: One reader for all of them.
pytestmark = pytest.mark.xdist_group("attacks_files")


@pytest.fixture(scope="module", autouse=True)
def little() -> Iterator[None]:
    pools.configure(LITTLE)
    yield
    pools.configure(ReaderLimits())


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("trust-01-a-small-workbook-that-claims-much/last-cell.xlsx", "spreadsheet"),
        ("trust-01-a-small-workbook-that-claims-much/wide-and-deep.xlsx", "spreadsheet"),
        ("trust-02-a-number-without-end/long.json", "json"),
        ("trust-17-merges/merges.xlsx", "spreadsheet"),
        ("trust-17-thousands-of-columns/4001.csv", "delimited"),
    ],
)
def test_a_small_file_that_claims_much_is_refused_and_the_next_is_read(
    file: str, kind: str
) -> None:
    start = time.monotonic()
    try:
        chunks = list(read_bytes((CASES / file).read_bytes(), FileRequest(kind)))
    except FormatError as refused:
        said = [str(refused)]
    else:
        said = [str(fault) for chunk in chunks for fault in chunk.faults]
    settings = {"encoding": "utf-8"}
    after = list(read_bytes(b"a,b\n1,2\n", FileRequest("delimited", settings)))

    assert said
    assert time.monotonic() - start < 20
    assert after[0].rows.rows() == [("1", "2")]


def test_a_mapping_of_aliases_without_end_is_refused_before_it_takes_memory() -> None:
    aliases = "".join(f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 50)}]\n" for n in range(1, 300))
    start = time.monotonic()

    with pytest.raises(MappingError):
        read_mapping(f"k0: &k0 [x]\n{aliases}", "hostile.yaml")

    assert time.monotonic() - start < 5
