"""A repeated element refuses its row: values of two elements never come together in one."""

from dataclasses import asdict

import pytest

from adapters.soap_answers.answer import read_answer
from adapters.soap_answers.model import Request

_ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'


@pytest.mark.parametrize(
    "cells",
    [
        "<a>1</a><a>2</a>",
        "<a>2</a><a><b>1</b></a>",
        "<a><b>1</b></a><a>2</a>",
        "<a><b>1</b></a><a><c>2</c></a>",
        "<o><a><b>1</b></a><a>2</a></o>",
    ],
)
def test_a_repeated_element_refuses_its_row_however_each_is_written(cells: str) -> None:
    body = f"<R><rows><row><n>1</n>{cells}</row><row><n>2</n></row></rows></R>"
    request = asdict(Request(rows_path="rows.row"))

    head, rows = read_answer(_ENVELOPE.format(body).encode(), "text/xml", request)

    assert [(place, rule) for place, rule, _, _ in head["faults"]] == [(0, "format.row")]
    assert rows.height == 2
