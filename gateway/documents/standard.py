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
from gateway.text import Text
from gateway.text import documents as messages


def reference_pages(today: date, version: str = NEWEST) -> dict[str, str]:
    """Return every page of a version's reference by its file name.

    `today` is the day that the made-up records keep the rules on. Raises StandardError when the
    version is not known.
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
            classes=messages.CLASSES,
            added_in=added_in,
            first=VERSIONS[0],
            sample=_sample(kind, today),
        )
    return pages


def facets(field: Field) -> list[tuple[str, str]]:
    """Return what a field's type admits, in both languages."""
    texts = [Text(field.type_zh, field.type)]
    if field.max_length is not None:
        texts.append(messages.length(field.min_length or 0, field.max_length))
    texts += [messages.form(pattern) for pattern in field.patterns]
    if field.minimum is not None:
        texts.append(messages.at_least(field.minimum))
    if field.maximum is not None:
        texts.append(messages.at_most(field.maximum))
    return [(text.zh, text.en) for text in texts]


def _sample(kind: Kind, today: date) -> str:
    """Return one made-up record as XML, a field a line."""
    rng = Random(kind.name)  # noqa: S311
    frame = as_frame(kind, [sound(kind, rng, today)])
    text: str = record_xml(frame, kind, pl.Series(["0" * 32]), pl.Series(["added"]))[0]
    return text.replace("><c:", ">\n  <c:").replace(f"></c:{kind.name}>", f">\n</c:{kind.name}>")
