"""A mapping to begin with, as YAML: for headings that are the standard's own, or as proposed. Pure."""

import json
from collections.abc import Sequence
from typing import Any, Literal

from gateway.mapping.propose import Proposal
from gateway.messages import Text
from gateway.standard import Kind, StandardError

Headings = Literal["code", "zh", "en"]


def starting_mapping(kind: Kind, feed: str, key: Sequence[str], headings: Headings) -> str:
    """Write a mapping (YAML) that takes every column by its heading.

    `feed` is department.name; `key` names the fields that make a record the same one next time,
    by any of their names. Raises StandardError for a key that the kind does not have.
    """
    for name in key:
        if kind.field(name) is None:
            raise StandardError(f"{kind.zh}没有字段 {name}", f"{kind.name} has no field {name}")
    columns = [{"code": f.code, "zh": f.zh, "en": f.name}[headings] for f in kind.fields]
    about = Text(
        f"{kind.zh}：栏目名即标准名称", f"{kind.en}: headings are the standard's own names"
    )
    return "\n".join(
        (
            *_head(about, kind, feed, key, "update"),
            "automatic: true",
            f"columns: {_flow(columns)}",
            "",
        )
    )


def proposed_mapping(proposal: Proposal, feed: str, mode: str = "append") -> str:
    """Write what was proposed as a mapping (YAML), each line with how sure it is and why.

    `feed` is department.name, `mode` how the feed speaks of change.
    """
    kind = proposal.kind
    about = Text(
        f"{kind.zh}：按样例提出的映射，请逐行核对",
        f"{kind.en}: proposed from a sample; look at every line",
    )
    lines = [
        *_head(about, kind, feed, proposal.key, mode),
        f"columns: {_flow(proposal.columns)}",
        "fields:",
    ]
    for match in proposal.matches:
        plain = set(match.source) == {"from"}
        source = _flow(match.column if plain else match.source)
        lines.append(
            f"  {match.field.name}: {source}  # {match.field.zh} {match.confidence:.2f} {match.why.zh} / {match.why.en}"
        )
    lines += [f"  {name}: {_flow(source)}" for name, source in proposal.constants.items()]
    lines += [
        f"  # {one.name}: ?  # {one.zh}：必填，样例没有对应的列 / required; no column of the sample has it"
        for one in proposal.missing
    ]
    if proposal.idle:
        lines.append(f"# 未用的列 / columns not used: {', '.join(proposal.idle)}")
    return "\n".join((*lines, ""))


def _head(about: Text, kind: Kind, feed: str, key: Sequence[str], mode: str) -> tuple[str, ...]:
    return (
        "# yaml-language-server: $schema=../feed.schema.json",
        f"# {about.zh}\n# {about.en}",
        f"feed: {feed}",
        f"department: {feed.partition('.')[0]}",
        f"kind: {kind.name}",
        f'standard: "{kind.version}"',
        f"key: {_flow(key)}",
        "change:",
        "  # append: 只增；update: 行可变；full: 每次全量 / only new rows; rows may change; the whole list each time",
        f"  mode: {mode}",
    )


def _flow(value: Any) -> str:
    """Write a value on one line; JSON is YAML."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
