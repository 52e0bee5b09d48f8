"""The certificate of a conformance run: a statement in JSON, signed with Ed25519, inside an HTML page. Pure.

The signature is over the statement's exact bytes, which the page carries in base64: whoever has the public
key can tell that neither results nor date were touched.
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

_PARTS = re.compile(
    r'<pre id="statement">([A-Za-z0-9+/=\s]+)</pre>.*?<pre id="signature">([A-Za-z0-9+/=\s]*)</pre>',
    re.DOTALL,
)


class CertificateRefusedError(GatewayError):
    """A certificate or key cannot be trusted or read."""


def statement(
    outcomes: Sequence[Outcome], suite: str, subject: str, made: str, version: str
) -> bytes:
    """Write what was found as JSON: who was tested, when, by which version, with what result."""
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
    found = {
        "suite": suite,
        "subject": subject,
        "made": made,
        "creditgate": version,
        "duties": len(outcomes),
        "passed": passed,
        "conforms": passed == len(outcomes),
        "results": results,
    }
    return json.dumps(found, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def certificate(stated: bytes, private: bytes | None) -> str:
    """Write a statement as a page, signed where a private key (PEM) is given; raises KeyRefusedError."""
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
    """Give the statement of a certificate whose signature is right for a public key (PEM).

    Raises CertificateRefusedError when it is unsigned, touched or signed with another key, and KeyRefusedError.
    What the page shows beside the statement does not count.
    """
    found = _PARTS.search(page)
    if found is None or not found[2].strip():
        raise CertificateRefusedError("不是签名的证书", "this is no signed certificate")
    try:
        stated, signature = base64.b64decode(found[1]), base64.b64decode(found[2])
        public_key(public).verify(signature, stated)
    except (InvalidSignature, ValueError):
        raise CertificateRefusedError(
            "签名不符：证书被改动，或由另一密钥签发",
            "the signature is wrong: the certificate was touched, or another key signed it",
        ) from None
    result: dict[str, Any] = json.loads(stated)
    return result


def _fingerprint(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:32]
