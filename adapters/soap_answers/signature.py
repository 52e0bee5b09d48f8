"""WS-Security X.509: proves that an answer's Body is what was signed.

What we ask is signed by `signing`.

Needs the extra `soap-signature` (xmlsec). zeep's own check looks at whatever a signature lists; it
does not ask that the Body be among it, nor that an Id stand for one element only.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import xmlsec
from lxml import etree

from adapters import SourceRefusedError
from adapters.text import Text
from adapters.text import signature as messages
from adapters.xml_stream import tree

_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_DS = "http://www.w3.org/2000/09/xmldsig#"
_ID = f"{{{_WSU}}}Id"
#: The only algorithms that count: no HMAC, no SHA-1, no transform that could choose what is
#: digested.
_ALGORITHMS = {
    "SignatureMethod": (
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    ),
    "DigestMethod": ("http://www.w3.org/2001/04/xmlenc#sha256",),
    "CanonicalizationMethod": ("http://www.w3.org/2001/10/xml-exc-c14n#",),
    "Transform": ("http://www.w3.org/2001/10/xml-exc-c14n#",),
}
#: How far an answer's Created may lie from our clock.
CLOCK_SLACK = timedelta(minutes=5)


def check_signature(data: bytes, certificate: Path | str, now: datetime | None = None) -> None:
    """Raise SourceRefusedError unless a service's certificate has
    signed the one Body of a fresh answer.

    The certificate is a file, or its text: a reader of answers is given no path.
    """
    pem = certificate.read_text("ascii") if isinstance(certificate, Path) else certificate
    try:
        root = tree(data)
    except etree.XMLSyntaxError as error:
        raise _doubtful(messages.malformed(str(error.msg))) from None
    if root.getroottree().docinfo.doctype:
        raise _doubtful(messages.has_dtd())
    namespace = etree.QName(root).namespace
    bodies = list(root.iter(f"{{{namespace}}}Body"))
    signatures = list(
        root.iterfind(f"{{{namespace}}}Header/{{{_WSSE}}}Security/{{{_DS}}}Signature")
    )
    if len(bodies) != 1 or bodies[0].getparent() is not root or len(signatures) != 1:
        raise _doubtful(messages.not_one_signature())
    [signature], [body] = signatures, bodies
    _check_algorithms(signature)
    _check_ids(root, body, signature)
    _check_time(root, namespace, now or datetime.now(UTC))
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(pem.encode(), xmlsec.constants.KeyDataFormatCertPem)
    for element in root.iter():
        if isinstance(element.tag, str) and element.get(_ID):
            context.register_id(element, "Id", _WSU)
    try:
        context.verify(signature)
    except xmlsec.Error:
        raise _doubtful(messages.wrong_signature()) from None


def _check_algorithms(signature: etree._Element) -> None:
    for name, allowed in _ALGORITHMS.items():
        for element in signature.iter(f"{{{_DS}}}{name}"):
            algorithm = element.get("Algorithm")
            if algorithm not in allowed:
                raise _doubtful(messages.forbidden_algorithm(algorithm))


def _check_ids(root: etree._Element, body: etree._Element, signature: etree._Element) -> None:
    """Ask that every Id stand once, and that the Body's be among what was signed."""
    ids = [
        element.get(_ID) or element.get("Id")
        for element in root.iter()
        if isinstance(element.tag, str)
    ]
    given = [id_ for id_ in ids if id_]
    signed = [
        str(reference.get("URI", "")).removeprefix("#")
        for reference in signature.iter(f"{{{_DS}}}Reference")
    ]
    if len(given) != len(set(given)):
        raise _doubtful(messages.id_twice())
    if not body.get(_ID) or body.get(_ID) not in signed:
        raise _doubtful(messages.body_unsigned())


def _check_time(root: etree._Element, namespace: str, now: datetime) -> None:
    created = root.findtext(
        f"{{{namespace}}}Header/{{{_WSSE}}}Security/{{{_WSU}}}Timestamp/{{{_WSU}}}Created"
    )
    try:
        moment = datetime.fromisoformat(created or "")
    except ValueError:
        raise _doubtful(messages.no_timestamp()) from None
    if moment.tzinfo is None or abs(now - moment) > CLOCK_SLACK:
        raise _doubtful(messages.stale_timestamp(created))


def _doubtful(reason: Text) -> SourceRefusedError:
    return SourceRefusedError(*messages.not_trusted(reason))
