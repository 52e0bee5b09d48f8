"""What a source looks like, and how it changed since it was last looked at. Pure."""

import json
from dataclasses import dataclass, field

import polars as pl

from adapters import Batch
from gateway.text import Text

#: A field that fails in more than this share of a batch's rows has another meaning than it had.
_FAILING = 0.5
#: Batches of fewer rows tell nothing of a field's meaning.
_ROWS = 20


@dataclass(frozen=True, slots=True)
class Shape:
    """A source's columns with their types (empty where the source names none), and the fields that fail."""

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
        found = json.loads(text)
        return cls(found["columns"], tuple(found["failing"]))


def columns_of(batch: Batch) -> dict[str, str]:
    """Return a batch's columns with the types that the source names."""
    return dict.fromkeys(batch.rows.columns, "") | dict(batch.types)


def failing_fields(faults: pl.DataFrame, rows: int, before: tuple[str, ...]) -> tuple[str, ...]:
    """Return the fields that are at fault in most rows of a batch (faults as FAULT_SCHEMA).

    A batch of few rows proves nothing: for it, `before` is returned.
    """
    if rows < _ROWS:
        return before
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
        parts.append(Text(f"多出列 {'、'.join(came)}", f"new columns {', '.join(came)}"))
    if went := [name for name in old if name not in new]:
        parts.append(Text(f"缺少列 {'、'.join(went)}", f"columns gone: {', '.join(went)}"))
    for name in old.keys() & new.keys():
        if old[name] != new[name] and old[name] and new[name]:
            parts.append(
                Text(
                    f"列 {name} 的类型由 {old[name]} 变为 {new[name]}",
                    f"the type of {name} was {old[name]} and is {new[name]}",
                )
            )
    if not parts:
        return None
    return Text(
        f"来源结构变化：{'；'.join(part.zh for part in parts)}",
        f"the source has changed: {'; '.join(part.en for part in parts)}",
    )


def newly_failing(old: tuple[str, ...], new: tuple[str, ...]) -> Text | None:
    """Return a text that names the fields which fail in most rows and did not before, or None."""
    fresh = [name for name in new if name not in old]
    if not fresh:
        return None
    names = ", ".join(fresh)
    return Text(
        f"字段 {names} 在多数行中不合格，而先前合格：来源列的含义可能已变",
        f"{names}: wrong in most rows and right before; the source's column may mean something else now",
    )
