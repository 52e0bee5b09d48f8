"""Spreadsheets: cells become text without loss or fail; templates come back sound."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from adapters import SourceRefusedError
from adapters.formats import Chunk, FormatError, open_format, spreadsheet
from adapters.formats.spreadsheet import Spreadsheet, SpreadsheetSettings
from gateway.documents.template import template
from gateway.exchange.pipeline import check, row_faults
from gateway.mapping import load_mapping
from gateway.standard import load_standard
from gateway.standard.samples import sound
from tests.support.clock import NOW
from tests.support.places import CASES

HEADINGS = ["编号", "金额", "日期"]


def workbook(
    rows: Sequence[Sequence[Any]], sheets: Sequence[str] = ("数据",), hide: str = ""
) -> bytes:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for name in sheets:
        sheet = book.add_worksheet(name)
        if name == hide:
            sheet.hide()
        for r, row in enumerate(rows if name == sheets[-1] else [["other"], ["x"]]):
            for c, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write_datetime(r, c, cell, moment if cell.time() != time() else day)
                elif cell is not None:
                    sheet.write(r, c, cell)
    if hide:
        book.get_worksheet_by_name(sheets[-1]).activate()
        book.get_worksheet_by_name(sheets[-1]).set_first_sheet()
    book.close()
    return data.getvalue()


def read(data: bytes, size: int = 100, after: int = 0, **settings: Any) -> list[Chunk]:
    return list(Spreadsheet(SpreadsheetSettings(**settings)).read(io.BytesIO(data), size, after))


def test_cells_become_text_without_loss() -> None:
    data = workbook(
        [
            HEADINGS,
            ["00123", 12, datetime(2026, 2, 3)],
            ["甲", 0.1, datetime(2026, 2, 3, 4, 5, 6)],
            ["TRUE 1", True, None],
        ]
    )

    [chunk] = read(data)

    assert chunk.rows.rows() == [
        ("00123", "12", "2026-02-03"),
        ("甲", "0.1", "2026-02-03 04:05:06"),
        ("TRUE 1", "TRUE", ""),
    ]
    assert chunk.numbers == [2, 3, 4]
    assert chunk.faults == ()


def test_a_number_too_long_for_excel_refuses_its_row_and_no_other() -> None:
    [chunk] = read(
        workbook([HEADINGS, [441300199001011239, 1, None], ["441300199001011239", 1, None]])
    )

    assert [(f.row, f.rule) for f in chunk.faults] == [(0, "format.precision")]
    assert chunk.rows["编号"][1] == "441300199001011239"


def test_a_failed_formula_refuses_its_row() -> None:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True})
    sheet = book.add_worksheet("数据")
    sheet.write_row(0, 0, HEADINGS)
    sheet.write_row(1, 0, ["a", 1])
    sheet.write_string(2, 0, "b")
    sheet.write_formula(2, 1, "=1/0", None, "#DIV/0!")
    book.close()

    [chunk] = read(data.getvalue())

    assert [(f.row, f.rule) for f in chunk.faults] == [(1, "format.cell_error")]


def test_merged_cells_and_cells_beyond_the_headings_refuse_their_rows() -> None:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADINGS)
    sheet.write_row(1, 0, ["a", 1])
    sheet.merge_range(2, 0, 3, 0, "b")
    sheet.write_row(2, 1, [2])
    sheet.write_row(3, 1, [3])
    sheet.write_row(4, 0, ["c", 4, None, "beyond"])
    book.close()

    [chunk] = read(data.getvalue())

    assert [(f.row, f.rule) for f in chunk.faults] == [
        (1, "format.merged"),
        (2, "format.merged"),
        (3, "format.row"),
    ]


@pytest.mark.parametrize("name", ["penalty.xlsx", "penalty.xls"])
def test_workbooks_that_libreoffice_wrote_read_the_same(name: str) -> None:
    [chunk] = read((CASES / "spreadsheet" / name).read_bytes())

    assert chunk.rows.rows() == [
        ("001", "惠州示例一公司", "2026-02-03", "12.5", "0753"),
        ("002", "惠州示例二公司", "2026-03-04", "7", "0010"),
    ]
    assert chunk.faults == ()


def test_headings_once_more_refuse_their_row() -> None:
    rows = [HEADINGS, ["a", 1, None], HEADINGS, ["b", 2, None], [f" {name} " for name in HEADINGS]]

    [chunk] = read(workbook(rows))

    assert [(chunk.numbers[f.row], f.rule) for f in chunk.faults] == [
        (3, "format.row"),
        (5, "format.row"),
    ]
    assert chunk.rows["编号"].to_list()[::2] == ["a", "b"]


def test_explanation_rows_blank_rows_and_going_on_after_a_row() -> None:
    rows = [
        ["标题"],
        HEADINGS,
        ["说明", "说明", "说明"],
        ["a", 1, None],
        [],
        ["b", 2, None],
        ["c", 3, None],
    ]

    chunks = read(workbook(rows), size=1, header_row=2, explanation_rows=1)
    rest = read(workbook(rows), after=chunks[0].numbers[-1], header_row=2, explanation_rows=1)

    assert [c.rows["编号"].to_list() for c in chunks] == [["a"], ["b"], ["c"]]
    assert [c.numbers for c in chunks] == [[4], [6], [7]]
    assert rest[0].rows["编号"].to_list() == ["b", "c"]


def test_a_hidden_sheet_is_not_taken_unless_it_is_named() -> None:
    data = workbook([HEADINGS, ["a", 1, None]], sheets=("隐藏", "数据"), hide="隐藏")

    assert read(data)[0].rows.columns == HEADINGS
    assert read(data, sheet="隐藏")[0].rows.columns == ["other"]
    with pytest.raises(FormatError, match="数据"):
        read(data, sheet="没有")


@pytest.mark.parametrize(
    ("rows", "rule"),
    [([], "format.empty"), ([["a", "", "c"]], "format.header"), ([["a", "a"]], "format.header")],
)
def test_headings_that_cannot_be_used_refuse_the_file(rows: list[list[str]], rule: str) -> None:
    with pytest.raises(FormatError) as caught:
        read(workbook(rows))
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    "data", [b"", b"no workbook", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 broken"]
)
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        read(data)


def test_a_workbook_cut_in_half_is_refused() -> None:
    data = workbook([HEADINGS, ["a", 1, None]])

    with pytest.raises(FormatError):
        read(data[: len(data) // 2])


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "OPENED_LIMIT", 1_000_000)
    data = io.BytesIO(workbook([HEADINGS]))
    with zipfile.ZipFile(data, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.bin", b"0" * 2_000_000)

    with pytest.raises(FormatError, match="unpacks"):
        read(data.getvalue())


def test_what_is_written_runs_nothing_and_reads_back() -> None:
    frame = pl.DataFrame({"ref": ["2", "3"], "zh": ["=1+1", None]})
    stream = io.BytesIO()

    Spreadsheet(SpreadsheetSettings()).write(iter([frame, frame]), stream)

    [chunk] = read(stream.getvalue())
    assert chunk.rows["zh"].to_list() == ["=1+1", "", "=1+1", ""]
    with zipfile.ZipFile(stream) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_wrong_settings_say_which() -> None:
    with pytest.raises(SourceRefusedError, match="header_row"):
        open_format("spreadsheet", {"header_row": "no"})


@pytest.mark.parametrize("name", sorted(load_standard().kinds))
def test_a_template_has_every_field_by_its_chinese_name_and_a_list_for_each_code(name: str) -> None:
    kind = load_standard().kind(name)
    data = template(kind)

    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("填报").to_python()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()

    assert rows[0] == [field.zh for field in kind.fields]
    assert sheet.count('type="list"') == sum(bool(field.codes) for field in kind.fields)


def test_a_filled_template_maps_by_itself_and_passes_every_rule(tmp_path: Path) -> None:
    kind = load_standard().kind("FarmerHousehold")
    columns = [field.zh for field in kind.fields]
    mapping_file = tmp_path / "household.yaml"
    mapping_file.write_text(
        "feed: village.household\ndepartment: village\nkind: FarmerHousehold\nstandard: '1.0'\n"
        f"key: [HouseholdNumber]\nchange: {{mode: update}}\nautomatic: true\ncolumns: "
        f"[{', '.join(columns)}]\n",
        "utf-8",
    )
    mapping, rng = load_mapping(mapping_file), Random(1)
    records = [sound(kind, rng, NOW.date()) for _ in range(50)]
    filled = workbook(
        [columns, ["说明"] * len(columns), *([r[n] for n in kind.field_names] for r in records)]
    )

    [chunk] = read(filled, explanation_rows=1)
    checked = check(chunk.rows, mapping, date(2026, 4, 1), row_faults(chunk.faults))

    assert checked.faults.to_dicts() == []
    assert checked.records.height == 50
