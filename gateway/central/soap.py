"""The centre's SOAP service (xsd/exchange/1.0/centre.wsdl): one operation, whose answer is the receipt."""

import base64
import binascii
from xml.sax.saxutils import escape

from flask import Response
from lxml import etree
from sqlalchemy import Engine

from gateway.central import intake
from gateway.central.intake import Keys, NotTaken
from gateway.clock import Clock
from gateway.envelope import ENVELOPE, envelope, fault
from gateway.messages import Text
from gateway.standard import XmlRefused, parse_xml

NAMESPACE = "urn:creditgate:centre:1"
#: Fault codes under soap:Client: the package is refused whole (and may be split), its signature is not
#: taken, its GUID is in conflict.
_CODES = {422: "PackageRefused", 403: "SignatureRefused", 409: "PackageConflict"}


def answer(engine: Engine, data: bytes, clock: Clock, keys: Keys, charset: str = "") -> Response:
    """Answer one SOAP call; `charset` is what its Content-Type header names."""
    try:
        call = _call(parse_xml(data, charset))
        guid, content, signature = (
            (call.findtext(f"{{{NAMESPACE}}}{name}") or "").strip()
            for name in ("PackageGuid", "Content", "Signature")
        )
        package = base64.b64decode(content, validate=True)
    except (XmlRefused, binascii.Error) as error:
        text = error.text if isinstance(error, XmlRefused) else Text("Content 不是 Base64", "Content is no Base64")  # fmt: skip
        return fault("soap:Client", str(text))
    taken = intake.answer(engine, package, "zstd", guid, signature, clock, keys)
    if isinstance(taken, NotTaken):
        return fault(f"soap:Client.{_CODES[taken.status]}", str(taken.text))
    own = "" if taken.signature is None else f"<Signature>{escape(taken.signature)}</Signature>"
    receipt = base64.b64encode(taken.receipt).decode()
    return envelope(f'<SubmitPackageResponse xmlns="{NAMESPACE}"><Receipt>{receipt}</Receipt>{own}</SubmitPackageResponse>')  # fmt: skip


def _call(found: etree._Element) -> etree._Element:
    """Find the one call in an envelope's one body; raises XmlRefused."""
    bodies = found.findall(f"{{{ENVELOPE}}}Body")
    calls = list(bodies[0]) if len(bodies) == 1 else []
    if len(calls) != 1 or calls[0].tag != f"{{{NAMESPACE}}}SubmitPackage":
        raise XmlRefused("须为只含一个 SubmitPackage 的 SOAP 1.1 信封", "it must be a SOAP 1.1 envelope with one SubmitPackage")  # fmt: skip
    return calls[0]
