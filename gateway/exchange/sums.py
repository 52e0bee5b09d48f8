"""What a feed's units add up to, one expression a sum, for open and closed units."""

from sqlalchemy import ColumnElement, case, func, literal_column

from gateway.exchange.tables import unit

#: Counts of a unit that grow with its batches and verdicts.
COUNTS = ("rows", "refused", "unchanged", "superseded", "packed", "accepted", "turned_down")
#: Counts of what a unit holds beside its rows; they come with its last batch.
BESIDE = ("left_out", "blank", "deleted")
_records = unit.c.rows + unit.c.left_out + unit.c.blank + unit.c.deleted
_ended = unit.c.state != literal_column("'open'")
#: What is summed up of units, by its name in `feed_total` and `FeedTotals`.
SUMS: dict[str, ColumnElement[int]] = {
    "declared": func.coalesce(unit.c.declared, unit.c.rows),
    **{name: unit.c[name] for name in COUNTS},
    "counted": func.coalesce(unit.c.counted, _records),
    **{name: unit.c[name] for name in BESIDE},
    # Sums hide what cancels out: one row too few here, one too many there. So units are counted
    # too.
    "uneven": case((_ended & (func.coalesce(unit.c.counted, _records) != _records), 1), else_=0),
    "uncounted": case((_ended & unit.c.counted.is_(None) & (unit.c.rows > 0), 1), else_=0),
}
