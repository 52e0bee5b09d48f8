"""Record kinds and fields as the xmlschema package reads them from the XSD.

Nothing about a field is written twice: lengths, codes, patterns, names and data classes all
come from here.
"""

from decimal import Decimal
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from gateway.standard.model import Base, Code, Field, Kind, Standard
from gateway.standard.versions import NEWEST, StandardError, schema_files
from gateway.standard.xsd_cache import kept
from gateway.text import standard as messages

if TYPE_CHECKING:
    import xmlschema

__all__ = [
    "Base",
    "Code",
    "Field",
    "Kind",
    "Standard",
    "load_standard",
    "read_schema",
    "read_standard",
]

CREDIT_NS = "urn:creditgate:credit:1"
EXCHANGE_NS = "urn:creditgate:exchange:1"
_APPINFO = "{urn:creditgate:appinfo}"
_XS = "{http://www.w3.org/2001/XMLSchema}"

_BASES: dict[str, Base] = {
    "date": "date",
    "decimal": "decimal",
    "nonNegativeInteger": "integer",
    "integer": "integer",
}


@cache
def read_schema(version: str) -> "xmlschema.XMLSchema10":
    """Return the record kinds' schema of a version; raises StandardError when there is none."""
    # Most processes never need it: what it reads is kept beside the XSD.
    import xmlschema  # noqa: PLC0415

    files = schema_files(version)
    by_name = {path.name: path.as_uri() for path in files}

    def of_this_version(uri: str) -> str:
        """Send an include to the file that the version has under that name."""
        return by_name.get(PurePosixPath(uri).name, uri)

    schema = xmlschema.XMLSchema10(
        files[0].as_uri(), build=False, allow="local", defuse="always", uri_mapper=of_this_version
    )
    for path in files[1:]:
        schema.include_schema(path.as_uri(), build=False)
    schema.build()
    return schema


@cache
def load_standard(version: str = NEWEST) -> Standard:
    """Return every record kind of a version; raises StandardError when there is no such version.

    What was read before counts while the XSD files are the same.
    """
    return kept(version) or read_standard(version)


def read_standard(version: str) -> Standard:
    """Return every record kind of a version, read from its XSD files.

    Raises StandardError when there is no such version or an element lacks its annotation.
    """
    kinds = {}
    for element in read_schema(version).elements.values():
        info = _appinfo(element, "kind")
        if info is None or "prefix" not in info:
            continue
        content: Any = element.type
        fields = tuple(_field(child, info) for child in content.content.iter_elements())
        kinds[element.local_name] = Kind(
            element.local_name,
            info["zh"],
            info["en"],
            info["prefix"],
            info["source"],
            fields,
            version,
        )
    return Standard(version, kinds)


def _appinfo(component: Any, tag: str) -> dict[str, str] | None:
    annotation = component.annotation
    for appinfo in annotation.appinfo if annotation is not None else ():
        element = appinfo.find(_APPINFO + tag)
        if element is not None:
            return dict(element.attrib)
    return None


def _field(element: Any, kind_info: dict[str, str]) -> Field:
    info = _appinfo(element, "field")
    prefix = kind_info["prefix"]
    if info is None:
        raise StandardError.of(messages.element_without_field(element.local_name))
    kind = element.type
    type_info = _appinfo(kind, "type") or {}
    source = info.get("source", kind_info["source"])
    return Field(
        name=element.local_name,
        zh=info["zh"],
        code=info["code"].replace("*", prefix),
        former_codes=tuple(c.replace("*", prefix) for c in info.get("formerCodes", "").split()),
        data_class=info["class"],
        personal=info.get("personal") == "true",
        required=element.min_occurs > 0,
        base=_base(kind),
        type=kind.local_name or "",
        type_zh=type_info.get("zh", ""),
        source=source,
        type_source=type_info.get("source", source),
        **_facets(kind),
    )


def _base(kind: Any) -> Base:
    while kind is not None:
        if kind.local_name in _BASES and kind.name.startswith(_XS):
            return _BASES[kind.local_name]
        kind = kind.base_type
    return "text"


def _facets(kind: Any) -> dict[str, Any]:
    def number(tag: str) -> int | None:
        facet = kind.get_facet(_XS + tag)
        return None if facet is None else int(facet.value)

    enumeration = kind.get_facet(_XS + "enumeration")
    patterns = kind.patterns
    return {
        "min_length": kind.min_length,
        "max_length": kind.max_length,
        "patterns": () if patterns is None else tuple(patterns.regexps),
        "codes": () if enumeration is None else tuple(_codes(kind)),
        "minimum": _lexical(kind.min_value),
        "maximum": _lexical(kind.max_value),
        "total_digits": number("totalDigits"),
        "fraction_digits": number("fractionDigits"),
    }


def _lexical(value: Any) -> str | None:
    if value is None:
        return None
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _codes(kind: Any) -> list[Code]:
    codes = []
    for node in kind.elem.iter(_XS + "enumeration"):
        info = node.find(f"{_XS}annotation/{_XS}appinfo/{_APPINFO}code")
        names = {} if info is None else dict(info.attrib)
        codes.append(Code(node.get("value"), names.get("zh", ""), names.get("en", "")))
    return codes
