"""What a source looks like, and how it changed since it was last looked at. Pure."""

import json
from dataclasses import dataclass, field

import polars as pl

from adapters import Batch
from gateway.text import Text
from gateway.text import exchange as messages

#: A field that fails in more than this share of a batch's rows has another meaning than it had.
_FAILING = 0.5
#: Batches of fewer rows tell nothing of a field's meaning.
_ROWS = 20


@dataclass(frozen=True, slots=True)
class Shape:
    """A source's columns with their types ("" where it names none), and failing fields."""

    columns: dict[str, str] = field(default_factory=dict)
    failing: tuple[str, ...] = ()

    def as_text(self) -> str:
        """Return the shape as JSON for the store."""
        return json.dumps({"columns": self.columns, "failing": self.failing}, ensure_ascii=False)

    @classmethod
    def of_text(cls, text: str) -> "Shape | None":
        """Return the shape of a stored text; None of an empty one."""
        if not text:
            return None
        values = json.loads(text)
        return cls(values["columns"], tuple(values["failing"]))


def columns_of(batch: Batch) -> dict[str, str]:
    """Return a batch's columns with the types that the source names."""
    return dict.fromkeys(batch.rows.columns, "") | dict(batch.types)


def failing_fields(
    faults: pl.DataFrame, rows: int, failing_so_far: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the fields that are at fault in most rows of a batch (faults as FAULT_SCHEMA).

    A batch of few rows proves nothing: for it, `failing_so_far` is returned.
    """
    if rows < _ROWS:
        return failing_so_far
    counted = (
        faults.filter(pl.col("field") != "")
        .group_by("field")
        .agg(pl.col("row").n_unique().alias("n"))
    )
    return tuple(sorted(counted.filter(pl.col("n") > _FAILING * rows)["field"]))


def changed_columns(old: dict[str, str], new: dict[str, str]) -> Text | None:
    """Return a text that names the columns which came, went or changed their type, or None."""
    parts: list[Text] = []
    if came := [name for name in new if name not in old]:
        parts.append(messages.new_columns(came))
    if went := [name for name in old if name not in new]:
        parts.append(messages.columns_gone(went))
    for name in old.keys() & new.keys():
        if old[name] != new[name] and old[name] and new[name]:
            parts.append(messages.type_changed(name, old[name], new[name]))
    return messages.source_changed(parts) if parts else None


def newly_failing(old: tuple[str, ...], new: tuple[str, ...]) -> Text | None:
    """Return a text that names the fields which fail in most rows and did not before, or None."""
    fields = [name for name in new if name not in old]
    return messages.fields_fail_anew(fields) if fields else None
