"""The quick way through a worksheet gives what the parser gives, for every form of row."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.formats import FormatError
from adapters.formats.workbook import quick, strings, xlsx
from adapters.formats.workbook.archive import Archive
from adapters.input_limits import InputLimits, enforce, input_limits
from adapters.text.workbooks import letters
from tests.support.workbooks import (
    outcome,
    packed,
    parts,
    read,
    sheet_xml,
    strings_xml,
    styles_xml,
)

CODES = ("0.00", "yyyy-mm-dd", "0000000000", '0"元"', '@"号"', "[h]:mm", "yyyy/m/d h:mm:ss")
STRINGS = strings_xml(
    "<si><t>甲</t></si><si><t/></si><si><r><t>a</t></r><r><t>b</t></r><rPh><t>c</t></rPh></si>"
    '<si><t xml:space="preserve"> x &amp; y </t></si><si><t>_x000D_</t></si>'
)
#: Sheets a seed.
CAMPAIGN = 8
numbers = st.one_of(
    st.integers(-(10**16), 10**16).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(-10000, 60000, places=4).map(str),
    st.sampled_from(["1E-5", "1.0", "007", "+3", ".5", "4.0999999999999996", "", " 5 ", "x", "-0"]),
)
texts = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"
    ),
    max_size=8,
)


@st.composite
def cells(draw: st.DrawFn, column: int, row: int) -> str:
    style = draw(st.sampled_from(["", ' s="0"', *(f' s="{n}"' for n in range(1, 9))]))
    reference = draw(st.sampled_from([f' r="{letters(column)}{row}"'] * 9 + [""]))
    inner = draw(
        st.one_of(
            numbers.map(lambda v: ("", f"<v>{v}</v>")),
            numbers.map(lambda v: (' t="n"', f"<f>1+1</f><v>{v}</v>")),
            st.sampled_from(range(7)).map(lambda n: (' t="s"', f"<v>{n}</v>")),
            texts.map(lambda t: (' t="inlineStr"', f"<is><t>{escape(t)}</t></is>")),
            texts.map(lambda t: (' t="str"', f"<f>A1&amp;B1</f><v>{escape(t)}</v>")),
            st.sampled_from(
                [
                    ("", ""),
                    (' t="s"', ""),
                    (' t="b"', "<v>1</v>"),
                    (' t="b"', "<v>x</v>"),
                    (' t="e"', "<v>#N/A</v>"),
                    ("", "<f>1+1</f>"),
                    ("", "<f>1+1</f><v/>"),
                    (" t='e'", "<v>#REF!</v>"),
                    (' t="d"', "<v>2026-03-04</v>"),
                    ("", "<!-- c --><v>1</v>"),
                    (' t="inlineStr"', "<is><t>&#20013;&lt;</t></is>"),
                    (' t="inlineStr"', "<is><t><![CDATA[</row><c]]></t></is>"),
                    (' t="inlineStr"', "<is><t>a\r\nb\rc</t></is>"),
                    (' t="inlineStr"', "<is><t>_x0041__xD83D_</t></is>"),
                ]
            ),
        )
    )
    kind, content = inner
    order = draw(st.sampled_from([reference + style + kind] * 5 + [kind + style + reference]))
    return f"<c{order}>{content}</c>" if content else f"<c{order}/>"


@st.composite
def sheets(draw: st.DrawFn) -> str:
    """Return rows like a program's: a few patterns, repeated with other numbers, odd ones."""
    rows = [
        '<row r="1">'
        + "".join(f'<c r="{letters(c)}1" t="inlineStr"><is><t>h{c}</t></is></c>' for c in range(4))
        + "</row>"
    ]
    number = 1
    for _ in range(draw(st.integers(1, 12))):
        number += draw(st.sampled_from([1, 1, 1, 2]))
        columns = draw(st.sampled_from([(0, 1, 2, 3), (0, 1, 2, 3), (0, 2), (), (0, 1, 2, 3, 4)]))
        inner = "".join(draw(cells(column, number)) for column in columns)
        head = draw(
            st.sampled_from(["", ' spans="1:4"', ' ht="15" customHeight="1"', ' hidden="1"'])
        )
        rows.append(f'<row r="{number}"{head}>{inner}</row>')
    return draw(st.sampled_from(["", "\n"])).join(rows)


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "PATIENCE", 1)


@contextmanager
def only_the_parser() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quick.QuickRows, "learn", lambda *_: False)
        yield


def result(data: bytes) -> Any:
    try:
        return outcome(data, size=3)
    except FormatError as error:
        return error.rule


@given(sheets())
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_quick_way_and_the_parser_read_the_same(rows: str) -> None:
    data = packed(parts(sheet_xml(rows), STRINGS, styles_xml(*CODES)))

    quickly = result(data)
    with only_the_parser():
        slowly = result(data)

    assert quickly == slowly


@given(sheets(), st.data())
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_markup_that_is_broken_is_refused_by_either_way_or_read_the_same(
    rows: str, data: Any
) -> None:
    place = data.draw(st.integers(0, len(rows)))
    length = data.draw(st.integers(0, 6))
    piece = data.draw(
        st.sampled_from(
            [
                "",
                "<",
                ">",
                "&",
                '"',
                "</row>",
                "<row>",
                "</c>",
                "\x01",
                "<!--",
                "<?x?>",
                "]]>",
                "</sheetData>",
                "9",
            ]
        )
    )
    broken = packed(
        parts(sheet_xml(rows[:place] + piece + rows[place + length :]), STRINGS, styles_xml(*CODES))
    )

    quickly = result(broken)
    with only_the_parser():
        slowly = result(broken)

    assert quickly == slowly or {
        quickly if isinstance(quickly, str) else "",
        slowly if isinstance(slowly, str) else "",
    } == {"format.workbook", "format.size"}


def _value(rng: Random) -> str:
    """Return what is written in a cell of a number, or nearly one."""
    return rng.choice(
        [
            "5",
            "-7",
            "0.5",
            "46085",
            "46085.25",
            "1E-5",
            "12345678901234567",
            "60",
            "0",
            "007",
            "1.50",
            f"{rng.random() * 1e6:.17g}",
        ]
    )


def repeated(rng: Random) -> str:
    """Return many rows of a few forms, as programs write them, with now and then an odd one."""
    text = [
        "甲",
        "a &amp; b",
        "&#65;",
        " x ",
        "",
        "_x0041_",
        "a\r\nb",
        "]]&gt;",
        "長" * 30,
        "&bad;" if rng.random() < 0.2 else "y",
    ]
    forms = {
        column: rng.sample(
            [
                lambda ref, s: f'<c r="{ref}"{s}><v>{_value(rng)}</v></c>',
                lambda ref, s: f'<c r="{ref}"{s} t="s"><v>{rng.randrange(6)}</v></c>',
                lambda ref, s: (
                    f'<c r="{ref}"{s} t="inlineStr"><is><t>{rng.choice(text)}</t></is></c>'
                ),
                lambda ref, s: (
                    f'<c r="{ref}" t="str"{s}><f>A1&amp;"x"</f><v>{rng.choice(text)}</v></c>'
                ),
                lambda ref, s: f'<c r="{ref}"{s}><f>1+1</f><v>{_value(rng)}</v></c>',
                lambda ref, s: f'<c r="{ref}"{s} t="b"><v>{rng.choice("01")}</v></c>',
                lambda ref, s: f'<c r="{ref}"{s}/>',
                lambda ref, s: "",
            ],
            rng.choice([1, 1, 2, 3]),
        )
        for column in range(rng.choice([4, 4, 4, 5]))
    }
    styles = {column: rng.choice(["", f' s="{rng.randrange(9)}"']) for column in forms}
    rows = [
        '<row r="1">'
        + "".join(f'<c r="{letters(c)}1" t="inlineStr"><is><t>h{c}</t></is></c>' for c in range(4))
        + "</row>"
    ]
    number = 1
    for _ in range(40):
        number += rng.choice([1, 1, 1, 3]) if rng.random() < 0.998 else 0
        odd = (
            rng.choice(["", "<!-- -->", "<row/>", f'<row r="{number}"/>'])
            if rng.random() < 0.02
            else ""
        )
        number += odd.startswith("<row")
        cells_ = "".join(rng.choice(forms[c])(f"{letters(c)}{number}", styles[c]) for c in forms)
        rows.append(f'{odd}<row r="{number}" spans="1:5">{cells_}</row>')
    return "".join(rows)


@pytest.mark.parametrize("seed", range(8))
def test_rows_of_a_few_forms_are_read_the_same_by_either_way(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng, matched = Random(seed), []
    block = quick.QuickRows.block
    monkeypatch.setattr(
        quick.QuickRows,
        "block",
        lambda self, run, slow: (matched.append(len(run) - len(slow)), block(self, run, slow))[1],
    )
    for _ in range(CAMPAIGN):
        data = packed(parts(sheet_xml(repeated(rng)), STRINGS, styles_xml(*CODES)))
        quickly = result(data)
        with only_the_parser():
            slowly = result(data)
        assert quickly == slowly

    assert sum(matched) > CAMPAIGN * 5


def test_plain_rows_are_matched_and_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(
        (
            f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>h{n}</t></is></c><c r="B{n}">'
            f"<v>{n}</v></c></row>"
        )
        for n in range(1, 2000)
    )
    parsed: list[str] = []
    by_parser = xlsx.SheetRows._by_parser
    monkeypatch.setattr(
        xlsx.SheetRows,
        "_by_parser",
        lambda self, piece: (parsed.append(piece), by_parser(self, piece))[1],
    )

    outcome(packed(parts(sheet_xml(rows))))

    assert len(parsed) == 1 + quick.PATIENCE


@pytest.mark.parametrize("seed", range(4))
def test_shared_strings_are_read_the_same_by_either_way(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = Random(seed)
    forms = [
        "<si><t>甲</t></si>",
        "<si><t/></si>",
        '<si><t xml:space="preserve"> a\r\n</t></si>',
        "<si><t>a&amp;&#66;</t></si>",
        "<si><r><rPr><b/></rPr><t>x</t></r><r><t>y</t></r></si>",
        "<si><t>_x000D__xD800_</t><rPh><t>p</t></rPh></si>",
        "<si/>",
        "<si>\n<t>z</t>\n</si>",
        "<!-- <si><t>no</t></si> --><si><t>c</t></si>",
        "<si><t><![CDATA[</si>]]></t></si>",
        "<si><t>&bad;</t></si>",
        "<si><t>\x02</t></si>",
    ]
    for _ in range(40):
        odd = rng.choice([7, 8, 9, 10, 12])
        items = "".join(rng.choices(forms[:odd], k=rng.randrange(12)))
        archive = Archive(io.BytesIO(packed({"s.xml": strings_xml(items)})), 10**9)
        quickly = _strings(archive)
        with monkeypatch.context() as patch:
            patch.setattr(strings, "is_plain_text", lambda _: False)
            slowly = _strings(archive)
        assert quickly == slowly


def _strings(archive: Archive) -> list[str] | str:
    try:
        return strings.read_strings(archive, "s.xml")
    except FormatError as error:
        return error.rule


@pytest.mark.parametrize(
    "item",
    ["<si><t>{}</t></si>", "<si><r><t>{}</t></r><r><t>{}</t></r></si>"],
    ids=["plain", "rich"],
)
def test_a_shared_string_that_is_too_long_refuses_its_rows_by_either_way(item: str) -> None:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="s"><v>{n % 2 if n > 1 else 2}</v></c></row>'
        for n in range(1, 61)
    )
    strings = strings_xml(
        "<si><t>b</t></si>" + item.format("x" * 60, "x" * 60) + "<si><t>a</t></si>"
    )
    limits = input_limits()
    enforce(InputLimits(characters=50))
    try:
        chunks = read(packed(parts(sheet_xml(rows), strings)))
    finally:
        enforce(limits)

    wrong = {chunk.numbers[f.row]: f.rule for chunk in chunks for f in chunk.faults}
    assert wrong == dict.fromkeys(range(3, 61, 2), "format.cell")
