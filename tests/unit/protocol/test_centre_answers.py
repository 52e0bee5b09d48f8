"""What a centre answers beside receipts: none counts as yes, no or "nothing" by default."""

import json
from datetime import date
from typing import Any

import pytest
from zeep.exceptions import Fault

from gateway.catalogue.model import CatalogueRefusedError, read_catalogue
from gateway.clock import SHANGHAI
from gateway.demo.exchange_platform import catalogue_xml
from gateway.destinations import Failed, Rejected, refused_whole
from gateway.destinations.http import _retry_after
from gateway.destinations.sftp import _rejected
from gateway.destinations.soap import _outcome
from gateway.protocol.answers import (
    AnswerRefusedError,
    DayAtCentre,
    read_days,
    read_records,
    refusal_reason,
)
from gateway.standard import XmlRefusedError
from gateway.text import Text
from outbox.retry import RETRY_AFTER_CAP
from tests.support.clock import NOW

DIGEST = "0" * 64


@pytest.mark.parametrize(
    "value", ["²", "１２", "1e3", "-5", "5.5", "nan", "inf", "soon", "", "Wed, 99 Nov 2026"]
)
def test_a_wait_that_is_none_counts_as_absent(value: str) -> None:
    assert _retry_after(value) is None


@pytest.mark.parametrize(
    "value",
    ["9" * 300, "86401", "Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 -0000"],
)
def test_a_centre_stops_delivery_for_a_day_at_most(value: str) -> None:
    assert _retry_after(value) == RETRY_AFTER_CAP


def test_a_wait_is_read_in_seconds_or_as_a_date() -> None:
    assert _retry_after("7") == 7
    assert _retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0


@pytest.mark.parametrize("status", [None, "422", 422.0, True, 0, 200, 202, 399, 500, 503])
def test_a_refusal_without_a_status_of_one_is_not_believed(status: Any) -> None:
    outcome = refused_whole("too large", status)

    assert isinstance(outcome, Failed)
    assert outcome.answered


@pytest.mark.parametrize(
    ("status", "divisible"), [(400, False), (409, False), (413, True), (422, True), (499, False)]
)
def test_a_refusal_says_whether_its_halves_may_be_taken(status: int, divisible: bool) -> None:
    outcome = refused_whole("bad", status)

    assert isinstance(outcome, Rejected)
    assert outcome.divisible is divisible


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"detail": "x"}', b'{"detail": "x", "status": "422"}', b"[" * 100_000],
)
def test_a_file_that_is_no_refusal_is_looked_at_again(data: bytes) -> None:
    assert isinstance(_rejected(data), Failed)


@pytest.mark.parametrize(
    ("code", "final"),
    [
        ("soap:Client", True),
        ("\n soap:Client.PackageRefused ", True),
        ("soap:Client.SignatureRefused", False),
        (" soap:Client.SignatureRefused\n", False),
        ("soap:ClientNotice", False),
        ("soap:Server", False),
        ("", False),
        (None, False),
    ],
)
def test_only_a_fault_of_the_caller_is_final(code: str | None, final: bool) -> None:
    outcome = _outcome(Fault("no", code=code))  # type: ignore[no-untyped-call]

    assert isinstance(outcome, Rejected) is final


@pytest.mark.parametrize(
    "tree",
    [
        {},
        None,
        0,
        "",
        False,
        {"day": "2026-04-01", "present": 1},
        [[]],
        [None],
        [{}],
        [{"day": "2026-04-01", "present": "1"}],
        [{"day": "2026-04-01", "present": 1.5}],
        [{"day": "2026-04-01", "present": True}],
        [{"day": "2026-04-01", "present": -1}],
        [{"day": "20260401", "present": 1}],
        [{"day": 1, "present": 1}],
        [{"day": "2026-04-01", "present": 1}, {"day": "2026-04-01", "present": 0}],
    ],
)
def test_totals_that_are_no_list_of_days_are_no_answer(tree: Any) -> None:
    with pytest.raises(AnswerRefusedError):
        read_days(tree)


def test_an_empty_list_of_totals_says_that_the_centre_has_nothing() -> None:
    assert read_days([]) == {}
    told = [{"day": "2026-04-01", "present": 2, "more": 1}]
    assert read_days(told) == {date(2026, 4, 1): DayAtCentre(2, None)}


@pytest.mark.parametrize(
    "tree",
    [
        {},
        None,
        0,
        "",
        False,
        [["a", DIGEST]],
        [["b", 1, "2026-04-01"]],
        [["a", DIGEST, ""]],
        [["c", DIGEST, ""], ["b", DIGEST, ""]],
        [["b", DIGEST, ""], ["b", DIGEST, ""]],
        ["abc"],
        [5],
    ],
)
def test_a_page_of_records_that_is_none_or_goes_back_is_no_answer(tree: Any) -> None:
    with pytest.raises(AnswerRefusedError):
        read_records(tree, "a")


def test_a_page_of_records_is_read() -> None:
    assert read_records([["b", DIGEST, "2026-04-01"]], "a") == [("b", DIGEST)]
    assert read_records([], "a") == []


def test_a_feed_in_a_catalogue_is_named_as_the_schema_reads_it() -> None:
    plain = catalogue_xml(1, NOW.astimezone(SHANGHAI))
    blank = plain.replace(b'feed="', b'feed=" &#10;', 1)

    assert read_catalogue(blank) == read_catalogue(plain)


def test_catalogues_with_a_feed_twice_are_refused_whatever_blanks_are_beside_it() -> None:
    plain = catalogue_xml(1, NOW.astimezone(SHANGHAI))
    twice = plain.replace(b'feed="environment.licence"', b'feed=" housing-fund.payment"')

    with pytest.raises(XmlRefusedError):
        read_catalogue(twice)


@pytest.mark.parametrize("length", ["P3660000D", "PT99999999999999999S"])
def test_a_catalogue_with_an_interval_that_no_clock_reaches_is_refused(length: str) -> None:
    document = catalogue_xml(1, NOW.astimezone(SHANGHAI), length)

    with pytest.raises(CatalogueRefusedError):
        read_catalogue(document)


def test_a_problem_document_is_told_by_its_title_and_detail_in_each_language() -> None:
    body = json.dumps(
        {
            "type": "urn:creditgate:problem:sender.feed",
            "status": 403,
            "code": "sender.feed",
            "title": "发送方无权 / the sender may not",
            "detail": "未获准使用 'w/x' / may not use 'w/x'",
        }
    )

    reason = refusal_reason(body.encode())

    assert reason == Text("发送方无权：未获准使用 'w/x'", "the sender may not: may not use 'w/x'")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"title": "Unauthorized", "detail": ""}', "Unauthorized"),
        (b'{"detail": "token / term"}', "token / term"),
        (b'{"title": 7}', '{"title": 7}'),
        (b"[1, 2]", "[1, 2]"),
        (
            b"<html>\n  bad gateway\x1b[2J</html>",
            "<html> bad gateway\N{REPLACEMENT CHARACTER}[2J</html>",
        ),
        (b"[" * 60_000, "[" * 600),
        (b"", ""),
    ],
)
def test_any_other_refusal_is_told_by_how_it_begins(body: bytes, shown: str) -> None:
    assert refusal_reason(body) == Text(shown, shown)
