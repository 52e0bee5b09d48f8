"""xls by its records: the older edition, results of formulas, chains that lead astray."""

import struct

import pytest

from adapters.formats import FormatError
from tests.support.workbooks import compound, outcome, record

BOF, EOF = 0x0809, 0x000A
#: Notes that Excel has calculated the workbook.
CALCULATED = record(0x01C1, bytes(8))


def book(cells: bytes, head: bytes = b"", version: int = 0x0600, name: bytes = b"\0s") -> bytes:
    """Return a workbook stream with one sheet and a cell format that is General."""
    start = record(BOF, struct.pack("<HHHHII", version, 5, 0, 1997, 0, 6)) + head
    formats = record(0x00E0, bytes(20))
    bound = 8 + 4 + len(name)
    place = len(start) + len(formats) + bound - 1 + 4
    sheet = struct.pack("<IBBB", place, 0, 0, 1) + name
    globals_ = start + formats + record(0x0085, sheet) + record(EOF)
    assert len(globals_) == place, (len(globals_), place)
    return (
        globals_
        + record(BOF, struct.pack("<HHHHII", version, 16, 0, 1997, 0, 6))
        + cells
        + record(EOF)
    )


def label(row: int, column: int, text: bytes) -> bytes:
    """Return a text cell of the older edition."""
    return record(0x0204, struct.pack("<HHHH", row, column, 0, len(text)) + text)


def formula(row: int, result: bytes, flags: int = 0) -> bytes:
    return record(
        0x0006, struct.pack("<HHH", row, 0, 0) + result + struct.pack("<HIH", flags, 0, 0)
    )


def number(value: float) -> bytes:
    return struct.pack("<d", value)


HEAD8 = record(0x0204, struct.pack("<HHHHB", 0, 0, 0, 1, 0) + b"a")


def test_excel_95_is_read_in_its_code_page() -> None:
    cells = (
        label(0, 0, "名称".encode("gbk"))
        + label(1, 0, "惠州示例公司".encode("gbk"))
        + label(2, 0, b"\xff\xff")
    )
    data = compound({"Book": book(cells, record(0x0042, struct.pack("<H", 936)), 0x0500, b"s")})

    rows, faults, *_ = outcome(data)

    assert rows[2] == ("惠州示例公司",)
    assert {row: rule for row, (rule, _) in faults.items()} == {3: "format.cell"}


def test_a_code_page_that_nobody_knows_refuses_the_workbook() -> None:
    data = compound(
        {"Book": book(label(0, 0, b"a"), record(0x0042, struct.pack("<H", 4711)), 0x0500, b"s")}
    )

    with pytest.raises(FormatError, match="4711"):
        outcome(data)


def test_results_of_formulas_by_their_kind() -> None:
    text = record(0x0207, struct.pack("<HB", 2, 0) + b"xy")
    cells = HEAD8 + b"".join(
        [
            formula(1, number(2.5)),
            formula(2, number(0)),
            formula(3, b"\0" * 6 + b"\xff\xff") + text,
            formula(4, b"\1\0\1\0\0\0\xff\xff"),
            formula(5, b"\2\0\x07\0\0\0\xff\xff"),
            formula(6, b"\0" * 6 + b"\xff\xff"),
            formula(7, number(0), flags=2),
        ]
    )

    rows, faults, blank, _ = outcome(compound({"Workbook": book(cells, CALCULATED)}))
    _, stale, *_ = outcome(compound({"Workbook": book(cells)}))

    assert [rows[n][0] for n in (2, 3, 4, 5)] == ["2.5", "0", "xy", "TRUE"]
    assert {row: rule for row, (rule, _) in faults.items()} == {
        6: "format.cell_error",
        7: "format.formula",
        8: "format.formula",
    }
    assert blank == 0
    assert sorted(stale) == [3, 6, 7, 8]


@pytest.mark.parametrize(
    ("rk", "text"),
    [
        (5 << 2 | 2, "5"),
        (0xFFFFFFFE, "-1"),
        (12345 << 2 | 3, "123.45"),
        (1 << 2 | 3, "0.01"),
        (struct.unpack("<I", struct.pack("<d", 1.5)[4:])[0], "1.5"),
        (struct.unpack("<I", struct.pack("<d", 150.0)[4:])[0] | 1, "1.5"),
    ],
)
def test_numbers_in_thirty_bits_are_exact(rk: int, text: str) -> None:
    cells = HEAD8 + record(0x027E, struct.pack("<HHHI", 1, 0, 0, rk))

    assert outcome(compound({"Workbook": book(cells)}))[0] == {2: (text,)}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e15, -1e300])
def test_a_number_that_a_workbook_cannot_show_refuses_its_row(value: float) -> None:
    cells = HEAD8 + record(0x0203, struct.pack("<HHH", 1, 0, 0) + number(value))

    assert 2 in outcome(compound({"Workbook": book(cells)}))[1]


def test_rows_out_of_order_and_cells_twice_are_not_put_right() -> None:
    cell = struct.pack("<HHHI", 2, 0, 0, 6)
    twice = HEAD8 + record(0x027E, cell) * 2
    back = HEAD8 + record(0x027E, cell) + record(0x027E, struct.pack("<HHHI", 1, 0, 0, 6))

    assert outcome(compound({"Workbook": book(twice)}))[1][3][0] == "format.cell"
    with pytest.raises(FormatError):
        outcome(compound({"Workbook": book(back)}))


def test_a_chain_of_sectors_that_runs_in_a_circle_ends() -> None:
    data = bytearray(compound({"Workbook": book(HEAD8)}))
    struct.pack_into("<I", data, 512 + 4 * 3, 2)

    with pytest.raises(FormatError):
        outcome(bytes(data))


def test_strings_that_are_claimed_and_not_there_allocate_nothing() -> None:
    claim = record(0x00FC, struct.pack("<II", 4_000_000, 4_000_000))

    with pytest.raises(FormatError):
        outcome(compound({"Workbook": book(HEAD8, claim)}))


def test_an_object_within_a_sheet_and_a_stream_within_a_storage_are_left_alone() -> None:
    chart = (
        record(BOF, struct.pack("<HHHHII", 0x0600, 0x20, 0, 1997, 0, 6))
        + record(0x0203, struct.pack("<HHH", 5, 0, 0) + number(9))
        + record(EOF)
    )
    cells = HEAD8 + record(0x0203, struct.pack("<HHH", 1, 0, 0) + number(5)) + chart

    assert outcome(compound({"Workbook": book(cells)}))[0] == {2: ("5",)}


@pytest.mark.parametrize("kind", [0x02, 0x03, 0x04, 0x05, 0x0206, 0x0406])
def test_cells_of_older_editions_are_not_passed_over(kind: int) -> None:
    older = record(kind, struct.pack("<HHHd", 1, 0, 0, 5.0))

    with pytest.raises(FormatError) as error:
        outcome(compound({"Workbook": book(HEAD8 + older, CALCULATED)}))

    assert (error.value.rule, "Excel 4" in error.value.zh) == ("format.workbook", True)
