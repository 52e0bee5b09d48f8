"""Reading a package at the centre: a record is the same in any white space and form."""

import re
from dataclasses import replace
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.protocol.canonical import within_facets
from gateway.protocol.header import Header
from gateway.protocol.package_reader import Records, read_from_text, read_package, read_records
from gateway.protocol.package_writer import package_xml, record_xml, withdrawal_xml
from gateway.standard import (
    Kind,
    StandardError,
    XmlRefusedError,
    load_gate,
    load_standard,
    parse_xml,
)
from gateway.standard.samples import as_frame, sound
from tests.support.clock import NOW
from tests.support.damage import damaged
from tests.support.standard_kinds import EACH

KIND = load_standard().kind("AdministrativePenalty")
GUID = "00000000-0000-4000-8000-000000000000"


def package(frame: pl.DataFrame, kind: Kind = KIND) -> bytes:
    keys = pl.Series([f"{n:032x}" for n in range(frame.height)])
    return wrapped(record_xml(frame, kind, keys, pl.Series(["added"] * frame.height)), kind)


def wrapped(records: pl.Series, kind: Kind = KIND) -> bytes:
    header = Header(GUID, "demo", "demo.feed", kind.name, kind.version, 1, NOW, records.len())
    return package_xml(header, records)


def frame(**values: str) -> pl.DataFrame:
    rows = [{**sound(KIND, Random(n), NOW.date()), **values} for n in range(20)]
    return pl.DataFrame(rows, schema=dict.fromkeys(KIND.field_names, pl.String))


def same(one: Records, other: Records) -> bool:
    keys = [list(zip(records.keys, records.elements, strict=True)) for records in (one, other)]
    return keys[0] == keys[1] and one.rows() == other.rows()


def is_valid(xml: bytes, kind: Kind = KIND) -> bool:
    """Tell what libxml2 says of a package."""
    try:
        return not load_gate(kind.version).package(xml)[1]
    except XmlRefusedError:
        return False


def test_what_the_gateway_writes_is_read_back_from_its_text_and_from_its_tree() -> None:
    records = frame(Content="罚款 & <没收> &lt; &amp;amp; > '\"")
    xml = package(records)

    read, of_tree = read_package(xml), read_records(parse_xml(xml), KIND)

    assert read_from_text(xml) is not None
    assert read.faults == []
    assert read.records.columns(KIND.field_names).equals(records)
    assert same(read.records, of_tree)


LOOSE = [
    (b">one two<", b"> one two<"),
    (b">one two<", b">one two <"),
    (b">one two<", b">one  two<"),
    (b">one two<", b">one\ttwo<"),
    (b">one two<", b">one\n\t two<"),
    (b">one two<", b">one&#13;two<"),
    (b">one two<", b"><![CDATA[one]]> two<"),
    (b">one two<", b">one<!-- aside --> two<"),
    (b">one two<", b">one&#32;two<"),
    (b'key="', b'key=" '),
    (b"<c:Content>", b"\n   <c:Content>"),
    (b"<c:Content>", b"<c:Content >"),
    (b"<c:Content>", b"<!-- c:Content --><c:Content>"),
    (b"<Body>", b"<Body><!-- <Body> -->"),
    (b"<Header>", b"<Header><!-- </Header>\n<Body>\n -->"),
    (b"</Body>", b" </Body>"),
    (b' encoding="UTF-8"', b""),
]


@pytest.mark.parametrize(("plain", "loose"), LOOSE)
def test_white_space_and_form_change_nothing(plain: bytes, loose: bytes) -> None:
    xml = package(frame(Content="one two"))
    assert plain in xml
    other = xml.replace(plain, loose)

    read = read_package(other)

    assert read_from_text(other) is None
    assert read.faults == []
    assert same(read.records, read_package(xml).records)


#: What a last record, which libxml2 does not see with the header, may have that is not as ours have
#: it.
ODD = [
    (b'key="', b'key="0'),
    (b'change="added"', b'change="gone"'),
    (b">one two<", b">one ]]> two<"),
    (b">one two<", b">one &quot; two<"),
    (b">one two<", b">one & two<"),
    (b"</c:Content>", b"</c:Facts>"),
    (b"<c:Content>one two</c:Content>", b""),
    (b"</c:AdministrativePenalty>", b"</c:AdministrativeLicence>"),
    (b"c:AdministrativePenalty", b"c:AdministrativeLicence"),
]


@pytest.mark.parametrize(("plain", "odd"), ODD)
def test_an_odd_last_record_is_left_to_its_tree(plain: bytes, odd: bytes) -> None:
    first, _, last = package(frame(Content="one two")).rpartition(b"\n<c:AdministrativePenalty ")
    last = b"\n<c:AdministrativePenalty " + last
    assert plain in last

    assert read_from_text(first + last) is not None
    assert read_from_text(first + last.replace(plain, odd)) is None


#: What somebody may put anywhere into a package: some of it keeps it well-formed and valid.
PIECES = [
    b" ",
    b"  ",
    b"\n",
    b"\t",
    b"\r\n",
    b"x",
    b"&lt;",
    b"&amp;lt;",
    b"&#65;",
    b"&#x9;",
    b">",
    b"]]>",
    b"<!-- -->",
    b"<!--</c:Content>-->",
    b"<![CDATA[x]]>",
    b"<![CDATA[</c:Content><c:Basis>]]>",
    b"<?x y?>",
    b"</c:Content><c:Content>",
    b"<c:Remark/>",
    "　".encode(),
    b"\x00",
    b"\xff",
    b"\n</Body>\n</Package>\n",
    b"</Header>\n<Body>\n",
]


@given(damaged(package(frame(Content="one two").head(3)), PIECES))
def test_a_text_is_read_as_its_tree_or_not_at_all(xml: bytes) -> None:
    try:
        read = read_from_text(xml)
    except StandardError:
        # A kind or a version that is not known: so says the tree too.
        with pytest.raises(StandardError):
            read_package(xml)
        return

    if read is not None:
        assert is_valid(xml)
        assert same(read.records, read_records(parse_xml(xml), KIND))


def test_withdrawals_and_records_of_another_kind_are_read_from_the_tree() -> None:
    keys = pl.Series("key", [f"{n:032x}" for n in range(3)])

    read = read_package(wrapped(withdrawal_xml(keys)))

    assert read.faults == []
    assert read.records.elements == ["Withdrawal"] * 3
    assert read.records.columns(KIND.field_names).null_count().row(0) == (3,) * len(KIND.fields)


#: Values at the edges of what some type allows, beside the texts of any signs.
VALUES = [
    "0",
    "1",
    "-1",
    "+1",
    "00",
    "1.",
    ".5",
    "0.5",
    "1e5",
    "12.345678",
    "12.3456789",
    "100",
    "100.01",
    "1000.01",
    "9" * 9,
    "9" * 10,
    "9" * 12,
    "9" * 13,
    "9" * 16,
    "9" * 17,
    f"{'9' * 12}.{'9' * 6}",
    "１２",
    "NaN",
    "INF",
    "2026-02-28",
    "2026-02-29",
    "2024-02-29",
    "2026-02-30",
    "2026-13-01",
    "2026-00-10",
    "2026-1-1",
    "1899-12-31",
    "1900-01-01",
    "2099-12-31",
    "2100-01-01",
    "0000-01-01",
    "2026-01-01Z",
    "2026-01-01+08:00",
    "-2026-01-01",
    "2026-01",
    "2026-13",
    "1899-01",
    "2026",
    "1899",
    "(",
    "?",
    ":",
    "A-B",
    "ab",
    "x" * 50,
    "x" * 51,
    "字" * 100,
    "字" * 101,
    "字" * 200,
    "字" * 201,
    "字" * 500,
    "字" * 501,
    "字" * 4000,
    "字" * 4001,
    "𠮷" * 100,
    "<" * 100,
]
SIGNS = st.text(
    st.sampled_from("字a0Z9-.:()& <>\"'\t\n\r\x00\x1f\x7f\x85\ufeff\ufffe\uffff　\u2028𠮷"),
    max_size=12,
)


@pytest.mark.parametrize(("version", "name"), EACH)
@given(data=st.data())
def test_what_is_read_from_its_text_is_what_libxml2_passes(
    data: st.DataObject, version: str, name: str
) -> None:
    kind = load_standard(version).kind(name)
    record = sound(kind, Random(data.draw(st.integers(0, 99))), NOW.date())
    field = data.draw(st.sampled_from(kind.fields))
    own = st.sampled_from([code.value for code in field.codes] or ["1"])
    near = st.builds(lambda text, more: text + more, own, st.sampled_from(["", " ", "0", "x"]))
    value = data.draw(st.one_of(st.sampled_from(VALUES), SIGNS, own, near, st.none()))
    xml = package(as_frame(kind, [record, {**record, field.name: value}]), kind)

    read = read_from_text(xml)

    valid = is_valid(xml, kind)
    if read is not None:
        assert valid
        assert same(read.records, read_records(parse_xml(xml), kind))
    elif valid and value is not None:
        # It goes by its tree for its spaces, or because its escapes make it long.
        loose = "  " in value or value != value.strip(" ") or set(value) & set("\t\n\r")
        assert loose or not value or "<" * 100 in value


#: Classes that name their signs, or ranges of one sort, none of them markup or a space; and such
#: signs.
NARROW = re.compile(
    r"(?:\[(?:[0-9]-[0-9]|[A-Z]-[A-Z]|[a-z]-[a-z]|[A-Za-z0-9()]|\\-)+\]|[A-Za-z0-9(|)?-]|\\[.-]|\{[0-9,]+\})+"
)


@pytest.mark.parametrize(("version", "name"), EACH)
def test_a_pattern_of_the_xsd_stands_alone_and_allows_no_markup_and_no_space(
    version: str, name: str
) -> None:
    for field in load_standard(version).kind(name).fields:
        if field.patterns:
            [pattern] = field.patterns
            assert NARROW.fullmatch(pattern), pattern
            assert not field.codes
            assert field.min_length is None is field.max_length
        elif field.codes:
            assert not any(set("<>& ") & set(code.value) for code in field.codes)
            assert field.min_length is None is field.max_length
        else:
            assert field.base == "text"


@pytest.mark.parametrize(
    ("facets", "within", "beyond"),
    [
        ({"total_digits": 3}, ["999", "-9.99", "0.1"], ["1000", "10.00", "0001"]),
        ({"fraction_digits": 1}, ["100.1", "7"], ["1.12", "1.10"]),
        ({"minimum": "-1", "maximum": "2.5"}, ["-1.0", "0", "2.50"], ["-1.01", "2.51", "10"]),
    ],
)
def test_a_number_is_within_its_facets_or_goes_by_its_tree(
    facets: dict[str, Any], within: list[str], beyond: list[str]
) -> None:
    [amount] = [field for field in KIND.fields if field.name == "FineAmount"]
    blank = dict.fromkeys(("minimum", "maximum", "total_digits", "fraction_digits"))
    field = replace(amount, **(blank | facets))

    assert all(within_facets(field, text) for text in within)
    assert not any(within_facets(field, text) for text in beyond)
