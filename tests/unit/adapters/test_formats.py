"""JSON, XML and DBF: rows as they stand, row faults with their numbers, hostile files refused."""

import io
import json
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import dbf
import polars as pl
import pytest

from adapters.formats import Chunk, Format, FormatError
from adapters.formats.dbf import Dbf, DbfSettings
from adapters.formats.json import Json, JsonSettings
from adapters.formats.xml import Xml, XmlSettings

ROWS = [
    {"XK_WSH": f"惠许〔2026〕{n}号", "XK_NR": "准予新建，年产 5 吨", "XK_JE": f"{n}.50"}
    for n in range(1, 8)
]
COLUMNS = tuple(ROWS[0])


def read(made: Format, data: bytes, size: int = 3, after: int = 0) -> list[Chunk]:
    return list(made.read(io.BytesIO(data), size, after))


def rows(found: list[Chunk]) -> list[dict[str, Any]]:
    return [row for chunk in found for row in chunk.rows.to_dicts()]


def numbers(found: list[Chunk]) -> list[int]:
    return [number for chunk in found for number in chunk.numbers]


def faults(found: list[Chunk]) -> list[tuple[int, str]]:
    """Give number and rule of each row at fault."""
    return [(chunk.numbers[fault.row], fault.rule) for chunk in found for fault in chunk.faults]


def json_format(**settings: Any) -> Json:
    return Json(JsonSettings.model_validate(settings))


def xml_format(row: str = "Data/Rows/Row", **settings: Any) -> Xml:
    return Xml(XmlSettings.model_validate({"row": row, **settings}))


def xml(data_rows: list[dict[str, str]], encoding: str = "UTF-8") -> bytes:
    body = "".join(
        "<Row>" + "".join(f"<{k}>{v}</{k}>" for k, v in row.items()) + "</Row>" for row in data_rows
    )
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><Data xmlns="urn:x"><Rows>{body}</Rows></Data>'
    )
    return text.encode(encoding)


CASES: dict[str, tuple[Format, bytes]] = {
    "json": (json_format(rows="data.items"), json.dumps({"data": {"items": ROWS}}).encode()),
    "json lines": (
        json_format(lines=True),
        "\n".join(json.dumps(r, ensure_ascii=False) for r in ROWS).encode(),
    ),
    "xml": (xml_format(), xml(ROWS)),
    "xml in GB18030": (xml_format(), xml(ROWS, "GB18030")),
}


@pytest.mark.parametrize("case", CASES)
def test_rows_come_as_they_stand_and_a_reading_goes_on_after_a_row(case: str) -> None:
    made, data = CASES[case]

    found = read(made, data)
    rest = read(made, data, after=numbers(found)[3])

    assert rows(found) == ROWS
    assert [chunk.rows.height for chunk in found] == [3, 3, 1]
    assert rows(rest) == ROWS[4:]
    assert numbers(rest) == numbers(found)[4:]


@pytest.mark.parametrize("case", CASES)
def test_verdicts_are_written_back(case: str) -> None:
    made, _ = CASES[case]
    out = io.BytesIO()

    made.write(iter([pl.DataFrame({"ref": ["1", "2"], "verdict": ["accepted", "退回"]})]), out)

    text = out.getvalue().decode("utf-8")
    assert "退回" in text


# --- JSON ---------------------------------------------------------------------------------------


def test_numbers_stay_as_written_and_objects_become_dotted_names() -> None:
    line = b'{"n": 1.10, "i": 442000123456789012345, "t": true, "z": null, "o": {"a": {"b": "x"}}}'

    for made in (json_format(lines=True), json_format()):
        data = line if made is not None and made._settings.lines else b"[" + line + b"]"
        [row] = rows(read(made, data))
        assert row == {
            "n": "1.10",
            "i": "442000123456789012345",
            "t": "true",
            "z": "",
            "o.a.b": "x",
        }


def test_a_broken_line_refuses_its_row_and_not_its_neighbours() -> None:
    data = (
        b'{"a": "1"}\n{"a": \n\n[1]\n{"a": "2", "b": "3"}\n{"a": ["x"]}\n{"a": "\xff"}\n{"a": '
        b'"4"}\n'
    )

    found = read(json_format(lines=True), data)

    assert faults(found) == [(n, "format.row") for n in (2, 4, 6, 7)]
    assert [row["a"] for row in rows(found)] == ["1", "", "", "2", "", "\ufffd", "4"]
    assert sum(chunk.blank for chunk in found) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[1",
        b'[{"a": 1}',
        b'{"rows": 3}',
        b"[" * 100_000,
        b'[{"a": "\xff"}]',
        b'[{"a": 1}, nonsense]',
    ],
)
def test_a_document_that_is_no_array_of_objects_is_refused_or_its_rows_are(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"JSON|no rows|no object"):
        raise_faults(read(json_format(), data))


def test_a_depth_without_end_in_one_line_refuses_that_row() -> None:
    found = read(
        json_format(lines=True, columns=("a",)),
        b'{"a": ' + b"[" * 200_000 + b"\n" + b'{"a": "1"}\n',
    )

    assert faults(found) == [(1, "format.row")]
    assert rows(found)[1] == {"a": "1"}


def raise_faults(found: list[Chunk]) -> None:
    """Let a row at fault count like a file at fault."""
    for chunk in found:
        for fault in chunk.faults:
            raise FormatError(fault.rule, fault.zh, fault.en)


# --- XML ----------------------------------------------------------------------------------------


def test_attributes_and_nested_elements_have_names_of_their_own() -> None:
    data = b'<Data><Rows><Row id="7"><A unit="x">1</A><B><C>2</C></B></Row></Rows></Data>'

    assert rows(read(xml_format(), data)) == [{"@id": "7", "A": "1", "A.@unit": "x", "B.C": "2"}]


def test_an_element_that_comes_twice_is_a_row_fault_and_one_that_the_first_row_lacks_is_none() -> (
    None
):
    data = (
        b"<Data><Rows><Row><A>1</A></Row><Row><A>1</A><A>2</A></Row><Row><A>1</A><B>2</B></Row>"
        b"<Row/></Rows></Data>"
    )

    found = read(xml_format(), data)

    assert faults(found) == [(2, "format.row"), (4, "row.empty")]
    assert rows(found)[2:] == [{"A": "1", "B": "2"}, {"A": "", "B": ""}]


@pytest.mark.parametrize(
    "data",
    [
        (
            b'<!DOCTYPE Data SYSTEM "http://127.0.0.1:9/x.dtd"><Data><Rows><Row><A>1</A></Row>'
            b"</Rows></Data>"
        ),
        (
            b'<!DOCTYPE Data [<!ENTITY a SYSTEM "file:///etc/passwd">]><Data><Rows><Row>'
            b"<A>&a;</A></Row></Rows></Data>"
        ),
        (
            b'<!DOCTYPE Data [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><Data><Rows><Row>'
            b"<A>&b;</A></Row></Rows></Data>"
        ),
        (
            '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE Data [<!ENTITY a "x">]><Data><Rows>'
            "<Row/></Rows></Data>"
        ).encode("utf-16"),
        b"",
        b"not xml",
        b"<Data><Rows><Row>",
        b"<Data>" + b"<a>" * 100_000,
    ],
)
def test_hostile_or_broken_xml_is_refused_whole(data: bytes) -> None:
    with pytest.raises(FormatError):
        read(xml_format(), data)


def test_a_long_document_is_read_in_little_memory() -> None:
    made = xml_format()
    data = xml(ROWS * 5_000)
    tracemalloc.start()
    count = sum(chunk.rows.height for chunk in made.read(io.BytesIO(data), 1000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 35_000
    assert peak < 7_500_000


# --- DBF ----------------------------------------------------------------------------------------


@pytest.fixture(params=["dbf", "db3", "vfp"])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A table by the dbf package in three dialects; its second record is marked deleted."""
    path = tmp_path / "licence.dbf"
    kind = {"dbf": "db3", "db3": "clp", "vfp": "vfp"}[request.param]
    made = dbf.Table(
        str(path), "WSH C(30); JE N(12,2); RQ D; YX L", codepage="cp936", dbf_type=kind
    )
    made.open(dbf.READ_WRITE)
    for number in range(1, 6):
        made.append(
            (f"惠许〔2026〕{number}号", number + 0.5, dbf.Date(2026, 4, number), number % 2 == 0)
        )
    with made[1] as record:
        dbf.delete(record)
    made.close()
    return path


def test_a_table_of_a_real_program_is_read_whole(table: Path) -> None:
    found = read(Dbf(DbfSettings()), table.read_bytes(), size=2)

    assert numbers(found) == [1, 3, 4, 5]
    assert rows(found)[0] == {"WSH": "惠许〔2026〕1号", "JE": "1.50", "RQ": "20260401", "YX": "F"}
    assert rows(read(Dbf(DbfSettings()), table.read_bytes(), after=3)) == rows(found)[2:]
    assert date(2026, 4, 5).strftime("%Y%m%d") == rows(found)[3]["RQ"]


def harmed(data: bytes, at: int, value: bytes) -> bytes:
    return data[:at] + value + data[at + len(value) :]


@pytest.mark.parametrize(
    ("harm", "rule"),
    [
        (lambda data: b"", "format.dbf"),
        (lambda data: data[:100], "format.dbf"),
        (lambda data: data[:-40], "format.dbf"),
        (lambda data: data + b"more of it", "format.dbf"),
        (lambda data: b"PK\x03\x04" + data[4:], "format.dbf"),
        (lambda data: harmed(data, 4, b"\xff\xff\xff\xff"), "format.dbf"),
        (lambda data: harmed(data, 10, b"\x01\x00"), "format.dbf"),
        (lambda data: harmed(data, 29, b"\x00"), "format.encoding"),
        (lambda data: harmed(data, 32 + 11, b"M"), "format.dbf"),
        (lambda data: harmed(data, 64, b"WSH\0"), "format.header"),
    ],
)
def test_a_table_that_is_none_or_is_cut_is_refused_with_its_rule(
    table: Path, harm: Any, rule: str
) -> None:
    data = harm(table.read_bytes())
    if data[:2] == b"PK":
        data = data[:8] + b"\xff\xff" + data[10:]

    with pytest.raises(FormatError) as raised:
        read(Dbf(DbfSettings()), data)

    assert raised.value.rule == rule


def test_binary_columns_of_foxpro_are_read_as_what_they_are(tmp_path: Path) -> None:
    table = dbf.Table(str(tmp_path / "x.dbf"), "N I; M Y; T T", dbf_type="vfp", codepage="cp936")
    table.open(dbf.READ_WRITE)
    table.append(
        (
            -7,
            dbf.Decimal("12.5") if hasattr(dbf, "Decimal") else 12.5,
            dbf.DateTime(2026, 4, 1, 13, 5, 9),
        )
    )
    table.close()

    [row] = rows(read(Dbf(DbfSettings()), (tmp_path / "x.dbf").read_bytes()))

    assert row == {"N": "-7", "M": "12.5000", "T": "2026-04-01 13:05:09"}
