"""The SOAP adapter against the housing fund bureau's real service over HTTP."""

import resource
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape

import polars as pl
import pytest

from adapters import VERDICT_SCHEMA, Batch, SourceRefusedError, SourceUnavailableError
from adapters.soap import SoapAdapter, SoapSettings
from gateway.demo.generate import payments
from gateway.demo.housing_fund import NAMESPACE, WSDL, HousingFund
from gateway.serving.server import WsgiServer
from tests.support.closing import closed_later

ROWS = payments(1, 25, date(2026, 4, 1)).rows


@pytest.fixture
def bureau() -> Iterator[tuple[HousingFund, str]]:
    service = HousingFund(ROWS, "creditgate", "made-up-password")
    server = WsgiServer(service.app()).start()
    yield service, f"http://127.0.0.1:{server.port}/payment"
    server.stop()


def adapter(endpoint: str, **changes: Any) -> SoapAdapter:
    values = {
        "wsdl": WSDL,
        "endpoint": endpoint,
        "username": "creditgate",
        "password": "made-up-password",
        "operation": "GetChanges",
        "cursor_argument": "Since",
        "size_argument": "PageSize",
        "page_size": 10,
        "rows_path": "Rows.Row",
        "id_column": "ChangeId",
        "cursor_path": "NextCursor",
        "more_path": "HasMore",
        "total_path": "Count",
        "acknowledge_operation": "AcknowledgeChanges",
        "timeout": 2,
    }
    return closed_later(SoapAdapter(SoapSettings.model_validate({**values, **changes})))


def verdicts(*rows: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        [{"ref": ref, "verdict": verdict} for ref, verdict in rows], schema=VERDICT_SCHEMA
    )


def test_pages_follow_the_change_cursor_to_the_end(bureau: tuple[HousingFund, str]) -> None:
    batches = [b for b in adapter(bureau[1]).fetch("") if isinstance(b, Batch)]

    assert [b.rows.height for b in batches] == [10, 10, 5]
    assert [b.cursor for b in batches] == ["10", "20", "25"]
    assert pl.concat([b.rows for b in batches]).to_dicts() == ROWS
    assert batches[0].refs.to_list() == [str(n) for n in range(1, 11)]
    assert all(b.last and b.declared == b.rows.height for b in batches)


def test_a_fetch_goes_on_from_its_cursor(bureau: tuple[HousingFund, str]) -> None:
    configured_adapter = adapter(bureau[1])

    assert [b.rows.height for b in configured_adapter.fetch("20") if isinstance(b, Batch)] == [5]
    assert list(configured_adapter.fetch("25")) == []


def test_verdicts_reach_the_bureau(bureau: tuple[HousingFund, str]) -> None:
    service, endpoint = bureau

    adapter(endpoint).acknowledge("GetChanges@0", [verdicts(("1", "accepted"), ("2", "refused"))])

    assert service.verdicts == {"1": "accepted", "2": "refused"}


def test_a_wrong_password_is_for_a_person_and_is_not_shown(bureau: tuple[HousingFund, str]) -> None:
    with pytest.raises(SourceRefusedError) as refused:
        list(adapter(bureau[1], password="another-secret").fetch(""))

    assert "FailedAuthentication" in refused.value.en
    assert "another-secret" not in str(refused.value) + repr(
        adapter(bureau[1], password="another-secret")._settings
    )


def test_the_connection_test_steps_and_shows_rows(bureau: tuple[HousingFund, str]) -> None:
    steps = list(adapter(bureau[1]).test())

    assert all(step.ok for step in steps)
    assert steps[-1].sample is not None
    assert steps[-1].sample.height == 10


class _Scripted(BaseHTTPRequestHandler):
    """Answers each call with the server's `answer`, hangs, or drips bytes (status 1)."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        status, body = self.server.answer  # type: ignore[attr-defined]
        if status == 0:
            self.server.hang.wait(10)  # type: ignore[attr-defined]
            return
        self.send_response(status if status > 1 else 200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for place in range(len(body) if status == 1 else 0):
            self.wfile.write(body[place : place + 1])
            if self.server.hang.wait(0.05):  # type: ignore[attr-defined]
                return
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def scripted() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Scripted)
    server.hang = threading.Event()  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.hang.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


BOMB = b'<!DOCTYPE a [<!ENTITY x "' + b"y" * 1000 + b'">]><a>' + b"&x;" * 1000 + b"</a>"
CANARY = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'
ENVELOPE = (
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>%s</s:Body>'
    b"</s:Envelope>"
)
FAULT = ENVELOPE % b"<s:Fault><faultcode>s:%s</faultcode><faultstring>no</faultstring></s:Fault>"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((0, b""), SourceUnavailableError),
        ((1, b"<" * 1000), SourceUnavailableError),
        ((503, b"busy"), SourceUnavailableError),
        ((302, b""), SourceUnavailableError),
        ((200, b"<html>OK</html>"), SourceUnavailableError),
        ((200, b"<cut"), SourceUnavailableError),
        ((200, BOMB), SourceUnavailableError),
        ((200, CANARY), SourceUnavailableError),
        ((500, FAULT % b"Server"), SourceUnavailableError),
        ((500, FAULT % b"Client"), SourceRefusedError),
        ((200, b"x" * 2_000_000), SourceRefusedError),
    ],
    ids=[
        "hangs",
        "drips",
        "busy",
        "redirects",
        "a page",
        "cut off",
        "entity bomb",
        "external entity",
        "server fault",
        "client fault",
        "endless",
    ],
)
def test_a_service_that_misbehaves_gives_an_error_that_says_what_to_do(
    scripted: ThreadingHTTPServer, answer: tuple[int, bytes], kind: type[Exception]
) -> None:
    scripted.answer = answer  # type: ignore[attr-defined]
    configured_adapter = adapter(
        f"http://127.0.0.1:{scripted.server_port}/payment", timeout=0.2, max_bytes=1_000_000
    )

    with pytest.raises(kind) as raised:
        list(configured_adapter.fetch(""))

    assert "y" * 100 not in str(raised.value)


def test_nobody_listening_is_told_as_such() -> None:
    with pytest.raises(SourceUnavailableError):
        list(adapter("http://127.0.0.1:9/payment").fetch(""))


@pytest.mark.parametrize(
    "change",
    [
        b'<xs:import namespace="urn:x" schemaLocation="http://127.0.0.1:9/x.xsd"/>',
        b'<xs:import namespace="urn:x" schemaLocation="/etc/hostname"/>',
    ],
)
def test_a_wsdl_that_refers_elsewhere_is_refused_and_nothing_is_read(
    tmp_path: Any, change: bytes
) -> None:
    path = tmp_path / "hostile.wsdl"
    marker = b'elementFormDefault="qualified">'
    path.write_bytes(WSDL.read_bytes().replace(marker, marker + change))

    with pytest.raises(SourceRefusedError, match="WSDL"):
        list(adapter("http://127.0.0.1:9/payment", wsdl=path).fetch(""))


def test_a_wsdl_with_a_dtd_is_refused(tmp_path: Any) -> None:
    path = tmp_path / "dtd.wsdl"
    path.write_bytes(
        WSDL.read_bytes().replace(
            b"<wsdl:definitions", b'<!DOCTYPE a [<!ENTITY x "y">]><wsdl:definitions', 1
        )
    )

    with pytest.raises(SourceRefusedError):
        list(adapter("http://127.0.0.1:9/payment", wsdl=path).fetch(""))


def test_a_hundred_thousand_rows_come_in_one_answer_without_a_tree_of_it(
    scripted: ThreadingHTTPServer,
) -> None:
    cells = "".join(
        f"<{name}>{escape(value)}</{name}>" for name, value in list(ROWS[0].items())[:6]
    )
    rows = "".join(f"<Row><ChangeId>{n}</ChangeId>{cells}</Row>" for n in range(100_000))
    said = "<NextCursor>100000</NextCursor><HasMore>false</HasMore><Count>100000</Count>"
    body = (
        ENVELOPE
        % (
            f'<GetChangesResponse xmlns="{NAMESPACE}"><Rows>{rows}</Rows>'
            f"{said}</GetChangesResponse>"
        ).encode()
    )
    scripted.answer = (200, body)  # type: ignore[attr-defined]
    configured_adapter = adapter(f"http://127.0.0.1:{scripted.server_port}/payment", timeout=60)
    configured_adapter._open()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    [found] = (item for item in configured_adapter.fetch("") if isinstance(item, Batch))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024

    assert found.rows.height == found.declared == 100_000
    # A tree of such an answer takes eight times its bytes, and zeep's objects as much again.
    assert grown < 8 * len(body)
