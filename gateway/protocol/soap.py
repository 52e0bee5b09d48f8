"""SOAP 1.1 answers of our own services: an envelope, a fault."""

from xml.sax.saxutils import escape

from flask import Response

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"


def envelope(body: str, status: int = 200, namespaces: str = "") -> Response:
    """Return XML in the body of an envelope; `namespaces` are declarations that it needs."""
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="{ENVELOPE}"{namespaces}>'
        f"<soap:Body>{body}</soap:Body></soap:Envelope>"
    )
    return Response(text.encode(), status, content_type="text/xml; charset=utf-8")


def fault(code: str, text: str, namespaces: str = "", detail: str = "") -> Response:
    """Return a fault, with the status 500 that SOAP 1.1 prescribes for it; `detail` is XML."""
    parts = f"<faultcode>{code}</faultcode><faultstring>{escape(text)}</faultstring>"
    if detail:
        parts += f"<detail>{detail}</detail>"
    return envelope(f"<soap:Fault>{parts}</soap:Fault>", 500, namespaces)
