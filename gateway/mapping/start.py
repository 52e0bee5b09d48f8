"""A mapping to begin with: for files whose headings are already the standard's own names. Pure."""

from collections.abc import Sequence
from typing import Literal

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
            "# yaml-language-server: $schema=../feed.schema.json",
            f"# {about.zh}\n# {about.en}",
            f"feed: {feed}",
            f"department: {feed.partition('.')[0]}",
            f"kind: {kind.name}",
            f'standard: "{kind.version}"',
            f"key: [{', '.join(key)}]",
            "change:",
            "  # append: 只增；update: 行可变；full: 每次全量 / only new rows; rows may change; the whole list each time",
            "  mode: update",
            "automatic: true",
            f"columns: [{', '.join(columns)}]",
            "",
        )
    )
