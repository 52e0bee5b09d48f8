"""The reference of the standard: one page a record kind, and an index. Pure: text by file name."""

from datetime import date
from random import Random

import polars as pl

from gateway.documents.pages import render
from gateway.protocol.package_writer import record_xml
from gateway.standard import NEWEST, VERSIONS, Field, Kind, load_standard
from gateway.standard.rules import rules_about
from gateway.standard.samples import as_frame, sound
from gateway.standard.version_diff import added_in

_CLASSES = {
    "public": ("公开", "public"),
    "authorised": ("授权查询", "authorised"),
    "internal": ("内部", "internal"),
}


def reference_pages(today: date, version: str = NEWEST) -> dict[str, str]:
    """Give every page of a version's reference by its file name; raises StandardError when unknown.

    `today` is the day that the made-up records keep the rules on.
    """
    standard = load_standard(version)
    kinds = [standard.kinds[name] for name in sorted(standard.kinds)]
    pages = {"index.html": render("index.html", version=version, kinds=kinds)}
    for kind in kinds:
        pages[f"{kind.name}.html"] = render(
            "kind.html",
            version=version,
            kind=kind,
            rules=rules_about(kind.name, version),
            facets=facets,
            classes=_CLASSES,
            added_in=added_in,
            first=VERSIONS[0],
            sample=_sample(kind, today),
        )
    return pages


def facets(field: Field) -> list[tuple[str, str]]:
    """Say what a field's type admits, in both languages."""
    found = [(field.type_zh, field.type)]
    if field.max_length is not None:
        found.append(
            (
                f"{field.min_length or 0} 至 {field.max_length} 字",
                f"{field.min_length or 0} to {field.max_length} characters",
            )
        )
    found += [(f"形如 {pattern}", f"of the form {pattern}") for pattern in field.patterns]
    if field.minimum is not None:
        found.append((f"不小于 {field.minimum}", f"at least {field.minimum}"))
    if field.maximum is not None:
        found.append((f"不大于 {field.maximum}", f"at most {field.maximum}"))
    return found


def _sample(kind: Kind, today: date) -> str:
    """Write one made-up record, a field a line."""
    rng = Random(kind.name)  # noqa: S311
    frame = as_frame(kind, [sound(kind, rng, today)])
    text: str = record_xml(frame, kind, pl.Series(["0" * 32]), pl.Series(["added"]))[0]
    return text.replace("><c:", ">\n  <c:").replace(f"></c:{kind.name}>", f">\n</c:{kind.name}>")
