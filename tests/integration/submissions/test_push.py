"""A department that can only call out: real SOAP and HTTP clients against our service."""

import errno
import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from adapters.spool import work_folder_full
from gateway.exchange import feed_store, source_units
from outbox import writing
from tests.support import http_client
from tests.support.case_ways.submission import every_body
from tests.support.clock import NOW
from tests.support.push_gateway import (
    FEED,
    JSON,
    KIND,
    OTHER,
    RECORDS,
    TOKEN,
    TYPES,
    Gateway,
    ask,
    form,
    post,
    push_gateway,
    submit_body,
    whole,
)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    with push_gateway(tmp_path) as receiver:
        yield receiver


def test_json_gets_a_receipt_number_at_once_and_verdicts_later(gateway: Gateway) -> None:
    rows = whole([*RECORDS[:2], {**RECORDS[2], "DecisionDate": "不详"}])
    taken = post(gateway, rows)
    before = ask(gateway, taken.json()["receipt"]).json()

    gateway.exchange()

    assert taken.status_code == 202
    assert (before["state"], before["verdicts"]) == ("waiting", [])
    kept = ask(gateway, taken.json()["receipt"]).json()
    assert kept["state"] == "kept"
    with gateway.engine.connect() as connection:
        assert connection.execute(text("SELECT packed, refused FROM unit")).one() == (2, 1)


def test_a_submission_that_is_refused_in_every_row_says_why(gateway: Gateway) -> None:
    receipt = post(gateway, whole([{**RECORDS[0], "DecisionDate": "不详"}])).json()["receipt"]

    gateway.exchange()

    answered = ask(gateway, receipt).json()
    assert answered["state"] == "answered"
    [verdict] = answered["verdicts"]
    assert (verdict["ref"], verdict["verdict"], verdict["field"]) == (
        "1",
        "refused",
        "DecisionDate",
    )


def test_a_repeat_under_its_own_id_is_known_and_other_rows_under_it_are_refused(
    gateway: Gateway,
) -> None:
    first = post(gateway, whole(RECORDS[:2]), **{"Idempotency-Key": "A-1"})
    again = post(gateway, whole(RECORDS[:2]), **{"Idempotency-Key": "A-1"})
    other = post(gateway, whole(RECORDS[:3]), **{"Idempotency-Key": "A-1"})

    assert first.json()["receipt"] == again.json()["receipt"]
    assert other.status_code == 409


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 422),
        (b'{"rows": []}', 422),
        (b'{"rows": [1]}', 422),
        (b'{"rows": [{"a": {}}]}', 422),
        (b'{"rows": [' + b",".join([b"{}"] * 31) + b"]}", 413),
        (b"[" * 200_000, 400),
        (b'{"rows": "' + b"x" * 17_000_000 + b'"}', 413),
    ],
    ids=[
        "no JSON",
        "no object",
        "no rows",
        "no objects",
        "nested",
        "too many",
        "deep",
        "too large",
    ],
)
def test_what_is_no_submission_is_refused_whole(gateway: Gateway, body: bytes, status: int) -> None:
    answer = http_client.post(
        f"{gateway.url}/push/{FEED}/submissions",
        content=body,
        headers=JSON,
        timeout=30,
    )

    assert answer.status_code == status


def test_numbers_come_as_they_are_written(gateway: Gateway) -> None:
    receipt = http_client.post(
        f"{gateway.url}/push/{FEED}/submissions",
        content=b'{"rows": [{"a": 0.10, "b": 12345678901234567890, "c": true, "d": null}]}',
        headers=JSON,
    ).json()["receipt"]
    _, batch = gateway.fetching.feeds[FEED].adapter.fetch("")

    assert receipt == batch.unit  # type: ignore[union-attr]
    assert batch.rows.row(0) == ("0.10", "12345678901234567890", "1", None)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("feed", "token"),
    [(FEED, "wrong"), (FEED, "another-token-of-water"), (OTHER, TOKEN), ("water.nothing", TOKEN)],
)
def test_nobody_but_the_feeds_department_submits_or_asks_and_nobody_learns_what_there_is(
    gateway: Gateway, feed: str, token: str
) -> None:
    receipt = post(gateway, whole(RECORDS[:1])).json()["receipt"]

    answers = [post(gateway, whole(RECORDS[:1]), token, feed), ask(gateway, receipt, token, feed)]
    answers += [
        http_client.get(f"{gateway.url}/push/{feed}/soap"),
        http_client.post(f"{gateway.url}/push/{feed}/soap", content=b"<x/>"),
    ]

    assert [answer.status_code for answer in answers] == [401] * 4
    assert len({answer.text for answer in answers}) == 1


def test_a_receipt_number_of_another_feed_is_not_there(gateway: Gateway) -> None:
    receipt = post(gateway, whole(RECORDS[:1])).json()["receipt"]

    assert ask(gateway, receipt, "another-token-of-water", OTHER).status_code == 404


def test_without_room_nothing_is_acknowledged(gateway: Gateway) -> None:
    gateway.fetching.paused = True

    assert post(gateway, whole(RECORDS[:1])).status_code == 503


def test_every_case_of_a_submission_is_a_refusal_or_a_receipt_and_never_a_failure(
    gateway: Gateway,
) -> None:
    answers = {body.path: (body, submit_body(gateway, body)) for body in every_body()}

    assert len(answers) > 70
    for path, (body, answer) in answers.items():
        if body.door == "soap" and path.read_bytes()[:1] in (b"\xff", b"\xfe"):
            continue
        if body.door == "json":
            right = {400, 413, 422} if body.refused else {202}
        else:
            right = {500} if body.refused else {200}
        assert answer.status_code in right, (path, answer.text)
        if body.refused and answer.status_code != 413:
            said = answer.json()["title"] if body.door == "json" else answer.text
            assert "soap:Server" not in said
            words = body.right["refused"]["says"]
            assert all(word in said for word in words if "Administrative" not in word), said


def test_a_record_without_a_value_is_refused_by_its_verdict_and_the_others_go_on(
    gateway: Gateway,
) -> None:
    empty = dict.fromkeys(KIND.field_names)
    taken = post(gateway, [*whole(RECORDS[:1]), {}, empty, dict.fromkeys(KIND.field_names, " ")])

    gateway.exchange()

    assert (taken.status_code, taken.json()["rows"]) == (202, 4)
    with gateway.engine.connect() as connection:
        assert connection.execute(text("SELECT packed, refused FROM unit")).one() == (1, 3)
        rules = connection.execute(text("SELECT rule FROM fault WHERE field = ''"))
        assert list(rules.scalars()) == ["row.empty"] * 3


@pytest.mark.parametrize("door", ["json", "soap"])
def test_a_submission_without_any_value_is_refused_at_the_door_and_nothing_waits(
    gateway: Gateway, door: str
) -> None:
    if door == "json":
        answer = post(gateway, [{}])
    else:
        body = (
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Submit '
            f'xmlns="urn:creditgate:push:1"><{KIND.name}/></Submit></s:Body></s:Envelope>'
        )
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/xml"}
        answer = http_client.post(f"{gateway.url}/push/{FEED}/soap", content=body, headers=headers)

    later = post(gateway, whole(RECORDS[:1])).json()["receipt"]
    gateway.exchange()

    assert answer.status_code == (422 if door == "json" else 500)
    assert ask(gateway, later).json()["state"] == "kept"
    with gateway.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM submission")).scalar_one() == 1


def test_a_submission_that_is_set_aside_says_so_and_why(gateway: Gateway) -> None:
    receipt = post(gateway, whole(RECORDS[:1])).json()["receipt"]
    with writing(gateway.engine) as connection:
        state = feed_store.feed_state(connection, FEED)
        reason = source_units.Text("意外错误（KeyError）", "an unforeseen error (KeyError)")
        source_units.error(connection, state.id, receipt, reason, NOW, 1)
    gateway.exchange()

    told = ask(gateway, receipt).json()
    page = form(gateway, f"submissions/{receipt}")

    assert told["state"] == "set aside"
    [verdict] = told["verdicts"]
    assert (verdict["verdict"], verdict["rule"]) == ("set aside", "source.set_aside")
    assert "KeyError" in verdict["zh"]
    assert "已搁置" in page.text


@pytest.mark.parametrize("door", ["submissions", "soap"])
def test_a_compressed_body_is_told_that_it_is_not_read(gateway: Gateway, door: str) -> None:
    answer = http_client.post(
        f"{gateway.url}/push/{FEED}/{door}",
        content=gzip.compress(b'{"rows": [{"a": 1}]}'),
        headers={
            "Authorization": f"Bearer {TOKEN}",
            "Content-Encoding": "gzip",
            "Content-Type": TYPES[door],
        },
    )

    assert answer.status_code == (415 if door == "submissions" else 500)
    assert "gzip" in answer.text


@pytest.mark.parametrize("receipt", ["%00", "a%00b", "%E6%83%A0", "x" * 300])
def test_what_can_be_no_receipt_number_is_not_there(gateway: Gateway, receipt: str) -> None:
    assert ask(gateway, receipt).status_code in (400, 404)


def test_a_disk_that_is_full_here_is_told_as_507_and_nothing_is_acknowledged(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")

    def no_room(*_: object) -> None:
        raise work_folder_full(full)  # type: ignore[misc]

    monkeypatch.setattr("gateway.web.intake.push.json_rows", no_room)
    monkeypatch.setattr("gateway.web.intake.push.soap_call", no_room)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    rest = http_client.post(
        f"{gateway.url}/push/{FEED}/submissions", json={"rows": RECORDS[:1]}, headers=headers
    )
    soap = http_client.post(
        f"{gateway.url}/push/{FEED}/soap",
        content=b"<a/>",
        headers={**headers, "Content-Type": "text/xml"},
    )
    monkeypatch.setattr("gateway.web.intake.form._rows_of", lambda *_: (_ for _ in ()).throw(full))
    upload = form(gateway, "file", files={"file": b"x"})

    assert rest.status_code == 507
    assert "TMPDIR" in rest.json()["title"]
    assert soap.status_code in (500, 507)
    assert "TMPDIR" in soap.text
    assert upload.status_code == 507
    assert "TMPDIR" in upload.text


@pytest.mark.parametrize(
    ("content_type", "body", "says"),
    [
        # In GBK these bytes say 联通, and they are sound UTF-8 by chance.
        (
            "application/json; charset=gbk",
            b'{"rows": [{"SubjectName": "\xc1\xaa\xcd\xa8"}]}',
            "gbk",
        ),
        ("application/json; charset=klingon", b'{"rows": [{"SubjectName": "a"}]}', "klingon"),
    ],
)
def test_a_body_that_says_that_it_is_not_in_utf_8_is_refused(
    gateway: Gateway, content_type: str, body: bytes, says: str
) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": content_type}

    refused = http_client.post(
        f"{gateway.url}/push/{FEED}/submissions", content=body, headers=headers
    )

    assert refused.status_code == 415
    assert says in refused.json()["title"]
