"""One SOAP answer read by a pure function: what crosses the pipe, what nothing ends."""

import json
import random
import subprocess
import sys
import time
from dataclasses import asdict
from typing import Any

import pytest

from adapters import input_limits
from adapters.input_limits import InputLimits
from adapters.soap.settings import SoapSettings
from adapters.soap.templates import filled, placeholders
from adapters.soap_answers.answer import read_answer
from adapters.soap_answers.counting import count_rows
from adapters.soap_answers.decoding import _BAD_REFERENCE, _allowed, decoded, without_bad_references
from adapters.soap_answers.model import Head, Request, head_of
from adapters.soap_answers.zones import shanghai
from gateway.cli.output import changed_settings

ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body>'
    "</s:Envelope>"
)
ROWS = (
    '<list xmlns="urn:x"><code>0</code><rows><row k="1"><a>惠&#x1;</a><b>2026-03-04T16:00:00Z</b>'
    "</row><row><a>&lt;</a></row></rows></list>"
)


def read(body: str, **changes: Any) -> tuple[Head, Any]:
    request = {"rows_path": "rows.row", "values": ("code",), "answer": "list", **changes}
    head, rows = read_answer(ENVELOPE.format(body).encode(), "text/xml", asdict(Request(**request)))
    return head_of(json.loads(json.dumps(head))), rows


def test_head_and_request_are_json_and_the_frame_is_text() -> None:
    request = json.loads(json.dumps(asdict(Request(rows_path="rows.row", values=("code",)))))

    head, rows = read_answer(ENVELOPE.format(ROWS).encode(), "text/xml", request)
    head = json.loads(json.dumps(head))

    assert head_of(head).counted == 2
    assert head["values"] == {"code": "0"}
    assert [fault[:2] for fault in head["faults"]] == [[0, "format.character"]]
    assert rows.row(0)[::2] == ("1", "2026-03-05 00:00:00")
    assert rows.row(1) == (None, "<", None)


def test_it_is_loaded_without_zeep_and_without_a_network() -> None:
    code = (
        "import sys, adapters.soap_answers.answer; print({'zeep', 'requests', 'socketserver', "
        "'sqlalchemy'} & set(sys.modules))"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert loaded.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("body", "counted"),
    [
        ("<list><rows><row/><row><a/></row></rows></list>", 2),
        (
            "<x:list xmlns:x='u'><x:rows><x:row/><!-- <x:row/> --><x:row a='>'/></x:rows></x:list>",
            2,
        ),
        ("<list><rows><row><row>1</row></row><row><rows><row/></rows></row></rows></list>", 2),
        ("<list><rows><row><![CDATA[</row><row>]]></row></rows><other><row/></other></list>", 1),
        ("<list><sum><rows><row/></rows></sum><rows><row>a:row </row></rows></list>", 1),
        ("<list><rows><Xrow/><row-x/><row\n/><row >1</row ></rows></list>", 2),
        ("<list><rows/></list>", 0),
    ],
)
def test_row_elements_are_counted_by_their_tags(body: str, counted: int) -> None:
    head, rows = read(body, columns=())

    assert rows.height == counted or head.faults
    assert head.counted == counted
    assert count_rows(ENVELOPE.format(body).encode(), ["rows", "row"], -1) == counted


def test_whatever_comes_is_a_head_and_never_an_exception() -> None:
    good = ENVELOPE.format(ROWS).encode()
    random_of = random.Random(17)
    for _ in range(2_000):
        data = bytearray(good)
        for _ in range(random_of.randint(1, 4)):
            place = random_of.randrange(len(data))
            kind = random_of.randrange(4)
            if kind == 0:
                data[place] = random_of.randrange(256)
            elif kind == 1:
                del data[place : place + random_of.randint(1, 30)]
            elif kind == 2:
                data[place:place] = random_of.choice(
                    (b"\x00", b"<", b"&#0;", b"<row>", b"\xff\xfe", b"]]>", b"href='#a'")
                )
            else:
                data[place:place] = data[place : place + random_of.randint(1, 60)]
        request = asdict(
            Request(rows_path="rows.row", values=("code",), ok_path="code", ok_values=("0",))
        )
        header = random_of.choice(
            ("text/xml", "text/xml; charset=gbk", "multipart/related; boundary=x", "")
        )

        head, rows = read_answer(bytes(data), header, request)

        json.dumps(head)
        # What was read is what was counted, or the answer failed.
        assert head["failure"] or head["counted"] in (None, rows.height), bytes(data)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("2026-03-04T16:00:00Z", "2026-03-05 00:00:00"),
        ("2026-03-04T16:00:00.000+00:00", "2026-03-05 00:00:00"),
        ("2026-03-04T16:00:00.1230-01:30", "2026-03-05 01:30:00.123"),
        ("1988-07-01T16:00:00Z", "1988-07-02 01:00:00"),
        ("2026-02-30T00:00:00Z", "2026-02-30T00:00:00Z"),
        ("2026-03-04T24:00:00Z", "2026-03-04T24:00:00Z"),
        ("2026-03-04T16:00:00", "2026-03-04T16:00:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("see 2026-03-04T16:00:00Z", "see 2026-03-04T16:00:00Z"),
    ],
)
def test_moments_with_a_zone_become_those_of_shanghai_and_nothing_else_changes(
    text: str, right: str
) -> None:
    assert shanghai(text) == right


def test_places_are_filled_in_as_what_stands_around_them_wants() -> None:
    values = {"page": 2, "password": "a<&\"'b"}

    assert filled({"page": "{page}", "n": [1, "{page}"]}, values) == {"page": 2, "n": [1, 2]}
    assert filled('<q p="{password}">{page}</q>', values) == '<q p="a&lt;&amp;&quot;&apos;b">2</q>'
    assert filled('{"p":"{password}","x":{page}}', values) == '{"p":"a<&\\"\'b","x":2}'
    assert filled("{other} {page}", values) == "{other} 2"
    assert placeholders([{"a": ["{page}", {"b": "x{token}"}]}, "{no}"]) == {"page", "token"}


def test_a_bad_character_is_named_and_its_mark_occurs_nowhere_else() -> None:
    raw = decoded("<a>\ufdd0&#xFDD1;\x02</a>".encode(), "text/xml")
    referred = without_bad_references(decoded("<a>\ufdd0&#1;</a>".encode(), "text/xml"))

    assert raw.mark == "\ufdd2"
    assert raw.bad(raw.data.decode()) == "U+0002"
    assert referred is not None
    assert referred.mark == "\ufdd1"
    assert referred.bad(referred.data.decode()) == "U+0001"


@pytest.mark.parametrize(
    "wrong",
    [
        {"security": "basic"},
        {"security": "none", "paging": "number"},
        {"security": "none", "paging": "none", "arguments": {"t": "{token}"}},
        {"security": "none", "paging": "none", "arguments": {"t": "{login}"}},
        {"security": "none", "paging": "date", "arguments": {"t": "{from}"}},
    ],
)
def test_settings_that_lack_what_they_name_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="needs"):
        SoapSettings.model_validate(
            {"wsdl": "x.wsdl", "endpoint": "http://x/", "operation": "o", "rows_path": "r", **wrong}
        )


def test_a_place_in_an_argument_stands_for_the_argument_s_name() -> None:
    made = SoapSettings.model_validate(
        {
            "wsdl": "x.wsdl",
            "endpoint": "http://x/",
            "security": "none",
            "operation": "o",
            "file_path": "return",
            "paging": "number",
            "arguments": {"xml": "<q>{page}</q>"},
        }
    )

    assert made.paged


def bomb(levels: int, width: int) -> str:
    """Return an answer whose references multiply: each element refers to the next many times."""
    multi = "".join(
        f'<m id="i{n}">' + "".join(f'<c{k} href="#i{n + 1}"/>' for k in range(width)) + "</m>"
        for n in range(levels)
    )
    return f'<list><rows><row href="#i0"/></rows></list>{multi}<m id="i{levels}"><v>1</v></m>'


@pytest.mark.parametrize(
    "body",
    [
        bomb(30, 10),
        "<list><rows>"
        + '<row href="#x"/>' * 3_000
        + '</rows></list><m id="x">'
        + "".join(f"<c{n}/>" for n in range(3_999))
        + "</m>",
        "<list>" + "<a>" * 200 + "</a>" * 200 + "</list>",
        "<list><rows><row>" + "".join(f"<c{n}/>" for n in range(4_001)) + "</row></rows></list>",
    ],
    ids=["references that multiply", "rows of one element", "depth", "columns"],
)
def test_what_would_take_long_is_refused_soon(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_limits, "_limits", InputLimits(cells=100_000))
    started = time.process_time()

    head, rows = read(body)

    assert time.process_time() - started < 20
    assert head.failure or head.faults or head.doubt
    assert rows.height <= 3_000


@pytest.mark.parametrize(
    "lead",
    ["<!--a-->" * 5_000, "<?a b?>" * 5_000, " " * 100_000, "<!--" * 20_000],
    ids=["comments", "instructions", "blanks", "unclosed"],
)
def test_a_long_prologue_takes_no_time(lead: str) -> None:
    started = time.process_time()

    data = (lead + ENVELOPE.format(ROWS)).encode()
    head, _ = read_answer(data, "text/xml", asdict(Request(rows_path="rows.row")))

    assert time.process_time() - started < 5
    assert bool(head["failure"]) == lead.startswith("<!--<!--")


def test_codes_may_be_numbers_or_one_text_with_commas() -> None:
    values = {
        "wsdl": "x",
        "endpoint": "http://x/",
        "security": "none",
        "operation": "o",
        "paging": "none",
        "rows_path": "r",
    }

    assert SoapSettings.model_validate({**values, "ok_values": [0, 200, True]}).ok_values == (
        "0",
        "200",
        "true",
    )
    assert SoapSettings.model_validate({**values, "ok_values": "0, 0000"}).ok_values == (
        "0",
        "0000",
    )
    assert changed_settings({}, ("arguments.token={token}", 'header={"H":{"P":"{password}"}}')) == {
        "arguments": {"token": "{token}"},
        "header": {"H": {"P": "{password}"}},
    }


def test_references_are_bad_where_xml_says_so() -> None:
    codes = [
        *range(0x250),
        *range(0xD7F0, 0xE010),
        *range(0xFFF0, 0x10010),
        *range(0x10FFF0, 0x110010),
        16**8,
        10**9,
    ]
    for code in codes:
        for text in (
            f"&#{code};",
            f"&#x{code:x};",
            f"&#x{code:X};",
            f"&#000{code};",
            f"&#x00{code:X};",
        ):
            assert bool(_BAD_REFERENCE.search(text.encode())) != _allowed(code), text
