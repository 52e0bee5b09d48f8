"""Centres as the contract of destinations wants them, one for each built-in kind."""

import base64
import json
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import zstandard
from sqlalchemy import select, update

from gateway.destinations.database import DatabaseDestination
from gateway.destinations.http import HttpDestination
from gateway.destinations.nats import NatsDestination
from gateway.destinations.sftp import SftpDestination
from gateway.destinations.soap import SoapDestination
from gateway.destinations.testing import CentreUnderTest, Reply
from gateway.protocol import drop
from gateway.protocol.nats import GUID, RECEIPT_SUBJECT, STATUS, Broker, BrokerSettings
from outbox import create_tables, open_engine, writing
from tests.support.switch import Switch

TOKEN = "made-up-token-of-ours"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_CENTRE = "urn:creditgate:centre:1"


class Called(BaseHTTPRequestHandler):
    """Hands each call to the centre that is under test now."""

    protocol_version = "HTTP/1.0"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        centre: HttpCentre = self.server.centre  # type: ignore[attr-defined]
        guid, payload = centre.package_of(self.headers, body)
        reply = centre.replies[guid]
        if reply.kind not in ("failure", "hang", "drip"):
            centre.brought[guid] = payload
        if reply.kind == "drip":
            self._drip(centre.closing)
        if reply.kind == "hang":
            centre.closing.wait(5)
        if reply.kind in ("lost", "hang", "drip"):
            return
        status, answer = centre.answer(reply)
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _drip(self, closing: threading.Event) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        with suppress(OSError):
            while not closing.wait(0.05):
                self.wfile.write(b" ")
                self.wfile.flush()

    def log_message(self, *_: object) -> None: ...


class HttpCentre(CentreUnderTest):
    """A centre over HTTP; `server` is shared by the checks of a module."""

    kind: Any = HttpDestination
    secrets = (TOKEN,)
    patience = 4.0

    def __init__(self, server: ThreadingHTTPServer) -> None:
        server.centre = self  # type: ignore[attr-defined]
        self._switch = Switch(server.server_port)
        self.replies: dict[str, Reply] = {}
        self.brought: dict[str, bytes] = {}
        self.closing = threading.Event()

    def settings(self) -> dict[str, Any]:
        return {"url": f"http://127.0.0.1:{self._switch.port}", "token": TOKEN, "timeout": 1}

    def go_away(self) -> None:
        self._switch.off()

    def answer_with(self, guid: str, reply: Reply) -> None:
        self.replies[guid] = reply

    def packages(self) -> Mapping[str, bytes]:
        return self.brought

    def package_of(self, headers: Any, body: bytes) -> tuple[str, bytes]:
        """Return a call's package."""
        assert headers["Authorization"] == f"Bearer {TOKEN}"
        return headers["Creditgate-Package"], zstandard.decompress(body)

    def answer(self, reply: Reply) -> tuple[int, bytes]:
        """Return a call's answer."""
        if reply.kind == "receipt":
            return 200, reply.body
        status = reply.status if reply.kind == "refusal" else 503
        return status, json.dumps({"title": "不收", "detail": "no", "status": status}).encode()

    def close(self) -> None:
        self.closing.set()
        self._switch.off()


class SoapCentre(HttpCentre):
    """A centre over SOAP."""

    kind = SoapDestination

    def package_of(self, headers: Any, body: bytes) -> tuple[str, bytes]:
        assert headers["Authorization"] == f"Bearer {TOKEN}"
        parts = [re.search(rb"<[^>]*%s>([^<]*)<" % name, body) for name in (b"Guid", b"Content")]
        guid, content = (part[1] for part in parts if part)
        return guid.decode(), zstandard.decompress(base64.b64decode(content))

    def answer(self, reply: Reply) -> tuple[int, bytes]:
        if reply.kind == "receipt":
            content = base64.b64encode(reply.body).decode()
            receipt = f"<c:Receipt>{content}</c:Receipt>"
            name = "SubmitPackageResponse"
            return 200, _enveloped(f"<c:{name} xmlns:c='{_CENTRE}'>{receipt}</c:{name}>")
        code = "Server"
        if reply.kind == "refusal":
            code = "Client.PackageRefused" if reply.status == 422 else "Client"
        fault = f"<faultcode>s:{code}</faultcode><faultstring>不收</faultstring>"
        return 500, _enveloped(f"<s:Fault>{fault}</s:Fault>")


def _enveloped(body: str) -> bytes:
    return f"<s:Envelope xmlns:s='{_SOAP}'><s:Body>{body}</s:Body></s:Envelope>".encode()


class DropCentre(CentreUnderTest):
    """A centre that looks into a drop."""

    kind = SftpDestination

    def __init__(self, folder: Path, reach: dict[str, Any], away: Callable[[], object]) -> None:
        self._folder, self._reach = folder, reach
        (folder / "out").mkdir()
        self.secrets = (reach["password"],)
        self.go_away = away  # type: ignore[method-assign,assignment]
        self._replies: dict[str, Reply] = {}

    def settings(self) -> dict[str, Any]:
        folder = self._reach["folder"]
        return {**self._reach, "receipts": f"{folder}/out", "poll": 1}

    def answer_with(self, guid: str, reply: Reply) -> None:
        self._replies[guid] = reply

    def packages(self) -> Mapping[str, bytes]:
        return {
            path.name.removesuffix(drop.PACKAGE): zstandard.decompress(path.read_bytes())
            for path in self._folder.glob(f"*{drop.PACKAGE}")
        }

    def look(self) -> None:
        for guid in self.packages():
            reply = self._replies[guid]
            if reply.kind == "receipt":
                (self._folder / "out" / f"{guid}{drop.RECEIPT}").write_bytes(reply.body)
            else:
                problem = json.dumps({"status": reply.status, "detail": "不收 / no"})
                (self._folder / "out" / f"{guid}{drop.REFUSAL}").write_text(problem)


class TableCentre(CentreUnderTest):
    """A centre that looks into a front-end table."""

    kind = DatabaseDestination

    def __init__(self, folder: Path) -> None:
        self._file = folder / "front.db"
        self._engine = open_engine(f"sqlite:///{self._file}")
        create_tables(self._engine, drop.metadata)
        self._replies: dict[str, Reply] = {}

    def settings(self) -> dict[str, Any]:
        return {"url": f"sqlite:///{self._file}", "poll": 1}

    def answer_with(self, guid: str, reply: Reply) -> None:
        self._replies[guid] = reply

    def packages(self) -> Mapping[str, bytes]:
        table = drop.package_in
        with self._engine.connect() as connection:
            rows = connection.execute(select(table.c.guid, table.c.content)).all()
        return {row.guid: zstandard.decompress(row.content) for row in rows}

    def look(self) -> None:
        for guid in self.packages():
            reply = self._replies[guid]
            values: dict[str, Any] = {"state": drop.RECEIVED, "receipt": reply.body}
            if reply.kind == "refusal":
                values = {"state": drop.REFUSED, "status": reply.status, "reason": "不收 / no"}
            where = drop.package_in.c.guid == guid
            with writing(self._engine) as connection:
                connection.execute(update(drop.package_in).where(where).values(values))

    def go_away(self) -> None:
        self._engine.dispose()
        for path in self._file.parent.glob("front.db*"):
            path.unlink()
        self._file.mkdir()

    def close(self) -> None:
        self._engine.dispose()


class BrokerCentre(CentreUnderTest):
    """A centre that takes packages from a broker."""

    kind = NatsDestination

    def __init__(self, url: str) -> None:
        self._switch = Switch(int(url.rpartition(":")[2]))
        self._broker = Broker(BrokerSettings(url=url, timeout=3))
        self._replies: dict[str, Reply] = {}
        self._brought: dict[str, bytes] = {}

    def settings(self) -> dict[str, Any]:
        return {"url": f"nats://127.0.0.1:{self._switch.port}", "timeout": 1, "poll": 1}

    def go_away(self) -> None:
        self._switch.off()

    def answer_with(self, guid: str, reply: Reply) -> None:
        self._replies[guid] = reply

    def packages(self) -> Mapping[str, bytes]:
        self.look()
        return self._brought

    def look(self) -> None:
        for message in self._broker.take(20, ["*.*"]):
            guid = message.headers[GUID]
            self._brought[guid] = zstandard.decompress(message.data)
            reply = self._replies.get(guid)
            if reply is not None:
                status = "200" if reply.kind == "receipt" else str(reply.status)
                body = reply.body if reply.kind == "receipt" else "不收 / no".encode()
                self._broker.publish(f"{RECEIPT_SUBJECT}.{guid}", body, {STATUS: status})
            self._broker.done(message)

    def close(self) -> None:
        self._broker.close()
        self._switch.off()
