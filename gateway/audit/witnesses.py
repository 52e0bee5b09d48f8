"""Rows elsewhere in the store that were written with an entry of the log, and so bear witness to
it. Pure.

A log that was emptied, or begun anew, holds by itself: its chain is short and whole. But an account
that is there was made by an act, and an adapter's history is of acts; where the log has none of
them, they were taken from it, or the rows came by another way than ours. Who takes the witnesses
away as well leaves a store like a new one: against that only an anchor elsewhere helps.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Witness:
    """A row for whose sake the log has an entry of an act on a target."""

    act: str
    target: str


def unrecorded(witnesses: Iterable[Witness], recorded: Counter[Witness]) -> Counter[Witness]:
    """Return the witnesses of which the log has fewer entries than there are rows."""
    return Counter(witnesses) - recorded
