"""A mapping to begin with, as YAML: for headings that are the standard's own, or as proposed.

Pure.
"""

import json
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from gateway.mapping.characters import unfit_in
from gateway.mapping.propose import Match, Proposal
from gateway.standard import Field, Kind, StandardError
from gateway.text import Text
from gateway.text import proposal as texts
from gateway.text.mapping import (
    about_modes,
    by_sample,
    by_standard_names,
    cut,
    no_such_field,
    unused_columns,
)

Headings = Literal["code", "zh", "en"]


def starting_mapping(kind: Kind, feed: str, key: Sequence[str], headings: Headings) -> str:
    """Return a mapping (YAML) that takes every column by its heading.

    `feed` is department.name; `key` names the fields that make a record the same one next time,
    by any of their names. Raises StandardError for a key that the kind does not have.
    """
    for name in key:
        if kind.field(name) is None:
            raise StandardError.of(no_such_field(kind.zh, kind.name, name))
    columns = [{"code": f.code, "zh": f.zh, "en": f.name}[headings] for f in kind.fields]
    remark = by_standard_names(kind.zh, kind.en)
    return "\n".join(
        (
            *_head(remark, kind, feed, key, "update"),
            "automatic: true",
            f"columns: {_flow(columns)}",
            "",
        )
    )


def proposed_mapping(proposal: Proposal, feed: str, mode: str = "append") -> str:
    """Return what was proposed as a mapping (YAML), each line with how sure it is and why.

    `feed` is department.name, `mode` how the feed speaks of change.
    """
    kind = proposal.kind
    remark = by_sample(kind.zh, kind.en)
    lines = [
        *_head(remark, kind, feed, proposal.key, mode, proposal.key_why),
        f"columns: {_flow(proposal.columns)}",
        *_comments(
            texts.unseen_heading(name, points)
            for name in proposal.columns
            if (points := unfit_in(name))
        ),
        "fields:",
    ]
    for match in proposal.matches:
        plain = set(match.source) == {"from"}
        source = _flow(match.column if plain else match.source)
        lines.append(
            f"  {match.field.name}: {source}  # {match.field.zh} {match.confidence:.2f}"
            f" {match.why.zh} / {match.why.en}"
        )
        lines += _endless(match)
    lines += [f"  {name}: {_flow(source)}" for name, source in proposal.constants.items()]
    for field in proposal.missing:
        lines += _asked(field)
    if proposal.idle:
        lines.append(f"{unused_columns()}{', '.join(map(cut, proposal.idle))}")
    return "\n".join((*lines, ""))


def _comments(remarks: Iterable[Text], indent: str = "") -> list[str]:
    return [f"{indent}# {line}" for remark in remarks for line in (remark.zh, remark.en)]


def _asked(field: Field) -> list[str]:
    """Write what a person must fill in for a required field that no column of the sample has."""
    if field.name == "SubjectClass":
        codes = [(code.value, code.zh, code.en) for code in field.codes]
        entry = f'  # {field.name}: {{"constant": "2"}}  # ?'
        return [*_comments([texts.class_asked(codes)], "  "), entry]
    remark = texts.no_column(field.zh)
    return [f"  # {field.name}: ?  # {remark.zh} / {remark.en}"]


def _endless(match: Match) -> list[str]:
    """Write how words among a column's dates can be given a date, for a person to decide."""
    if not match.endless:
        return []
    words = list(match.endless)
    column, target = match.column, match.field.name
    dated = {**match.source, "empty": [*match.source.get("empty", ()), *words]}
    endless = {"constant": "2099-12-31", "when": {"column": column, "among": words}}
    values = {f"{target}.endless": endless, f"{target}.dated": dated}
    return [
        *_comments([texts.endless(match.field.zh, match.endless)], "  "),
        f"  #   values: {_flow(values)}",
        f"  #   {target}: {_flow({'concat': list(values)})}",
    ]


def _head(
    remark: Text, kind: Kind, feed: str, key: Sequence[str], mode: str, key_why: Text | None = None
) -> tuple[str, ...]:
    return (
        "# yaml-language-server: $schema=../feed.schema.json",
        f"# {remark.zh}\n# {remark.en}",
        f"feed: {feed}",
        f"department: {feed.partition('.')[0]}",
        f"kind: {kind.name}",
        f'standard: "{kind.version}"',
        *_comments([key_why] if key_why else ()),
        f"key: {_flow(key)}",
        "change:",
        f"  {about_modes()}",
        f"  mode: {mode}",
    )


def _flow(value: Any) -> str:
    """Write a value on one line; JSON is YAML, but for what cannot be seen or printed."""
    text = json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
    return "".join(map(_escaped, text))


def _escaped(letter: str) -> str:
    if letter.isprintable() or unicodedata.category(letter) == "Zs":
        return letter
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"
