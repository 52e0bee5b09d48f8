"""A SOAP service over real HTTP whose answers a test chooses."""

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Flask, Response, request
from lxml import etree

from tests.support.places import CASES

WSDL = CASES / "registry.wsdl"
SOAP11, SOAP12 = (
    "http://schemas.xmlsoap.org/soap/envelope/",
    "http://www.w3.org/2003/05/soap-envelope",
)
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
R = "urn:made-up:registry"


def row(number: int) -> str:
    return (
        f"<r:Row><r:Id>{number}</r:Id><r:Name>惠{number}</r:Name><r:Amount>0.10</r:Amount>"
        "<r:Where><r:Town>州</r:Town></r:Where></r:Row>"
    )


@dataclass
class Registry:
    """A service whose answer a test chooses; keeps what it was asked."""

    answer: Callable[[etree._Element], str | Response]
    asked: list[etree._Element] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    url: str = ""

    def app(self) -> Flask:
        app = Flask(__name__)

        @app.post("/")
        def _call() -> Response:
            called = etree.fromstring(request.get_data())
            self.asked.append(called)
            self.kinds.append(request.headers["Content-Type"])
            made = self.answer(called)
            return (
                made
                if isinstance(made, Response)
                else Response(enveloped(made, called), content_type="text/xml")
            )

        return app


def enveloped(body: str, called: etree._Element) -> str:
    namespace = etree.QName(called).namespace
    return (
        f'<s:Envelope xmlns:s="{namespace}" xmlns:r="{R}"><s:Header/><s:Body>{body}</s:Body>'
        "</s:Envelope>"
    )


def argument(called: etree._Element, name: str) -> str:
    found = called.xpath(f"//*[local-name()='{name}']/text()")
    return str(found[0]) if found else ""


def numbered(called: etree._Element) -> str:
    """Answer 25 rows by pages, wrapped as document and rpc bindings both are."""
    page, size = int(argument(called, "Page") or 1), int(argument(called, "Size") or 100)
    rows = "".join(row(n) for n in range((page - 1) * size + 1, min(page * size, 25) + 1))
    rpc = "<Rows>" if called.xpath("//r:List/Page", namespaces={"r": R}) else "<r:Rows>"
    return f"<r:ListResponse>{rpc}{rows}{rpc.replace('<', '</')}</r:ListResponse>"
