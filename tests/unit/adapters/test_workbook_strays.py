"""Workbooks that hold cells where no cell is read: nothing of it is passed over in silence."""

import pytest

from adapters.formats import FormatError
from adapters.formats.workbook.number_formats import parse_format
from tests.support.workbooks import MAIN, outcome, packed, parts, sheet_xml, strings_xml

COMPATIBILITY = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
HEAD = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>b</t></is></c></row>'
)
CELL = '<c r="A2"><v>5</v></c>'
SOUND = '<row r="3"><c r="A3"><v>7</v></c><c r="B3"><v>8</v></c></row>'
FOREIGN = "urn:made-up"


def alternatives(inner: str) -> str:
    """Return markup of which a program chooses by what it understands."""
    return (
        f'<mc:AlternateContent {COMPATIBILITY}><mc:Choice Requires="x14">{inner}</mc:Choice>'
        f"<mc:Fallback>{inner}</mc:Fallback></mc:AlternateContent>"
    )


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        (alternatives(f'<row r="2">{CELL}</row>'), "AlternateContent"),
        (f'<row r="2">{alternatives(CELL)}</row>', "AlternateContent"),
        (f'<row r="2" xmlns="{FOREIGN}">{CELL}</row>', "row"),
        (f'<row r="2"><c r="A2" xmlns="{FOREIGN}"><v>5</v></c></row>', "c"),
        (f'<row r="2"><group>{CELL}</group></row>', "group"),
        ('<row r="2">5</row>', "5"),
        (f'<row r="2">{CELL}</row>6', "6"),
    ],
)
def test_a_row_or_cell_that_is_nowhere_to_be_read_refuses_the_workbook(
    rows: str, named: str
) -> None:
    with pytest.raises(FormatError) as error:
        outcome(packed(parts(sheet_xml(HEAD + rows + SOUND))))

    assert error.value.rule == "format.workbook"
    assert f"的 {named} 不在单元格的位置" in error.value.zh


def test_rows_in_alternatives_around_all_of_them_refuse_the_workbook() -> None:
    rows = f"<sheetData>{HEAD}{SOUND}</sheetData>"

    with pytest.raises(FormatError) as error:
        outcome(packed(parts(f'<worksheet xmlns="{MAIN}">{alternatives(rows)}</worksheet>')))

    assert (error.value.rule, "sheetData" in error.value.zh) == ("format.workbook", True)


@pytest.mark.parametrize(
    ("cell", "named"),
    [
        (f'<c r="A2">{alternatives("<v>5</v>")}</c>', "AlternateContent"),
        (
            f'<c r="A2" t="inlineStr"><is>{alternatives("<t>5</t>")}</is></c>',
            "AlternateContent",
        ),
        (f'<c r="A2"><v xmlns="{FOREIGN}">5</v></c>', "v"),
        ('<c r="A2" t="inlineStr"><is><v>5</v></is></c>', "v"),
        ('<c r="A2" t="inlineStr"><is>5<t>6</t></is></c>', "5"),
        ('<c r="A2" t="inlineStr"><is><r>5</r></is></c>', "5"),
        ('<c r="A2">5</c>', "5"),
        ('<c r="A2"><v>5<x>6</x></v></c>', "x"),
        ('<c r="A2"><c r="B2"><v>6</v></c></c>', "c"),
    ],
)
def test_a_value_that_is_nowhere_to_be_read_refuses_its_row(cell: str, named: str) -> None:
    rows, faults, *_ = outcome(packed(parts(sheet_xml(f'{HEAD}<row r="2">{cell}</row>{SOUND}'))))

    assert {number: rule for number, (rule, _) in faults.items()} == {2: "format.cell"}
    assert f"A 列的单元格中有无法读取的内容：{named}" in faults[2][1]
    assert rows[3] == ("7", "8")


def test_phonetic_guides_and_extensions_are_no_part_of_a_text() -> None:
    guide = '<rPh sb="0" eb="1"><t>jia</t></rPh><phoneticPr fontId="1"><x/></phoneticPr>'
    cell = (
        f'<c r="A2" t="inlineStr"><is><r><rPr><b/></rPr><t>甲</t></r><r><t>乙</t></r>{guide}</is>'
        f'<extLst><ext uri="x"><v>9</v></ext></extLst></c><c r="B2" t="s"><v>0</v></c>'
    )
    strings = strings_xml(f"<si><t>丙</t>{guide}</si><extLst><ext>9</ext></extLst>")

    rows, faults, *_ = outcome(
        packed(parts(sheet_xml(f'{HEAD}<row r="2">{cell}</row>'), strings=strings))
    )

    assert (rows, faults) == ({2: ("甲乙", "丙")}, {})


@pytest.mark.parametrize(
    ("items", "named"),
    [
        (f"<si>{alternatives('<t>5</t>')}</si>", "AlternateContent"),
        (alternatives("<si><t>5</t></si>"), "AlternateContent"),
        (f'<si xmlns="{FOREIGN}"><t>5</t></si>', "si"),
        ("<si>5</si>", "5"),
    ],
)
def test_a_shared_string_that_is_nowhere_to_be_read_refuses_the_workbook(
    items: str, named: str
) -> None:
    sheet = sheet_xml(f'{HEAD}<row r="2"><c r="A2" t="s"><v>0</v></c></row>')

    with pytest.raises(FormatError) as error:
        outcome(packed(parts(sheet, strings=strings_xml(f"{items}<si><t>6</t></si>"))))

    assert f"的 {named} 不在单元格的位置" in error.value.zh


@pytest.mark.parametrize(
    ("part", "old", "inner"),
    [
        ("xl/workbook.xml", "</sheets>", '<sheet name="b" sheetId="2"/>'),
        ("xl/styles.xml", "</cellXfs>", '<xf numFmtId="0"/>'),
    ],
)
def test_sheets_and_formats_in_alternatives_refuse_the_workbook(
    part: str, old: str, inner: str
) -> None:
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/></cellXfs></styleSheet>'
    made = parts(sheet_xml(HEAD + SOUND), styles=styles)
    made[part] = str(made[part]).replace(old, alternatives(inner) + old)

    with pytest.raises(FormatError) as error:
        outcome(packed(made))

    assert (error.value.rule, "AlternateContent" in error.value.zh) == ("format.workbook", True)


@pytest.mark.parametrize("code", ["0\\ 0", '000" "000'])
def test_zeros_with_a_blank_between_them_are_not_the_text_that_is_shown(code: str) -> None:
    section = parse_format(code).positive

    assert (section.shown.name, section.digits > 1) == ("STORED", True)
