"""What odd bytes around rows may not do: take long, count as rows, mean two things."""

import time
from collections.abc import Callable

import pytest

from adapters.formats.decoding import MARKS
from adapters.formats.footer import is_row
from adapters.formats.xml_encoding import encoding_of, without_declared
from adapters.soap_answers.counting import count_rows
from adapters.soap_answers.doubt import doubtful
from adapters.soap_answers.instead import instead

MANY = 5_000


@pytest.mark.parametrize(
    "ordinary",
    [
        lambda: instead(b"<!---->" * MANY + b"<x/>", "text/xml"),
        lambda: instead(b"<!-- - -- > -->" * MANY + b"<x/>", "text/xml"),
        lambda: instead(b"<?xml a?>" * MANY + b" " * MANY + b"<x/>", "text/xml"),
        lambda: count_rows(b"<a><" + b"b" * 10 * MANY + b"<c/></a>", ["*"], -1),
        lambda: count_rows(b"<a" + b" '\"'" * MANY + b"<c/></a>", ["*"], -1),
        lambda: encoding_of(b"<?xml version='1.0'" + b" " * 10 * MANY + b"?><a/>"),
        lambda: without_declared(b"<?xml version='1.0'" + b" " * 10 * MANY + b"?><a/>"),
        lambda: is_row("x", ["-" * 10 * MANY + "x", "合计" + "," * 10 * MANY + "x"], [], 0),
        lambda: is_row("x", [" " * 10 * MANY + "x", "合计1" + "," * 10 * MANY + "x"], [], 0),
        lambda: is_row("x", ["合计1" + " " * 10 * MANY + "x"], [], 0),
    ],
)
def test_what_is_written_many_times_is_read_in_one_way(ordinary: Callable[[], object]) -> None:
    started = time.process_time()

    ordinary()

    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "page",
    [
        b"<html>",
        b"<!DOCTYPE html>",
        b"<!---->" * MANY + b"<html>",
        b"<?xml version='1.0'?> <!-- a - b -- c -->\n<!doctype  HTML>",
    ],
)
def test_a_web_page_is_known_behind_what_stands_before_it(page: bytes) -> None:
    assert instead(page, "text/html") is not None


def test_every_mark_that_text_has_is_one_of_xml_too() -> None:
    for mark, name in MARKS:
        found = encoding_of(mark + "<a/>".encode(name))
        assert (found.codec, found.mark) == (name, len(mark))


@pytest.mark.parametrize(
    ("leaves", "container", "doubts", "counts"),
    [
        # What a file takes for an empty list an answer does, too.
        ({"code": "1", "msg": "查询成功"}, "rows", [], []),
        ({"code": "0", "msg": "x"}, "", [], []),
        ({"dept.code": "510100", "dept.state": "异常"}, "rows", [], []),
        ({"dept.total": "12"}, "rows", [], []),
        ({"msg": "今日无新增"}, "rows", [], []),
        ({"code": "1"}, "rows", ["code=1"], []),
        ({"head.rtnCode": "E0013"}, "rows", ["head.rtnCode=E0013"], []),
        ({"info.code": "500"}, "rows", ["info.code=500"], []),
        ({"error": "read timed out"}, "rows", ["error=read timed out"], []),
        ({"errorno": "7"}, "rows", ["errorno=7"], []),
        ({"hasError": "true"}, "rows", ["hasError=true"], []),
        ({"success": "0"}, "", ["success=0"], []),
        ({"total": "25"}, "", [], ["total=25"]),
        ({"rows.text": "see there"}, "rows", ["rows.text=see there"], []),
        ({"rows.page": "1"}, "rows", [], []),
    ],
)
def test_an_answer_without_rows_is_judged_as_a_file_is(
    leaves: dict[str, str], container: str, doubts: list[str], counts: list[str]
) -> None:
    assert doubtful(leaves, set(), container) == (doubts, counts)
