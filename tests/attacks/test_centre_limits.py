"""A sender, or a stranger, who makes the centre keep without end or lose what is another's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
import zstandard
from sqlalchemy import func, select

from gateway import audit
from gateway.audit.reasons import MOST_REASON, ReasonRefusedError
from gateway.central.intake import store as intake_store
from gateway.central.intake.drops import Door, take_folder
from gateway.central.records.tables import feed
from gateway.central.senders.administration import Act, Wanted, add, limit, revoke, senders
from gateway.protocol import drop
from outbox.database import writing
from tests.support.clock import NOW
from tests.support.two_senders import Two, guid_in, of, two_senders

#: What is no reason at any door (gateway.audit.reasons).
NO_REASONS = ("", " ", "\u3000\t", "\u200b\u2060", "……", "-", "好" * (MOST_REASON + 1))


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    senders = two_senders(tmp_path)
    yield senders
    senders.engine.dispose()


def numbered(two: Two) -> int:
    with two.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(feed)).scalar_one())


def fill(two: Two, department: str, count: int) -> None:
    with writing(two.engine) as connection:
        rows = [{"name": f"{department}.n{number}"} for number in range(count)]
        connection.execute(feed.insert(), rows)


def test_a_sender_begins_no_feeds_without_end_and_hinders_no_other(two: Two) -> None:
    fill(two, "water", intake_store.MOST_FEEDS)
    before = numbered(two)

    refused = two.post("water", of("water", feed="water.one-more"))
    known = two.post("water", of("water", feed="water.n7"))
    other = two.post("air", of("air"))

    assert refused.status_code == 422
    assert str(intake_store.MOST_FEEDS) in refused.get_json()["detail"]
    assert (known.status_code, other.status_code) == (200, 200)
    assert numbered(two) == before + 1


def test_a_feed_that_the_centre_has_named_itself_is_taken_however_many_there_are(two: Two) -> None:
    fill(two, "water", intake_store.MOST_FEEDS)
    limit(
        two.engine, "water", Wanted(feeds=("water.*", "water.licence")), Act(NOW, "li", "one more")
    )

    assert two.post("water", of("water")).status_code == 200


def test_who_guesses_at_the_centre_fills_no_log(two: Two) -> None:
    with structlog.testing.capture_logs() as logs:
        for _ in range(500):
            two.client.get("/totals?feed=a.b", headers={"Authorization": "Bearer wrong"})
    lines = [line for line in logs if line["event"] == "token.refused"]

    assert 5 <= len(lines) <= 30
    assert lines[-1]["count"] == 256


def test_who_guesses_from_many_networks_fills_no_log_either(two: Two) -> None:
    with structlog.testing.capture_logs() as logs:
        for number in range(1_000):
            two.client.get(
                "/totals?feed=a.b",
                headers={"Authorization": "Bearer wrong"},
                environ_overrides={"REMOTE_ADDR": f"10.0.{number // 250}.{number % 250}"},
            )
    lines = [line for line in logs if line["event"] == "token.refused"]

    assert len(lines) < 300


def test_a_second_file_of_one_name_is_set_aside_beside_the_first(two: Two, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    names = ("no GUID.xml.zst", f"{'x' * 247}.xml.zst")
    for content in (b"first", b"second", b"third"):
        for name in names:
            (folder / name).write_bytes(content)
        take_folder(Door(two.centre, "air"), folder, folder)

    aside = [(path.name, path.read_bytes()) for path in (folder / drop.SET_ASIDE).iterdir()]
    assert sorted(content for _, content in aside) == sorted([b"first", b"second", b"third"] * 2)
    assert {name for name, content in aside if content == b"first"} == set(names)
    assert all(name.endswith(".xml.zst") for name, _ in aside)
    assert [path.name for path in folder.iterdir()] == [drop.SET_ASIDE]


@pytest.mark.parametrize("why", NO_REASONS, ids=lambda why: ascii(why)[:20])
def test_no_sender_is_made_changed_or_ended_without_a_reason(two: Two, why: str) -> None:
    before = senders(two.engine)
    act = Act(NOW, "li", why)

    with pytest.raises(ReasonRefusedError):
        add(two.engine, "new", Wanted("a node", ("health.*",)), act)
    with pytest.raises(ReasonRefusedError):
        limit(two.engine, "water", Wanted(may_relay=True), act)
    with pytest.raises(ReasonRefusedError):
        revoke(two.engine, "water", act)

    assert senders(two.engine) == before


def test_a_reason_is_kept_without_blanks_around_it_and_on_record_once(two: Two) -> None:
    revoke(two.engine, "water", Act(NOW, "li", "  its key leaked\u3000"))

    with two.engine.connect() as connection:
        [*_, entry] = audit.entries(connection, target="water")
    assert entry.detail == "why: its key leaked"


def test_a_dropped_package_is_still_taken_beside_what_is_set_aside(
    two: Two, tmp_path: Path
) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    xml = of("air")
    (folder / "odd.xml.zst").write_bytes(b"x")
    (folder / f"{guid_in(xml)}.xml.zst").write_bytes(zstandard.compress(xml))

    assert take_folder(Door(two.centre, "air"), folder, folder) == 1
