"""The XSD gate: hardened parsing and libxml2's validation of exchange documents.

Compiles only our own schema files, without the network; a document with a DTD is refused whole.
"""

import copy
import re
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

from lxml import etree

import xsd
from gateway.messages import GatewayError, mask
from gateway.standard.fields import CREDIT_NS, EXCHANGE_NS, schema_files

CREDIT_ALL = "credit-all.xsd"
EXCHANGE_ALL = "exchange-all.xsd"
_BODY = f"{{{EXCHANGE_NS}}}Body"
_CREDIT = f"{{{CREDIT_NS}}}"
_XS = "http://www.w3.org/2001/XMLSchema"


class XmlRefused(GatewayError):
    """A document is not well-formed, carries a DTD, or breaks its schema as a whole."""


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """What the schema says of one record; `index` counts records of the body from 0."""

    index: int
    line: int
    message: str


class _Composed(etree.Resolver):  # type: ignore[misc]
    """Answers two made-up locations, each standing for every schema file of its namespace.

    So a new record kind is one new file: no list of files is kept anywhere.
    """

    def __init__(self, version: str) -> None:
        super().__init__()
        self._sources = {
            CREDIT_ALL: (CREDIT_NS, schema_files(version)),
            EXCHANGE_ALL: (EXCHANGE_NS, sorted((xsd.ROOT / "exchange" / version).glob("*.xsd"))),
        }

    def resolve(self, system_url: str, _public_id: str, context: Any) -> Any:
        source = self._sources.get(system_url.rpartition("/")[2])
        if source is None:
            return None
        namespace, files = source
        includes = "".join(f'<xs:include schemaLocation="{path.as_uri()}"/>' for path in files)
        text = f'<xs:schema xmlns:xs="{_XS}" targetNamespace="{namespace}">{includes}</xs:schema>'
        return self.resolve_string(text, context, base_url=system_url)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip


def parse_xml(data: bytes) -> etree._Element:
    """Parse bytes from outside with no DTD, no entities and no network.

    Raises XmlRefused for anything that is not well-formed or has a document type declaration.
    """
    try:
        root = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlRefused(f"不是合格的 XML：{error}", f"not well-formed XML: {error}") from None
    info = root.getroottree().docinfo
    if info.internalDTD is not None or info.doctype:
        raise XmlRefused(
            "不接受带 DTD 的 XML", "XML with a document type declaration is not accepted"
        )
    return root


class Gate:
    """Validates packages, receipts and catalogues of one version; safe to share among threads."""

    def __init__(self, version: str = "1.0") -> None:
        self._version = version
        # libxml2 hangs its error log on the schema object, so each thread compiles its own.
        self._local = threading.local()

    def _schema(self) -> etree.XMLSchema:
        schema: etree.XMLSchema | None = getattr(self._local, "schema", None)
        if schema is None:
            parser = etree.XMLParser(no_network=True)
            parser.resolvers.add(_Composed(self._version))
            text = (
                f'<xs:schema xmlns:xs="{_XS}">'
                f'<xs:import namespace="{CREDIT_NS}" schemaLocation="{CREDIT_ALL}"/>'
                f'<xs:import namespace="{EXCHANGE_NS}" schemaLocation="{EXCHANGE_ALL}"/>'
                "</xs:schema>"
            )
            schema = etree.XMLSchema(etree.fromstring(text, parser, base_url=f"{xsd.ROOT}/"))
            self._local.schema = schema
        return schema

    def document(self, data: bytes, element: str) -> etree._Element:
        """Parse and validate a whole document whose root is `element` (Receipt, Catalogue).

        Raises XmlRefused with the first fault and its line.
        """
        root = parse_xml(data)
        self._require(root, element)
        schema = self._schema()
        if not schema.validate(root):
            fault = schema.error_log[0]
            raise XmlRefused(
                f"{element} 第 {fault.line} 行不符合模式：{_masked(fault.message)}",
                f"{element} breaks its schema at line {fault.line}: {_masked(fault.message)}",
            )
        return root

    def package(self, data: bytes) -> tuple[etree._Element, list[SchemaFault]]:
        """Parse and validate a package; give its root and the faults of its records.

        Raises XmlRefused when the package is broken outside its records: not well-formed, a bad
        header, no body. Cost: one parse and one validation; records are looked at one by one only
        when the whole did not pass.
        """
        root = parse_xml(data)
        self._require(root, "Package")
        schema = self._schema()
        if schema.validate(root):
            return root, []
        return root, self._record_faults(root, schema)

    def _record_faults(self, root: etree._Element, schema: etree.XMLSchema) -> list[SchemaFault]:
        """Tell faults of records from faults around them, by trying each record in their place."""
        first = schema.error_log[0]
        body = root.find(_BODY)
        shell, seat = _shell(root)
        sound = etree.Element(f"{{{CREDIT_NS}}}Withdrawal", key="0" * 32)
        records = [] if body is None else list(body)
        seat[:] = [sound]
        faults = []
        if schema.validate(shell) and all(record.tag.startswith(_CREDIT) for record in records):
            for index, record in enumerate(records):
                seat[:] = [copy.deepcopy(record)]
                if not schema.validate(shell):
                    message = _masked(schema.error_log[0].message)
                    faults.append(SchemaFault(index, record.sourceline or 0, message))
        if not faults:
            message = _masked(first.message)
            raise XmlRefused(
                f"数据包第 {first.line} 行不符合模式：{message}",
                f"the package breaks its schema at line {first.line}: {message}",
            )
        return faults

    @staticmethod
    def _require(root: etree._Element, element: str) -> None:
        if root.tag != f"{{{EXCHANGE_NS}}}{element}":
            raise XmlRefused(f"根元素不是 {element}", f"the root element is not {element}")


def _masked(message: str) -> str:
    """Hide the values that libxml2 quotes: a reason is read by more people than the record is."""
    return re.sub(r"(?<=[Vv]alue ')[^']*(?=')", lambda found: mask(found[0]), message)


def _shell(root: etree._Element) -> tuple[etree._Element, etree._Element]:
    """Copy a package without its records; give the copy and the body in which records are tried."""
    shell = etree.Element(root.tag, root.attrib, root.nsmap)
    seat = etree.Element(_BODY)
    for child in root:
        shell.append(seat if child.tag == _BODY else copy.deepcopy(child))
    return shell, seat


@cache
def load_gate(version: str = "1.0") -> Gate:
    """Give the gate of a standard version; it is compiled once a thread."""
    return Gate(version)
