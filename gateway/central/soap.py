"""The centre's SOAP service (xsd/exchange/1.0/centre.wsdl): one operation, whose answer is the receipt."""

import base64
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
from gateway.standard.whitespace import collapse
from gateway.text import doors

NAMESPACE = "urn:creditgate:centre:1"
#: Fault codes under soap:Client: the package is refused whole (and may be split), its signature is not
#: taken, its GUID is in conflict.
_CODES = {422: "PackageRefused", 403: "SignatureRefused", 409: "PackageConflict"}

#: What a call may have, each once.
_PARTS = [f"{{{NAMESPACE}}}{name}" for name in ("PackageGuid", "Content", "Signature")]


def answer(engine: Engine, data: bytes, clock: Clock, keys: Keys, charset: str = "") -> Response:
    """Answer one SOAP call; `charset` is what its Content-Type header names."""
    try:
        call = _call(parse_xml(data, charset))
        guid, content, signature = (
            collapse(call.findtext(f"{{{NAMESPACE}}}{name}"))
            for name in ("PackageGuid", "Content", "Signature")
        )
        # Lines may be broken anywhere; base64 that is no ASCII is a ValueError too.
        package = base64.b64decode(content.replace(" ", ""), validate=True)
    except (XmlRefused, ValueError) as error:
        text = error.text if isinstance(error, XmlRefused) else doors.no_base64()
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
        raise _refused(doors.no_submit_package())
    names = [part.tag for part in calls[0]]
    for name in names:
        if name not in _PARTS or names.count(name) > 1:
            raise _refused(doors.wrong_part(str(name)))
    for part in calls[0]:
        # The text before an element is not the value of a part that has one.
        if len(part):
            raise _refused(doors.wrong_part(str(part[0].tag)))
    return calls[0]


def _refused(text: Text) -> XmlRefused:
    return XmlRefused(text.zh, text.en)
