"""The certificate of a conformance run: a statement in JSON, signed with Ed25519, in an HTML page.

Pure. The signature is over the statement's exact bytes, which the page carries in base64: whoever
has the public key can see that neither results nor date were touched.
"""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.conformance.cases import Outcome
from gateway.documents.pages import render
from gateway.errors import GatewayError
from gateway.protocol.signing import private_key, public_key
from gateway.text import conformance as messages

_PARTS = re.compile(
    r'<pre id="statement">([A-Za-z0-9+/=\s]+)</pre>.*?'
    r'<pre id="signature">([A-Za-z0-9+/=\s]*)</pre>',
    re.DOTALL,
)


class CertificateRefusedError(GatewayError):
    """A certificate or key cannot be trusted or read."""


def statement(
    outcomes: Sequence[Outcome], suite: str, subject: str, date: str, version: str
) -> bytes:
    """Return the statement as JSON: who was tested, when, by which version, with what results."""
    results = [
        {
            "duty": o.duty.id,
            "zh": o.duty.zh,
            "en": o.duty.en,
            "passed": o.passed,
            "findings": [{"zh": f.zh, "en": f.en} for f in o.findings],
        }
        for o in outcomes
    ]
    passed = sum(outcome.passed for outcome in outcomes)
    content = {
        "suite": suite,
        "subject": subject,
        "made": date,
        "creditgate": version,
        "duties": len(outcomes),
        "passed": passed,
        "conforms": passed == len(outcomes),
        "results": results,
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def certificate(stated: bytes, private: bytes | None) -> str:
    """Return a statement as a page, signed where a private key (PEM) is given.

    Raises KeyRefusedError.
    """
    signature = key = ""
    if private is not None:
        signer = private_key(private)
        signature = base64.b64encode(signer.sign(stated)).decode()
        key = _fingerprint(signer.public_key())
    return render(
        "certificate.html",
        stated=json.loads(stated),
        statement=base64.b64encode(stated).decode(),
        signature=signature,
        key=key,
    )


def verified(page: str, public: bytes) -> dict[str, Any]:
    """Return the statement of a certificate whose signature a public key (PEM) confirms.

    Raises CertificateRefusedError when it is unsigned, touched or signed with another key, and
    KeyRefusedError. What the page shows beside the statement does not count.
    """
    match = _PARTS.search(page)
    if match is None or not match[2].strip():
        raise CertificateRefusedError.of(messages.no_certificate())
    try:
        stated, signature = base64.b64decode(match[1]), base64.b64decode(match[2])
        public_key(public).verify(signature, stated)
    except (InvalidSignature, ValueError):
        raise CertificateRefusedError.of(messages.signature_wrong()) from None
    result: dict[str, Any] = json.loads(stated)
    return result


def _fingerprint(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:32]
