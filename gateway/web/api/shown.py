"""Rows as operations answer them: masked, or opened by a warrant where somebody takes them whole.

Operations answer with these types alone: `gateway.masking.Personal` has no form in JSON.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.exchange.refusal_store import Fault, Refusal
from gateway.exchange.unit_store import UnitView
from gateway.masking import Warrant, masked_name, masked_text
from gateway.registry.trial import Trial
from gateway.standard.disclosure import RowMask
from gateway.text import Text


@dataclass(frozen=True, slots=True)
class Done:
    """What was done."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class RefusalView:
    """A refusal; its row is masked, and empty where it is sealed under a key that is not here."""

    id: int
    feed: str
    unit: str
    ref: str
    refused_by: str
    state: str
    opened_at: datetime
    closed_at: datetime | None
    mended_by: str | None
    row: dict[str, Any]
    faults: tuple[Fault, ...]
    sealed: bool


def done_of(text: Text) -> Done:
    """Return what was done as operations answer it."""
    return Done(text.zh, text.en)


def unit_shown(unit: UnitView | None) -> UnitView | None:
    """Return a unit with its name masked; None where there is none."""
    return None if unit is None else replace(unit, name=masked_name(unit.name))


def refusal_views(refusals: Sequence[Refusal], mask: RowMask) -> list[RefusalView]:
    """Return refusals as they may be shown to who may look."""
    return [
        RefusalView(
            refusal.id,
            refusal.feed,
            masked_name(refusal.unit),
            masked_text(refusal.ref),
            refusal.refused_by,
            refusal.state,
            refusal.opened_at,
            refusal.closed_at,
            refusal.mended_by,
            mask.row(refusal.row),
            refusal.faults,
            refusal.sealed,
        )
        for refusal in refusals
    ]


@dataclass(frozen=True, slots=True)
class TrialRowView:
    """A row of the sample (from 1), the record's filled fields, its faults, and what cleaning changed."""

    number: int
    source: dict[str, str | None]
    record: dict[str, str]
    faults: tuple[Fault, ...]
    cleaned: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class TrialView:
    """How a sample fared; `missing` names columns that the mapping needs, `extra` those it leaves.

    `replaced` and `repeated` count the sound rows that have the record key of a row before, with other
    content and with the same.
    """

    rows: tuple[TrialRowView, ...]
    missing: Text | None
    extra: Text | None
    keyless: int
    key: tuple[str, ...]
    replaced: int
    repeated: int


def trial_view(trial: Trial, warrant: Warrant) -> TrialView:
    """Return a trial whole, to who has a warrant."""
    rows = tuple(
        TrialRowView(
            row.number,
            row.source.reveal(warrant),
            row.record.reveal(warrant),
            row.faults,
            tuple(
                (name, was.reveal(warrant), now.reveal(warrant)) for name, was, now in row.cleaned
            ),
        )
        for row in trial.rows
    )
    return TrialView(
        rows,
        trial.missing,
        trial.extra,
        trial.keyless,
        trial.key,
        trial.replaced,
        trial.repeated,
    )
