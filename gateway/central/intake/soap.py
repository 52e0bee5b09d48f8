"""The centre's SOAP service (xsd/exchange/1.0/centre.wsdl): one operation, whose answer is the
receipt.
"""

import base64
from xml.sax.saxutils import escape

from flask import Response
from lxml import etree

from gateway.central.centre import Centre
from gateway.central.intake import receive
from gateway.central.intake.receive import Arrival, NotTaken
from gateway.central.senders.model import Sender
from gateway.protocol.refusals import SOAP_NAMESPACE, fault_code
from gateway.protocol.soap import ENVELOPE, envelope, fault
from gateway.standard import XmlRefusedError, parse_xml
from gateway.standard.whitespace import collapse
from gateway.text import doors

#: What a call may have, each once.
_PARTS = [f"{{{SOAP_NAMESPACE}}}{name}" for name in ("PackageGuid", "Content", "Signature")]


def answer(
    centre: Centre, sender: Sender, data: bytes, charset: str = "", exchange: str = ""
) -> Response:
    """Return the response to one SOAP call; `charset` is what its Content-Type header names."""
    try:
        call = _call(parse_xml(data, charset))
        guid, content, signature = (
            collapse(call.findtext(f"{{{SOAP_NAMESPACE}}}{name}"))
            for name in ("PackageGuid", "Content", "Signature")
        )
        # Lines may be broken anywhere; base64 that is no ASCII is a ValueError too.
        package = base64.b64decode(content.replace(" ", ""), validate=True)
    except (XmlRefusedError, ValueError) as error:
        text = error.text if isinstance(error, XmlRefusedError) else doors.no_base64()
        return fault("soap:Client", str(text))
    arrival = Arrival(package, "zstd", guid, signature, exchange=exchange)
    result = receive.answer(centre, sender, arrival)
    if isinstance(result, NotTaken):
        return _fault(centre, sender, result)
    signature_element = (
        "" if result.signature is None else f"<Signature>{escape(result.signature)}</Signature>"
    )
    receipt = base64.b64encode(result.receipt).decode()
    return envelope(
        "<SubmitPackageResponse"
        f' xmlns="{SOAP_NAMESPACE}"><Receipt>{receipt}</Receipt>{signature_element}<'
        "/SubmitPackageResponse>"
    )


def _fault(centre: Centre, sender: Sender, refused: NotTaken) -> Response:
    """Answer a refusal; its signature, where we sign, is over the words of the fault."""
    words = str(refused.text)
    code = fault_code(refused.status, refused.code)
    signature = receive.refusal_signature(centre, sender.id, refused, words.encode())
    detail = (
        ""
        if signature is None
        else f'<Signature xmlns="{SOAP_NAMESPACE}">{escape(signature)}</Signature>'
    )
    return fault(f"soap:Client.{code}", words, detail=detail)


def _call(root: etree._Element) -> etree._Element:
    """Find the one call in an envelope's one body; raises XmlRefusedError."""
    bodies = root.findall(f"{{{ENVELOPE}}}Body")
    calls = list(bodies[0]) if len(bodies) == 1 else []
    if len(calls) != 1 or calls[0].tag != f"{{{SOAP_NAMESPACE}}}SubmitPackage":
        raise XmlRefusedError.of(doors.no_submit_package())
    names = [part.tag for part in calls[0]]
    for name in names:
        if name not in _PARTS or names.count(name) > 1:
            raise XmlRefusedError.of(doors.wrong_part(str(name)))
    for part in calls[0]:
        # The text before an element is not the value of a part that has one.
        if len(part):
            raise XmlRefusedError.of(doors.wrong_part(str(part[0].tag)))
    return calls[0]
