"""Workbooks of other programs, taken apart, cut off, made to harm: only FormatError comes."""

import io
import struct
import time
import zipfile
from contextlib import suppress
from datetime import datetime
from random import Random
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.formats import FormatError
from adapters.formats.spreadsheet import Spreadsheet, SpreadsheetSettings
from tests.support.places import CASES
from tests.support.workbooks import MAIN, outcome, packed, parts, sheet_xml, strings_xml

HEAD = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
SHEET = sheet_xml(HEAD + '<row r="2"><c r="A2"><v>5</v></c></row>')
texts = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"
    ),
    max_size=40,
)
values = st.one_of(
    st.none(),
    st.booleans(),
    texts.filter(lambda t: not t.startswith("=") and not t.startswith("#")),
    st.integers(-(10**17), 10**17),
    st.floats(-1e14, 1e14),
    st.datetimes(datetime(1901, 1, 1), datetime(2099, 1, 1)).map(
        lambda d: d.replace(microsecond=0)
    ),
)
tables = st.lists(st.lists(values, min_size=3, max_size=3), max_size=12)


def right(value: Any) -> str | None:
    """Return what a cell must come back as; None where its row must be refused."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case datetime():
            return str(value).removesuffix(" 00:00:00")
        case str():
            return value
        case _ if abs(value) >= 10**15:
            return None
        case _:
            text = f"{value:f}" if isinstance(value, int) else f"{_decimal(value):f}"
            text = text.rstrip("0").rstrip(".") if "." in text else text
            return "0" if text in ("-0", "") else text


def _decimal(value: float) -> Any:
    from decimal import Decimal

    return Decimal(repr(value))


def held(data: bytes, rows: list[list[Any]]) -> None:
    """Raise AssertionError where a row that has text came out other than it went in."""
    read, faults, *_ = outcome(data, size=5)
    for number, row in enumerate(rows, start=2):
        wanted = [right(value) for value in row]
        if None in wanted:
            assert faults[number][0] == "format.precision"
        elif any(text.strip() for text in wanted if text):
            assert number not in faults, faults[number]
            assert list(read[number]) == wanted
        else:
            assert number not in read


@given(tables)
@settings(max_examples=40, deadline=None)
def test_what_openpyxl_writes_comes_back(rows: list[list[Any]]) -> None:
    book = openpyxl.Workbook()
    # It writes 16 digits of a number, which may be another's.
    rows = [[float(f"{v:.16g}") if isinstance(v, float) else v for v in row] for row in rows]
    for row in [["a", "b", "c"], *rows]:
        book.active.append(row)  # type: ignore[union-attr]
    data = io.BytesIO()
    book.save(data)

    held(data.getvalue(), rows)


@given(tables, st.booleans())
@settings(max_examples=40, deadline=None)
def test_what_xlsxwriter_writes_comes_back(rows: list[list[Any]], constant: bool) -> None:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"constant_memory": constant, "in_memory": True})
    day = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet = book.add_worksheet()
    for r, row in enumerate([["a", "b", "c"], *rows]):
        for c, value in enumerate(row):
            match value:
                case datetime():
                    sheet.write_datetime(r, c, value, day)
                case str():
                    sheet.write_string(r, c, value)
                case float():
                    # It writes 16 digits, which may be another number's.
                    rows[r - 1][c] = float(f"{value:.16G}")
                    sheet.write_number(r, c, value)
                case None:
                    pass
                case _:
                    sheet.write(r, c, value)
    book.close()

    held(data.getvalue(), rows)


@given(tables)
@settings(max_examples=40, deadline=None)
def test_what_xlwt_writes_comes_back(rows: list[list[Any]]) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("数据")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm:ss")
    for r, row in enumerate([["a", "b", "c"], *rows]):
        for c, value in enumerate(row):
            if isinstance(value, datetime):
                sheet.write(r, c, value, day)
            elif value is not None:
                sheet.write(r, c, value)
    data = io.BytesIO()
    book.save(data)

    held(data.getvalue(), rows)


def test_strings_longer_than_a_record_go_on_in_the_next_in_either_width() -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("s")
    rows = [
        ["x" * 9000],
        ["中" * 9000],
        ["é" * 9000 + "😀"],
        *([f"第{n}行" * 50] for n in range(300)),
    ]
    for r, row in enumerate([["a"], *rows]):
        sheet.write(r, 0, row[0])
    data = io.BytesIO()
    book.save(data)

    held(data.getvalue(), rows)


# Archives.


def test_parts_of_one_name_in_two_forms_refuse_the_workbook() -> None:
    made = parts(SHEET)
    made["XL\\Worksheets\\sheet1.xml"] = SHEET

    with pytest.raises(FormatError, match="twice"):
        outcome(packed(made))


@pytest.mark.parametrize(
    "name", ["xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels", "xl/workbook.xml"]
)
def test_a_part_that_is_missing_is_named(name: str) -> None:
    made = parts(SHEET)
    del made[name]

    with pytest.raises(FormatError) as caught:
        outcome(packed(made))
    assert caught.value.rule == "format.workbook"


def _patched(data: bytes, name: bytes, offset: int, value: bytes) -> bytes:
    """Return an archive with a field of a part's entry in the directory changed."""
    place = data.rindex(b"PK\x01\x02", 0, data.rindex(name))
    return data[: place + offset] + value + data[place + offset + len(value) :]


@pytest.mark.parametrize(
    ("offset", "value", "says"),
    [
        (8, b"\x01\x00", "口令"),  # encrypted
        (10, b"\x63\x00", "损坏"),  # an unknown compression
        (16, b"\x00\x00\x00\x00", "不完整"),  # another checksum
        (24, struct.pack("<I", 100), "不完整"),  # smaller than it is
        (24, struct.pack("<I", 600_000_000), "解压后超过"),  # larger than allowed
        (42, struct.pack("<I", 7), "不完整"),  # begins elsewhere
    ],
)
def test_an_entry_that_lies_refuses_the_workbook(offset: int, value: bytes, says: str) -> None:
    data = _patched(packed(parts(SHEET)), b"xl/worksheets/sheet1.xml", offset, value)

    with pytest.raises(FormatError, match=says):
        outcome(data)


def test_more_parts_than_a_workbook_has_are_not_even_listed() -> None:
    data = io.BytesIO(packed(parts(SHEET)))
    with zipfile.ZipFile(data, "a") as archive:
        for number in range(10_001):
            archive.writestr(f"x{number}", b"")

    with pytest.raises(FormatError) as caught:
        outcome(data.getvalue())
    assert caught.value.rule == "format.size"


def test_a_zip64_workbook_is_read() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in parts(SHEET).items():
            with archive.open(name, "w", force_zip64=True) as part:
                part.write(content.encode() if isinstance(content, str) else content)

    assert outcome(data.getvalue())[0] == {2: ("5",)}


@pytest.mark.parametrize(
    "name",
    [
        "xl/workbook.xml",
        "xl/worksheets/sheet1.xml",
        "xl/styles.xml",
        "xl/sharedStrings.xml",
        "_rels/.rels",
    ],
)
def test_a_dtd_in_any_part_refuses_the_workbook(name: str) -> None:
    made = parts(SHEET, strings_xml("<si><t>x</t></si>"), f'<styleSheet xmlns="{MAIN}"/>')
    text = str(made[name])
    start = text.index("<", text.index("?>") + 2) if text.startswith("<?") else 0
    made[name] = f'{text[:start]}<!DOCTYPE x [<!ENTITY a "aaaa">]>{text[start:]}'

    with pytest.raises(FormatError, match="DTD"):
        outcome(packed(made))


def test_elements_nested_without_end_refuse_the_workbook() -> None:
    deep = "<x>" * 5000 + "</x>" * 5000

    with pytest.raises(FormatError):
        outcome(packed(parts(sheet_xml(HEAD + f'<row r="2"><c r="A2">{deep}</c></row>'))))


def test_a_chart_sheet_is_no_sheet_and_only_hidden_ones_are_told() -> None:
    made = parts(SHEET)
    made["xl/workbook.xml"] = str(made["xl/workbook.xml"]).replace(
        ' r:id="rId1"', ' state="veryHidden" r:id="rId1"'
    )

    with pytest.raises(FormatError, match="可见"):
        outcome(packed(made))
    assert outcome(packed(made), sheet="数据")[0] == {2: ("5",)}


# Bytes that nobody wrote.


def _seeds() -> list[bytes]:
    return [
        path.read_bytes()
        for folder in ("spreadsheet", "own-number-formats", "file-15-error-cells")
        for path in sorted((CASES / folder).glob("*.xls*"))
    ]


def mutated(data: bytes, rng: Random) -> bytes:
    """Return bytes with a few of them changed, doubled, taken out or cut off."""
    changed = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 8])):
        place = rng.randrange(len(changed))
        match rng.randrange(5):
            case 0:
                changed[place] = rng.randrange(256)
            case 1:
                changed[place : place + 4] = rng.choice(
                    [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xfe\xff\xff\xff"]
                )
            case 2:
                del changed[place : place + rng.choice([1, 4, 100])]
            case 3:
                changed[place:place] = changed[place : place + rng.choice([1, 4, 512])]
            case 4:
                changed = changed[: max(place, 1)]
    return bytes(changed)


@pytest.mark.parametrize("seed", range(6))
def test_bytes_that_were_changed_are_read_or_refused_and_every_row_is_counted(seed: int) -> None:
    rng, seeds = Random(seed), _seeds()
    for _ in range(150):
        data = mutated(rng.choice(seeds), rng)
        with suppress(FormatError):
            outcome(data, size=7)
        Spreadsheet(SpreadsheetSettings()).count(io.BytesIO(data))


@pytest.mark.parametrize("filler", ["<!--", "<![CDATA[", "<?", "<!", "</row>", "<c ", "&", "<row>"])
def test_a_count_of_hostile_markup_takes_time_in_its_length_only(filler: str) -> None:
    sheet = sheet_xml(HEAD + filler * (1_500_000 // len(filler)))
    began = time.process_time()

    Spreadsheet(SpreadsheetSettings()).count(io.BytesIO(packed(parts(sheet))))
    with pytest.raises(FormatError):
        outcome(packed(parts(sheet)))

    assert time.process_time() - began < 5
