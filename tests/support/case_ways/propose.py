"""Mappings proposed for files that nobody has mapped yet.

The section: `format`, `settings`, `organ` (name and code), `record` (the kind to propose for; the
likeliest where absent), `files`. Each file has `kind`, `sources` (exactly what is proposed for a
field; null where nothing may be), `missing` (fields that are asked) and `says` (words of the YAML).
"""

from pathlib import Path
from typing import Any

import polars as pl

from adapters.formats import open_format
from gateway.mapping.propose import likeliest, propose
from gateway.mapping.start import proposed_mapping
from gateway.standard import NEWEST, load_standard


def check(folder: Path, section: dict[str, Any]) -> None:
    """Propose for each file of a case and hold it against the case."""
    standard = load_standard(NEWEST)
    organ = tuple(section["organ"]) if "organ" in section else None
    for name, right in section["files"].items():
        with (folder / name).open("rb") as stream:
            opened_format = open_format(section["format"], section.get("settings", {}))
            rows = pl.concat([chunk.rows for chunk in opened_format.read(stream, 200)])
        if "record" in section:
            proposal = propose(rows, standard.kind(section["record"]), organ)
        else:
            proposal = likeliest(rows, standard.kinds.values(), organ)[0]
        assert proposal.kind.name == right.get("kind", proposal.kind.name), name
        sources: dict[str, Any] = {match.field.name: match.source for match in proposal.matches}
        for field, source in right.get("sources", {}).items():
            assert sources.get(field) == source, f"{name}: {field} {sources.get(field)}"
        missing = [field.name for field in proposal.missing]
        assert set(right.get("missing", [])) <= set(missing), f"{name}: {missing}"
        text = proposed_mapping(proposal, "demo.feed")
        for words in right.get("says", ()):
            assert words in text, f"{name}: {text}"
