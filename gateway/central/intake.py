"""Takes packages, however they come: checks the signature, judges, stores, answers the receipt."""

import hashlib
import io
from dataclasses import dataclass

import structlog
import zstandard
from sqlalchemy import Engine

from gateway.central import store
from gateway.central.judge import PackageRefused, judge
from gateway.central.keep import keep
from gateway.clock import Clock, local_day
from gateway.messages import Text
from gateway.signing import (
    SignatureRefused,
    Signer,
    Verifier,
    package_statement,
    receipt_statement,
)
from gateway.standard import XmlRefused

#: Largest package in bytes, compressed and opened: 1,000 records of 60 kB each.
MAX_BYTES = 64_000_000

_log = structlog.get_logger("creditgate.central")


@dataclass(frozen=True, slots=True)
class Keys:
    """What receipts are signed with, and whose packages are taken; None where nothing is asked."""

    signer: Signer | None = None
    verifier: Verifier | None = None


NO_KEYS = Keys()


@dataclass(frozen=True, slots=True)
class Taken:
    """A package's receipt, with our signature of it where we sign."""

    receipt: bytes
    signature: str | None


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A package is refused as a whole: with HTTP's status for it, whichever way it came, and why."""

    status: int
    text: Text


def answer(
    engine: Engine, data: bytes, encoding: str | None, guid: str, signature: str, clock: Clock,
    keys: Keys = NO_KEYS,
) -> Taken | NotTaken:  # fmt: skip
    """Take one package as `take` does, with what it raises as an answer."""
    try:
        return take(engine, data, encoding, guid, signature, clock, keys)
    except (XmlRefused, PackageRefused) as error:
        return NotTaken(422, error.text)
    except SignatureRefused as error:
        return NotTaken(403, error.text)
    except store.PackageConflict as error:
        return NotTaken(409, error.text)


def take(
    engine: Engine, data: bytes, encoding: str | None, guid: str, signature: str, clock: Clock,
    keys: Keys = NO_KEYS,
) -> Taken:  # fmt: skip
    """Take one package: its bytes and their content encoding, its GUID ("" where the way has no place
    for it) and the signature that came with it.

    A signature is checked before anything is parsed. A package that is here already gets its first
    receipt again. Raises XmlRefused or PackageRefused for one that is wrong as a whole,
    SignatureRefused, and PackageConflict.
    """
    xml = _opened(data, encoding)
    digest = hashlib.sha256(xml).hexdigest()
    if keys.verifier is not None:
        keys.verifier.check(package_statement(guid, digest), signature)
    receipt = store.receipt_of(engine, guid, digest) if guid else None
    if receipt is None:
        now = clock()
        judged = judge(xml, local_day(now))
        if keys.verifier is not None and judged.header.guid != guid:
            raise SignatureRefused(f"签名的是 {guid[:36]!a}，数据包是 {judged.header.guid}", f"the signature is of {guid[:36]!a} and the package is {judged.header.guid}")  # fmt: skip
        guid = judged.header.guid
        receipt = keep(engine, judged, digest, now, signature)
        _log.info("package.kept", guid=guid, feed=judged.header.feed, records=judged.header.records, refused=len(judged.faults))  # fmt: skip
    if keys.signer is None:
        return Taken(receipt, None)
    return Taken(receipt, str(keys.signer.sign(receipt_statement(guid, digest, receipt))))


def _opened(data: bytes, encoding: str | None) -> bytes:
    """Undo the content encoding, never beyond MAX_BYTES, whatever the frame claims of its size."""
    if encoding is None:
        return data
    if encoding != "zstd":
        raise XmlRefused(f"不支持的内容编码 {encoding}", f"content encoding {encoding} is not supported")  # fmt: skip
    try:
        with zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(
            io.BytesIO(data)
        ) as reader:
            xml = reader.read(MAX_BYTES + 1)
    except zstandard.ZstdError as error:
        raise XmlRefused(f"zstd 数据损坏：{error}", f"the zstd data are damaged: {error}") from None
    if len(xml) > MAX_BYTES:
        raise XmlRefused(
            f"解压后超过 {MAX_BYTES} 字节", f"larger than {MAX_BYTES} bytes once opened"
        )
    return xml
