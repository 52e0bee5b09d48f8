"""The XSD gate: hardened parsing and libxml2's validation of exchange documents.

Compiles only our own schema files, without the network; a document with a DTD is refused whole.
"""

import copy
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

import xsd
from gateway.errors import GatewayError
from gateway.masking import mask
from gateway.standard.charset import CharsetRefusedError, xml_encoding
from gateway.standard.schema_set import root_name, schema_set
from gateway.standard.versions import NEWEST, VERSIONS, known_version
from gateway.standard.xsd_reader import CREDIT_NS, EXCHANGE_NS
from gateway.text import doors
from gateway.text import standard as messages

_BODY = f"{{{EXCHANGE_NS}}}Body"
_CREDIT = f"{{{CREDIT_NS}}}"
_loading = threading.Lock()
_gates: dict[str, "SchemaValidator"] = {}


class XmlRefusedError(GatewayError):
    """A document is not well-formed, carries a DTD, or breaks its schema as a whole."""


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """What the schema says of one record; `index` counts records of the body from 0."""

    index: int
    line: int
    message: str


class _SchemaFiles(etree.Resolver):  # type: ignore[misc]
    """Answers every location by the file of that name in the set; no disk, no network."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__()
        self._files = {path.rpartition("/")[2]: data for path, data in files.items()}

    def resolve(self, system_url: str, _public_id: str, context: Any) -> Any:
        data = self._files.get(system_url.rpartition("/")[2])
        return None if data is None else self.resolve_string(data, context, base_url=system_url)


def _parser(**options: Any) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        **options,
    )


def parse_xml(data: bytes, charset: str = "") -> etree._Element:
    """Return bytes from outside as a tree, parsed with no DTD, no entities and no network.

    `charset` is what the Content-Type header names, where they came by HTTP. Raises XmlRefusedError
    for anything that is not well-formed, has a document type declaration or is in another encoding
    than it says.
    """
    try:
        root = etree.fromstring(data, _parser(encoding=xml_encoding(data, charset)))
    except CharsetRefusedError as error:
        raise XmlRefusedError.of(error.text) from None
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise XmlRefusedError.of(doors.not_well_formed(str(error))) from None
    info = root.getroottree().docinfo
    if info.internalDTD is not None or info.doctype:
        raise XmlRefusedError.of(doors.no_document_type())
    return root


class _NoTree:
    """Keeps nothing of what a parser reads but whether there was a document type declaration."""

    def __init__(self) -> None:
        self.has_dtd = False

    def doctype(self, *_: str | None) -> None:
        self.has_dtd = True

    def close(self) -> None: ...


class SchemaValidator:
    """Validates packages, receipts and catalogues of one version; safe to share among threads.

    Make it before the process has threads that parse XML: libxml2 sets up its built-in types with
    the first schema, and a schema compiled beside other work may come out without half its
    declarations.
    """

    def __init__(self, version: str = NEWEST) -> None:
        self._quick = _compile(version)
        # lxml hangs the error log on the schema object: what explains a fault has one of its own.
        self._explaining = _compile(version)
        self._lock = threading.Lock()

    def document(self, data: bytes, element: str) -> etree._Element:
        """Return a document whose root is `element` (Receipt, Catalogue), parsed and validated.

        Raises XmlRefusedError with the first fault and its line.
        """
        root = parse_xml(data)
        _require(root, element)
        if self._quick.validate(root):
            return root
        with self._lock:
            raise _refusal(self._fault(root))

    def is_valid(self, data: bytes) -> bool:
        """Whether a document is valid, in one pass and without its tree; `package` says why not.

        Which of the schema's documents it is, its caller must know.
        """
        nothing = _NoTree()
        parser = _parser(target=nothing, schema=self._quick)
        try:
            etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError):
            return False
        # Where there is no tree, lxml raises nothing for what the schema finds: its log tells.
        return not nothing.has_dtd and not len(parser.error_log)

    def package(self, data: bytes) -> tuple[etree._Element, list[SchemaFault]]:
        """Return the root of a package and the faults of its records.

        Raises XmlRefusedError when the package is broken outside its records: not well-formed, a
        bad header, no body. Cost: one parse and one validation; records are looked at one by one
        only when the whole did not pass.
        """
        return (root := parse_xml(data)), self.records(root)

    def records(self, root: etree._Element) -> list[SchemaFault]:
        """Return the faults of a parsed package's records.

        Raises XmlRefusedError as `package` does.
        """
        _require(root, "Package")
        if self._quick.validate(root):
            return []
        with self._lock:
            return self._record_faults(root)

    def _record_faults(self, root: etree._Element) -> list[SchemaFault]:
        """Return the faults of records, found by trying each record alone in the package.

        Raises XmlRefusedError where the fault is around them.
        """
        refusal = _refusal(self._fault(root))
        body = root.find(_BODY)
        records = [] if body is None else list(body)
        shell, seat = _shell(root)
        seat[:] = [etree.Element(f"{_CREDIT}Withdrawal", key="0" * 32)]
        strange = any(not record.tag.startswith(_CREDIT) for record in records)
        if strange or self._fault(shell) is not None:
            raise refusal
        faults = []
        for index, record in enumerate(records):
            seat[:] = [copy.deepcopy(record)]
            if fault := self._fault(shell):
                faults.append(SchemaFault(index, record.sourceline or 0, _masked(fault.message)))
        if not faults:
            raise refusal
        return faults

    def _fault(self, root: etree._Element) -> Any:
        """Return libxml2's first fault of a document, or None."""
        return None if self._explaining.validate(root) else self._explaining.error_log[0]


def _compile(version: str) -> etree.XMLSchema:
    files = schema_set(version)
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_SchemaFiles(files))
    root = files[root_name(version)]
    return etree.XMLSchema(etree.fromstring(root, parser, base_url=f"{xsd.ROOT}/"))


def _refusal(fault: Any) -> XmlRefusedError:
    message = _masked(fault.message)
    return XmlRefusedError.of(messages.breaks_schema(fault.line, message))


def _require(root: etree._Element, element: str) -> None:
    if root.tag != f"{{{EXCHANGE_NS}}}{element}":
        raise XmlRefusedError.of(messages.root_is_not(element))


def _masked(message: str) -> str:
    """Hide the values that libxml2 quotes: a reason is read by more people than the record is."""
    return re.sub(r"(?<=[Vv]alue ')[^']*(?=')", lambda quoted: mask(quoted[0]), message)


def _shell(root: etree._Element) -> tuple[etree._Element, etree._Element]:
    """Return a copy of a package without its records, and the body in which records are tried."""
    shell = etree.Element(root.tag, root.attrib, root.nsmap)
    seat = etree.Element(_BODY)
    for child in root:
        shell.append(seat if child.tag == _BODY else copy.deepcopy(child))
    return shell, seat


def load_gates() -> None:
    """Compile the gates of all versions, as a process must before it has threads that parse."""
    for version in VERSIONS:
        load_gate(version)


def load_gate(version: str = NEWEST) -> SchemaValidator:
    """Return the gate of a standard version, compiled once a process.

    Raises StandardError for none.
    """
    known_version(version)
    with _loading:
        if version not in _gates:
            _gates[version] = SchemaValidator(version)
        return _gates[version]
