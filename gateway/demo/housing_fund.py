"""The housing fund bureau: a SOAP 1.1 service of its own over HTTP, with UsernameToken security."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from flask import Flask, Response, request
from lxml import etree

import mappings
from gateway.demo.generate import Row
from gateway.protocol.shared_secret import same_secret
from gateway.protocol.soap import ENVELOPE, envelope, fault
from gateway.standard import XmlRefusedError, parse_xml

WSDL = mappings.ROOT / "housing-fund" / "payment.wsdl"
NAMESPACE = "urn:huizhou:housing-fund:payment"
#: How far a token's Created may lie from our clock.
CLOCK_SLACK = timedelta(minutes=5)
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_G = f"{{{NAMESPACE}}}"


class HousingFund:
    """The bureau's changes in order; a change's number is its cursor."""

    def __init__(self, rows: list[Row], username: str, password: str) -> None:
        self.rows = rows
        self.verdicts: dict[str, str] = {}
        self._username = username
        self._password = password
        self._nonces: set[str] = set()

    def app(self) -> Flask:
        """Return the WSGI application: GET answers with the WSDL, POST takes calls."""
        app = Flask(__name__)
        app.config["MAX_CONTENT_LENGTH"] = 16_000_000

        @app.get("/payment")
        def _wsdl() -> Response:
            return Response(WSDL.read_bytes(), content_type="text/xml")

        @app.post("/payment")
        def _call() -> Response:
            return self._answer(request.get_data())

        return app

    def _answer(self, data: bytes) -> Response:
        try:
            called = parse_xml(data)
        except XmlRefusedError as error:
            return _refuse("soap:Client", str(error))
        if not self._authentic(called):
            return _refuse("wsse:FailedAuthentication", "用户名令牌不正确或已过期")
        body = called.find(f"{{{ENVELOPE}}}Body")
        call = None if body is None else next(iter(body), None)
        if call is None:
            return _refuse("soap:Client", "空的请求")
        if call.tag == f"{_G}GetChanges":
            return self._changes(call)
        if call.tag == f"{_G}AcknowledgeChanges":
            return self._acknowledge(call)
        return _refuse("soap:Client", "没有该操作")

    def _changes(self, call: etree._Element) -> Response:
        since = call.findtext(f"{_G}Since") or "0"
        size = call.findtext(f"{_G}PageSize") or ""
        if not since.isdigit() or not size.isdigit():
            return _refuse("soap:Client", "游标或页长不是数字")
        start, end = int(since), min(int(since) + int(size), len(self.rows))
        rows = "".join(self._row(number) for number in range(start, end))
        return envelope(
            f'<GetChangesResponse xmlns="{NAMESPACE}"><Rows>{rows}</Rows><NextCursor>{end}<'
            "/NextCursor>"
            f"<HasMore>{'true' if end < len(self.rows) else 'false'}</HasMore>"
            f"<Count>{end - start}</Count></GetChangesResponse>"
        )

    def _row(self, number: int) -> str:
        cells = "".join(f"<{k}>{escape(v)}</{k}>" for k, v in self.rows[number].items())
        return f"<Row><ChangeId>{number + 1}</ChangeId>{cells}</Row>"

    def _acknowledge(self, call: etree._Element) -> Response:
        items = call.findall(f"{_G}Verdicts/{_G}Item")
        for item in items:
            self.verdicts[item.findtext(f"{_G}ChangeId") or ""] = (
                item.findtext(f"{_G}Verdict") or ""
            )
        return envelope(
            "<AcknowledgeChangesResponse"
            f' xmlns="{NAMESPACE}"><Taken>{len(items)}</Taken></AcknowledgeChangesResponse>'
        )

    def _authentic(self, called: etree._Element) -> bool:
        """Check a digest UsernameToken: password, age, and that its nonce is new."""
        token = called.find(f"{{{ENVELOPE}}}Header/{{{_WSSE}}}Security/{{{_WSSE}}}UsernameToken")
        if token is None:
            return False
        name = token.findtext(f"{{{_WSSE}}}Username") or ""
        password = token.findtext(f"{{{_WSSE}}}Password") or ""
        nonce = token.findtext(f"{{{_WSSE}}}Nonce") or ""
        created = token.findtext(f"{{{_WSU}}}Created") or ""
        try:
            salt = base64.b64decode(nonce, validate=True)
            age = abs(datetime.now(UTC) - datetime.fromisoformat(created))
        except (ValueError, TypeError):
            return False
        if age > CLOCK_SLACK or nonce in self._nonces:
            return False
        # SHA-1 is what the UsernameToken profile 1.0 prescribes.
        digest = hashlib.sha1(salt + created.encode() + self._password.encode()).digest()  # noqa: S324
        expected = base64.b64encode(digest).decode()
        if not same_secret(password, expected) or name != self._username:
            return False
        self._nonces.add(nonce)
        return True


def _refuse(code: str, text: str) -> Response:
    return fault(code, text, f' xmlns:wsse="{_WSSE}"')
