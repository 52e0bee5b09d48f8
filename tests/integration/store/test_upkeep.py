"""Replay, purge and sealed payloads, over a real outbox and a real centre."""

import json
from base64 import b64encode
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from gateway.central.intake.validate import validate
from gateway.events import store as event_store
from gateway.exchange import feed_store, refusal_store
from gateway.exchange.acknowledge import acknowledge_due
from gateway.exchange.feed import Feed
from gateway.protocol.verdict import Verdict
from gateway.reconciliation.compare import reconcile
from gateway.settings.load import load_settings
from gateway.settings.model import SettingsError
from gateway.settings.periods import Retention
from gateway.store import retention
from gateway.store.retention import ImplausibleClockError, purge
from gateway.text import Text
from outbox import DecryptionError, Outbox, PayloadCipher, maintenance, writing
from tests.support.line import feed_of, fetch, sound_rows
from tests.support.world import FEED, World, put

LICENCE = "environment/licence.yaml"
KEEP = Retention(timedelta(days=90), timedelta(days=400))
KEYS = {"k1": b"1" * 32, "k2": b"2" * 32}


def replay(world: World, why: str = "the centre was restored") -> list[str]:
    guids = [message.guid for message in world.messages()]
    with writing(world.engine) as connection:
        return maintenance.replay(
            connection, guids, world.clock.now, f"replayed by operator: {why}"
        )


def balanced(world: World, feed: Feed) -> bool:
    """Tell the department, and compare gateway and centre to the record."""
    acknowledge_due(world.engine, Outbox(world.engine), feed, world.clock, 0.0)
    [found] = reconcile(world.engine, Outbox(world.engine), world.queries)
    return found.balanced


# --- replay -------------------------------------------------------------------------------------


def test_a_replay_to_a_centre_that_has_it_changes_nothing(world: World) -> None:
    feed, _ = put(world)
    world.deliver()

    done = replay(world)
    world.deliver()

    assert len(done) == 1
    assert world.at_centre() == 3
    assert [m.state for m in world.messages()] == ["settled"]
    assert balanced(world, feed)
    with world.engine.connect() as connection:
        whys = [why for _, _, why in Outbox(world.engine).history(connection, done[0])]
    assert "replayed by operator: the centre was restored" in whys


def test_a_replay_brings_back_what_a_restored_centre_has_lost(world: World) -> None:
    feed, _ = put(world)
    world.deliver()
    with writing(world.centre) as connection:
        for table in ("administrative_licence", "received_package"):
            connection.execute(text(f"DELETE FROM {table}"))

    replay(world)
    world.deliver()

    assert world.at_centre() == 3
    assert balanced(world, feed)


def test_a_record_that_a_replay_newly_turns_down_is_refused_and_counted_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, adapter = put(world)
    world.deliver()
    assert balanced(world, feed)
    with writing(world.centre) as connection:
        for table in ("administrative_licence", "received_package"):
            connection.execute(text(f"DELETE FROM {table}"))

    def stricter(xml, today, charset=""):
        validation = validate(xml, today, charset)
        verdict = Verdict(
            validation.records.keys[0], "refused", "", "centre.new", Text("新规则", "a new rule")
        )
        validation.faults[0] = [verdict]
        return validation

    monkeypatch.setattr("gateway.central.intake.receive.validate", stricter)
    for _ in range(2):
        replay(world)
        world.deliver()

    with world.engine.connect() as connection:
        [totals] = feed_store.totals(connection)
        refusals = refusal_store.refusals(connection)
    assert (totals.packed, totals.accepted, totals.turned_down) == (3, 2, 1)
    assert len(refusals) == 1
    assert balanced(world, feed)
    assert [[v["verdict"] for v in verdicts] for _, verdicts in adapter.told] == [
        ["accepted"] * 3,
        ["refused", "accepted", "accepted"],
    ]


def test_what_is_not_settled_is_not_replayed(world: World) -> None:
    put(world)

    assert replay(world) == []


# --- purge --------------------------------------------------------------------------------------


def counts(world: World) -> dict[str, int]:
    names = (
        "outbox_message",
        "outbox_content",
        "outbox_transition",
        "package",
        "batch",
        "unit",
        "known",
    )
    with world.engine.connect() as connection:
        return {
            n: connection.execute(text(f"SELECT count(*) FROM {n}")).scalar_one() for n in names
        }


def test_payloads_go_first_and_then_the_history_and_never_what_tells_a_repeat(world: World) -> None:
    feed, _ = feed_of(LICENCE, sound_rows(LICENCE, 3))
    fetch(world.engine, feed)
    world.deliver()
    acknowledge_due(world.engine, Outbox(world.engine), feed, world.clock, 0.0)
    now = world.clock.now

    purge(world.engine, Outbox(world.engine), KEEP, now + timedelta(days=91), forced=True)
    without_payload = counts(world)
    purge(world.engine, Outbox(world.engine), KEEP, now + timedelta(days=401), forced=True)
    at_the_end = counts(world)

    assert without_payload["outbox_content"] == without_payload["batch"] == 0
    assert without_payload["outbox_message"] == without_payload["package"] == 1
    assert at_the_end["outbox_message"] == at_the_end["outbox_transition"] == 0
    assert at_the_end["package"] == 0
    assert at_the_end["known"] == 3
    assert at_the_end["unit"] == 1


@pytest.mark.parametrize("stage", ["waiting", "settled, the department not told"])
def test_what_is_not_over_stays_however_old(world: World, stage: str) -> None:
    put(world)
    if stage != "waiting":
        world.deliver()

    purged = purge(
        world.engine,
        Outbox(world.engine),
        KEEP,
        world.clock.now + timedelta(days=9000),
        forced=True,
    )

    assert counts(world)["outbox_content"] == counts(world)["outbox_message"] == 1
    assert purged.counts.get("payloads", 0) == purged.counts.get("packages", 0) == 0


def test_an_open_refusal_stays_and_a_closed_one_goes(world: World) -> None:
    rows = sound_rows(LICENCE, 2)
    bad = [{**row, "XK_XKJG": ""} for row in rows]
    feed, _ = feed_of(LICENCE, bad, [rows[0]])
    fetch(world.engine, feed)
    world.deliver()
    acknowledge_due(world.engine, Outbox(world.engine), feed, world.clock, 0.0)
    with world.engine.connect() as connection:
        before = {r.state for r in refusal_store.refusals(connection, states=("open", "mended"))}

    purge(
        world.engine, Outbox(world.engine), KEEP, world.clock.now + timedelta(days=500), forced=True
    )

    with world.engine.connect() as connection:
        after = [r.state for r in refusal_store.refusals(connection, states=("open", "mended"))]
    assert before == {"open", "mended"}
    assert after == ["open"]


def test_a_clock_far_beyond_all_that_happened_is_doubted(world: World) -> None:
    put(world)

    with pytest.raises(ImplausibleClockError):
        purge(world.engine, Outbox(world.engine), KEEP, world.clock.now + timedelta(days=3650))


# --- sealed payloads ----------------------------------------------------------------------------


def test_a_sealed_payload_is_in_no_file_and_is_delivered(world: World, tmp_path: Path) -> None:
    box = Outbox(world.engine, PayloadCipher(KEYS, "k1"))
    world.use(box)
    feed, _ = feed_of(LICENCE, sound_rows(LICENCE, 3))
    fetch(world.engine, feed, outbox=box)
    with world.engine.connect() as connection:
        kept = connection.execute(text("SELECT key_id, payload FROM outbox_content")).one()

    world.deliver()

    assert kept.key_id == "k1"
    # zstd's first bytes would show a plain one.
    assert not bytes(kept.payload).startswith(b"\x28\xb5\x2f\xfd")
    assert world.at_centre() == 3


def test_another_key_takes_the_place_of_the_first_and_a_lost_one_is_a_dead_letter_and_not_a_stop(
    world: World,
) -> None:
    box = Outbox(world.engine, PayloadCipher(KEYS, "k1"))
    feed, _ = feed_of(LICENCE, sound_rows(LICENCE, 3))
    fetch(world.engine, feed, outbox=box)
    with writing(world.engine) as connection:
        sealed = maintenance.seal_anew(connection, PayloadCipher(KEYS, "k2"), 100)
        again = maintenance.seal_anew(connection, PayloadCipher(KEYS, "k2"), 100)

    world.use(Outbox(world.engine, PayloadCipher({"k1": KEYS["k1"]}, "k1")))
    world.deliver(2)
    lost = world.messages()[0]
    with world.engine.connect() as connection:
        said = [e.text.en for e in event_store.events(connection) if e.name == "package.dead"]
    world.use(Outbox(world.engine, PayloadCipher({"k2": KEYS["k2"]}, "k2")))
    with writing(world.engine) as connection:
        Outbox(world.engine).requeue(connection, lost.guid, world.clock.now, "the key is back")
    world.deliver()

    assert (sealed, again) == (1, 0)
    assert lost.state == "dead"
    assert "k2" in lost.why
    assert len(said) == 1
    assert world.at_centre() == 3


def test_a_payload_in_another_messages_place_does_not_open() -> None:
    seal = PayloadCipher(KEYS, "k1")
    sealed = seal.close(b"payload", "one", "payload")

    assert seal.open(sealed, "one", "payload", "k1") == b"payload"
    for guid, name, key in (
        ("two", "payload", "k1"),
        ("one", "context", "k1"),
        ("one", "payload", "k2"),
        ("one", "payload", "k3"),
    ):
        with pytest.raises(DecryptionError):
            seal.open(sealed, guid, name, key)


@pytest.mark.parametrize(
    "at_rest",
    [
        {"current": "k1", "keys": {"k1": b64encode(b"short").decode()}},
        {"current": "k2", "keys": {"k1": b64encode(b"1" * 32).decode()}},
        {"current": "k1", "keys": {"k1": "not base64"}},
    ],
)
def test_keys_that_are_none_are_refused_without_showing_them(tmp_path: Path, at_rest) -> None:
    path = tmp_path / "gateway.yaml"
    service = {"url": "http://127.0.0.1:1", "token": "t"}
    settings = {
        "store": "sqlite://",
        "catalogue": service,
        "centre": service,
        "adapters": [],
        "at_rest": at_rest,
    }
    path.write_text(json.dumps(settings))

    with pytest.raises(SettingsError) as raised:
        load_settings(path)

    assert "at_rest" in str(raised.value)
    assert not any(key in str(raised.value) for key in at_rest["keys"].values())


def test_a_package_whose_workers_are_lost_again_and_again_is_a_dead_letter(world: World) -> None:
    put(world)
    box = Outbox(world.engine)

    for _ in range(5):
        with writing(world.engine) as connection:
            assert box.claim(connection, [FEED], world.clock.now, timedelta(minutes=5))
        world.clock.now += timedelta(hours=1)
    world.deliver()

    [message] = world.messages()
    assert message.state == "dead"
    assert "lost workers" in message.why
    assert world.proxy.seen == 0


def test_what_is_held_is_never_removed_and_a_purge_cut_off_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case F12: under a hold nothing is due, and half a purge is a smaller purge."""
    feed, _ = feed_of(LICENCE, *([row] for row in sound_rows(LICENCE, 4)), mode="append")
    fetch(world.engine, feed)
    box = Outbox(world.engine)
    held = world.messages()[-1].guid
    with writing(world.engine) as connection:
        box.hold(connection, held, world.clock.now, "an objection")
    world.deliver(8)
    acknowledge_due(world.engine, box, feed, world.clock, 0.0)
    later = world.clock.now + timedelta(days=500)
    monkeypatch.setattr(retention, "PORTION", 1)
    removed = maintenance.purge_payloads
    calls: list[int] = []

    def cut_off(connection: Connection, guids: Sequence[str]) -> int:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return removed(connection, guids)

    monkeypatch.setattr(maintenance, "purge_payloads", cut_off)
    with pytest.raises(KeyboardInterrupt):
        purge(world.engine, box, KEEP, later, forced=True)
    monkeypatch.setattr(maintenance, "purge_payloads", removed)
    purged = purge(world.engine, box, KEEP, later, forced=True)

    assert world.messages() == []
    with world.engine.connect() as connection:
        assert [message.guid for message in box.messages(connection)] == [held]
        assert box.payload(connection, held) is not None
    assert purged.counts["packages"] >= 1


def test_what_was_removed_is_in_no_file_of_the_store(world: World, tmp_path: Path) -> None:
    """Case F12: personal data whose time is over is gone from the file and from its log too."""
    canary = "惠市环许〔2099〕42号"
    rows = [{**row, "XK_WSH": canary, "XK_XKJG": ""} for row in sound_rows(LICENCE, 1)]
    good = [{**rows[0], "XK_XKJG": sound_rows(LICENCE, 1)[0]["XK_XKJG"]}]
    feed, _ = feed_of(LICENCE, rows, good)
    fetch(world.engine, feed)
    world.deliver(2)
    acknowledge_due(world.engine, Outbox(world.engine), feed, world.clock, 0.0)

    def there() -> bool:
        names = (world.engine.url.database, f"{world.engine.url.database}-wal")
        return any(
            canary.encode() in Path(str(name)).read_bytes()
            for name in names
            if Path(str(name)).exists()
        )

    before = there()
    purge(
        world.engine, Outbox(world.engine), KEEP, world.clock.now + timedelta(days=900), forced=True
    )

    assert before
    assert not there()
