"""Takes packages, however they come: who sends it, the signature, judges, stores, answers the
receipt.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

import structlog
import zstandard

from gateway.central.centre import Centre
from gateway.central.intake.signatures import Spoken, check_relay, check_signature
from gateway.central.intake.store import SequenceRefusedError, store_package
from gateway.central.intake.validate import PackageRefusedError, validate
from gateway.central.records import store as record_store
from gateway.central.senders.administration import note_relay
from gateway.central.senders.model import (
    EXCHANGES,
    Sender,
    SenderRefusedError,
    check_header,
)
from gateway.clock import local_day
from gateway.errors import GatewayError
from gateway.protocol.header import Header
from gateway.protocol.package_reader import announced
from gateway.protocol.receipt_writer import without_sender
from gateway.protocol.refusals import SEQUENCE
from gateway.protocol.signing import (
    Scope,
    SignatureRefusedError,
    receipt_statement,
    refusal_statement,
)
from gateway.standard import XmlRefusedError
from gateway.text import Text, doors
from gateway.text import senders as messages

#: Largest package in bytes, compressed and opened: 1,000 records of 60 kB each.
MAX_BYTES = 64_000_000
#: Bytes of compressed data that are opened at once: four may become 128 kB.
_PIECE = 1024
#: As types.xsd has it; nothing else is looked for in the store, and names no file and no subject.
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_log = structlog.get_logger("creditgate.central")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A package as it came: its bytes and their content encoding, its GUID ("" where the way has no
    place for it), the signature that came with it, the charset that HTTP names, and the newest form
    of exchange that its sender says it reads.
    """

    data: bytes
    encoding: str | None
    guid: str
    signature: str
    charset: str = ""
    exchange: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A package's receipt, with our signature of it where we sign."""

    receipt: bytes
    signature: str | None


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A package is refused as a whole: with HTTP's status for it, whichever way it came, and why.

    `code` is what programs tell it by. `proven`: the package itself says that it is this sender's
    and has this GUID, which is no other sender's: an answer by that GUID reaches nobody else.
    """

    status: int
    text: Text
    code: str = ""
    guid: str = ""
    digest: str = ""
    proven: bool = False


def is_guid(text: str) -> bool:
    """Whether a text has the form of a package's GUID."""
    return _GUID.fullmatch(text) is not None


def answer(centre: Centre, sender: Sender, arrival: Arrival) -> Taken | NotTaken:
    """Receive one package and return its receipt, or why it is refused.

    A refused package has changed nothing.
    """
    try:
        xml = _decompressed(arrival.data, arrival.encoding)
    except XmlRefusedError as error:
        digest = hashlib.sha256(arrival.data).hexdigest()
        return NotTaken(422, error.text, guid=arrival.guid, digest=digest)
    digest = hashlib.sha256(xml).hexdigest()
    try:
        return _take(centre, sender, arrival, xml, digest)
    except (
        XmlRefusedError,
        PackageRefusedError,
        SignatureRefusedError,
        SenderRefusedError,
        record_store.PackageConflictError,
    ) as error:
        (status, code), text = _status(error), error.text
    proven = _proves(centre, xml, arrival, sender)
    if status == 403:
        _log.warning("package.not_allowed", sender=sender.id, code=code, guid=ascii(arrival.guid))
    return NotTaken(status, text, code, arrival.guid, digest, proven)


def receipt_again(centre: Centre, sender: Sender, guid: str, exchange: str) -> Taken | None:
    """Return the receipt of a package of a sender's own; None for another's as for none."""
    if not is_guid(guid):
        return None
    with centre.engine.connect() as connection:
        owner = record_store.owner_of(connection, guid)
        # "": of before senders were known.
        if owner is None or owner[0] not in ("", sender.id) or not sender.speaks_for(owner[2]):
            return None
        digest, receipt = record_store.first_receipt(connection, guid)
    now = centre.clock()
    by_1_1 = sender.signs and sender.exchange == EXCHANGES[-1]
    spoken = Spoken(sender, Scope(sender.id, centre.terms.name, now) if by_1_1 else None)
    arrival = Arrival(b"", None, guid, "", exchange=exchange)
    return _answered(centre, sender, spoken, arrival, guid, digest, receipt, now)


def refusal_signature(centre: Centre, sender: str, refused: NotTaken, answer: bytes) -> str | None:
    """Return our signature of a refusal, whose reason is in some bytes; None where we do not sign.

    A no is as good as a yes to who wants a record not to arrive: it must be the centre's own.
    """
    terms = centre.terms
    if terms.signer is None or not terms.name or not is_guid(refused.guid):
        return None
    statement = refusal_statement(refused.guid, refused.digest, refused.status, answer)
    return str(terms.signer.sign(statement, Scope(sender, terms.name, centre.clock())))


def _status(error: GatewayError) -> tuple[int, str]:
    match error:
        case SenderRefusedError():
            return 403, error.code
        case SignatureRefusedError():
            return 403, "signature"
        case record_store.PackageConflictError():
            return 409, "guid"
        case SequenceRefusedError():
            return 422, SEQUENCE
    return 422, ""


def _take(centre: Centre, sender: Sender, arrival: Arrival, xml: bytes, digest: str) -> Taken:
    """Take one package; a package that is here already gets its first receipt again.

    A signature is checked before anything is parsed. Raises XmlRefusedError or PackageRefusedError
    for one that is wrong as a whole, SignatureRefusedError, SenderRefusedError, and
    PackageConflictError.
    """
    guid = arrival.guid
    if guid and not is_guid(guid):
        raise PackageRefusedError.of(doors.guid_malformed(guid))
    if not arrival.signature.isprintable():
        raise SignatureRefusedError.of(doors.signature_malformed())
    now = centre.clock()
    spoken = check_signature(centre, sender, guid, digest, arrival.signature, now)
    receipt = _first_receipt(centre, sender, spoken, guid, digest) if guid else None
    if receipt is None:
        validated = validate(xml, local_day(now), arrival.charset)
        _check(validated.header, guid, sender, spoken)
        check_relay(centre, sender, spoken, validated.header.feed)
        guid = validated.header.guid
        receipt = store_package(
            centre, validated, digest, now, arrival.signature, sender, spoken.by.id
        )
        if sender.may_relay:
            note_relay(centre.engine, sender.id, spoken.by.id, now)
        _log.info(
            "package.kept",
            guid=guid,
            feed=validated.header.feed,
            sender=sender.id,
            by=spoken.by.id,
            records=validated.header.records,
            refused=len(validated.faults),
        )
    return _answered(centre, sender, spoken, arrival, guid, digest, receipt, now)


def _first_receipt(
    centre: Centre, sender: Sender, spoken: Spoken, guid: str, digest: str
) -> bytes | None:
    """Return the receipt of an earlier package: to its sender alone, for a feed still its own."""
    receipt = record_store.receipt_of(centre.engine, guid, digest)
    if receipt is None:
        return None
    with centre.engine.connect() as connection:
        owner = record_store.owner_of(connection, guid)
    if owner is None:
        return None
    by, department, feed = owner
    if by not in ("", sender.id):
        raise record_store.PackageConflictError.of(messages.package_of_another())
    for party in (sender, spoken.by):
        check_header(party, department, feed)
    return receipt


def _check(header: Header, guid: str, sender: Sender, spoken: Spoken) -> None:
    """Raise unless a package is the one announced, and its sender may speak for its feed."""
    if spoken.by.signs and header.guid != guid:
        raise SignatureRefusedError.of(doors.signature_of_another(guid, header.guid))
    if guid not in ("", header.guid):
        raise PackageRefusedError.of(doors.guid_of_another(guid, header.guid))
    for party in (sender, spoken.by):
        check_header(party, header.department, header.feed)


def _answered(
    centre: Centre,
    sender: Sender,
    spoken: Spoken,
    arrival: Arrival,
    guid: str,
    digest: str,
    receipt: bytes,
    now: datetime,
) -> Taken:
    """Answer a receipt in the form that its sender reads, signed where we sign."""
    newest = EXCHANGES[-1]
    signed_anew = spoken.scope is not None
    reads = newest if signed_anew or arrival.exchange == newest else sender.exchange
    if reads != newest:
        receipt = without_sender(receipt)
    terms = centre.terms
    if terms.signer is None:
        return Taken(receipt, None)
    # Whoever has not said for which centre it signs has none to hold our answer against.
    scope = Scope(spoken.by.id, terms.name, now) if signed_anew else None
    return Taken(receipt, str(terms.signer.sign(receipt_statement(guid, digest, receipt), scope)))


def _proves(centre: Centre, xml: bytes, arrival: Arrival, sender: Sender) -> bool:
    """Whether a package that is refused says itself that it is this sender's and has this GUID.

    Not where another's package has it: whoever waits for an answer by that GUID is not this sender.
    """
    header = announced(xml, arrival.charset)
    if header is None or header.guid != arrival.guid:
        return False
    try:
        check_header(sender, header.department, header.feed)
    except SenderRefusedError:
        return False
    with centre.engine.connect() as connection:
        owner = record_store.owner_of(connection, header.guid)
    return owner is None or owner[0] == sender.id or (not owner[0] and sender.speaks_for(owner[2]))


def _decompressed(data: bytes, encoding: str | None) -> bytes:
    """Undo the content encoding, never beyond MAX_BYTES, whatever the frame claims of its size."""
    name = (encoding or "identity").strip().lower()
    if name == "identity":
        return data
    if name != "zstd":
        raise XmlRefusedError.of(doors.encoding_unknown(name))
    opening = zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj()
    xml = bytearray()
    place = 0
    while place < len(data) and not opening.eof:
        try:
            xml += opening.decompress(data[place : place + _PIECE])
        except zstandard.ZstdError as error:
            raise XmlRefusedError.of(doors.compression_damaged(str(error))) from None
        place += _PIECE
        if len(xml) > MAX_BYTES:
            raise XmlRefusedError.of(doors.package_too_large(MAX_BYTES))
    if not opening.eof or opening.unused_data or place < len(data):
        raise XmlRefusedError.of(doors.compression_not_whole())
    return bytes(xml)
