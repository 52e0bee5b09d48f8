"""The gateway as its operator meets it: a whole town, its own processes, faults."""

import base64
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.clock import SHANGHAI, utc_now
from gateway.demo.balance import complaints
from gateway.demo.exchange_platform import catalogue_xml
from gateway.demo.town import Town
from tests.support.command import creditgate, in_this_process
from tests.support.towns import TownWithoutCentre
from tests.support.waiting import wait_for

#: Times that a process is killed; `make faults` kills hundreds.
KILLS = 3


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with Town(tmp_path, rows=300, parts=3) as made:
        yield made


@pytest.fixture
def without_centre(tmp_path: Path) -> Iterator[Town]:
    with TownWithoutCentre(tmp_path, rows=100) as made:
        yield made


def ask(town: Town, *arguments: str, code: int = 0) -> Any:
    """Run a command on the store of a town that is at work; return what it prints."""
    settings = ("--settings", str(town.settings_file), "--json")
    return json.loads(in_this_process(*arguments, *settings, code=code).stdout)


def size_of_store(town: Town) -> int:
    """Count what the gateway has noted so far: units, states of messages, receipts."""
    try:
        # To look makes no file: one that is made here could be read by others of the machine.
        path = f"file:{town.folder / 'gateway.db'}?mode=ro"
        with closing(sqlite3.connect(path, uri=True)) as store:
            tables = ("unit", "outbox_transition", "event")
            return sum(
                store.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables
            )
    except sqlite3.OperationalError:
        return 0


def finish(town: Town) -> None:
    """Let every department bring what it has left, do one whole exchange, and check the ledger."""
    for _ in range(5):
        town.release()
    assert town.start_gateway("--once", "--patience", "90").wait(120) == 0, (
        town.folder / "gateway.log"
    ).read_text()[-3000:]
    assert complaints(town) == []


def test_the_demo_ends_balanced_and_says_so_in_json(tmp_path: Path) -> None:
    document = json.loads(
        creditgate(
            "demo", "--once", "--rows", "400", "--seed", "7", "--folder", str(tmp_path), "--json"
        ).stdout
    )

    assert document["balanced"] is True
    assert document["ledger"] == []
    assert {feed["feed"] for feed in document["feeds"]} == {
        "housing-fund.payment",
        "market-regulator.penalty",
        "environment.licence",
    }
    for feed in document["feeds"]:
        assert feed["rows"] == 400
        assert (
            feed["rows"]
            == feed["accepted"]
            + feed["refused"]
            + feed["turned_down"]
            + feed["unchanged"]
            + feed["superseded"]
        )
        assert feed["at_centre"] == feed["accepted"]
        assert feed["differences"] == []
    assert (tmp_path / "market-regulator" / "penalty-000001.csv.result.csv").exists()
    assert (tmp_path / "market-regulator" / "penalty-000001.csv.done").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_that_is_ended_leaves_no_process_behind(tmp_path: Path, number: int) -> None:
    command = [
        sys.executable,
        "-m",
        "gateway.cli",
        "demo",
        "--rows",
        "20",
        "--folder",
        str(tmp_path),
    ]
    with (tmp_path / "out").open("w") as out:
        demo = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    wait_for(lambda: "console:" in (tmp_path / "out").read_text())

    demo.send_signal(number)
    demo.wait(30)

    assert "Balanced to the record" in (tmp_path / "out").read_text()
    assert not [
        path
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if str(tmp_path).encode() in read_quietly(path)
    ]


def read_quietly(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_gateway_killed_at_any_moment_loses_and_doubles_nothing(tmp_path: Path) -> None:
    rng = Random(0)
    with Town(tmp_path, 0, rows=2_000, parts=KILLS + 1) as town:
        for _ in range(KILLS):
            before = size_of_store(town)
            gateway = town.start_gateway("--once", "--patience", "60")
            # The moment counts from the first thing kept, so that kills fall into the work.
            wait_for(lambda: size_of_store(town) > before or gateway.poll() is not None)  # noqa: B023
            time.sleep(rng.uniform(0.0, 0.8))
            gateway.send_signal(signal.SIGKILL)
            gateway.wait()
            town.release()

        finish(town)


def test_a_centre_killed_while_it_works_loses_and_doubles_nothing(town: Town) -> None:
    port = int(town.centre_url.rsplit(":", 1)[1])
    gateway = town.start_gateway()
    for _ in range(2):
        time.sleep(1.2)
        town.centre.send_signal(signal.SIGKILL)
        town.centre.wait()
        town.release()
        time.sleep(0.5)
        town.start_centre(port)
    gateway.terminate()
    assert gateway.wait(30) == 0

    finish(town)


def test_while_the_centre_is_away_the_operator_sees_what_waits_and_why(town: Town) -> None:
    port = int(town.centre_url.rsplit(":", 1)[1])
    town.centre.kill()
    town.centre.wait()
    gateway = town.start_gateway()

    wait_for(
        lambda: (
            len(ask(town, "outbox", "list")) == 3
            and all(m["attempts"] for m in ask(town, "outbox", "list"))
        ),
        120,
        every=0.5,
    )
    waiting = ask(town, "outbox", "list")
    history = ask(town, "outbox", "show", waiting[0]["guid"])["history"]
    ask_reconcile = creditgate("reconcile", "--settings", str(town.settings_file), code=1)
    town.start_centre(port)
    wait_for(lambda: ask(town, "outbox", "list") == [], 120, every=0.5)
    gateway.terminate()
    gateway.wait(30)

    assert all("cannot be reached" in m["why"] for m in waiting if m["state"] == "waiting")
    assert [step["state"] for step in history][:2] == ["waiting", "sending"]
    assert "中心未给出" in ask_reconcile.stderr
    finish(town)


def rows_of(town: Town) -> int:
    """Count the rows that the gateway has fetched, by reconciliation; 0 before it has a store."""
    result = CliRunner().invoke(
        main, ["reconcile", "--settings", str(town.settings_file), "--json"]
    )
    return sum(feed["rows"] for feed in json.loads(result.stdout)["feeds"]) if result.stdout else 0


def test_a_new_catalogue_is_taken_up_without_a_restart(tmp_path: Path) -> None:
    with Town(tmp_path, rows=100, parts=2, every="PT12H") as town:
        gateway = town.start_gateway()
        wait_for(lambda: rows_of(town) == 150, every=0.5)
        town.release()
        time.sleep(3)
        held_back = rows_of(town)
        town.platform.document = catalogue_xml(2, utc_now().astimezone(SHANGHAI), "PT1S")

        wait_for(lambda: rows_of(town) == 300, every=0.5)
        town.platform.document = b"<Catalogue/>"
        wait_for(lambda: "catalogue.refused" in (tmp_path / "gateway.log").read_text())
        shown = ask(town, "catalogue", "show")
        gateway.terminate()
        gateway.wait(30)

    assert held_back == 150
    assert shown["serial"] == 2


def test_outside_its_window_a_feed_is_fetched_and_waits(town: Town) -> None:
    from datetime import timedelta

    now = utc_now().astimezone(SHANGHAI)
    window = (
        (now + timedelta(hours=2)).strftime("%H:00"),
        (now + timedelta(hours=3)).strftime("%H:00"),
    )
    town.platform.document = catalogue_xml(1, now, "PT5S", window)

    town.start_gateway("--once", "--patience", "3").wait(60)
    waiting = ask(town, "outbox", "list")
    town.platform.document = catalogue_xml(2, now, "PT5S")

    assert [m["attempts"] for m in waiting] == [0, 0, 0]
    finish(town)


def test_a_second_gateway_on_the_same_store_does_not_start(without_centre: Town) -> None:
    first = without_centre.start_gateway()
    wait_for((without_centre.folder / "gateway.db.lock").exists)
    time.sleep(1)

    second = creditgate("run", "--once", "--settings", str(without_centre.settings_file), code=1)
    first.terminate()

    assert "another gateway process" in second.stderr
    assert first.wait(30) == 0


def test_the_commands_of_a_departments_engineer(without_centre: Town) -> None:
    tested = ask(without_centre, "adapter", "test", "market-regulator.penalty")
    listed = ask(without_centre, "adapter", "list")
    pulled = ask(without_centre, "pull", "environment.licence")
    refused = ask(without_centre, "refusal", "list")
    in_this_process(
        "adapter", "test", "nothing.here", "--settings", str(without_centre.settings_file), code=2
    )

    assert tested["ok"]
    assert tested["steps"][-1]["sample"]
    assert [a["kind"] for a in listed] == ["soap", "sftp", "database"]
    assert pulled["rows"] == 100
    secrets = json.loads((without_centre.folder / "secrets.yaml").read_text())
    everything = (
        json.dumps([tested, listed, pulled, refused])
        + (without_centre.folder / "gateway.log").read_text()
        if (without_centre.folder / "gateway.log").exists()
        else json.dumps([tested, listed, pulled, refused])
    )
    assert not [name for name, secret in secrets.items() if secret in everything]
    people = [
        row["CF_XDR_SFZ"]
        for row in without_centre.sources["market-regulator.penalty"].rows
        if row["CF_XDR_SFZ"]
    ]
    assert not [number for number in people if number in everything]


def test_the_commands_that_keep_a_store_in_order(town: Town) -> None:
    finish(town)
    [feed, *_] = town.sources
    payload = json.loads(town.settings_file.with_name("secrets.yaml").read_text())["at-rest"]

    replayed = ask(town, "outbox", "replay", "--feed", feed, "--why", "the centre was restored")
    again = ask(town, "outbox", "replay", "--feed", feed, "--why", "twice", code=1)
    shown = ask(town, "outbox", "show", replayed["replayed"][0])
    add_key(town)
    resealed = ask(town, "outbox", "reseal", "--why", "a new key")
    purged = ask(town, "outbox", "purge", "--why", "disk")
    year = ask(town, "calendar", "show", "2026")

    assert replayed["replayed"]
    assert again["replayed"] == []
    assert shown["history"][-1]["why"].endswith("the centre was restored")
    packages = ask(town, "outbox", "list", "--state", "settled", "--state", "waiting")
    assert (resealed["key"], resealed["by_kind"]["packages"]) == ("k2", len(packages))
    assert purged == {}
    assert "2026-10-10" in year["workdays"]
    assert payload not in json.dumps([replayed, shown, resealed])
    finish(town)


def add_key(town: Town) -> None:
    """Give the gateway a second key and let it seal under that one from now on."""
    secrets = json.loads((town.folder / "secrets.yaml").read_text())
    secrets["second"] = base64.b64encode(b"2" * 32).decode()
    (town.folder / "secrets.yaml").write_text(json.dumps(secrets))
    settings = town.settings_file.read_text()
    town.settings_file.write_text(
        settings.replace("current: k1", "current: k2").replace(
            "k1: secret:at-rest", "k1: secret:at-rest\n    k2: secret:second"
        )
    )


def test_a_feed_that_does_not_exist_is_a_usage_error_that_names_those_that_do(
    without_centre: Town,
) -> None:
    for command in ("confirm", "resume"):
        settings = ("--settings", str(without_centre.settings_file))
        result = in_this_process(
            "feed", command, "nobody.nothing", "--why", "a reason", *settings, code=2
        )

        assert "market-regulator.penalty" in result.stderr


def test_no_secret_and_no_whole_identifier_reaches_a_log(town: Town) -> None:
    finish(town)

    logs = "".join(path.read_text() for path in town.folder.glob("*.log"))
    secrets = json.loads((town.folder / "secrets.yaml").read_text())
    assert logs
    assert not [name for name, secret in secrets.items() if secret in logs]
    numbers = [
        row[c]
        for source in town.sources.values()
        for row in source.rows
        for c in ("CF_XDR_SFZ", "XK_FR_ZJHM", "frsfz")
        if row.get(c)
    ]
    assert not [number for number in numbers if number in logs]
