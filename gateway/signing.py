"""Signatures on packages and receipts, by which neither side can deny what it sent.

What is signed is a short statement: the GUID and the SHA-256 of the document's exact bytes. No
canonical form of XML is needed, nothing is parsed before it is checked, and a package and its
signature may travel by any destination. A signature names its algorithm and its key, so that keys
change one by one and another algorithm (SM2 in an approved module, say) has its place.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gateway.messages import GatewayError

ALGORITHM = "ed25519"
#: HTTP header of a package and of its receipt.
HEADER = "Creditgate-Signature"


class SignatureRefused(GatewayError):
    """A document is not signed by whom it must be."""


class KeyRefused(GatewayError):
    """A key file cannot be used."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature with what is needed to check it."""

    algorithm: str
    key_id: str
    value: bytes

    def __str__(self) -> str:
        return f"{self.algorithm} {self.key_id} {base64.b64encode(self.value).decode()}"


class Signer:
    """Signs under one of several keys."""

    def __init__(self, key_id: str, key: Ed25519PrivateKey) -> None:
        self._key_id = key_id
        self._key = key

    def sign(self, statement: bytes) -> Signature:
        """Sign a statement."""
        return Signature(ALGORITHM, self._key_id, self._key.sign(statement))


class Verifier:
    """Checks signatures by the keys of the other side; old ones stay until their last document is in."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = dict(keys)

    def check(self, statement: bytes, header: str | None) -> Signature:
        """Check a header's signature of a statement; raises SignatureRefused."""
        signature = read_signature(header)
        key = self._keys.get(signature.key_id)
        if key is None:
            known = ", ".join(sorted(self._keys))
            raise SignatureRefused(f"签名密钥 {signature.key_id[:40]!r} 不在受信之列（{known}）", f"the signing key {signature.key_id[:40]!r} is none of those trusted ({known})")  # fmt: skip
        try:
            key.verify(signature.value, statement)
        except InvalidSignature:
            raise SignatureRefused(f"密钥 {signature.key_id} 的签名与内容不符", f"the signature by {signature.key_id} is not of these bytes") from None  # fmt: skip
        return signature


def read_signature(header: str | None) -> Signature:
    """Read `ALGORITHM KEY BASE64`; raises SignatureRefused for anything else."""
    parts = (header or "").split(" ")
    try:
        algorithm, key_id, value = parts
        found = Signature(algorithm, key_id, base64.b64decode(value, validate=True))
    except ValueError:
        raise SignatureRefused("没有签名，或签名格式不对", "there is no signature, or it is malformed") from None  # fmt: skip
    if algorithm != ALGORITHM:
        raise SignatureRefused(f"不支持的签名算法 {algorithm[:20]!r}", f"signature algorithm {algorithm[:20]!r} is not supported")  # fmt: skip
    return found


def package_statement(guid: str, digest: str) -> bytes:
    """Give what is signed of a package; `digest` is the SHA-256 of its bytes in hexadecimal."""
    return f"creditgate package 1\n{guid}\n{digest}\n".encode()


def receipt_statement(guid: str, digest: str, receipt: bytes) -> bytes:
    """Give what is signed of a receipt: the package it is of, and its own bytes."""
    own = hashlib.sha256(receipt).hexdigest()
    return f"creditgate receipt 1\n{guid}\n{digest}\n{own}\n".encode()


def new_key() -> tuple[bytes, bytes]:
    """Make a key pair; give the private and the public key as PEM."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private, public


def private_key(pem: bytes) -> Ed25519PrivateKey:
    """Read a private key; raises KeyRefused."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyRefused("私钥不是未加密的 Ed25519 PEM；可用 creditgate key new 生成", "the private key is no plain Ed25519 PEM; make one with creditgate key new")  # fmt: skip
    return key


def public_key(pem: bytes) -> Ed25519PublicKey:
    """Read a public key; raises KeyRefused."""
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyRefused("公钥不是 Ed25519 PEM", "the public key is no Ed25519 PEM")
    return key


def load_signer(key_id: str, path: Path) -> Signer:
    """Read the file of a private key that nobody else may read; raises KeyRefused."""
    pem = _read(path)
    if path.stat().st_mode & 0o077:
        raise KeyRefused(f"{path} 可被他人读取，请执行 chmod 600", f"{path} can be read by others; run chmod 600")  # fmt: skip
    return Signer(key_id, private_key(pem))


def load_verifier(paths: Mapping[str, Path]) -> Verifier:
    """Read the files of the other side's public keys; raises KeyRefused."""
    return Verifier({key_id: public_key(_read(path)) for key_id, path in paths.items()})


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyRefused(f"无法读取密钥 {path}：{error.strerror}", f"cannot read the key {path}: {error.strerror}") from None  # fmt: skip
