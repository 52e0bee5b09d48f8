"""What is written comes back; what is broken is refused; every record is counted."""

import io
import json
import random
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.formats import Format, FormatError
from adapters.formats.dbf import Dbf, DbfSettings
from adapters.formats.json import Json, JsonSettings
from adapters.formats.xml import Xml, XmlSettings
from tests.oracles import NoDocument, Rows, json_oracle, xml_oracle
from tests.support.dbf_tables import field, table

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NAMES = st.sampled_from(["a", "b", "c", "名", "a.b", "b"])
VALUES = st.one_of(
    TEXT,
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(10**20, 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.just(-0.0),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(NAMES, TEXT, max_size=2),
)
XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff\ufffd").filter(
        lambda c: c >= " " or c in "\t\n"
    ),
    max_size=8,
)
PIECES = [
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b",",
    b":",
    b"\\",
    b"\\ud800",
    b"NaN",
    b"-0",
    b"1.10",
    b"1E5",
    b"null",
    b" ",
    b"\n",
    b"<R>",
    b"</R>",
    b"<W>",
    b"</W>",
    b"<W/>",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"&amp;",
    b"&#1;",
    b"&x;",
    b"<a>",
    b"</a>",
    b'<a b="1"/>',
    b"\xff",
    b"\x00",
    b"*",
    b"\x1a",
    b"\xe6\x83\xa0",
    "惠".encode("gbk"),
    b'"a":1',
    b'{"a":"x"},',
    b"<W><a>1</a></W>",
]


def json_rows(data: bytes) -> list[dict[str, str] | None]:
    """Return the rows of a document that is an array of objects, as the oracle reads them."""
    return in_order(json_oracle.read(data, {}))


def in_order(rows: Rows) -> list[dict[str, str] | None]:
    """Return an oracle's rows one after the other."""
    return [rows[number] for number in sorted(rows)]


def read(made: Format, data: bytes, size: int = 3) -> tuple[dict[int, dict[str, str] | None], int]:
    """Return the rows by number, None for one at fault, and how many records there are in all."""
    rows: dict[int, dict[str, str] | None] = {}
    others = 0
    for chunk in made.read(io.BytesIO(data), size):
        faulty = {fault.row for fault in chunk.faults}
        for place, (number, row) in enumerate(
            zip(chunk.numbers, chunk.rows.iter_rows(named=True), strict=True)
        ):
            rows[number] = None if place in faulty else row
        others += chunk.blank + chunk.left_out + chunk.deleted
    return rows, len(rows) + others


def counted(made: Format, data: bytes) -> int:
    count = made.count(io.BytesIO(data))
    assert count is not None
    return count.records


def hold(made: Format, data: bytes, oracle: Any) -> None:
    """Hold what a format reads against the oracle's rows and its own count."""
    try:
        rows, records = read(made, data)
    except FormatError:
        return
    assert records == counted(made, data)
    try:
        right = oracle(data)
    except NoDocument:
        # The oracle does not know what only costs a row: bytes that do not decode, for instance.
        assert None in rows.values() or not rows
        return
    assert sorted(rows) == [*range(1, len(right) + 1)]
    for number, row in rows.items():
        wanted = right[number - 1]
        if row is None:
            continue
        assert wanted is not None, (number, row)
        assert {name: value for name, value in row.items() if value} == {
            name: value for name, value in wanted.items() if value
        }


def mutations(data: bytes, seed: int, times: int) -> Iterator[bytes]:
    """Yield a document with pieces put in, taken out and doubled."""
    chance = random.Random(seed)
    for _ in range(times):
        made = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(made) + 1)
            end = min(at + chance.randint(0, 12), len(made))
            match chance.randrange(4):
                case 0:
                    made[at:at] = chance.choice(PIECES)
                case 1:
                    del made[at:end]
                case 2:
                    made[at:at] = made[at:end]
                case _:
                    made[at:end] = bytes(chance.randrange(256) for _ in range(end - at))
        yield bytes(made)


# --- JSON ---------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.dictionaries(NAMES, VALUES, max_size=4), max_size=5), st.booleans(), st.booleans()
)
def test_json_comes_back_as_it_was_written(
    documents: list[dict[str, Any]], ascii_only: bool, indented: bool
) -> None:
    data = json.dumps(documents, ensure_ascii=ascii_only, indent=1 if indented else None).encode()
    json_format = Json(JsonSettings())
    right = json_rows(data)
    if documents and not any(right):
        # Nothing tells which columns there are.
        with suppress(FormatError):
            read(json_format, data)
        return

    rows, _ = read(json_format, data)

    columns = {name for row in right if row is not None for name in row}
    assert [
        None if row is None else {n: v for n, v in row.items() if n in columns}
        for row in rows.values()
    ] == [None if row is None else {name: row.get(name, "") for name in columns} for row in right]
    hold(json_format, data, json_rows)
    lines = "\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in documents).encode()
    if documents:
        assert read(Json(JsonSettings(lines=True)), lines)[0] == rows


JSON = (
    b'{"data":{"n":3,"items":[{"a":"x","b":1.10},{"a":"\\u60e0","b":-0,"o":{"p":null}},{"a":"z"}]}}'
)


@pytest.mark.parametrize("seed", range(20))
def test_broken_json_is_refused_or_read_as_the_oracle_does(seed: int) -> None:
    json_format = Json(JsonSettings(rows="data.items"))

    def oracle(data: bytes) -> list[dict[str, str] | None]:
        try:
            items = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)["data"]["items"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise NoDocument from None
        if not isinstance(items, list):
            raise NoDocument
        return [None] * len(items)

    for data in mutations(JSON, seed, 100):
        try:
            rows, records = read(json_format, data)
        except FormatError:
            continue
        assert records == counted(json_format, data), data
        if all(row is not None for row in rows.values()):
            assert len(oracle(data)) == len(rows), data
        bare = data[data.find(b"[") : data.rfind(b"]") + 1]
        hold(Json(JsonSettings()), bare, json_rows)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError
    return made


@pytest.mark.parametrize("seed", range(10))
def test_broken_json_lines_never_raise_and_every_line_is_counted(seed: int) -> None:
    json_format = Json(JsonSettings(lines=True))
    data = b"\n".join([b'{"a":"x","b":1.10}'] * 3 + [b"", b'{"a":"\xe6\x83\xa0","b":null}'] * 2)
    for broken in mutations(data, seed, 100):
        try:
            _, records = read(json_format, broken)
        except FormatError:
            continue
        assert records == counted(json_format, broken), broken


# --- XML ----------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.dictionaries(st.sampled_from("abcd"), XML_TEXT, max_size=4), min_size=1, max_size=6
    ),
    st.sampled_from(["utf-8", "gb18030", "utf-16"]),
    st.sampled_from(["", "\n  ", "\r\n"]),
    st.booleans(),
)
def test_xml_comes_back_as_it_was_written(
    documents: list[dict[str, str]], encoding: str, between: str, cdata: bool
) -> None:
    def cell(name: str, value: str) -> str:
        if cdata and "]]>" not in value:
            return f"<{name}><![CDATA[{value}]]></{name}>"
        return f"<{name}>{escape(value)}</{name}>"

    rows = between.join(
        f"<W>{between}{between.join(cell(n, v) for n, v in row.items())}</W>" for row in documents
    )
    text = f'<?xml version="1.0" encoding="{encoding}"?><D><R>{between}{rows}</R></D>'
    data = text.encode(encoding)
    xml_format = Xml(XmlSettings(row="D/R/W", columns=("a", "b", "c", "d")))

    found, records = read(xml_format, data)

    assert records == counted(xml_format, data) == len(documents)
    # A private use or unassigned character may have moved in GB 18030; what is read is text.
    if encoding != "gb18030":
        expected = [{name: row.get(name, "") for name in "abcd"} for row in documents]
        assert [*found.values()] == [
            row if any(v.strip() for v in row.values()) else None for row in expected
        ]


XML = (
    '<D xmlns:p="urn:p"><T>3</T><R>\n<W><a>x</a><b>&lt;1&gt;</b></W>\n<W i="1"><a>惠</a>'
    "<p:b>2</p:b></W><W><a><c>1</c></a></W></R></D>"
).encode()


@pytest.mark.parametrize("seed", range(20))
def test_broken_xml_is_refused_or_read_as_the_oracle_does(seed: int) -> None:
    xml_format = Xml(XmlSettings(row="D/R/W"))
    for data in mutations(XML, seed, 100):
        hold(xml_format, data, lambda some: in_order(xml_oracle.read(some, {"row": "D/R/W"})))


@given(XML_TEXT)
@settings(deadline=None)
def test_an_attribute_comes_back(value: str) -> None:
    data = f"<D><R><W a={quoteattr(value)}><b>1</b></W></R></D>".encode()

    rows, _ = read(Xml(XmlSettings(row="D/R/W")), data)

    assert rows[1] == {"@a": value, "b": "1"}


# --- DBF ----------------------------------------------------------------------------------------

DBF_TEXT = st.text(st.sampled_from("惠州市示例公司 abc\n12"), max_size=5).map(
    lambda t: t.strip(" ")
)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(DBF_TEXT, st.integers(-999, 9999), st.booleans()), max_size=8))
def test_a_table_comes_back_as_it_was_written(rows: list[tuple[str, int, bool]]) -> None:
    records = [
        (b"*" if deleted else b" ") + text.encode("gbk").ljust(12) + str(number).rjust(5).encode()
        for text, number, deleted in rows
    ]
    data = table([field("A", "C", 12), field("N", "N", 5)], records, mark=0x4D)
    made = Dbf(DbfSettings())

    found, count = read(made, data)

    assert count == counted(made, data) == len(rows)
    assert found == {
        place: {"A": text, "N": str(number)}
        for place, (text, number, deleted) in enumerate(rows, 1)
        if not deleted
    }


@pytest.mark.parametrize("seed", range(20))
def test_a_broken_table_is_refused_or_every_record_is_counted(seed: int) -> None:
    records = [b" " + "惠州".encode("gbk").ljust(12) + b"  1.5" + bytes(12) for _ in range(4)]
    fields = [field("A", "C", 12), field("N", "N", 5), field("I", "I", 4), field("T", "T", 8)]
    data = table(fields, records, mark=0x4D)
    made = Dbf(DbfSettings())
    for broken in mutations(data, seed, 100):
        try:
            _, count = read(made, broken)
        except FormatError:
            continue
        assert count == counted(made, broken)
