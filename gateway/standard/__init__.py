"""The unified standard as values: record kinds and fields read from the XSD, rules, the XSD gate.

Pure: everything here is computed from the schema files when the program starts, and no store,
network or web framework is imported. Tests: tests/unit/standard.
"""

from gateway.standard.rules import Check, RuleSet, load_rules
from gateway.standard.validator import (
    SchemaFault,
    SchemaValidator,
    XmlRefusedError,
    load_gate,
    load_gates,
    parse_xml,
)
from gateway.standard.versions import NEWEST, VERSIONS, StandardError
from gateway.standard.xsd_reader import Field, Kind, Standard, load_standard

__all__ = [
    "NEWEST",
    "VERSIONS",
    "Check",
    "Field",
    "Kind",
    "RuleSet",
    "SchemaFault",
    "SchemaValidator",
    "Standard",
    "StandardError",
    "XmlRefusedError",
    "load_gate",
    "load_gates",
    "load_rules",
    "load_standard",
    "parse_xml",
]
