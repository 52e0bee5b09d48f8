"""Documents validated by the exported standard, by two readers that share nothing.

The section: `version`, `roots` (schemas of the export), `valid` and `invalid` (documents).
"""

import tempfile
from pathlib import Path
from typing import Any

import xmlschema
from lxml import etree

from gateway.documents.export import exported


def check(folder: Path, section: dict[str, Any]) -> None:
    """Write the version out and hold each reader's verdict on each document against the case."""
    with tempfile.TemporaryDirectory() as name:
        written = Path(name)
        for path, data in exported(section["version"]).items():
            (written / path).parent.mkdir(parents=True, exist_ok=True)
            (written / path).write_bytes(data)
        for root in section["roots"]:
            one = etree.XMLSchema(etree.parse(written / root))
            other = xmlschema.XMLSchema10(str(written / root))
            for document in (*section["valid"], *section["invalid"]):
                data = (folder / document).read_bytes()
                verdicts = one.validate(etree.fromstring(data)), other.is_valid(data)
                right = document in section["valid"]
                assert verdicts == (right, right), f"{root}: {document} {verdicts}"
