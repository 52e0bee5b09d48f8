"""A package's header as a value: what the sender writes and the centre reads (package.xsd)."""

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from gateway.standard.versions import NEWEST
from gateway.standard.whitespace import collapse
from gateway.standard.xsd_reader import EXCHANGE_NS

_E = f"{{{EXCHANGE_NS}}}"


@dataclass(frozen=True, slots=True)
class Header:
    """What a package says of itself; `created_at` is aware."""

    guid: str
    department: str
    feed: str
    kind: str
    version: str
    sequence: int
    created_at: datetime
    records: int


def read_version(root: etree._Element) -> str:
    """Return the version of the standard that a package names, before it is validated.

    A package that names none is looked at as one of the newest, which will refuse it.
    """
    version = root.findtext(f"{_E}Header/{_E}SchemaVersion")
    return NEWEST if version is None else collapse(version)


def read_header(root: etree._Element) -> Header:
    """Return the header of a package that the XSD has passed."""
    text = {child.tag.removeprefix(_E): collapse(child.text) for child in root[0]}
    return Header(
        text["PackageGuid"],
        text["Department"],
        text["Feed"],
        text["RecordKind"],
        text["SchemaVersion"],
        int(text["Sequence"]),
        datetime.fromisoformat(text["CreatedAt"]),
        int(text["RecordCount"]),
    )
