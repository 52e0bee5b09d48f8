"""Reading a package at the centre: the same record is read whatever white space and form it comes in."""

from random import Random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.central.read import Records, read_package, read_records
from gateway.exchange.document import package_xml, record_xml, withdrawal_xml
from gateway.standard import load_gate, load_standard, parse_xml
from gateway.standard.header import Header
from gateway.standard.plain import read_plain, split_plain
from gateway.standard.samples import sound
from tests.conftest import NOW

KIND = load_standard().kind("AdministrativePenalty")
GUID = "00000000-0000-4000-8000-000000000000"


def package(frame: pl.DataFrame) -> bytes:
    keys = pl.Series([f"{n:032x}" for n in range(frame.height)])
    return wrapped(record_xml(frame, KIND, keys, pl.Series(["added"] * frame.height)))


def wrapped(records: pl.Series) -> bytes:
    header = Header(GUID, "demo", "demo.feed", KIND.name, KIND.version, 1, NOW, records.len())
    return package_xml(header, records)


def frame(**values: str) -> pl.DataFrame:
    rows = [{**sound(KIND, Random(n), NOW.date()), **values} for n in range(20)]
    return pl.DataFrame(rows, schema=dict.fromkeys(KIND.field_names, pl.String))


def same(one: Records, other: Records) -> bool:
    return (one.keys, one.elements) == (other.keys, other.elements) and one.fields.equals(
        other.fields
    )


def is_plain(xml: bytes) -> bool:
    """Tell whether a package is read from its text."""
    parts = split_plain(xml)
    return parts is not None and read_plain(parts[1], KIND) is not None


def test_what_the_gateway_writes_is_read_back_from_its_text_and_from_its_tree() -> None:
    records = frame(Content="罚款 & <没收> &lt; &amp;amp; > '\"")
    xml = package(records)

    read, of_tree = read_package(xml), read_records(parse_xml(xml), KIND)

    assert is_plain(xml)
    assert read.faults == []
    assert read.records.fields.equals(records)
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

    assert not is_plain(other)
    assert read.faults == []
    assert same(read.records, read_package(xml).records)


#: What somebody may put anywhere into a package: some of it keeps it well-formed and valid.
PIECES = [
    b" ", b"  ", b"\n", b"\t", b"\r\n", b"x", b"&lt;", b"&amp;lt;", b"&#65;", b"&#x9;", b">", b"]]", b"<!-- -->",
    b"<!--</c:Content>-->", b"<![CDATA[x]]>", b"<![CDATA[</c:Content><c:Basis>]]>", b"<?x y?>", b"</c:Content><c:Content>",
    b"<c:Remark/>", "　".encode(), b"\x00", b"\xff", b"\n</Body>\n</Package>\n", b"</Header>\n<Body>\n",
]  # fmt: skip


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from(PIECES)), min_size=1, max_size=3))
def test_a_text_is_read_as_its_tree_or_not_at_all(inserted: list[tuple[float, bytes]]) -> None:
    xml = package(frame(Content="one two").head(3))
    for place, piece in inserted:
        at = int(place * len(xml))
        xml = xml[:at] + piece + xml[at:]
    parts = split_plain(xml)
    if parts is None or not load_gate(KIND.version).passes(xml):
        return

    read = read_plain(parts[1], KIND)

    if read is not None:
        keys, fields = read
        plainly = Records(keys.to_list(), [KIND.name] * keys.len(), fields)
        assert same(plainly, read_records(parse_xml(xml), KIND))


def test_withdrawals_and_records_of_another_kind_are_read_from_the_tree() -> None:
    keys = pl.Series("key", [f"{n:032x}" for n in range(3)])

    read = read_package(wrapped(withdrawal_xml(keys)))

    assert read.faults == []
    assert read.records.elements == ["Withdrawal"] * 3
    assert read.records.fields.null_count().row(0) == (3,) * len(KIND.fields)
