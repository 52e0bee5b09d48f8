"""JSON, XML and DBF: claims are bounded, ends may be padded, memory does not grow."""

import contextlib
import io
import json
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from adapters.formats import Chunk, Format, FormatError
from adapters.formats.dbf import Dbf, DbfSettings
from adapters.formats.json import Json, JsonSettings
from adapters.formats.padding import without_padding
from adapters.formats.xml import Xml, XmlSettings
from adapters.input_limits import InputLimits, enforce
from tests.support.dbf_tables import field, table

ARRAY, LINES = Json(JsonSettings()), Json(JsonSettings(lines=True))
XML = Xml(XmlSettings(row="D/R/W"))


def read(made: Format, data: bytes, size: int = 1_000, after: int = 0) -> list[Chunk]:
    return list(made.read(io.BytesIO(data), size, after))


def xml(*rows: str) -> bytes:
    return f"<D><R>{''.join(f'<W>{row}</W>' for row in rows)}</R></D>".encode()


@pytest.fixture
def small() -> Iterator[InputLimits]:
    limits = InputLimits(columns=3, digits=5, depth=4, characters=8)
    enforce(limits)
    yield limits
    enforce(InputLimits())


@pytest.mark.parametrize(
    "row",
    [
        '{"a":"123456789"}',
        '{"a":123456}',
        '{"a":1.00000}',
        '{"a":1,"b":2,"c":3,"d":4}',
        '{"a":{"a":{"a":{"a":{"a":1}}}}}',
    ],
)
@pytest.mark.usefixtures("small")
def test_what_is_too_large_refuses_its_row_of_json(row: str) -> None:
    for made, data in ((ARRAY, f'[{{"a":1}},{row}]'), (LINES, f'{{"a":1}}\n{row}')):
        [chunk] = read(made, data.encode())

        assert [fault.row for fault in chunk.faults] == [1]
        assert chunk.faults[0].rule in ("format.limit", "format.row")


@pytest.mark.parametrize(
    "row",
    [
        "<a>123456789</a>",
        "<a/><b/><c/><d>1</d>",
        "<a><a><a><a><a>1</a></a></a></a></a>",
        "<a b='123456789'/>",
    ],
)
@pytest.mark.usefixtures("small")
def test_what_is_too_large_refuses_its_row_of_xml(row: str) -> None:
    [chunk] = read(XML, xml("<a>1</a>", row, "<a>2</a>"))

    assert [fault.row for fault in chunk.faults] == [1]


@pytest.mark.usefixtures("small")
def test_too_many_columns_refuse_a_table() -> None:
    fields = [field(name, "C", 1) for name in "ABCD"]

    with pytest.raises(FormatError, match="3 columns"):
        read(Dbf(DbfSettings()), table(fields, [b" 1234"], mark=0x4D))


@pytest.mark.parametrize(
    ("made", "data"), [(ARRAY, b'[{"a":1}]'), (LINES, b'{"a":1}\n'), (XML, xml("<a>1</a>"))]
)
@pytest.mark.parametrize(
    "end", [b"\x1a", b"\0" * 100, b"\r\n\x1a\0", b"\x1a\r\n", b"\n\x1a\n\0\r\n"]
)
def test_what_pads_the_end_is_no_record(made: Format, data: bytes, end: bytes) -> None:
    counted = made.count(io.BytesIO(data + end))
    chunks = read(made, data + end)

    assert counted is not None
    assert counted.records == sum(len(c.numbers) + c.blank for c in chunks)
    assert chunks[0].rows.to_dicts() == [{"a": "1"}]
    assert not chunks[0].faults


def test_padding_in_the_middle_stays() -> None:
    assert b"".join(without_padding([b"a\0", b"\x1a", b"\0b\0", b"\0"])) == b"a\0\x1a\0b"
    assert b"".join(without_padding([b"a\n\x1a", b"\n", b"b\n", b"\0\n"])) == b"a\n\x1a\nb\n"


@pytest.mark.parametrize(
    ("made", "data"),
    [
        (ARRAY, b'[{"a":"' + b"x" * 30_000_000),
        (ARRAY, b'{"a":"' + b"x" * 30_000_000),
        (ARRAY, b'[{"a":' + b"[" * 200_000),
        (LINES, b'{"a":' + b"[" * 200_000 + b"\n"),
        (XML, b"<D><R><W>" + b"<!--" * 100_000),
        (XML, b"<D><R><W>" + b"<" * 100_000),
        (XML, b"<D><R><W>" + b"<a>" * 100_000),
        (XML, b'<D><R><W a="' + b"<a b='" * 100_000),
        (XML, xml("&#x1;" * 50_000)),
        (XML, b"<D><R><W " + b" ".join(b'a%d="1"' % n for n in range(20_000)) + b"/></R></D>"),
        (XML, xml("<a/>" * 100_000)),
    ],
)
def test_what_is_made_to_be_slow_is_not(made: Format, data: bytes) -> None:
    start = time.process_time()
    with contextlib.suppress(FormatError):
        assert all(chunk.faults for chunk in read(made, data))
    made.count(io.BytesIO(data))

    assert time.process_time() - start < 5


ROW = {f"column{n}": f"惠州市示例公司第{n}号" for n in range(10)}


@pytest.mark.parametrize("form", ["array", "lines", "exact"])
def test_a_long_file_of_json_is_read_in_little_memory(form: str) -> None:
    row = {**ROW, "nested": {"a": None}} if form == "exact" else ROW
    text = json.dumps(row, ensure_ascii=False)
    rows = 6_000
    data = ("\n" if form == "lines" else ",").join([text] * rows)
    made = LINES if form == "lines" else ARRAY
    stream = io.BytesIO(data.encode() if form == "lines" else f"[{data}]".encode())
    tracemalloc.start()
    count = sum(chunk.rows.height for chunk in made.read(stream, 500))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == rows
    assert peak < 10_000_000


def test_a_reading_goes_on_after_a_row_with_what_was_not_counted_yet() -> None:
    data = b'{"a":1}\n\n{"a":2}\n\n\n{"a":3}\n\n'

    whole = read(LINES, data, size=1)
    rest = read(LINES, data, size=1, after=3)

    assert [(c.numbers, c.blank) for c in whole] == [([1], 0), ([3], 1), ([6], 2), ([], 1)]
    assert [(c.numbers, c.blank) for c in rest] == [([6], 2), ([], 1)]


def test_a_column_that_comes_after_the_first_thousand_rows_is_told_with_its_setting() -> None:
    data = b'{"a":1}\n' * 1_500 + b'{"a":1,"b":2}\n'

    faults = [fault for chunk in read(LINES, data) for fault in chunk.faults]

    assert [fault.rule for fault in faults] == ["format.row"]
    assert "`columns`" in faults[0].en


def _dbf(*names: bytes) -> bytes:
    return table([field("A", "C", 30)], [b" " + name.ljust(30) for name in names], mark=0x4D)


def test_a_rare_name_alone_in_the_last_block_of_a_table_refuses_nothing() -> None:
    usual = ["惠州示例公司".encode("gbk")] * 512

    [chunk] = read(Dbf(DbfSettings()), _dbf(*usual, "鸔韺鵔蕛".encode("gbk")))

    assert (chunk.rows["A"][-1], chunk.faults) == ("鸔韺鵔蕛", ())


def test_a_rare_name_refuses_nothing_where_a_fetch_goes_on_with_it_either() -> None:
    data = _dbf(*["惠州示例公司".encode("gbk")] * 3, "鸔韺鵔蕛".encode("gbk"))

    [chunk] = read(Dbf(DbfSettings()), data, after=3)

    assert (chunk.rows["A"].to_list(), chunk.numbers) == (["鸔韺鵔蕛"], [4])


def test_a_record_in_utf8_among_those_in_gbk_is_not_read_as_gbk() -> None:
    usual = ["惠州示例公司".encode("gbk")] * 300

    [chunk] = read(Dbf(DbfSettings()), _dbf(*usual, "惠州市示例有限公司".encode() + b" x", *usual))

    assert chunk.rows["A"][300].replace("\ufffd", "").strip() == "x"
    assert chunk.rows["A"].n_unique() == 2
