"""A department's odd file: it is read, or refused with a reason."""

import io
from dataclasses import asdict
from typing import Any

import pytest

from adapters.formats import FormatError
from adapters.formats.dbf import Dbf, DbfSettings
from adapters.formats.delimited import DelimitedSettings, DelimitedText
from adapters.formats.json import Json, JsonSettings
from adapters.formats.xml import Xml, XmlSettings
from adapters.soap_answers.answer import read_answer
from adapters.soap_answers.model import Request, head_of
from tests.support.dbf_tables import field, table

XML, JSON = Xml(XmlSettings(row="Data/Rows/Row")), Json(JsonSettings(rows="data.rows"))


def rows_of(reader: Any, data: bytes) -> list[tuple[Any, ...]]:
    """Return the rows of a file without a fault."""
    chunks = list(reader.read(io.BytesIO(data), 100))
    assert not [fault for chunk in chunks for fault in chunk.faults]
    return [row for chunk in chunks for row in chunk.rows.rows()]


def delimited(**settings: Any) -> DelimitedText:
    return DelimitedText(DelimitedSettings(encoding="utf-8", **settings))


@pytest.mark.parametrize(
    ("reader", "document"),
    [
        (XML, "<Data><Rows><Row><a>1</a></Row><row><a>2</a></row></Rows></Data>"),
        (XML, "<Data><Rows><ROW><a>2</a></ROW><Row><a>1</a></Row></Rows></Data>"),
        (XML, "<Data><Rows><Row><a>1</a></Row><Ｒow><a>2</a></Ｒow></Rows></Data>"),
        (XML, "<Data><Rows><Row><a>1</a></Row></Rows><rows><Row><a>2</a></Row></rows></Data>"),
        (XML, '<Data xmlns:n="n"><Rows><Row><a>1</a></Row><n:row><a>2</a></n:row></Rows></Data>'),
        (JSON, '{"data": {"rows": [{"a": 1}], "Rows": [{"a": 2}]}}'),
        (JSON, '{"Data": {"rows": [{"a": 2}]}, "data": {"rows": [{"a": 1}]}}'),
    ],
)
def test_rows_under_a_name_in_other_letters_refuse_the_file(reader: Any, document: str) -> None:
    with pytest.raises(FormatError) as refused:
        rows_of(reader, document.encode())

    assert refused.value.rule == "format.rows"


@pytest.mark.parametrize(
    ("reader", "document"),
    [
        (XML, "<Data><Row>x</Row><Rows><Row><a>1</a></Row><Page>2</Page></Rows></Data>"),
        (JSON, '{"rows": 1, "data": {"rows": [{"a": "1"}], "page": 2}}'),
    ],
)
def test_other_names_beside_the_rows_are_let_be(reader: Any, document: str) -> None:
    assert rows_of(reader, document.encode()) == [("1",)]


_ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'


@pytest.mark.parametrize(
    "answer",
    [
        "<list><rows><row><a>1</a></row><Row><a>2</a></Row></rows></list>",
        "<list><Rows><row><a>2</a></row></Rows><rows><row><a>1</a></row></rows></list>",
    ],
)
def test_a_service_has_no_rows_under_a_name_in_other_letters_either(answer: str) -> None:
    request = asdict(Request(rows_path="rows.row", answer="list"))
    head = head_of(read_answer(_ENVELOPE.format(answer).encode(), "text/xml", request)[0])

    assert head.failure is not None
    assert head.failure[:2] == ("refused", "soap.answer")


def test_a_size_that_a_service_declares_without_end_is_another_one_than_there_are_rows() -> None:
    size = f'xmlns:e="http://schemas.xmlsoap.org/soap/encoding/" e:arrayType="x[{"9" * 5000}]"'
    answer = f"<list><rows {size}><row><a>1</a></row></rows></list>"
    request = asdict(Request(rows_path="rows.row", answer="list"))
    head = head_of(read_answer(_ENVELOPE.format(answer).encode(), "text/xml", request)[0])

    assert head.counted != 1


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({}, "sep=;\r\na;b\r\n1;2\r\n"),
        ({"separator": ";"}, "sep=;\r\na;b\r\n1;2\r\n"),
        ({"separator": "\t"}, "SEP=\t\r\na\tb\r\n1\t2\r\n"),
        ({"header_row": 2}, '"sep=;"\na,b\n1,2\n'),
        ({"header_row": 0, "columns": ("a", "b")}, "sep=,\n1,2\n"),
    ],
)
def test_excels_line_about_the_separator_is_neither_headings_nor_a_row(
    settings: dict[str, Any], text: str
) -> None:
    with pytest.raises(FormatError) as refused:
        rows_of(delimited(**settings), text.encode())

    assert refused.value.rule == "format.header"
    assert "sep=" in str(refused.value).lower()


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"separator": ";", "header_row": 2}, "sep=;\na;b\n1;2\n"),
        ({"header_row": 0, "columns": ("a", "b"), "explanation_rows": 1}, "sep=,\n1,2\n"),
        ({}, "sep,b\n1,2\n"),
    ],
)
def test_a_file_with_that_line_is_read_as_the_refusal_says(
    settings: dict[str, Any], text: str
) -> None:
    assert rows_of(delimited(**settings), text.encode()) == [("1", "2")]


@pytest.mark.parametrize("version", [0x00, 0x02, 0x13, 0x50, 0xFF])
def test_a_table_of_no_known_version_is_refused(version: int) -> None:
    data = table([field("NAME", "C", 4)], [b" 1   "], mark=0x7A, version=version)

    with pytest.raises(FormatError) as refused:
        rows_of(Dbf(DbfSettings()), data)

    assert f"{version:#04x}" in str(refused.value)
