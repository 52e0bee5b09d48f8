"""The shape of a mapping file; its JSON Schema for editors is generated from here."""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

CleanStep = Literal["half_width", "collapse", "upper", "citizen_18"]


class Strict(BaseModel):
    """A part of a mapping file: unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class When(Strict):
    """A condition on a source column or named value; exactly one test."""

    column: str
    equals: str | None = None
    among: tuple[str, ...] | None = None
    filled: bool | None = None
    matches: str | None = Field(default=None, description="Regular expression without look-around")


class Source(Strict):
    """Where a value comes from and what is done to it, in this order:

    source, trim, empty, clean, codes or date or month or unit, when, default.
    The default stands where the source is empty or the condition does not hold.
    """

    from_: str | None = Field(
        default=None, alias="from", description="Source column or named value"
    )
    constant: str | None = None
    concat: tuple[str, ...] | None = Field(
        default=None, description="Source columns or named values"
    )
    separator: str = ""
    empty: tuple[str, ...] = Field(default=(), description="Texts that stand for no value")
    clean: tuple[CleanStep, ...] = ()
    codes: str | dict[str, str] | None = Field(
        default=None, description="A code table, or its name"
    )
    date: tuple[str, ...] = Field(default=(), description="strptime patterns, tried in order")
    month: tuple[str, ...] = Field(
        default=(), description="strptime patterns of year and month, tried in order"
    )
    unit: Literal["yuan_to_10k"] | None = None
    default: str | None = None
    required: bool = False
    when: When | None = None


def as_source(source: Source | str) -> Source:
    """Return a source written in full, of one that may be a column's name only."""
    return Source(from_=source) if isinstance(source, str) else source


class ChangePolicy(Strict):
    """How the feed speaks of change.

    append: only new rows; update: rows may change; full: the whole list each time.
    """

    mode: Literal["append", "update", "full"]
    withdraw_missing: bool = Field(
        default=False, description="full only: a row gone from the list is withdrawn"
    )
    stop_when_lost: float = Field(
        default=0.1, gt=0, le=1, description="full only: share of vanished rows that stops the feed"
    )


class FeedMapping(Strict):
    """One mapping file: a feed's source columns onto a record kind of the standard."""

    feed: str = Field(pattern=r"^[a-z][a-z0-9\-]{0,39}\.[a-z][a-z0-9\-]{0,39}$")
    department: str = Field(pattern=r"^[a-z][a-z0-9\-]{0,39}$")
    kind: str
    standard: str = "1.0"
    key: tuple[str, ...] = Field(
        min_length=1, description="Targets that make a record the same one"
    )
    change: ChangePolicy
    columns: tuple[str, ...] = Field(min_length=1, description="Every column the source has")
    automatic: bool = Field(
        default=False, description="Columns named like a target map to it by themselves"
    )
    tables: dict[str, dict[str, str]] = Field(default_factory=dict, description="Named code tables")
    values: dict[str, Source | str] = Field(default_factory=dict, description="Named values")
    fields: dict[str, Source | str] = Field(
        default_factory=dict, description="Target (English name, national code or Chinese name)"
    )


def json_schema() -> str:
    """Return the JSON Schema that editors use, as kept in mappings/feed.schema.json."""
    schema: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema |= FeedMapping.model_json_schema(by_alias=True)
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
