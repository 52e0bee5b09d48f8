"""What the formats share in which a row names its own columns: XML, JSON, JSON lines."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

from adapters import RowFault
from adapters.formats import Chunk, FormatError, check_headings, text_frame

#: A row as it was read: its number, its cells by column, and what is wrong with it, if anything is.
Record = tuple[int, dict[str, str], RowFault | None]


def chunks(
    records: Iterable[Record], columns: Sequence[str], size: int, after: int
) -> Iterator[Chunk]:
    """Put records into chunks of up to `size`, those after a row number.

    The columns are those given, else those of the first row. A later row that has another one is
    at fault: nothing of it is dropped unsaid. Raises FormatError when there is no row and no
    column was given.
    """
    source = iter(records)
    header = list(columns)
    if not header:
        first = next(source, None)
        if first is None:
            raise FormatError("format.empty", "文件中没有数据行", "the file has no rows")
        header = list(first[1])
        source = chain([first], source)
    check_headings(header)
    wanted = set(header)
    rest = (record for record in source if record[0] > after)
    while part := list(islice(rest, size)):
        faults = [
            replace(fault or _unknown(cells.keys() - wanted), row=place)
            for place, (_, cells, fault) in enumerate(part)
            if fault is not None or not cells.keys() <= wanted
        ]
        rows = [[cells.get(name, "") for name in header] for _, cells, _ in part]
        yield Chunk(text_frame(header, rows), [number for number, _, _ in part], tuple(faults))


def broken(zh: str, en: str) -> RowFault:
    """Say what is wrong with a row; its place is filled in with its chunk."""
    return RowFault(0, "format.row", zh, en)


def _unknown(names: Iterable[str]) -> RowFault:
    said = "、".join(sorted(names))
    return broken(f"本行多出首行没有的栏：{said}", f"this row has columns that the first has not: {said}")  # fmt: skip
