"""Cells of a workbook: numbers by digits, dates of both systems, formats that show more."""

import io
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import input_limits
from adapters.formats import FormatError
from adapters.formats.spreadsheet import Spreadsheet, SpreadsheetSettings
from adapters.formats.workbook.cells import CellError, Layout, number_text, shown_number
from adapters.formats.workbook.number_formats import GENERAL, format_of, parse_format
from adapters.input_limits import InputLimits, enforce
from adapters.text.workbooks import letters
from tests.support.workbooks import outcome, packed, parts, sheet_xml, strings_xml, styles_xml

LAYOUT = Layout((GENERAL,))


def shown(value: str, code: str) -> str:
    try:
        return shown_number(value, parse_format(code), LAYOUT, 0)
    except CellError as fault:
        return fault.rule


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=6).filter(lambda d: abs(d) < 10**8)
)
def test_a_number_of_up_to_15_digits_keeps_every_one(number: Decimal) -> None:
    assert Decimal(number_text(str(number), 0)) == number
    assert "E" not in number_text(f"{number:e}", 0).upper()


@given(st.floats(-1e15, 1e15, exclude_min=True, exclude_max=True))
def test_seventeen_digits_of_a_double_are_read_as_its_shortest_form(number: float) -> None:
    assert float(number_text(f"{number:.17g}", 0)) == number
    assert number_text(f"{number:.17g}", 0) == number_text(repr(number), 0)


@pytest.mark.parametrize(
    "written",
    ["", ".", "e5", "1e", "1,5", "0x10", "1_000", "٣", "nan", "inf", "00", "1e-999999", "--1"],
)
def test_what_is_no_number_refuses_its_row(written: str) -> None:
    with pytest.raises(CellError) as caught:
        number_text(written, 0)
    assert caught.value.rule == "format.number"


@pytest.mark.parametrize(
    "written", ["1e999999999", "1" * 16, "1" * 2000, "123456789012345678.5", "0." + "1" * 30]
)
def test_more_digits_than_a_workbook_holds_refuse_the_row(written: str) -> None:
    with pytest.raises(CellError) as caught:
        number_text(written, 0)
    assert caught.value.rule == "format.precision"


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        ("7", "0000", "0007"),
        ("-7", "0000", "-0007"),
        ("12345", "0000", "12345"),
        ("0", "000", "000"),
        ("7.5", "0000", "format.shown"),
        ("7", "0000_ ", "0007"),
        ("7", "00-00", "format.shown"),
        ("7", "#,##0000", "format.shown"),
        ("12345", "#,##0000", "12345"),
        ("7", "[Red]0000;[Blue]-0000", "0007"),
        ("-7", "[Red]0000;[Blue]-0000", "-0007"),
        ("5", '0"元"', "format.shown"),
        ("5", "0元", "format.shown"),
        ("5", r"0\元", "format.shown"),
        ("5", "$#,##0.00", "format.shown"),
        ("5", "[$€-407]0.00", "format.shown"),
        ("5", "[$¥-804]#,##0.00", "5"),
        ("5", "￥#,##0.00_);[Red](￥#,##0.00)", "5"),
        ("-5", "￥#,##0.00_);[Red](￥#,##0.00)", "-5"),
        ("12000", "0,", "format.shown"),
        ("12000", "0.0,,", "format.shown"),
        ("12000", "#,##0", "12000"),
        ("0.5", "0%", "0.5"),
        ("1.005", "0.00", "1.005"),
        ("5", "0.00E+00", "5"),
        ("0.5", "# ?/?", "0.5"),
        ("1", '[=1]"是";[=0]"否"', "format.shown"),
        ("1", '"是";"否"', "format.shown"),
        ("5", '0;"负"0', "5"),
        ("-5", '0;"负"0', "format.shown"),
        ("5", "-0", "format.shown"),
        ("5", "[DBNum2][$-804]General", "5"),
        ("5", 'General"号"', "format.shown"),
        ("5", ";;;", "5"),
        ("5", "@", "5"),
        ("46085", 'yyyy"年"m"月"d"日"', "2026-03-04"),
        ("46085", "[$-804]aaaa", "2026-03-04"),
        ("46085", "m/d", "2026-03-04"),
        ("46085", "yyyy-mm-ddThh:mm:ss", "2026-03-04"),
        ("46085", "Standard", "format.shown"),
        ("0.5", "上午/下午h:mm", "12:00:00"),
        ("1.25", "[h]:mm", "30:00:00"),
        ("0.5", "yyyy-mm-dd", "format.date"),
        ("46085.0000115741", "mm:ss.000", "2026-03-04 00:00:01"),
        ("46085.0000173611", "h:mm:ss.000", "2026-03-04 00:00:01.500"),
    ],
)
def test_what_a_format_shows(value: str, code: str, text: str) -> None:
    assert shown(value, code) == text


@pytest.mark.parametrize("number", [*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58])
def test_built_in_date_formats_the_chinese_ones_too(number: int) -> None:
    assert shown_number("46085", format_of(number, {}), LAYOUT, 0) == "2026-03-04"


@pytest.mark.parametrize("number", [18, 19, 20, 21, 32, 33, 34, 35, 45, 46, 47, 55, 56])
def test_built_in_times(number: int) -> None:
    assert shown_number("0.25", format_of(number, {}), LAYOUT, 0) == "06:00:00"


def test_the_1904_system_begins_four_years_later() -> None:
    later = replace(LAYOUT, date_1904=True)

    assert shown_number("44623", parse_format("yyyy-mm-dd"), later, 0) == "2026-03-04"
    assert shown_number("0", parse_format("yyyy-mm-dd"), later, 0) == "1904-01-01"


@given(
    st.text(alphabet='0#?.,%;"元年ymdhs[]@*_\\!/E+-$GeneralDBNum¥ ', max_size=16),
    st.integers(-60000, 60000),
)
def test_any_format_code_gives_a_text_or_refuses(code: str, number: int) -> None:
    assert shown(str(number), code)


# Limits, each by itself.

HEAD = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'


@pytest.fixture
def limited() -> Iterator[None]:
    limits = input_limits.input_limits()
    yield
    enforce(limits)


def rule_of(data: bytes) -> str:
    with pytest.raises(FormatError) as caught:
        outcome(data)
    return caught.value.rule


def rows_of(count: int, columns: int = 1) -> str:
    return HEAD + "".join(
        f'<row r="{r}">'
        + "".join(f'<c r="{letters(c)}{r}"><v>1</v></c>' for c in range(columns))
        + "</row>"
        for r in range(2, count + 2)
    )


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("comment", ["", "<!-- -->"])
def test_more_cells_than_allowed_refuse_the_file(comment: str) -> None:
    data = packed(parts(sheet_xml(comment + rows_of(60))))
    assert len(outcome(data)[0]) == 60

    enforce(InputLimits(cells=50))

    assert rule_of(data) == "format.size"


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("reference", ["Z200", "XFD1048576"])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_last_cell_too_far_away_refuses_the_file(reference: str, quote: str) -> None:
    enforce(InputLimits(grid=5000))
    number = reference.lstrip("ZXFD")
    cell = f'<row r="{number}"><c r={quote}{reference}{quote}/></row>'

    assert rule_of(packed(parts(sheet_xml(HEAD + cell)))) == "format.size"


@pytest.mark.parametrize(
    "row",
    [
        '<row r="1048577"/>',
        '<row r="0"/>',
        '<row r="x"/>',
        '<row r="2"><c r="XFE2"/></row>',
        '<row r="2"><c r="A3"/></row>',
        '<row r="2"><c r="A2:B2"/></row>',
        '<row r="2"/><row r="2"/>',
    ],
)
def test_a_reference_that_cannot_be_refuses_the_file(row: str) -> None:
    assert rule_of(packed(parts(sheet_xml(HEAD + row)))) in ("format.workbook", "format.size")


@pytest.mark.usefixtures("limited")
def test_more_headings_than_allowed_refuse_the_file() -> None:
    enforce(InputLimits(columns=3))
    head = "".join(f'<c r="{letters(c)}1" t="inlineStr"><is><t>h{c}</t></is></c>' for c in range(4))

    assert rule_of(packed(parts(sheet_xml(f'<row r="1">{head}</row>')))) == "format.size"


@pytest.mark.usefixtures("limited")
def test_a_text_longer_than_allowed_refuses_its_row_in_every_form() -> None:
    enforce(InputLimits(characters=300))
    row = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>{1}</t></is></c></row>'
    long = "x" * 301
    rows = [row.format(n, "x") for n in range(2, 40)] + [row.format(40, long), row.format(41, "y")]
    shared = '<row r="42"><c r="A42" t="s"><v>0</v></c></row>'
    data = packed(
        parts(sheet_xml(HEAD + "".join(rows) + shared), strings_xml(f"<si><t>{long}</t></si>"))
    )

    _, faults, *_ = outcome(data)

    assert {number: rule for number, (rule, _) in faults.items()} == dict.fromkeys(
        (40, 42), "format.cell"
    )


def test_going_on_after_a_row_counts_nothing_again() -> None:
    data = packed(parts(sheet_xml(rows_of(5) + '<row r="9"><c r="A9"/></row>')))
    spreadsheet = Spreadsheet(SpreadsheetSettings())

    chunks = list(spreadsheet.read(io.BytesIO(data), 2, after=4))

    assert [c.numbers for c in chunks] == [[5, 6], []]
    assert [(c.blank, c.left_out) for c in chunks] == [(0, 0), (1, 0)]


def test_blank_rows_belong_to_the_chunk_of_the_row_behind_them() -> None:
    blank = '<row r="{0}"><c r="A{0}" s="0"/></row>'
    row = '<row r="{0}"><c r="A{0}"><v>1</v></c></row>'
    rows = [
        row.format(2),
        blank.format(3),
        row.format(4),
        blank.format(5),
        row.format(6),
        "<row r='7'/>",
        blank.format(8),
    ]
    data = packed(parts(sheet_xml(HEAD + "".join(rows))))

    chunks = list(Spreadsheet(SpreadsheetSettings()).read(io.BytesIO(data), 2))

    assert [(c.numbers, c.blank, c.left_out) for c in chunks] == [
        ([2, 4], 1, 1),
        ([6], 1, 0),
        ([], 1, 0),
    ]


def test_a_formula_is_read_by_its_value_and_refused_where_it_was_never_calculated() -> None:
    cells = {
        2: "<f>1+1</f><v>2</v>",
        3: '<f t="shared" si="0"/><v>3</v>',
        4: "<f>1+1</f>",
        5: "<f>1+1</f><v></v>",
        6: "<f>1-1</f><v>0</v>",
    }
    rows = "".join(f'<row r="{n}"><c r="A{n}">{cell}</c></row>' for n, cell in cells.items())
    text = (
        '<row r="7"><c r="A7" t="str"><f>""</f><v></v></c><c r="B7" t="str"><f>"x"</f><v>x</v>'
        "</c></row>"
    )
    head = HEAD.replace("</row>", '<c r="B1" t="inlineStr"><is><t>b</t></is></c></row>')
    sheet = sheet_xml(head + rows + text)
    on_load = '<calcPr fullCalcOnLoad="1"/>'

    values, faults, *_ = outcome(packed(parts(sheet)))
    _, stale, *_ = outcome(packed(parts(sheet, book_tail=on_load)))

    assert {number: values[number] for number in (2, 3, 6, 7)} == {
        2: ("2", ""),
        3: ("3", ""),
        6: ("0", ""),
        7: ("", "x"),
    }
    assert {number: rule for number, (rule, _) in faults.items()} == dict.fromkeys(
        (4, 5), "format.formula"
    )
    assert sorted(stale) == [4, 5, 6]


def test_a_format_that_does_not_exist_refuses_its_row() -> None:
    rows = (
        '<row r="2"><c r="A2" s="9"><v>1</v></c></row><row r="3"><c r="A3" s="1"><v>1</v></c></row>'
    )

    _, faults, *_ = outcome(packed(parts(sheet_xml(HEAD + rows), styles=styles_xml("0000"))))

    assert {number: rule for number, (rule, _) in faults.items()} == {2: "format.cell"}


@pytest.mark.parametrize("code", ["[>100]0000;0", "[<=9]0;[>9]000", "[=7]General;0000"])
def test_zeros_that_a_condition_may_show_are_not_guessed(code: str) -> None:
    with pytest.raises(CellError) as error:
        shown_number("7", parse_format(code), LAYOUT, 0)

    assert error.value.rule == "format.shown"
    assert shown_number("45992", parse_format(code), LAYOUT, 0) == "45992"
    assert shown_number("7", parse_format("[>100][Red]000;000"), LAYOUT, 0) == "007"
