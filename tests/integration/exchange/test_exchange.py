"""The line over a real store: what travels, what does not, what a person is asked."""

from datetime import timedelta
from typing import Any

import pytest
import zstandard
from sqlalchemy import Engine, text

from adapters import SourceUnavailableError
from gateway.central.intake.validate import validate
from gateway.events import store as event_store
from gateway.exchange import feed_store, quality_notes, refusal_store, slots
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.feed_store import FetchOvertakenError
from gateway.exchange.fetch import FeedHeldError, Fetcher
from outbox import Outbox, writing
from tests.support.clock import NOW
from tests.support.line import feed_of, fetch, sound_rows
from tests.support.opened import whole

PENALTY, LICENCE = "market-regulator/penalty.yaml", "environment/licence.yaml"


@pytest.fixture
def engine(either_engine: Engine) -> Engine:
    return either_engine


def changes(engine: Engine) -> list[str]:
    """Name the changes of every package in the outbox, in order."""
    with engine.connect() as connection:
        payloads = (
            connection.execute(
                text(
                    "SELECT payload FROM outbox_content JOIN outbox_message USING (guid) "
                    "ORDER BY sequence"
                )
            )
            .scalars()
            .all()
        )
    found: list[str] = []
    for payload in payloads:
        validated = validate(zstandard.decompress(payload), NOW.date())
        assert not validated.refused
        xml = zstandard.decompress(payload).decode()
        found += [
            "withdrawn"
            if validated.withdrawal(place)
            else "changed"
            if f'key="{validated.records.keys[place]}" change="changed"' in xml
            else "added"
            for place in validated.sound
        ]
    return found


def totals(engine: Engine) -> feed_store.FeedTotals:
    with engine.connect() as connection:
        [found] = feed_store.totals(connection)
    return found


def open_refusals(engine: Engine, *states: str) -> list[refusal_store.Refusal]:
    with engine.connect() as connection:
        return refusal_store.refusals(connection, states=states or ("open",))


def test_an_unchanged_row_is_not_sent_again_and_a_changed_one_is(engine: Engine) -> None:
    rows = sound_rows(LICENCE, 3)
    again = [rows[0], {**rows[1], "XK_NR": "准予扩建"}, rows[2]]
    feed, _ = feed_of(LICENCE, rows, again)

    report = fetch(engine, feed)

    assert changes(engine) == ["added"] * 3 + ["changed"]
    assert report.counts == {"rows": 6, "refused": 0, "unchanged": 2, "superseded": 0, "packed": 4}


def test_a_feed_that_only_adds_refuses_other_content_under_a_known_key(engine: Engine) -> None:
    rows = sound_rows(PENALTY, 2)
    feed, _ = feed_of(PENALTY, rows, [rows[0], {**rows[1], "CF_JG": "罚款一元"}])

    report = fetch(engine, feed)

    assert report.counts["unchanged"] == 1
    [refused] = open_refusals(engine)
    assert refused.faults[0].rule == "change.duplicate"
    assert (refused.unit, refused.ref, whole(refused.row)["CF_JG"]) == ("unit-1", "2", "罚款一元")


def test_a_refusal_stays_open_until_a_later_fetch_brings_the_record_right(engine: Engine) -> None:
    [row] = sound_rows(LICENCE, 1)
    broken = {**row, "XK_ZT": "7"}
    feed, adapter = feed_of(LICENCE, [broken], [broken])
    fetch(engine, feed)
    [opened] = open_refusals(engine)

    adapter.units.append([row])
    fetch(engine, feed, NOW + timedelta(days=1))

    assert open_refusals(engine) == []
    [mended] = open_refusals(engine, "mended")
    assert mended.id == opened.id
    assert mended.closed_at == NOW + timedelta(days=1)
    with engine.connect() as connection:
        assert Outbox(engine).find(connection, mended.mended_by or "") is not None


def test_a_row_refused_again_for_another_fault_replaces_the_refusal_before(engine: Engine) -> None:
    [row] = sound_rows(LICENCE, 1)
    feed, _ = feed_of(LICENCE, [{**row, "XK_ZT": "7"}], [{**row, "XK_XKLB": "7"}])

    fetch(engine, feed)

    assert [r.faults[0].field for r in open_refusals(engine)] == ["LicenceClass"]
    assert [r.faults[0].field for r in open_refusals(engine, "replaced")] == ["Status"]


def test_every_fault_of_a_row_is_named(engine: Engine) -> None:
    [row] = sound_rows(LICENCE, 1)
    feed, _ = feed_of(LICENCE, [{**row, "XK_ZT": "7", "XK_JDRQ": "2026-02-30", "XK_XKWS": ""}])

    fetch(engine, feed)

    [refused] = open_refusals(engine)
    assert {(f.field, f.rule) for f in refused.faults} == {
        ("Status", "facet.code"),
        ("DecisionDate", "map.date"),
        ("DocumentName", "facet.required"),
    }


def test_what_cleaning_changed_is_kept_with_the_record(engine: Engine) -> None:
    [row] = sound_rows(LICENCE, 1)
    feed, _ = feed_of(
        LICENCE,
        [{**row, "XK_XDR_SHXYM": row["XK_XDR_SHXYM"].lower(), "XK_FR_ZJHM": "440103850214001"}],
    )

    fetch(engine, feed)

    with engine.connect() as connection:
        rows = connection.execute(text("SELECT field, received FROM cleaning"))
        kept = [tuple(row) for row in rows]
    assert ("LegalRepresentativeIdNumber", "440103850214001") in kept
    assert ("UnifiedCode", row["XK_XDR_SHXYM"].lower()) in kept


# --- full lists ----------------------------------------------------------------------------

FULL = {"mode": "full", "withdraw_missing": True, "stop_when_lost": 0.5}


def test_a_row_gone_from_a_full_list_is_withdrawn_if_the_mapping_says_so(engine: Engine) -> None:
    rows = sound_rows(LICENCE, 4)
    feed, _ = feed_of(LICENCE, rows, rows[:3], **FULL)

    report = fetch(engine, feed)

    assert changes(engine) == ["added"] * 4 + ["withdrawn"]
    assert report.withdrawn == 1


def test_a_row_gone_from_a_full_list_stays_if_the_mapping_says_nothing(engine: Engine) -> None:
    rows = sound_rows(LICENCE, 4)
    feed, _ = feed_of(LICENCE, rows, rows[:1], mode="full")

    fetch(engine, feed)

    assert changes(engine) == ["added"] * 4


def test_a_row_that_is_in_the_list_but_broken_is_not_gone(engine: Engine) -> None:
    rows = sound_rows(LICENCE, 4)
    feed, _ = feed_of(LICENCE, rows, [*rows[:3], {**rows[3], "XK_ZT": "7"}], **FULL)

    fetch(engine, feed)

    assert changes(engine) == ["added"] * 4


@pytest.mark.parametrize(
    "damage",
    [{"XK_WSH": "#REF!"}, {"XK_WSH": ""}, {"XK_WSH": "惠\ue000许1号"}],
    ids=["an error", "nothing", "private use"],
)
def test_a_row_whose_key_cannot_be_read_may_be_the_one_that_seems_gone(
    engine: Engine, damage: dict[str, str]
) -> None:
    rows = sound_rows(LICENCE, 4)
    feed, adapter = feed_of(LICENCE, rows, [*rows[:3], {**rows[3], **damage}], **FULL)

    fetch(engine, feed)
    unsure = changes(engine)
    with engine.connect() as connection:
        names = [event.name for event in event_store.events(connection)]
    adapter.units.append(rows[:3])
    fetch(engine, feed)

    assert unsure == ["added"] * 4
    assert "list.unsure" in names
    assert changes(engine) == ["added"] * 4 + ["withdrawn"]


def test_a_new_row_refused_for_another_field_does_not_keep_what_is_gone(engine: Engine) -> None:
    rows = sound_rows(LICENCE, 5)
    feed, _ = feed_of(LICENCE, rows[:4], [*rows[:3], {**rows[4], "XK_ZT": "7"}], **FULL)

    fetch(engine, feed)

    assert changes(engine) == ["added"] * 4 + ["withdrawn"]


@pytest.mark.parametrize("left", [1, 0])
def test_a_list_that_shrinks_too_far_stops_and_asks(engine: Engine, left: int) -> None:
    rows = sound_rows(LICENCE, 4)
    feed, _ = feed_of(LICENCE, rows, rows[:left], **FULL)

    fetch(engine, feed)

    assert changes(engine) == ["added"] * 4
    with pytest.raises(FeedHeldError, match="feed confirm"):
        fetch(engine, feed)
    with engine.connect() as connection:
        assert event_store.events(connection)[0].name == "feed.held"


def test_a_person_may_confirm_that_a_list_shrank(engine: Engine) -> None:
    rows = sound_rows(LICENCE, 4)
    feed, _ = feed_of(LICENCE, rows, rows[:1], **FULL)
    fetch(engine, feed)

    withdrawn = Fetcher(engine, Outbox(engine), lambda: NOW).confirm(feed)

    assert withdrawn == 3
    assert changes(engine) == ["added"] * 4 + ["withdrawn"] * 3
    fetch(engine, feed)


def test_a_withdrawn_row_that_comes_back_is_added_again(engine: Engine) -> None:
    rows = sound_rows(LICENCE, 4)
    feed, _ = feed_of(LICENCE, rows, rows[:3], rows, **FULL)

    fetch(engine, feed)

    assert changes(engine) == ["added"] * 4 + ["withdrawn", "added"]


# --- drift, failures, races ----------------------------------------------------------------


def test_a_column_that_vanished_refuses_the_unit_and_one_that_came_is_told(engine: Engine) -> None:
    rows = sound_rows(LICENCE, 2)
    feed, adapter = feed_of(LICENCE, rows)
    adapter.columns = [name for name in adapter.columns if name != "XK_NR"] + ["XK_NEW"]

    fetch(engine, feed)

    [refused] = open_refusals(engine)
    assert refused.faults[0].rule == "source.columns"
    assert "XK_NR" in refused.faults[0].text.en
    adapter.columns = [*adapter.columns, "XK_NR"]
    adapter.units.append(rows)
    fetch(engine, feed)
    with engine.connect() as connection:
        assert "XK_NEW" in event_store.events(connection)[0].text.en
    assert totals(engine).packed == 2


def test_what_was_kept_before_a_source_broke_off_stays_kept(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = sound_rows(LICENCE, 4)
    feed, adapter = feed_of(LICENCE, rows[:2], rows[2:])
    whole_fetch = adapter.fetch

    def broken(cursor: str) -> Any:
        yield next(whole_fetch(cursor))
        raise SourceUnavailableError("断了", "it broke off")

    monkeypatch.setattr(adapter, "fetch", broken)
    with pytest.raises(SourceUnavailableError):
        fetch(engine, feed)
    monkeypatch.undo()
    fetch(engine, feed)

    assert changes(engine) == ["added"] * 4


def test_of_two_fetches_at_once_only_one_keeps(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, adapter = feed_of(LICENCE, sound_rows(LICENCE, 2))
    whole_fetch = adapter.fetch

    def overtaken(cursor: str) -> Any:
        for batch in whole_fetch(cursor):
            monkeypatch.undo()
            fetch(engine, feed)
            yield batch

    monkeypatch.setattr(adapter, "fetch", overtaken)
    with pytest.raises(FetchOvertakenError):
        fetch(engine, feed)

    assert changes(engine) == ["added"] * 2


def test_a_unit_without_sound_rows_is_acknowledged_at_once_with_its_reasons(engine: Engine) -> None:
    [row] = sound_rows(LICENCE, 1)
    feed, adapter = feed_of(LICENCE, [{**row, "XK_ZT": "7"}])
    fetch(engine, feed)

    acknowledged = acknowledge_due(engine, Outbox(engine), feed, lambda: NOW, 0.5)

    assert acknowledged == (1, 0)
    [(unit, rows)] = adapter.told
    assert unit == "unit-0"
    assert [(r["ref"], r["verdict"], r["rule"]) for r in rows] == [("1", "refused", "facet.code")]


def test_an_acknowledgement_that_fails_is_kept_and_tried_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    [row] = sound_rows(LICENCE, 1)
    feed, adapter = feed_of(LICENCE, [{**row, "XK_ZT": "7"}])
    fetch(engine, feed)

    def broken(*_: Any) -> None:
        raise SourceUnavailableError("断了", "it broke off")

    monkeypatch.setattr(adapter, "acknowledge", broken)
    assert acknowledge_due(engine, Outbox(engine), feed, lambda: NOW, 0.5) == (0, 1)
    assert acknowledge_due(engine, Outbox(engine), feed, lambda: NOW, 0.5) == (0, 0)
    monkeypatch.undo()
    later = NOW + timedelta(minutes=1)

    assert acknowledge_due(engine, Outbox(engine), feed, lambda: later, 0.5) == (1, 0)
    assert totals(engine).unacknowledged == 0


def test_a_slot_runs_once(engine: Engine) -> None:
    taken = []
    for _ in range(2):
        with writing(engine) as connection:
            taken.append(slots.take_slot(connection, "demo.feed", NOW, NOW))

    assert taken == [True, False]


def test_a_warning_is_kept_with_its_record_once_and_the_record_travels(engine: Engine) -> None:
    [row] = sound_rows(LICENCE, 1)
    feed, adapter = feed_of(LICENCE, [{**row, "XK_XDR_SWDJ": "441300123456789"}])

    first = fetch(engine, feed)
    adapter.units.append(adapter.units[0])
    again = fetch(engine, feed)

    assert (first.counts["packed"], again.counts["unchanged"]) == (1, 1)
    with engine.connect() as connection:
        [warned] = quality_notes.warnings(connection, feed.name, 10, 0)
        assert quality_notes.warnings(connection, "another.feed", 10, 0) == []
    assert (warned.field, warned.rule, warned.unit) == ("TaxNumber", "subject.tax_number", "unit-0")
