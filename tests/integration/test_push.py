"""A department that can only call out: real SOAP and HTTP clients against the gateway's own service."""

import errno
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine, text
from zeep import Client
from zeep.exceptions import Fault
from zeep.transports import Transport

from adapters.spool import work_folder_full
from gateway.binding import bound
from gateway.clock import utc_now
from gateway.demo.generate import licences
from gateway.exchange import restores, source_units, store
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.fetch import Fetcher
from gateway.feeds import AdapterSettings, Feed, open_feed
from gateway.mapping.start import starting_mapping
from gateway.messages import Text
from gateway.platform import CatalogueKeeper
from gateway.restored import begin
from gateway.serving import WsgiServer
from gateway.settings.web import WebSettings
from gateway.standard import NEWEST, load_standard
from gateway.web import create_app
from outbox import Outbox, writing
from tests.support.case_ways.submission import Body, every_body
from tests.support.clock import NOW
from tests.support.stores import gateway_store

FEED, OTHER = "water.licence", "water.other"
TOKEN = "made-up-token-of-water"
#: Headers of a push of JSON, and what bodies of each door are called.
JSON = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
TYPES = {"submissions": "application/json", "soap": "text/xml"}
KIND = load_standard(NEWEST).kind("AdministrativeLicence")
MADE = licences(1, 40, date(2026, 4, 1))
SOUND = [row for row, entry in zip(MADE.rows, MADE.ledger, strict=True) if entry.fate == "accepted"]
RECORDS = [{KIND.field(code).name: value for code, value in row.items()} for row in SOUND]  # type: ignore[union-attr]


class Fetching:
    """The feeds of the gateway under test."""

    def __init__(self, feeds: dict[str, Feed]) -> None:
        self.feeds = feeds
        self.paused = False


@dataclass
class Gateway:
    engine: Engine
    outbox: Outbox
    keeper: CatalogueKeeper | None
    fetching: Fetching
    url: str = ""

    def clock(self) -> Any:
        return utc_now()

    def exchange(self) -> None:
        """Fetch what was submitted and answer what has its verdicts already."""
        feed = self.fetching.feeds[FEED]
        Fetcher(self.engine, self.outbox, lambda: NOW).fetch(feed)
        acknowledge_due(self.engine, self.outbox, feed, lambda: NOW, 0.5)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    engine = gateway_store(tmp_path / "gateway.db")
    feeds = {}
    for name in (FEED, OTHER):
        path = tmp_path / f"{name}.yaml"
        path.write_text(
            starting_mapping(KIND, name, ("DocumentNumber", "OrganCode"), "en"), "utf-8"
        )
        settings = {"token": TOKEN if name == FEED else "another-token-of-water", "max_rows": 30}
        feeds[name] = bound(
            open_feed(
                AdapterSettings(feed=name, mapping=path, kind="push", settings=settings), tmp_path
            ),
            engine,
        )
    made = Gateway(engine, Outbox(engine), None, Fetching(feeds))
    server = WsgiServer(create_app(made, WebSettings())).start()  # type: ignore[arg-type]
    made.url = f"http://127.0.0.1:{server.port}"
    yield made
    server.stop()
    engine.dispose()


def whole(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give rows every column of the kind, as the mapping wants them."""
    return [{name: row.get(name, "") for name in KIND.field_names} for row in rows]


def post(
    gateway: Gateway, rows: Any, token: str = TOKEN, feed: str = FEED, **headers: str
) -> httpx.Response:
    return httpx.post(
        f"{gateway.url}/push/{feed}/submissions", json={"rows": rows}, headers={"Authorization": f"Bearer {token}", **headers}
    )  # fmt: skip


def ask(gateway: Gateway, receipt: str, token: str = TOKEN, feed: str = FEED) -> httpx.Response:
    return httpx.get(
        f"{gateway.url}/push/{feed}/submissions/{receipt}",
        headers={"Authorization": f"Bearer {token}"},
    )


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
        (b"{", 400), (b"[]", 422), (b'{"rows": []}', 422), (b'{"rows": [1]}', 422), (b'{"rows": [{"a": {}}]}', 422),
        (b'{"rows": [' + b",".join([b"{}"] * 31) + b"]}", 413), (b"[" * 200_000, 400),
        (b'{"rows": "' + b"x" * 17_000_000 + b'"}', 413),
    ],
    ids=["no JSON", "no object", "no rows", "no objects", "nested", "too many", "deep", "too large"],
)  # fmt: skip
def test_what_is_no_submission_is_refused_whole(gateway: Gateway, body: bytes, status: int) -> None:
    answer = httpx.post(
        f"{gateway.url}/push/{FEED}/submissions",
        content=body,
        headers=JSON,
        timeout=30,
    )

    assert answer.status_code == status


def test_numbers_come_as_they_are_written(gateway: Gateway) -> None:
    receipt = httpx.post(
        f"{gateway.url}/push/{FEED}/submissions", content=b'{"rows": [{"a": 0.10, "b": 12345678901234567890, "c": true, "d": null}]}',
        headers=JSON,
    ).json()["receipt"]  # fmt: skip
    _, batch = gateway.fetching.feeds[FEED].adapter.fetch("")

    assert receipt == batch.unit  # type: ignore[union-attr]
    assert batch.rows.row(0) == ("0.10", "12345678901234567890", "1", None)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("feed", "token"),
    [(FEED, "wrong"), (FEED, "another-token-of-water"), (OTHER, TOKEN), ("water.nothing", TOKEN)],
)  # fmt: skip
def test_nobody_but_the_feeds_department_submits_or_asks_and_nobody_learns_what_there_is(
    gateway: Gateway, feed: str, token: str
) -> None:
    receipt = post(gateway, whole(RECORDS[:1])).json()["receipt"]

    answers = [post(gateway, whole(RECORDS[:1]), token, feed), ask(gateway, receipt, token, feed)]
    answers += [
        httpx.get(f"{gateway.url}/push/{feed}/soap"),
        httpx.post(f"{gateway.url}/push/{feed}/soap", content=b"<x/>"),
    ]

    assert [answer.status_code for answer in answers] == [401] * 4
    assert len({answer.text for answer in answers}) == 1


def test_a_receipt_number_of_another_feed_is_not_there(gateway: Gateway) -> None:
    receipt = post(gateway, whole(RECORDS[:1])).json()["receipt"]

    assert ask(gateway, receipt, "another-token-of-water", OTHER).status_code == 404


def test_without_room_nothing_is_acknowledged(gateway: Gateway) -> None:
    gateway.fetching.paused = True

    assert post(gateway, whole(RECORDS[:1])).status_code == 503


def submit_body(gateway: Gateway, body: Body) -> httpx.Response:
    path = "submissions" if body.door == "json" else "soap"
    headers = {"Authorization": f"Bearer {TOKEN}"}
    headers["Content-Type"] = body.content_type or TYPES[path]
    data = body.path.read_bytes()
    if body.door == "soap":
        # The cases are about penalties, this feed about licences.
        for name, own in (
            ("AdministrativeLicence", "TaxArrears"),
            ("AdministrativePenalty", KIND.name),
            ("Facts", "Content"),
        ):
            data = data.replace(name.encode(), own.encode())
    return httpx.post(
        f"{gateway.url}/push/{FEED}/{path}", content=data, headers=headers, timeout=30
    )


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


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("soap-1.2.xml", "soap:VersionMismatch"),
        ("must-understand.xml", "soap:MustUnderstand"),
        ("repeated-field.xml", "soap:Client"),
    ],
)
def test_a_fault_has_the_code_that_soap_gives_it(gateway: Gateway, name: str, code: str) -> None:
    [body] = [body for body in every_body() if body.path.name == name]

    assert f"<faultcode>{code}</faultcode>" in submit_body(gateway, body).text


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
        body = f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Submit xmlns="urn:creditgate:push:1"><{KIND.name}/></Submit></s:Body></s:Envelope>'
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/xml"}
        answer = httpx.post(f"{gateway.url}/push/{FEED}/soap", content=body, headers=headers)

    later = post(gateway, whole(RECORDS[:1])).json()["receipt"]
    gateway.exchange()

    assert answer.status_code == (422 if door == "json" else 500)
    assert ask(gateway, later).json()["state"] == "kept"
    with gateway.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM submission")).scalar_one() == 1


def test_a_submission_that_is_set_aside_says_so_and_why(gateway: Gateway) -> None:
    receipt = post(gateway, whole(RECORDS[:1])).json()["receipt"]
    with writing(gateway.engine) as connection:
        state = store.feed_state(connection, FEED)
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
    answer = httpx.post(
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


@pytest.fixture
def soap(gateway: Gateway) -> Iterator[Client]:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {TOKEN}"
    client = Client(f"{gateway.url}/push/{FEED}/soap?wsdl", transport=Transport(session=session))
    yield client
    session.close()


def test_an_ordinary_soap_client_submits_by_the_generated_wsdl_and_asks_for_verdicts(
    gateway: Gateway, soap: Client
) -> None:
    records = whole(
        [RECORDS[0], {**RECORDS[1], "DecisionDate": "不详"}, {**RECORDS[2], "DecisionDate": ""}]
    )

    receipt = soap.service.Submit(SubmissionId="S-1", **{KIND.name: records[1:]})
    gateway.exchange()
    verdicts = soap.service.Verdicts(Receipt=receipt["Receipt"])

    assert receipt["Rows"] == 2
    assert verdicts["State"] == "answered"
    assert [(v["Row"], v["Verdict"], v["Field"]) for v in verdicts["Item"]] == [
        ("1", "refused", "DecisionDate"),
        ("2", "refused", "DecisionDate"),
    ]
    assert "日期" in verdicts["Item"][0]["ReasonZh"]


def test_hostile_soap_is_a_fault_and_touches_nothing(gateway: Gateway, soap: Client) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/xml"}
    bomb = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>&x;</s:Body></s:Envelope>'
    for data in (bomb, b"<cut", b"<a/>"):
        answer = httpx.post(f"{gateway.url}/push/{FEED}/soap", content=data, headers=headers)
        assert answer.status_code == 500
        assert "soap:Client" in answer.text
    with pytest.raises(Fault, match="no receipt number"):
        soap.service.Verdicts(Receipt="not-there")


# --- by hand ------------------------------------------------------------------------------------


def form(gateway: Gateway, path: str, token: str = TOKEN, **more: Any) -> httpx.Response:
    method = "POST" if {"data", "files"} & more.keys() else "GET"
    headers = {"Origin": gateway.url, **more.pop("headers", {})}
    return httpx.request(
        method,
        f"{gateway.url}/form/{FEED}/{path}",
        auth=("water", token),
        headers=headers,
        timeout=30,
        **more,
    )


def test_a_record_filled_in_by_hand_is_checked_then_submitted_and_answered(
    gateway: Gateway,
) -> None:
    wrong = {**RECORDS[0], "DecisionDate": "", "action": "submit"}

    page = form(gateway, "")
    checked = form(gateway, "record", data={**RECORDS[0], "action": "check"})
    submitted = form(gateway, "record", data=wrong, follow_redirects=False)
    gateway.exchange()
    told = httpx.get(gateway.url + submitted.headers["Location"], auth=("water", TOKEN))

    assert "行政相对人名称" in page.text
    assert "不合格 0 条" in checked.text
    assert submitted.status_code == 302
    assert "许可决定日期" in told.text
    assert "DecisionDate" in told.text
    assert "退回" in told.text


def test_a_filled_template_comes_in_by_the_same_door(gateway: Gateway) -> None:
    template = CalamineWorkbook.from_filelike(io.BytesIO(form(gateway, "template.xlsx").content))
    headings = template.get_sheet_by_index(0).to_python()[0]
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    filled = [
        [record.get(KIND.field(str(name)).name, "") for name in headings] for record in RECORDS[:2]
    ]  # type: ignore[union-attr]
    for number, line in enumerate([headings, [""] * len(headings), *filled]):
        for column, cell in enumerate(line):
            sheet.write_string(number, column, str(cell))
    book.close()

    checked = form(
        gateway, "file", data={"action": "check"}, files={"file": ("a.xlsx", out.getvalue())}
    )
    submitted = form(
        gateway, "file", data={"action": "submit"}, files={"file": ("a.xlsx", out.getvalue())}
    )
    broken = form(
        gateway, "file", data={"action": "submit"}, files={"file": ("a.xlsx", b"PK no workbook")}
    )
    gateway.exchange()

    assert "不合格 0 条" in checked.text
    assert submitted.status_code == 302
    assert broken.status_code == 422
    with gateway.engine.connect() as connection:
        assert connection.execute(text("SELECT sum(packed) FROM unit")).scalar_one() == 2


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": ""}],
)
def test_another_site_cannot_submit_by_the_browser_of_who_is_signed_in(
    gateway: Gateway, headers: dict[str, str]
) -> None:
    assert (
        form(
            gateway, "record", data={**RECORDS[0], "action": "submit"}, headers=headers
        ).status_code
        == 403
    )


@pytest.mark.parametrize("path", ["", "template.xlsx", "submissions/x"])
def test_the_form_asks_for_the_feeds_token(gateway: Gateway, path: str) -> None:
    assert form(gateway, path, "wrong").status_code == 401


def test_what_is_typed_in_is_shown_as_text_and_never_runs(gateway: Gateway) -> None:
    page = form(
        gateway,
        "record",
        data={**RECORDS[0], "SubjectName": "<script>alert(1)</script>", "action": "check"},
    ).text

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;" in page


def test_a_disk_that_is_full_here_is_told_as_507_and_nothing_is_acknowledged(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")

    def no_room(*_: object) -> None:
        raise work_folder_full(full)  # type: ignore[misc]

    monkeypatch.setattr("gateway.web.push.json_rows", no_room)
    monkeypatch.setattr("gateway.web.push.soap_call", no_room)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    rest = httpx.post(f"{gateway.url}/push/{FEED}/submissions", json={"rows": RECORDS[:1]}, headers=headers)  # fmt: skip
    soap = httpx.post(f"{gateway.url}/push/{FEED}/soap", content=b"<a/>", headers={**headers, "Content-Type": "text/xml"})  # fmt: skip
    monkeypatch.setattr("gateway.web.form._rows_of", lambda *_: (_ for _ in ()).throw(full))
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

    refused = httpx.post(f"{gateway.url}/push/{FEED}/submissions", content=body, headers=headers)

    assert refused.status_code == 415
    assert says in refused.json()["title"]


def test_every_door_tells_that_a_restore_has_lost_a_receipt(gateway: Gateway, soap: Client) -> None:
    receipt = post(gateway, RECORDS[:1]).json()["receipt"]
    with writing(gateway.engine) as connection:
        connection.execute(text("DELETE FROM submission"))
        begin(connection, Text("因", "why"), "-", [FEED], NOW)
    asked = ask(gateway, receipt)
    with pytest.raises(Fault, match="post the same rows again"):
        soap.service.Verdicts(Receipt=receipt)
    form = httpx.get(f"{gateway.url}/form/{FEED}/submissions/{receipt}", auth=("x", TOKEN))

    assert asked.status_code == 410
    assert asked.headers["Content-Type"].startswith("application/problem+json")
    assert asked.json()["status"] == 410
    assert "重新提交" in asked.json()["title"]
    assert (form.status_code, "重新提交" in form.text) == (410, True)
    with gateway.engine.connect() as connection:
        assert restores.after_restore(connection)[FEED].lost == (receipt,)
    again = post(gateway, RECORDS[:1]).json()["receipt"]
    with gateway.engine.connect() as connection:
        assert restores.after_restore(connection)[FEED].posted_again == 1
    assert ask(gateway, again).status_code == 200
