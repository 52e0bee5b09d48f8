"""Bodies that departments push are read as they stand or refused with a reason."""

import json
import math
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters import input_limits
from adapters.formats import FormatError
from adapters.input_limits import InputLimits
from adapters.soap_submissions import Contract, Submit, soap_call
from adapters.submissions import json_rows
from tests.support.case_ways.submission import Body, every_body

CONTRACT = Contract("urn:x", "Record", ("a", "b"), most=100)
BODIES = list(every_body())
VALUES = st.none() | st.booleans() | st.text(max_size=8) | st.integers() | st.floats()


def damaged(data: bytes, rng: Random) -> bytes:
    """Change, drop, double or swap a few pieces of a body."""
    for _ in range(rng.randint(1, 3)):
        start = rng.randrange(len(data))
        end = start + rng.randint(1, 12)
        piece = rng.choice(
            (
                b"",
                data[start:end] * 2,
                bytes([rng.randrange(256)]),
                b"<",
                b'"',
                b"&#x1;",
                b"\xef\xbb\xbf",
                b"\\ud800",
                b"{",
                b"NaN",
            )
        )
        data = data[:start] + piece + data[end:]
    return data or b"x"


@pytest.mark.parametrize("seed", range(4))
def test_damaged_bodies_are_read_or_refused_and_nothing_else_happens(seed: int) -> None:
    rng = Random(seed)
    for body in BODIES:
        data = body.path.read_bytes()
        if len(data) > 20_000:
            continue
        for _ in range(10):
            refusal = read(body, damaged(data, rng), rng)
            assert refusal is None or (refusal.zh and refusal.en and len(str(refusal)) < 1200)


def read(body: Body, data: bytes, rng: Random) -> FormatError | None:
    """Read a body, JSON also the obvious way; return why it is refused, None where it is not."""
    content_type = rng.choice((body.content_type, "text/xml", "x; charset=GBK"))
    try:
        if body.door == "json":
            assert json_rows(data, 1000) == slow_rows(data)
        else:
            soap_call(data, content_type, CONTRACT if rng.random() < 0.1 else PENALTY)
    except FormatError as error:
        return error
    return None


PENALTY = Contract(
    "urn:creditgate:push:1",
    "AdministrativePenalty",
    ("SubjectName", "DocumentNumber", "Facts"),
    100,
)


def slow_rows(data: bytes) -> list[dict[str, str | None]]:
    """Read rows the obvious way: what is no text is written as JSON has it."""
    tree = json.loads(data.decode("utf-8-sig"), parse_float=Literal, parse_int=Literal)
    return [{name: plain(value) for name, value in row.items()} for row in tree["rows"]]


class Literal:
    """A number as it is written."""

    def __init__(self, text: str) -> None:
        self.text = text


def plain(value: Any) -> str | None:
    if isinstance(value, Literal):
        return value.text
    return {None: None, True: "1", False: "0"}.get(value, value)


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), max_size=4))
def test_what_json_can_say_comes_out_as_it_is_written(rows: list[dict[str, Any]]) -> None:
    data = json.dumps({"rows": rows}).encode("utf-8", "surrogatepass")
    try:
        came = json_rows(data, 1000)
    except FormatError:
        odd = any(
            not name.strip() or (isinstance(value, float) and not math.isfinite(value))
            for row in rows
            for name, value in row.items()
        )
        assert odd or not any(rows) or "\\ud" in data.decode()
        return
    assert came == slow_rows(data)


@settings(deadline=None)
@example([{"a": "", "b": "àò"}, {"a": "à"}])
@given(
    st.lists(
        st.fixed_dictionaries({}, optional={"a": st.text(max_size=9), "b": st.text(max_size=9)}),
        min_size=1,
        max_size=4,
    )
)
def test_what_xml_can_say_comes_out_as_it_stands(rows: list[dict[str, str]]) -> None:
    call = etree.Element("{urn:x}Submit")
    try:
        for row in rows:
            record = etree.SubElement(call, "{urn:x}Record")
            for name, value in row.items():
                etree.SubElement(record, f"{{urn:x}}{name}").text = value
    except ValueError:
        return  # Characters that no XML may hold.
    envelope = etree.Element("{http://schemas.xmlsoap.org/soap/envelope/}Envelope")
    etree.SubElement(envelope, "{http://schemas.xmlsoap.org/soap/envelope/}Body").append(call)
    if not any(rows):
        return
    for charset in ("utf-8", "GB18030", "utf-16"):
        data = etree.tostring(envelope, encoding=charset)
        read = soap_call(data, f"text/xml; charset={charset}", CONTRACT)
        assert isinstance(read, Submit)
        assert read.rows == rows


def test_limits_are_those_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        input_limits, "_limits", InputLimits(columns=2, digits=3, characters=4, grid=5)
    )

    for rows, says in (
        ('{"a": 1, "b": 2, "c": 3}', "2 columns"),
        ('{"a": 1234}', "3 digits"),
        ('{"a": "12345"}', "4 characters"),
        ('{"a": 1, "b": 2}, {}, {}', "3 rows by 2 columns"),
    ):
        with pytest.raises(FormatError, match=says):
            json_rows(f'{{"rows": [{rows}]}}'.encode(), 100)


def test_more_records_than_are_taken_are_not_even_built() -> None:
    with pytest.raises(FormatError) as refused:
        json_rows(b'{"rows": [' + b",".join([b"{}"] * 300_000) + b"]}", 10)

    assert refused.value.rule == "submission.size"
