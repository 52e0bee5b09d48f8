"""WS-Security X.509: signs what we ask. Needs the extra `soap-signature` (xmlsec)."""

from datetime import UTC, datetime
from typing import Any

import xmlsec
from lxml import etree
from zeep.wsse.signature import BinarySignature, MemorySignature
from zeep.wsse.utils import get_security_header, get_timestamp

from adapters.soap.settings import SoapSettings
from adapters.soap_answers.signature import CLOCK_SLACK
from adapters.transports.private import read_private

_WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"


class _Signature(BinarySignature):
    """zeep's own, from bytes that were read already."""

    def __init__(self, key: bytes, certificate: bytes) -> None:
        MemorySignature.__init__(
            self,
            key,
            certificate,
            signature_method=xmlsec.constants.TransformRsaSha256,
            digest_method=xmlsec.constants.TransformSha256,
        )


class Signing:
    """Signs the Body and Timestamp of requests with RSA-SHA256; answers are checked by
    `signature.check_signature`.
    """

    def __init__(self, settings: SoapSettings) -> None:
        assert settings.key is not None and settings.certificate is not None  # noqa: S101, PT018
        files = settings.access.files
        key = read_private(files, settings.key)
        self._with = _Signature(key, files.read(settings.certificate))

    def apply(self, envelope: etree._Element, headers: Any) -> tuple[etree._Element, Any]:
        """Put a fresh Timestamp into a request's header, sign it with the Body, and return both."""
        security = get_security_header(envelope)
        stamp = etree.SubElement(security, f"{{{_WSU}}}Timestamp")
        now = datetime.now(UTC)
        etree.SubElement(stamp, f"{{{_WSU}}}Created").text = get_timestamp(now, zulu_timestamp=True)
        etree.SubElement(stamp, f"{{{_WSU}}}Expires").text = get_timestamp(
            now + CLOCK_SLACK, zulu_timestamp=True
        )
        envelope, headers = self._with.apply(envelope, headers)
        return envelope, headers

    def verify(self, envelope: etree._Element) -> etree._Element:
        """Return the answer as it is: zeep never parses one here."""
        return envelope
