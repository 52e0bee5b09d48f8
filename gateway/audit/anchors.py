"""Anchors: heads of the chain that are written down outside the store, signed, each chained to the
one before. Pure.

Whoever can write the store can make the whole chain anew; they cannot make an anchor anew without
its key, nor take back what syslog has.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.errors import GatewayError
from gateway.protocol.signing import Signer
from gateway.text import audit as messages

#: What the first line of a file is chained to.
BEGINNING = ""
_HMAC, _ED25519 = "hmac-sha256", "ed25519"


class AnchorsBrokenError(GatewayError):
    """The file of anchors is not as it was written."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The head of the log at a moment.

    `before` is the SHA-256 of the line before, `signature` of all else.
    """

    number: int
    digest: str
    at: str
    before: str
    signature: str

    def statement(self) -> bytes:
        """Return what is signed."""
        parts = ["creditgate audit anchor 1", str(self.number), self.digest, self.at, self.before]
        return "\n".join(parts).encode()

    def line(self) -> str:
        """Return it as a line of the file."""
        return json.dumps(asdict(self), sort_keys=True)


class AnchorKeys:
    """Signs anchors, and checks them: by Ed25519 where a key is set, else by the keys at rest."""

    def __init__(
        self,
        signer: Signer | None = None,
        trusted: Mapping[str, Ed25519PublicKey] | None = None,
        at_rest: Mapping[str, bytes] | None = None,
        current: str = "",
    ) -> None:
        self._signer = signer
        self._trusted = dict(trusted or {})
        # A key of its own for each use: of a leaked anchor nothing follows for what is sealed.
        self._secrets = {
            name: hmac.digest(key, b"creditgate audit anchor", "sha256")
            for name, key in (at_rest or {}).items()
        }
        self._current = current

    @property
    def signs(self) -> bool:
        """Whether there is a key to sign by."""
        return self._signer is not None or bool(self._current)

    def doubts(self, anchor: Anchor) -> bool:
        """Whether an anchor is signed by no key of here: anybody may have written it."""
        return self.signs and self.check(anchor) is not True

    def sign(self, statement: bytes) -> str:
        """Return the signature of a statement; "" without a key."""
        if self._signer is not None:
            return str(self._signer.sign(lambda _scope: statement))
        if not self._current:
            return ""
        digest = hmac.new(self._secrets[self._current], statement, hashlib.sha256).hexdigest()
        return f"{_HMAC} {self._current} {digest}"

    def check(self, anchor: Anchor) -> bool | None:
        """Whether an anchor's signature is right; None where it has none or its key is not here."""
        algorithm, _, rest = anchor.signature.partition(" ")
        name, _, value = rest.partition(" ")
        if algorithm == _HMAC and name in self._secrets:
            expected = hmac.new(self._secrets[name], anchor.statement(), hashlib.sha256).hexdigest()
            return hmac.compare_digest(expected, value)
        if algorithm == _ED25519 and name in self._trusted:
            return _signed(self._trusted[name], value, anchor.statement())
        return None


def _signed(key: Ed25519PublicKey, value: str, statement: bytes) -> bool:
    try:
        key.verify(base64.b64decode(value, validate=True), statement)
    except (InvalidSignature, ValueError):
        return False
    return True


def make(keys: AnchorKeys, number: int, digest: str, at: datetime, line_before: str) -> Anchor:
    """Return the anchor of a head; `line_before` is the file's last line, "" for the first."""
    chained = hashlib.sha256(line_before.encode()).hexdigest() if line_before else BEGINNING
    bare = Anchor(number, digest, at.isoformat(timespec="seconds"), chained, "")
    return Anchor(bare.number, bare.digest, bare.at, bare.before, keys.sign(bare.statement()))


def read(lines: Sequence[str], keys: AnchorKeys) -> tuple[list[Anchor], int]:
    """Return the anchors of a file's lines, and how many of them no key here proves.

    Raises AnchorsBrokenError where a line is none, does not follow the one before, or is signed
    wrongly.
    """
    anchors: list[Anchor] = []
    unproved, line_before = 0, ""
    for place, line in enumerate(lines, 1):
        anchor = _parsed(line)
        if anchor is None:
            raise AnchorsBrokenError.of(messages.anchor_unreadable(place))
        expected = hashlib.sha256(line_before.encode()).hexdigest() if line_before else BEGINNING
        if anchor.before != expected or (anchors and anchor.number < anchors[-1].number):
            raise AnchorsBrokenError.of(messages.anchor_out_of_place(place))
        right = keys.check(anchor)
        if right is False:
            raise AnchorsBrokenError.of(messages.anchor_forged(place, anchor.number))
        unproved += right is None
        anchors.append(anchor)
        line_before = line
    return anchors, unproved


def _parsed(line: str) -> Anchor | None:
    try:
        anchor = Anchor(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return None
    texts = (anchor.digest, anchor.at, anchor.before, anchor.signature)
    sound = type(anchor.number) is int and all(type(text) is str for text in texts)
    return anchor if sound else None
