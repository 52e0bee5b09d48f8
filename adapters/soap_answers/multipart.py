"""Multipart answers (MTOM, SOAP with attachments) taken apart:
the root part and every part by its id. Pure.
"""

import base64
import binascii
import quopri
import re
from dataclasses import dataclass, field

from adapters.soap_answers.trouble import UnusableAnswerError
from adapters.text import soap_http as messages

#: Most parts of a multipart answer.
PARTS = 100
_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]+)"|([^\s;"]+))', re.IGNORECASE)
_START = re.compile(r'\bstart\s*=\s*(?:"([^"]+)"|([^\s;"]+))', re.IGNORECASE)
#: Transfer encodings that leave bytes as they are.
_PLAIN = frozenset({"", "binary", "8bit", "7bit"})
#: What no quoted-printable text has: an equals sign before anything but two digits or a line's end.
_NOT_QUOTED = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n|[ \t]*\Z)")
_HEADER = re.compile(rb"(?im)^([A-Za-z-]+):[ \t]*((?:[^\r\n]|\r?\n[ \t])*)")


@dataclass(frozen=True, slots=True)
class Parts:
    """The root part with its content type, and the others by their content ids."""

    root: bytes
    content_type: str
    by_id: dict[str, bytes] = field(default_factory=dict)


def parts_of(data: bytes, content_type: str) -> Parts:
    """Return the parts of an answer; what is not multipart is its own root.

    Raises UnusableAnswerError.
    """
    if not content_type.lower().lstrip().startswith("multipart/"):
        return Parts(data, content_type)
    match = _BOUNDARY.search(content_type)
    if match is None:
        raise UnusableAnswerError("unavailable", "soap.multipart", messages.no_boundary())
    pieces = _pieces(data, (match[1] or match[2]).encode("latin-1", "replace"))
    start = _START.search(content_type)
    root_id = (start[1] or start[2]).strip("<> ") if start else None
    parts = Parts(b"", "")
    by_id: dict[str, bytes] = {}
    for number, piece in enumerate(pieces):
        headers, body = _part(piece)
        cid = headers.get("content-id", "").strip("<> ")
        if cid and cid in by_id:
            raise UnusableAnswerError("refused", "soap.multipart", messages.part_twice(cid))
        body = _unpacked(body, headers.get("content-transfer-encoding", "").lower())
        by_id[cid or f"#{number}"] = body
        if number == 0 or (root_id and root_id == cid):
            parts = Parts(body, headers.get("content-type", ""), by_id)
    return parts


def _pieces(data: bytes, boundary: bytes) -> list[bytes]:
    """Split at the boundaries, each at the start of a line (RFC 2046).

    Raises UnusableAnswerError where the last lacks.
    """
    delimiter = b"--" + boundary
    pieces = (b"\r\n" + data).split(b"\r\n" + delimiter)
    if len(pieces) < 3:
        # Some servers end lines with a line feed alone.
        pieces = (b"\n" + data).split(b"\n" + delimiter)
    if len(pieces) > PARTS + 2 or len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise UnusableAnswerError(
            "unavailable", "soap.multipart", messages.multipart_cut_off(PARTS)
        )
    return pieces[1:-1]


def _part(piece: bytes) -> tuple[dict[str, str], bytes]:
    piece = piece.lstrip(b" \t")
    piece = piece.removeprefix(b"\r\n") if piece.startswith(b"\r\n") else piece.removeprefix(b"\n")
    ends = [(place, len(end)) for end in (b"\r\n\r\n", b"\n\n") if (place := piece.find(end)) >= 0]
    place, length = min(ends, default=(0, 0))
    headers = {
        name.decode("ascii").lower(): " ".join(value.decode("latin-1").split())
        for name, value in _HEADER.findall(piece[:place])
    }
    return headers, piece[place + length :]


def _unpacked(body: bytes, packing: str) -> bytes:
    """Return a part as it was before it was packed.

    Raises UnusableAnswerError for what the decoders would repair.
    """
    if packing in _PLAIN:
        return body
    if packing == "quoted-printable" and not _NOT_QUOTED.search(body):
        return quopri.decodestring(body)
    if packing == "base64":
        try:
            return base64.b64decode(b"".join(body.split()), validate=True)
        except (binascii.Error, ValueError):
            pass
    raise UnusableAnswerError("unavailable", "soap.multipart", messages.part_not_unpacked(packing))
