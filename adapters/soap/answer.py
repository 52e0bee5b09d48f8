"""Reads a SOAP answer as a stream: rows as text, a few values, a file; never a tree of all of it. Pure."""

import base64
import binascii
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree

from adapters import SourceRefused, SourceUnavailable
from adapters.xmlstream import events, forget, local

_ENVELOPES = (
    "http://schemas.xmlsoap.org/soap/envelope/",
    "http://www.w3.org/2003/05/soap-envelope",
)
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_XOP = "{http://www.w3.org/2004/08/xop/include}Include"
#: Envelope, Body and the answer's own element stand above every path.
_ABOVE = 3
#: Most parts of a multipart answer.
_PARTS = 100


class SoapFault(Exception):
    """The service answered a fault; `code` without its prefix."""

    def __init__(self, code: str, said: str) -> None:
        self.code, self.said = code, said
        super().__init__(f"{code}: {said}")


@dataclass(slots=True)
class Answer:
    """What was looked for in an answer. A row's nested elements are `outer.inner`; a nil is None."""

    rows: list[dict[str, str | None]] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    file: bytes | None = None


def read_answer(
    data: bytes, content_type: str, rows_path: str, values: Sequence[str], file_path: str = ""
) -> Answer:
    """Read an answer's rows, the values at some paths and the file at another.

    Raises SoapFault, and SourceUnavailable for what is no SOAP answer, has a DTD, or is cut off.
    """
    parts: dict[str, bytes] = {}
    if content_type.lower().startswith("multipart/"):
        data, parts = _multipart(data, content_type)
    answer = Answer()
    wanted = {tuple(path.split(".")): path for path in values if path}
    at_rows = tuple(rows_path.split(".")) if rows_path else None
    at_file = tuple(file_path.split(".")) if file_path else None
    path: list[str] = []
    try:
        for event, element in events(io.BytesIO(data)):
            if event == "start":
                _check_frame(element, path)
                path.append(local(element.tag))
                continue
            here = tuple(path[_ABOVE:])
            if len(path) == _ABOVE and path[-1] == "Fault":
                raise _fault(element)
            if here == at_rows:
                answer.rows.append(dict(_cells(element, "")))
                forget(element)
            elif here in wanted:
                answer.values[wanted[here]] = (element.text or "").strip()
            elif here == at_file:
                answer.file = _file(element, parts)
                forget(element)
            path.pop()
    except etree.XMLSyntaxError as error:
        raise SourceUnavailable(f"应答不是合格的 XML：{error.msg}", f"the answer is no well-formed XML: {error.msg}") from None  # fmt: skip
    return answer


def _check_frame(element: etree._Element, path: list[str]) -> None:
    """Refuse what is no envelope at its first element, a DTD before anything of it is used."""
    if path:
        return
    if element.getroottree().docinfo.doctype:
        raise SourceUnavailable("应答含有 DTD，不予读取", "the answer has a DTD, so it is not read")
    if (
        etree.QName(element).localname != "Envelope"
        or etree.QName(element).namespace not in _ENVELOPES
    ):
        raise SourceUnavailable("应答不是 SOAP 信封", "the answer is no SOAP envelope")


def _fault(element: etree._Element) -> SoapFault:
    """Read a fault of SOAP 1.1 or 1.2: its code, the finest one there is, and what it says."""
    found = {
        local(part.tag): (part.text or "").strip()
        for part in element.iter()
        if isinstance(part.tag, str)
    }
    subcodes = [part.text or "" for part in element.iter() if local(part.tag) == "Value"]
    code = found.get("faultcode") or (subcodes[-1] if subcodes else "")
    return SoapFault(
        code.rpartition(":")[2].strip(), found.get("faultstring") or found.get("Text", "")
    )


def _cells(element: etree._Element, prefix: str) -> Iterator[tuple[str, str | None]]:
    for child in element:
        name = f"{prefix}{local(child.tag)}"
        if len(child):
            yield from _cells(child, f"{name}.")
        else:
            yield name, None if child.get(_NIL) in ("true", "1") else child.text or ""


def _file(element: etree._Element, parts: dict[str, bytes]) -> bytes:
    include = element.find(_XOP)
    if include is not None:
        href = str(include.get("href", ""))
        # Anything but a part of this very answer would be read from elsewhere.
        if not href.startswith("cid:") or href[4:] not in parts:
            raise SourceRefused(f"应答引用了 {href[:100]!a}，不是其自身的附件，不予读取", f"the answer refers to {href[:100]!a}, which is no part of it, so it is not read")  # fmt: skip
        return parts[href[4:]]
    text = element.text or ""
    if text.lstrip().startswith("<"):
        return text.encode()
    plain = re.sub(r"\s+", "", text)
    try:
        return base64.b64decode(plain, validate=True)
    except (binascii.Error, ValueError):
        # Not Base64, so it is the text itself.
        return text.encode()


def _multipart(data: bytes, content_type: str) -> tuple[bytes, dict[str, bytes]]:
    """Take a multipart/related answer apart: the root part, and every part by its content id."""
    found = re.search(r'boundary="?([^";]+)"?', content_type)
    if found is None:
        raise SourceUnavailable("多部分应答没有边界", "the multipart answer has no boundary")
    pieces = data.split(b"--" + found[1].encode("latin-1"))
    if len(pieces) > _PARTS + 2 or len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise SourceUnavailable(
            "多部分应答不完整，或部分过多", "the multipart answer is cut off, or has too many parts"
        )
    parts: dict[str, bytes] = {}
    root = b""
    start = re.search(r'start="?<?([^">;]+)>?"?', content_type)
    for number, piece in enumerate(pieces[1:-1]):
        head, _, body = piece.lstrip(b"\r\n").partition(b"\r\n\r\n")
        body = body.removesuffix(b"\r\n")
        name = re.search(rb"(?im)^content-id:\s*<?([^>\r\n]+)>?", head)
        cid = name[1].decode("latin-1").strip() if name else ""
        if re.search(rb"(?im)^content-transfer-encoding:\s*base64", head):
            body = base64.b64decode(body)
        parts[cid] = body
        if number == 0 or (start and start[1] == cid):
            root = body
    return root, parts
