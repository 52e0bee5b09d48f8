"""Gathers a WSDL and all that it refers to into one folder,
for a person to review before it is used.

An operator's command: it is the only thing here that fetches what a WSDL names, and it says what it
took.
"""

import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import requests
from lxml import etree

from adapters import SourceRefusedError, SourceUnavailableError
from adapters.text import wsdl as messages
from adapters.transports.access import ANY_ACCESS, Access
from adapters.transports.addresses import AddressError, HttpAddress, parse_http_address
from adapters.transports.http import open_session
from adapters.wsdl.builtin import SCHEMAS, builtin
from adapters.wsdl.transport import FILE_LIMIT
from adapters.xml_stream import local, tree

#: Most files that one WSDL is gathered with.
FILES = 200
_PIECE = 65_536
_REFERRING = {
    "import": ("location", "schemaLocation"),
    "include": ("schemaLocation", "location"),
    "redefine": ("schemaLocation",),
    "override": ("schemaLocation",),
}
_NAMESPACES = ("http://schemas.xmlsoap.org/wsdl/", "http://www.w3.org/2001/XMLSchema")

#: Returns the bytes at an address; raises SourceUnavailableError or SourceRefusedError.
Fetch = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Gathered:
    """A file that was taken: from where, under which name, how long, and its SHA-256."""

    url: str
    name: str
    size: int
    sha256: str


def gather(url: str, folder: Path, also: frozenset[str], fetch: Fetch) -> list[Gathered]:
    """Write a WSDL and what it refers to into a new folder; return what was written.

    References become names of files beside it. Only the WSDL's own host and those of `also` are
    asked; well-known schemas are not fetched, for they are built in. Nothing is written unless all
    could be had. Raises SourceRefusedError or SourceUnavailableError.
    """
    if folder.exists() and any(folder.iterdir()):
        raise SourceRefusedError(*messages.folder_not_empty(str(folder)))
    allowed = (also | {_host(url)}) - {""}
    names = {url: _name(url, 0, "wsdl")}
    waiting = deque([url])
    files: dict[str, bytes] = {}
    while waiting:
        address = waiting.popleft()
        root = _parsed(address, fetch(address))
        for element, attribute in _references(root):
            target = urldefrag(urljoin(address, element.get(attribute, "").strip())).url
            namespace = element.get("namespace", "")
            if namespace in SCHEMAS or builtin(target) is not None:
                element.set(attribute, namespace or target)
                continue
            if _host(target) not in allowed:
                raise SourceRefusedError(*messages.other_host(target, _host(target)))
            if target not in names:
                if len(names) >= FILES:
                    raise SourceRefusedError(*messages.too_many_files(FILES))
                names[target] = _name(target, len(names), _kind(element))
                waiting.append(target)
            element.set(attribute, names[target])
        files[address] = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    folder.mkdir(parents=True, exist_ok=True)
    return [_written(folder, address, names[address], data) for address, data in files.items()]


def over_http(timeout: float, access: Access = ANY_ACCESS) -> Fetch:
    """Return a fetch over HTTP: no redirect, no proxy of the environment, files up to the limit."""

    def fetch(url: str) -> bytes:
        address = str(_address(url))
        with open_session(access) as session:
            try:
                with closing(
                    session.get(address, stream=True, allow_redirects=False, timeout=timeout)
                ) as reply:
                    if reply.status_code != 200:
                        raise SourceRefusedError(
                            *messages.not_fetched(url, f"HTTP {reply.status_code}")
                        )
                    return _body(url, reply)
            except requests.RequestException as error:
                raise SourceUnavailableError(
                    *messages.not_fetched(url, type(error).__name__)
                ) from None

    return fetch


def _body(url: str, reply: requests.Response) -> bytes:
    body = bytearray()
    pieces = reply.iter_content(_PIECE)
    while piece := next(pieces, b""):
        body += piece
        if len(body) > FILE_LIMIT:
            raise SourceRefusedError(*messages.too_large(url, FILE_LIMIT))
    return bytes(body)


def _parsed(url: str, data: bytes) -> etree._Element:
    try:
        root = tree(data)
    except etree.XMLSyntaxError as error:
        raise SourceRefusedError(*messages.not_fetched(url, error.msg or "XML")) from None
    if root.getroottree().docinfo.doctype:
        raise SourceRefusedError(*messages.not_fetched(url, "DTD"))
    return root


def _references(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Yield the elements of WSDL and XML Schema that refer to a file,
    each with the attribute that does.
    """
    for element in root.iter(*(f"{{{namespace}}}*" for namespace in _NAMESPACES)):
        for attribute in _REFERRING.get(local(element.tag), ()):
            if element.get(attribute):
                yield element, attribute
                break


def _kind(element: etree._Element) -> str:
    return "wsdl" if etree.QName(element).namespace == _NAMESPACES[0] else "xsd"


def _name(url: str, number: int, kind: str) -> str:
    """Return a plain file name for an address: `service.wsdl`, `01-types.xsd`."""
    stem = urlsplit(url).path.rpartition("/")[2]
    stem = re.sub(r"\.(wsdl|xsd|asmx|svc|php)$", "", stem, flags=re.IGNORECASE)
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[:60] or "service"
    return f"{plain}.{kind}" if number == 0 else f"{number:02}-{plain}.{kind}"


def _host(url: str) -> str:
    """Return the host of an HTTP address; "" of what is none,
    which is never among those allowed.
    """
    try:
        return parse_http_address(url).host
    except AddressError:
        return ""


def _address(url: str) -> HttpAddress:
    try:
        return parse_http_address(url)
    except AddressError as error:
        raise SourceRefusedError(*messages.not_fetched(url, error.text.en)) from None


def _written(folder: Path, url: str, name: str, data: bytes) -> Gathered:
    (folder / name).write_bytes(data)
    return Gathered(url, name, len(data), hashlib.sha256(data).hexdigest())
