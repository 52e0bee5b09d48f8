"""Reading a package at the centre: the same record is read whatever white space and form it comes in."""

from random import Random

import polars as pl
import pytest

from gateway.central.read import read_columns, read_records
from gateway.exchange.document import package_xml, record_xml
from gateway.standard import load_gate, load_standard
from gateway.standard.digest import line_digests, record_digests
from gateway.standard.header import Header
from gateway.standard.samples import sound
from tests.conftest import NOW

KIND = load_standard().kind("AdministrativePenalty")
GUID = "00000000-0000-4000-8000-000000000000"


def package(frame: pl.DataFrame) -> bytes:
    keys = pl.Series([f"{n:032x}" for n in range(frame.height)])
    xml = record_xml(frame, KIND, keys, pl.Series(["added"] * frame.height))
    header = Header(GUID, "demo", "demo.feed", KIND.name, "1.0", 1, NOW, frame.height)
    return package_xml(header, xml)


def frame(**values: str) -> pl.DataFrame:
    rows = [{**sound(KIND, Random(n), NOW.date()), **values} for n in range(20)]
    return pl.DataFrame(rows, schema=dict.fromkeys(KIND.field_names, pl.String))


def test_what_the_gateway_writes_is_read_back_with_the_same_digest() -> None:
    records = frame(Content="罚款 & <没收>")
    root, faults = load_gate().package(package(records))

    read = read_records(root, KIND)

    assert faults == []
    assert read_columns(read, KIND, KIND.field_names).equals(records)
    assert line_digests(read.lines) == record_digests(records, KIND).to_list()
    for shape, texts, row in zip(read.shapes, read.texts, read.rows, strict=True):
        assert dict(zip(shape, texts, strict=True)) == {
            name: value for name, value in zip(KIND.field_names, row, strict=True) if value
        }  # fmt: skip


@pytest.mark.parametrize(
    ("plain", "loose"),
    [
        (b">one two<", b"> one two<"),
        (b">one two<", b">one two <"),
        (b">one two<", b">one  two<"),
        (b">one two<", b">one\ttwo<"),
        (b">one two<", b">one\n\t two<"),
        (b">one two<", b">one&#13;two<"),
        (b">one two<", b"><![CDATA[one]]> two<"),
        (b">one two<", b">one<!-- aside --> two<"),
        (b'key="', b'key=" '),
        (b"<c:Content>", b"\n   <c:Content>"),
        (b"<c:Content>", b"<c:Content >"),
    ],
)
def test_white_space_and_form_change_nothing(plain: bytes, loose: bytes) -> None:
    xml = package(frame(Content="one two"))
    assert plain in xml

    root, faults = load_gate().package(xml.replace(plain, loose))

    assert faults == []
    assert read_records(root, KIND) == read_records(load_gate().package(xml)[0], KIND)
