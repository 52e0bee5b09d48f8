"""Signatures on packages and receipts, by which neither side can deny what it sent.

What is signed is a short statement: the GUID and the SHA-256 of the document's exact bytes. No
canonical form of XML is needed, nothing is parsed before it is checked, and a package and its
signature may travel by any destination. A signature names its algorithm and its key, so that keys
change one by one and another algorithm (SM2 in an approved module, say) has its place.

Exchange 1.1 says in the statement, too, who sends to which centre, and when it was signed: what was
signed for one counts for no other. The form of 1.0 is read and written where the other side has no
later one.
"""

import base64
import hashlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.errors import GatewayError
from gateway.protocol.names import PARTY
from gateway.text import secrets
from gateway.text import signing as messages

ALGORITHM = "ed25519"
#: HTTP header of a package and of its receipt.
HEADER = "Creditgate-Signature"
#: HTTP header by which a sender says the newest form that it reads; absent, it is 1.0.
EXCHANGE_HEADER, EXCHANGE = "Creditgate-Exchange", "1.1"
#: Policy: how far the other side's clock may be ahead of ours. Five minutes are what Kerberos
#: allows; a machine that follows no time server drifts by seconds a day.
CLOCK_TOLERANCE = timedelta(minutes=5)
#: Names of senders and centres, and the moment of signing, as they stand in a signature.
_PARTY = re.compile(PARTY)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


class SignatureRefusedError(GatewayError):
    """A document is not signed by whom it must be."""


class KeyRefusedError(GatewayError):
    """A key file cannot be used."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Who sends to which centre, and when it was signed: what exchange 1.1 adds to a statement."""

    sender: str
    centre: str
    at: datetime

    @property
    def moment(self) -> str:
        """Return the moment as it is signed: UTC, to the millisecond."""
        return (
            self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.")
            + f"{self.at.microsecond // 1000:03}Z"
        )


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature with what is needed to check it; `scope` where it is of exchange 1.1."""

    algorithm: str
    key_id: str
    value: bytes
    scope: Scope | None = None

    def __str__(self) -> str:
        text = f"{self.algorithm} {self.key_id} {base64.b64encode(self.value).decode()}"
        if self.scope is None:
            return text
        return f"{text} {self.scope.sender} {self.scope.centre} {self.scope.moment}"


#: What is signed, made of what the signature says of whom and when.
Statement = Callable[[Scope | None], bytes]


class Signer:
    """Signs under one of several keys."""

    def __init__(self, key_id: str, key: Ed25519PrivateKey) -> None:
        self._key_id = key_id
        self._key = key

    def sign(self, statement: Statement, scope: Scope | None = None) -> Signature:
        """Return the signature of a statement: of exchange 1.1 where it has a scope."""
        return Signature(ALGORITHM, self._key_id, self._key.sign(statement(scope)), scope)


class Verifier:
    """Checks signatures by the keys of the other side.

    Old keys stay until their last document is in.
    """

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = dict(keys)

    def check(self, statement: Statement, header: str | None) -> Signature:
        """Return a header's signature of a statement, checked; raises SignatureRefusedError.

        Whose scope it has, if any, is the caller's to check (`check_scope`).
        """
        signature = read_signature(header)
        key = self._keys.get(signature.key_id)
        if key is None:
            raise SignatureRefusedError.of(
                messages.key_not_trusted(signature.key_id[:40], sorted(self._keys))
            )
        verify(key, statement, signature)
        return signature


def verify(key: Ed25519PublicKey, statement: Statement, signature: Signature) -> None:
    """Raise SignatureRefusedError unless a signature is this key's, of this statement."""
    try:
        key.verify(signature.value, statement(signature.scope))
    except InvalidSignature:
        raise SignatureRefusedError.of(messages.of_other_bytes(signature.key_id)) from None


def check_scope(
    scope: Scope,
    sender: str,
    centre: str,
    now: datetime,
    tolerance: timedelta = CLOCK_TOLERANCE,
    oldest: timedelta | None = None,
) -> None:
    """Raise SignatureRefusedError for a statement of another sender, centre or time."""
    if scope.sender != sender:
        raise SignatureRefusedError.of(messages.of_another_sender(scope.sender, sender))
    if not centre or scope.centre != centre:
        raise SignatureRefusedError.of(messages.of_another_centre(scope.centre, centre))
    if scope.at > now + tolerance:
        raise SignatureRefusedError.of(messages.from_the_future(scope.at, now, tolerance))
    if oldest is not None and scope.at < now - oldest:
        raise SignatureRefusedError.of(messages.too_old(scope.at, oldest))


def read_signature(header: str | None) -> Signature:
    """Return the signature of `ALGORITHM KEY BASE64`, with ` SENDER CENTRE TIME` or without.

    Raises SignatureRefusedError.
    """
    parts = (header or "").split(" ")
    try:
        algorithm, key_id, value, *scope_parts = parts
        signature = Signature(
            algorithm, key_id, base64.b64decode(value, validate=True), _scope(scope_parts)
        )
    except ValueError:
        raise SignatureRefusedError.of(messages.no_signature()) from None
    if algorithm != ALGORITHM:
        raise SignatureRefusedError.of(messages.unknown_algorithm(algorithm[:20]))
    return signature


def _scope(parts: list[str]) -> Scope | None:
    """Return the scope of its three parts, None of none; raises ValueError."""
    if not parts:
        return None
    sender, centre, moment = parts
    if not (_PARTY.fullmatch(sender) and _PARTY.fullmatch(centre) and _MOMENT.fullmatch(moment)):
        raise ValueError("no scope")
    return Scope(sender, centre, datetime.fromisoformat(moment))


def package_statement(guid: str, digest: str) -> Statement:
    """Return what is signed of a package; `digest` is the SHA-256 of its bytes, in hexadecimal."""
    return _statement("package", guid, digest)


def receipt_statement(guid: str, digest: str, receipt: bytes) -> Statement:
    """Return what is signed of a receipt: the package it is of, and its own bytes."""
    return _statement("receipt", guid, digest, hashlib.sha256(receipt).hexdigest())


def refusal_statement(guid: str, digest: str, status: int, answer: bytes) -> Statement:
    """Return what is signed of a refusal: its package, its status, and the bytes that say why."""
    return _statement("refusal", guid, digest, str(status), hashlib.sha256(answer).hexdigest())


def _statement(subject: str, *lines: str) -> Statement:
    def of(scope: Scope | None) -> bytes:
        form = "1" if scope is None else "2"
        scope_lines = () if scope is None else (scope.sender, scope.centre, scope.moment)
        return "".join(
            f"{line}\n" for line in (f"creditgate {subject} {form}", *lines, *scope_lines)
        ).encode()

    return of


def new_key() -> tuple[bytes, bytes]:
    """Make a key pair, and return the private and the public key as PEM."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, public


def private_key(pem: bytes) -> Ed25519PrivateKey:
    """Return a private key from its PEM; raises KeyRefusedError."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyRefusedError.of(messages.no_private_key())
    return key


def public_key(pem: bytes) -> Ed25519PublicKey:
    """Return a public key from its PEM; raises KeyRefusedError."""
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyRefusedError.of(messages.no_public_key())
    return key


def load_signer(key_id: str, path: Path) -> Signer:
    """Return the signer of a private key's file that nobody else may read.

    Raises KeyRefusedError. It is read once: a key is changed under another id and with a restart,
    for whoever checks its signatures must know the new one first.
    """
    return Signer(key_id, private_key(read_private(path)))


def read_private(path: Path) -> bytes:
    """Return the bytes of a file that nobody else may read; raises KeyRefusedError.

    Mode and bytes are of the same open file.
    """
    try:
        with path.open("rb") as stream:
            mode, pem = os.fstat(stream.fileno()).st_mode, stream.read()
    except OSError as error:
        raise _unreadable(path, error) from None
    if mode & 0o077:
        raise KeyRefusedError.of(secrets.file_open_to_others(str(path)))
    return pem


def load_verifier(paths: Mapping[str, Path]) -> Verifier:
    """Return the verifier of the files of the other side's public keys.

    Raises KeyRefusedError.
    """
    return Verifier({key_id: public_key(_file_bytes(path)) for key_id, path in paths.items()})


def read_key_file(path: Path) -> str:
    """Return the PEM of a public key's file.

    Raises KeyRefusedError where it holds anything else.
    """
    pem = _file_bytes(path)
    public_key(pem)
    return pem.decode("ascii")


def _file_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> KeyRefusedError:
    return KeyRefusedError.of(messages.key_unreadable(str(path), error.strerror))
