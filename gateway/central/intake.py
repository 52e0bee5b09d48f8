"""Takes packages, however they come: checks the signature, judges, stores, answers the receipt."""

import hashlib
import re
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
from gateway.text import doors

#: Largest package in bytes, compressed and opened: 1,000 records of 60 kB each.
MAX_BYTES = 64_000_000
#: Bytes of compressed data that are opened at once: four may become 128 kB.
_PIECE = 1024
#: As types.xsd has it; nothing else is looked for in the store.
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

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
    keys: Keys = NO_KEYS, charset: str = "",
) -> Taken | NotTaken:  # fmt: skip
    """Take one package as `take` does, with what it raises as an answer."""
    try:
        return take(engine, data, encoding, guid, signature, clock, keys, charset)
    except (XmlRefused, PackageRefused) as error:
        return NotTaken(422, error.text)
    except SignatureRefused as error:
        return NotTaken(403, error.text)
    except store.PackageConflict as error:
        return NotTaken(409, error.text)


def take(
    engine: Engine, data: bytes, encoding: str | None, guid: str, signature: str, clock: Clock,
    keys: Keys = NO_KEYS, charset: str = "",
) -> Taken:  # fmt: skip
    """Take one package: its bytes and their content encoding, its GUID ("" where the way has no place
    for it), the signature that came with it, and the charset that HTTP names, where it does.

    A signature is checked before anything is parsed. A package that is here already gets its first
    receipt again. Raises XmlRefused or PackageRefused for one that is wrong as a whole,
    SignatureRefused, and PackageConflict.
    """
    if guid and not _GUID.fullmatch(guid):
        raise _refused(doors.guid_malformed(guid))
    if not signature.isprintable():
        raise SignatureRefused(*_both(doors.signature_malformed()))
    xml = _opened(data, encoding)
    digest = hashlib.sha256(xml).hexdigest()
    if keys.verifier is not None:
        keys.verifier.check(package_statement(guid, digest), signature)
    receipt = store.receipt_of(engine, guid, digest) if guid else None
    if receipt is None:
        now = clock()
        judged = judge(xml, local_day(now), charset)
        if keys.verifier is not None and judged.header.guid != guid:
            raise SignatureRefused(*_both(doors.signature_of_another(guid, judged.header.guid)))
        if guid not in ("", judged.header.guid):
            raise _refused(doors.guid_of_another(guid, judged.header.guid))
        guid = judged.header.guid
        receipt = keep(engine, judged, digest, now, signature)
        _log.info("package.kept", guid=guid, feed=judged.header.feed, records=judged.header.records, refused=len(judged.faults))  # fmt: skip
    if keys.signer is None:
        return Taken(receipt, None)
    return Taken(receipt, str(keys.signer.sign(receipt_statement(guid, digest, receipt))))


def _opened(data: bytes, encoding: str | None) -> bytes:
    """Undo the content encoding, never beyond MAX_BYTES, whatever the frame claims of its size."""
    name = (encoding or "identity").strip().lower()
    if name == "identity":
        return data
    if name != "zstd":
        raise XmlRefused(*_both(doors.encoding_unknown(name)))
    opening = zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj()
    xml = bytearray()
    place = 0
    while place < len(data) and not opening.eof:
        try:
            xml += opening.decompress(data[place : place + _PIECE])
        except zstandard.ZstdError as error:
            raise XmlRefused(*_both(doors.compression_damaged(str(error)))) from None
        place += _PIECE
        if len(xml) > MAX_BYTES:
            raise XmlRefused(*_both(doors.package_too_large(MAX_BYTES)))
    if not opening.eof or opening.unused_data or place < len(data):
        raise XmlRefused(*_both(doors.compression_not_whole()))
    return bytes(xml)


def _refused(text: Text) -> PackageRefused:
    return PackageRefused(*_both(text))


def _both(text: Text) -> tuple[str, str]:
    return text.zh, text.en
