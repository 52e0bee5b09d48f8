"""Units that were taken before and are offered again: passed over, or taken as new.

A unit is what its name and its rows are. The same rows under the same name are passed over; other
rows take the name as a new unit, and are the newest that their feed has said. What is read again
because nothing was known of its rows (a person wants it, it was cut off or refused whole) stands
where it stood before: a newer version of a record stays.
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from adapters import Batch
from gateway.exchange import contents, source_units, taking
from gateway.exchange.taking import Standing


class TakenAnewError(Exception):
    """A unit's last batches are not what they were: it is to be read anew, from its begin."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a batch: it is taken (by a unit that is new, at a place), or passed over.

    `ended`: the unit that was passed over has no more batches.
    """

    action: Literal["take", "pass"] = "take"
    anew: bool = False
    place: int | None = None
    ended: bool = False
    earlier: Standing | None = None


class Offered:
    """The units taken before that one fetch is offered again."""

    def __init__(self) -> None:
        #: Units that are taken anew from their begin, once they are offered again.
        self._anew: set[str] = set()
        #: Contents of units that are being passed over, as far as they have come.
        self._so_far: dict[str, str | None] = {}

    def begin(self) -> None:
        """Start from the feed's cursor, perhaps again."""
        self._so_far.clear()

    def decide(
        self, connection: Connection, feed_id: int, batch: Batch, *, is_own: bool
    ) -> Decision:
        """Return what becomes of a batch; `is_own`: its name stands for the same rows for ever."""
        earlier = taking.standing(connection, feed_id, batch.unit)
        if earlier is None:
            return Decision()
        place = earlier.place if earlier.place != earlier.id else None
        if not earlier.over:
            return Decision(place=place, earlier=earlier)
        if wanted_again(connection, feed_id, batch.unit):
            return Decision(anew=True, place=earlier.place, earlier=earlier)
        if is_own and earlier.complete is not False:
            return Decision("pass", ended=batch.last, earlier=earlier)
        if batch.unit in self._anew:
            return Decision(anew=True, earlier=earlier)
        if not _comparable(earlier):
            return Decision(anew=True, place=earlier.place, earlier=earlier)
        return self._compared(batch, earlier)

    def _compared(self, batch: Batch, earlier: Standing) -> Decision:
        first = batch.unit not in self._so_far
        batch_contents = contents.contents_of(batch.rows, batch.refs)
        so_far = contents.joined(self._so_far.get(batch.unit), batch_contents)
        if not batch.last:
            self._so_far[batch.unit] = so_far
            return Decision("pass", earlier=earlier)
        self._so_far.pop(batch.unit, None)
        if so_far == earlier.contents:
            return Decision("pass", ended=True, earlier=earlier)
        if first:
            return Decision(anew=True, earlier=earlier)
        self._anew.add(batch.unit)
        raise TakenAnewError(batch.unit)


def wanted_again(connection: Connection, feed_id: int, unit: str) -> bool:
    """Whether a person wants a unit read once more that was set aside."""
    aside = source_units.find(connection, feed_id, unit)
    return aside is not None and aside.state == "again"


def _comparable(earlier: Standing) -> bool:
    """Whether a unit was taken to its end, and what it held is known."""
    has_contents = contents.are_known(earlier.contents) and not contents.is_refused(
        earlier.contents
    )
    return earlier.complete is not False and has_contents
