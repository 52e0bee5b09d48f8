"""Delivery to a real centre through a network that fails in every way it can."""

import threading
import time
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from gateway.central.judge import Judged, PackageRefused, judge
from gateway.delivery.destinations.http import HttpDestination, HttpSettings
from gateway.delivery.settle import IN_A_ROW
from gateway.delivery.settlement import UnitSettlement
from gateway.delivery.worker import Deliverer
from gateway.demo.generate import Row
from gateway.exchange import journal, notes, refusals, store
from gateway.exchange.acknowledge import acknowledge_due
from gateway.feeds import Feed
from gateway.mapping import compile_mapping
from gateway.mapping.model import Source
from gateway.reconcile import Difference, compare_records, reconcile
from outbox import Outbox, writing
from outbox.suspects import SUSPECT
from tests.conftest import NOW
from tests.integration.test_central import Clock
from tests.line import ListAdapter, feed_of, fetch, sound_rows
from tests.support.opened import whole
from tests.world import FEED, World, put

LICENCE = "environment/licence.yaml"
PENALTY = "market-regulator/penalty.yaml"


def test_a_package_is_delivered_and_settled(world: World) -> None:
    put(world)

    world.deliver()

    assert [m.state for m in world.messages()] == ["settled"]
    assert world.at_centre() == 3


@pytest.mark.parametrize("mode", ["refuse", "500", "lie", "hang", "swallow", "cut"])
def test_whatever_the_network_does_nothing_is_lost_or_doubled(world: World, mode: str) -> None:
    put(world)
    world.proxy.mode = mode

    world.deliver(2)
    [message] = world.messages()
    waiting, why = message.state, message.why
    world.proxy.mode = "pass"
    world.deliver()

    assert waiting == "waiting"
    assert why not in ("", "put")
    assert [m.state for m in world.messages()] == ["settled"]
    assert world.at_centre() == 3


def test_silence_costs_no_strike_and_answers_do(world: World) -> None:
    put(world)
    world.proxy.mode = "refuse"
    world.deliver(8)
    silent = world.messages()[0].state
    world.proxy.mode = "500"
    world.deliver(5)

    assert silent == "waiting"
    assert world.messages()[0].state == "dead"


def test_a_slow_centre_is_not_flooded(world: World) -> None:
    put(world)
    world.proxy.mode = "hang"

    for _ in range(20):
        world.deliverer.step([FEED])

    assert world.proxy.seen == 1


def test_a_dead_letter_is_sent_again_when_a_person_says_so(world: World) -> None:
    put(world)
    world.proxy.mode = "500"
    world.deliver(5)
    world.proxy.mode = "pass"
    [dead] = world.messages()
    box = Outbox(world.engine)

    with writing(world.engine) as connection:
        assert box.revive(connection, dead.guid, world.clock(), "operator: mended")
    world.deliver()

    assert world.messages()[0].state == "settled"
    assert world.at_centre() == 3


def test_a_wrong_token_is_an_answer_and_says_so(world: World) -> None:
    put(world)
    client = HttpDestination(
        HttpSettings(url=f"http://127.0.0.1:{world.proxy.port}", token=SecretStr("wrong"))
    )
    deliverer = Deliverer(
        world.engine,
        Outbox(world.engine),
        client,
        UnitSettlement(world.engine, Outbox(world.engine)),
        world.clock,
        timedelta(minutes=5),
    )

    deliverer.step([FEED])
    client.close()

    assert "HTTP 401" in world.messages()[0].why


def test_a_record_that_the_centre_refuses_opens_a_refusal_with_its_source_row(world: World) -> None:
    put(world)
    with world.engine.begin() as connection:
        damage_payload(connection)

    world.deliver()

    with world.engine.connect() as connection:
        [refused] = refusals.refusals(connection)
        [totals] = store.totals(connection)
    assert refused.refused_by == "centre"
    assert whole(refused.row)["XK_ZT"] == "0"
    assert refused.faults[0].rule == "facet.code"
    assert (totals.accepted, totals.turned_down, totals.waiting) == (2, 1, 0)


def test_a_record_that_the_centre_refused_travels_again_once_fetched_again(world: World) -> None:
    rows = sound_rows(LICENCE, 3)
    feed, adapter = feed_of(LICENCE, rows)
    fetch(world.engine, feed)
    with world.engine.begin() as connection:
        damage_payload(connection)
    world.deliver()

    adapter.units.append(rows)
    report = fetch(world.engine, feed, world.clock.now)
    world.deliver()

    assert report.counts["packed"] == 1
    assert world.at_centre() == 3
    with world.engine.connect() as connection:
        assert refusals.refusals(connection) == []


def damage_payload(connection: object) -> None:
    """Break one record of the waiting package behind the gateway's back."""
    import zstandard

    payload = connection.execute(text("SELECT payload FROM outbox_content")).scalar_one()  # type: ignore[attr-defined]
    xml = zstandard.decompress(payload).replace(b"<c:Status>0", b"<c:Status>8", 1)
    connection.execute(
        text("UPDATE outbox_content SET payload = :p"), {"p": zstandard.compress(xml)}
    )  # type: ignore[attr-defined]


def test_reconciliation_balances_and_names_the_record_that_does_not(world: World) -> None:
    put(world)
    world.deliver()
    box = Outbox(world.engine)
    [balanced] = reconcile(world.engine, box, world.queries)

    with world.centre.begin() as connection:
        key = connection.execute(text("SELECT min(key) FROM administrative_licence")).scalar_one()
        connection.execute(
            text("DELETE FROM administrative_licence WHERE key = :key"), {"key": key}
        )
    [unbalanced] = reconcile(world.engine, box, world.queries)

    assert balanced.differences == ()
    assert [(d.gateway, d.centre) for d in balanced.days] == [(3, 3)]
    assert unbalanced.differences == (Difference(key, "missing"),)
    assert not unbalanced.balanced


def test_a_difference_of_content_is_named_too() -> None:
    found = compare_records({"a": "1", "b": "1", "c": ""}, {"b": "2", "c": "3", "d": "4"})

    assert found == (
        Difference("b", "different"),
        Difference("a", "missing"),
        Difference("d", "unexpected"),
    )


def test_a_window_that_is_closed_delivers_nothing(world: World) -> None:
    put(world)

    assert world.deliverer.step([]) is False
    assert world.deliverer.step(["another.feed"]) is False
    assert world.proxy.seen == 0
    assert NOW


def test_a_centre_that_is_gone_is_left_alone_then_probed_by_one_package(world: World) -> None:
    units = [[row] for row in sound_rows(LICENCE, 9)]
    feed, _ = feed_of(LICENCE, *units, mode="append")
    fetch(world.engine, feed)
    world.proxy.mode = "refuse"

    tried = [world.deliverer.step([FEED]) for _ in range(9)]
    world.clock.now += timedelta(minutes=1)
    probed = [world.deliverer.step([FEED]) for _ in range(3)]
    world.proxy.mode = "pass"
    world.clock.now += timedelta(minutes=1)
    delivered = [world.deliverer.step([FEED]) for _ in range(9)]

    assert tried == [True] * 5 + [False] * 4
    assert probed == [True, False, False]
    assert delivered == [True] * 9
    assert world.at_centre() == 9
    with world.engine.connect() as connection:
        names = [event.name for event in journal.events(connection)]
    assert names.count("centre.unavailable") == 1
    assert names[0] == "centre.available"


def test_a_store_that_fails_leaves_the_probe_to_be_made(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, _ = feed_of(LICENCE, *([row] for row in sound_rows(LICENCE, 6)), mode="append")
    fetch(world.engine, feed)
    world.proxy.mode = "refuse"
    for _ in range(6):
        world.deliverer.step([FEED])
    world.proxy.mode = "pass"
    world.clock.now += timedelta(minutes=1)
    with monkeypatch.context() as broken:
        broken.setattr(Outbox, "claim", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.deliverer.step([FEED])

    assert world.deliverer.step([FEED]) is True
    assert world.at_centre() == 1


# --- packages that end their process -------------------------------------------------------------


def test_a_suspect_is_sent_while_nothing_else_is(world: World) -> None:
    feed, _ = feed_of(LICENCE, *([row] for row in sound_rows(LICENCE, 3)), mode="append")
    fetch(world.engine, feed)
    for _ in range(SUSPECT):
        with writing(world.engine) as connection:
            box = Outbox(world.engine)
            first = box.claim(connection, [FEED], world.clock.now, timedelta(minutes=5))
            box.release_all(connection, world.clock.now)
    world.clock.now += timedelta(minutes=1)

    suspect = world.deliverer._claim([FEED])
    while_alone = world.deliverer._claim([FEED])

    assert first is not None
    assert suspect is not None
    assert (suspect.guid, suspect.ends) == (first.guid, SUSPECT)
    assert while_alone is None


def test_after_a_suspect_was_sent_the_others_go_on_side_by_side(world: World) -> None:
    feed, _ = feed_of(LICENCE, *([row] for row in sound_rows(LICENCE, 3)), mode="append")
    fetch(world.engine, feed)
    for _ in range(SUSPECT + 1):
        with writing(world.engine) as connection:
            box = Outbox(world.engine)
            box.claim(connection, [FEED], world.clock.now, timedelta(minutes=5))
            box.release_all(connection, world.clock.now)
        world.clock.now += timedelta(minutes=1)

    world.deliver(3)

    assert world.at_centre() == 3
    assert {message.state for message in world.messages()} == {"settled"}


# --- packages refused whole ----------------------------------------------------------------------


def refuse_whole(monkeypatch: pytest.MonkeyPatch, guilty: Callable[[Judged], bool]) -> None:
    """Let the centre refuse a package whole for what it finds in its records."""

    def judged(xml: bytes, today: date, charset: str = "") -> Judged:
        found = judge(xml, today, charset)
        if guilty(found):
            raise PackageRefused(
                "含有中心处理不了的记录", "holds a record that the centre cannot take in"
            )
        return found

    monkeypatch.setattr("gateway.central.intake.judge", judged)


def deliver_all(world: World) -> None:
    while world.deliverer.step([FEED]):
        pass


def test_a_poison_package_is_split_until_the_guilty_record_stands_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = sound_rows(LICENCE, 21)
    feed, adapter = feed_of(LICENCE, rows, mode="append")
    fetch(world.engine, feed)
    with monkeypatch.context() as sick:
        refuse_whole(sick, lambda found: rows[13]["XK_WSH"] in found.records.columns(["DocumentNumber"])["DocumentNumber"])  # fmt: skip
        deliver_all(world)
    stored, dead = world.at_centre(), [m for m in world.messages() if m.state == "dead"]
    with world.engine.connect() as connection:
        happened = {event.name for event in journal.events(connection)}
    with writing(world.engine) as connection:
        Outbox(world.engine).revive(connection, dead[0].guid, world.clock.now, "the centre is mended")  # fmt: skip
    deliver_all(world)
    acknowledge_due(world.engine, Outbox(world.engine), feed, world.clock, 0.0)

    assert stored == 20
    assert [m.records for m in dead] == [1]
    assert {"package.split", "package.dead"} <= happened
    assert world.at_centre() == 21
    [(_, verdicts)] = adapter.told
    assert [(v["ref"], v["verdict"]) for v in sorted(verdicts, key=lambda v: int(v["ref"]))] == [
        (str(n), "accepted") for n in range(1, 22)
    ]
    [found] = reconcile(world.engine, Outbox(world.engine), world.queries)
    assert found.balanced


def test_a_centre_that_refuses_everything_does_not_make_a_dead_letter_of_every_record(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, _ = feed_of(LICENCE, sound_rows(LICENCE, 200), mode="append")
    fetch(world.engine, feed)
    refuse_whole(monkeypatch, lambda _: True)

    deliver_all(world)

    dead = [m for m in world.messages() if m.state == "dead"]
    assert sum(m.records for m in dead) == 200
    assert len(dead) < 2 * IN_A_ROW
    assert max(m.records for m in dead) > 50


# --- versions of the standard ------------------------------------------------------------------


def penalty_feed_of_1_1(*units: list[Row]) -> tuple[Feed, ListAdapter]:
    """Give the penalties feed a mapping of 1.1, with a column for each field that 1.1 added."""
    shipped, _ = feed_of(PENALTY, mode="update")
    model = shipped.mapping.model
    added = {"RepairStatus": "XYXF", "RepairedOn": "XYXFRQ"}
    table = {**model.tables["penalty_class"], "限制从业": "13"}
    newer = model.model_copy(
        update={
            "standard": "1.1", "columns": (*model.columns, *added.values()),
            "fields": {**model.fields, **{name: Source.model_validate({"from": column}) for name, column in added.items()}},
            "tables": {**model.tables, "penalty_class": table},
        }
    )  # fmt: skip
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
        {**rows[0], **plain}, {**rows[1], **plain, "CF_CFLB1": "限制从业"},
        {**rows[2], "XYXF": "1", "XYXFRQ": "2026-03-30"},
    ]  # fmt: skip
    feed, adapter = penalty_feed_of_1_1(rows)
    fetch(world.engine, feed, version="1.0")
    world.deliverer.step([feed.name])
    older = stored_penalties(world)
    with world.engine.connect() as connection:
        lost = {(c.field, c.rule, whole(c.received), whole(c.kept)) for c in notes.cleanings(connection, feed.name, 10, 0)}  # fmt: skip
    adapter.units.append(rows)

    report = fetch(world.engine, feed, version="1.1")
    world.deliverer.step([feed.name])

    assert all(status is None for _, status in older)
    assert ("9", None) in older
    assert lost == {
        ("PenaltyClass", "version.code", "13", "9"), ("RepairStatus", "version.field", "1", ""),
        ("RepairedOn", "version.field", "2026-03-30", ""),
    }  # fmt: skip
    assert (report.counts["unchanged"], report.counts["packed"]) == (1, 2)
    assert ("13", None) in stored_penalties(world)
    assert [status for _, status in stored_penalties(world)].count("1") == 1
    [found] = reconcile(world.engine, Outbox(world.engine), world.queries)
    assert found.differences == ()
    assert [(day.gateway, day.centre) for day in found.days] == [(3, 3)]


def test_a_slow_centre_does_not_cost_a_live_worker_its_lease(world: World) -> None:
    put(world)
    world.proxy.mode = "slow"
    box = Outbox(world.engine)
    clock = Clock()
    deliverer = Deliverer(
        world.engine,
        box,
        world.client,
        UnitSettlement(world.engine, box),
        clock,
        timedelta(seconds=60),
    )
    sending = threading.Thread(target=deliverer.step, args=([FEED],))
    sending.start()
    while not world.proxy.seen:
        time.sleep(0.01)
    for _ in range(5):
        clock.now += timedelta(seconds=30)
        deliverer.beat()
    with writing(world.engine) as connection:
        taken = box.claim(connection, [FEED], clock.now, timedelta(seconds=60))
    sending.join()

    assert taken is None
    assert [m.attempts for m in world.messages()] == [1]


def test_once_the_centre_is_back_nothing_waits_out_its_delay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Waits that chance would make long, so that there is one to be cut short.
    monkeypatch.setattr("gateway.delivery.worker.random.random", lambda: 0.9)
    for _ in range(3):
        put(world, 1)
    feed, _ = feed_of(LICENCE, *([row] for row in sound_rows(LICENCE, 8)), mode="append")
    fetch(world.engine, feed)
    world.proxy.mode = "refuse"
    for _ in range(40):
        world.deliverer.step([FEED])
        world.clock.now += timedelta(seconds=20)
    with world.engine.connect() as connection:
        later = [m for m in Outbox(world.engine).messages(connection) if m.not_before > world.clock.now + timedelta(minutes=1)]  # fmt: skip
    world.proxy.mode = "pass"
    world.clock.now += timedelta(minutes=1)
    while world.deliverer.step([FEED]):
        pass

    assert later
    assert {m.state for m in world.messages()} == {"settled"}
