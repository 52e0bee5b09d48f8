"""Rows of an answer that are matched as text come out as the parser reads them.

A comment in front makes all of an answer go through the parser: with it and without it are the
same.
"""

import random
from dataclasses import asdict
from typing import Any

import pytest

from adapters.soap_answers.answer import read_answer
from adapters.soap_answers.model import Request

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_VALUES = (
    "甲",
    "",
    "x &amp; y",
    "&lt;b&gt;",
    "&#x7532;",
    "a\r\nb",
    "a\rb",
    "  ",
    "2026-03-04T16:00:00Z",
    '"',
    ">",
    "<b>1</b>",
    "乙",
    "1",
    "]]&gt;",
)
#: Pieces that make a row one for the parser, or the whole answer no XML.
_ODD = ("&nbsp;", "&#1;", "]]>", "<row/>", "</row>", "<x:y/>", "<id>", "text")


def _cell(chance: random.Random, name: str) -> str:
    form = chance.random()
    if form < 0.05:
        return f"<{name}/>"
    if form < 0.08:
        return f'<{name} a="1">x</{name}>'
    if form < 0.1:
        return f'<{name} xmlns:i="{_XSI}" i:nil="true"/>'
    return f"<{name}>{chance.choice(_VALUES)}</{name}>"


def _row(chance: random.Random, prefix: str, names: list[str]) -> str:
    names = list(names)
    if chance.random() < 0.15:
        names.pop(chance.randrange(len(names)))
    if chance.random() < 0.05:
        names.append(chance.choice(["id", "row"]))
    space = chance.choice(["", "", "\n  ", "\r\n"])
    tag = chance.choice(["row"] * 20 + ['row id="1"', "row "])
    cells = space.join(_cell(chance, f"{prefix}{name}") for name in names)
    return f"<{prefix}{tag}>{space}{cells}{space}</{prefix}row>{chance.choice(['', chr(10), ' '])}"


def _answer(chance: random.Random, before: str = "") -> str:
    prefix = chance.choice(["", "", "m:"])
    names = ["id", "name", "d1", "d2"][: chance.randint(2, 4)]
    rows = [_row(chance, prefix, names) for _ in range(chance.randint(0, 9))]
    if chance.random() < 0.1:
        rows.insert(chance.randint(0, len(rows)), chance.choice(_ODD))
    inner = f"<{prefix}rows>{''.join(rows)}</{prefix}rows>"
    if chance.random() < 0.1:
        inner += f"<{prefix}rows>{''.join(reversed(rows))}</{prefix}rows>"
    return (
        f'<s:Envelope xmlns:s="{_SOAP}">{before}<s:Body><{prefix}r xmlns:m="urn:a">{inner}'
        f"</{prefix}r></s:Body></s:Envelope>"
    )


def _read(text: str) -> tuple[dict[str, Any], dict[str, list[str]]]:
    head, rows = read_answer(text.encode(), "text/xml", asdict(Request(rows_path="rows.row")))
    return head, rows.to_dict(as_series=False)


@pytest.mark.parametrize("seed", range(2))
def test_matched_rows_are_those_that_the_parser_reads(seed: int) -> None:
    for number in range(120):
        name = f"{seed}.{number}"

        matched = _read(_answer(random.Random(name)))
        parsed = _read(_answer(random.Random(name), "<!-- -->"))

        assert matched == parsed, name


def test_an_end_of_a_row_within_a_comment_or_cdata_is_none() -> None:
    row = "<row><id>1</id></row>"
    hidden = f"<!-- {row}{row} --><x><![CDATA[{row}{row}]]></x>"

    for rows in (f"<row/>{hidden}{row}", f"{row}{hidden}{row}{row}", f"{hidden}{row}"):
        head, read = _read(
            f'<s:Envelope xmlns:s="{_SOAP}"><s:Body><r><rows>{rows}</rows></r></s:Body>'
            "</s:Envelope>"
        )

        assert (head["failure"], len(read["id"])) == (None, rows.replace(hidden, "").count("<row"))


def test_an_undefined_entity_is_told_by_its_name() -> None:
    head, _ = _read(
        f'<s:Envelope xmlns:s="{_SOAP}"><s:Body><r><rows><row><id>1</id></row>\n'
        "<row><id>2</id></row>\n<row><id>&nbsp;</id></row><row><id>3</id></row></rows></r>"
        "</s:Body></s:Envelope>"
    )

    assert head["failure"][1] == "soap.xml"
    assert "Entity 'nbsp' not defined, line 3" in head["failure"][3]
