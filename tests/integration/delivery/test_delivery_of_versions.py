"""A sender and a centre of different versions of the standard."""

from sqlalchemy import text

from gateway.demo.generate import Row
from gateway.exchange import quality_notes
from gateway.exchange.feed import Feed
from gateway.mapping import compile_mapping
from gateway.mapping.model import Source
from gateway.reconciliation.compare import reconcile
from outbox import Outbox
from tests.support.line import ListAdapter, feed_of, fetch, sound_rows
from tests.support.opened import whole
from tests.support.world import World

PENALTY = "market-regulator/penalty.yaml"


def penalty_feed_of_1_1(*units: list[Row]) -> tuple[Feed, ListAdapter]:
    """Give the penalties feed a mapping of 1.1, with a column for each field that 1.1 added."""
    shipped, _ = feed_of(PENALTY, mode="update")
    model = shipped.mapping.model
    added = {"RepairStatus": "XYXF", "RepairedOn": "XYXFRQ"}
    table = {**model.tables["penalty_class"], "限制从业": "13"}
    newer = model.model_copy(
        update={
            "standard": "1.1",
            "columns": (*model.columns, *added.values()),
            "fields": {
                **model.fields,
                **{name: Source.model_validate({"from": column}) for name, column in added.items()},
            },
            "tables": {**model.tables, "penalty_class": table},
        }
    )
    mapping = compile_mapping(newer)
    adapter = ListAdapter(list(units), list(mapping.columns))
    return Feed(mapping.feed, mapping, adapter, "list"), adapter


def stored_penalties(world: World) -> list[tuple[object, ...]]:
    query = (
        "SELECT penalty_class, repair_status FROM administrative_penalty ORDER BY document_number"
    )
    with world.centre.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_a_sender_of_the_older_version_keeps_working_at_a_newer_centre(world: World) -> None:
    feed, adapter = feed_of(PENALTY, sound_rows(PENALTY, 3), mode="update")
    fetch(world.engine, feed)
    world.deliverer.step([feed.name])
    adapter.units.append(adapter.units[0])

    report = fetch(world.engine, feed, version="1.1")

    assert report.counts["unchanged"] == 3
    assert [status for _, status in stored_penalties(world)] == [None] * 3
    [found] = reconcile(world.engine, Outbox(world.engine), world.queries)
    assert found.differences == ()
    assert [(day.gateway, day.centre) for day in found.days] == [(3, 3)]


def test_a_newer_sender_is_told_in_the_centres_version_and_whole_once_the_centre_is_newer(
    world: World,
) -> None:
    rows = sound_rows(PENALTY, 3)
    plain = {"XYXF": "", "XYXFRQ": ""}
    rows = [
        {**rows[0], **plain},
        {**rows[1], **plain, "CF_CFLB1": "限制从业"},
        {**rows[2], "XYXF": "1", "XYXFRQ": "2026-03-30"},
    ]
    feed, adapter = penalty_feed_of_1_1(rows)
    fetch(world.engine, feed, version="1.0")
    world.deliverer.step([feed.name])
    older = stored_penalties(world)
    with world.engine.connect() as connection:
        lost = {
            (c.field, c.rule, whole(c.received), whole(c.kept))
            for c in quality_notes.cleanings(connection, feed.name, 10, 0)
        }
    adapter.units.append(rows)

    report = fetch(world.engine, feed, version="1.1")
    world.deliverer.step([feed.name])

    assert all(status is None for _, status in older)
    assert ("9", None) in older
    assert lost == {
        ("PenaltyClass", "version.code", "13", "9"),
        ("RepairStatus", "version.field", "1", ""),
        ("RepairedOn", "version.field", "2026-03-30", ""),
    }
    assert (report.counts["unchanged"], report.counts["packed"]) == (1, 2)
    assert ("13", None) in stored_penalties(world)
    assert [status for _, status in stored_penalties(world)].count("1") == 1
    [found] = reconcile(world.engine, Outbox(world.engine), world.queries)
    assert found.differences == ()
    assert [(day.gateway, day.centre) for day in found.days] == [(3, 3)]
