"""What an adapter does, or code that cannot even be imported, ends nothing else."""

import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import polars as pl
import pytest
from pydantic import BaseModel, Field
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

import adapters
import mappings
from adapters import ADAPTER_GROUP, Settings
from adapters.database.settings import DatabaseSettings
from adapters.files.folder import FolderSettings
from adapters.local_paths import LocalPath, from_base
from gateway.cli.opening import UnusableError, check_usable
from gateway.events import store as event_store
from gateway.exchange import feed_store
from gateway.exchange.acknowledge import acknowledge_due
from gateway.registry.adapter_kinds import described_kinds
from gateway.runtime.feed_runner import FeedRunner
from gateway.settings.load import load_settings
from gateway.settings.model import SettingsError
from outbox import Outbox
from tests.support.clock import NOW
from tests.support.command import in_this_process
from tests.support.line import feed_of, fetch, sound_rows

LICENCE = "environment/licence.yaml"
#: By the name of an adapter kind: a module of a stranger's package that cannot be used.
BROKEN = {
    "ends": "raise SystemExit(3)",
    "panics": "class Panic(BaseException): pass\nraise Panic('secret words')",
    "lacks": "import a_package_that_is_not_installed",
    "looks-up": "{}['x']",
    "no-kind": "Kind = 7",
    "breaks-off": (
        "from adapters import Settings as Any\n"
        "class Kind:\n    Settings = Any\n"
        "    def __init__(self, settings): raise SystemExit('secret words')"
    ),
}


@pytest.fixture
def strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Kinds of strangers' packages beside ours; none of them can be used."""
    monkeypatch.syspath_prepend(str(tmp_path))
    points = []
    for number, (name, code) in enumerate(BROKEN.items()):
        (tmp_path / f"stranger_{number}.py").write_text(code)
        points.append(EntryPoint(name, f"stranger_{number}:Kind", ADAPTER_GROUP))

    def installed(**wanted: Any) -> EntryPoints:
        return EntryPoints([*entry_points(group=ADAPTER_GROUP), *points]).select(**wanted)

    monkeypatch.setattr(adapters, "entry_points", installed)
    yield list(BROKEN)
    for number in range(len(BROKEN)):
        sys.modules.pop(f"stranger_{number}", None)


def settings_file(folder: Path, *kinds: str) -> Path:
    """Write settings with a sound feed, and another feed of each kind."""
    (folder / "drops").mkdir(exist_ok=True)
    feeds = [
        (
            f"- {{feed: environment.licence, mapping: {mappings.ROOT / LICENCE}, kind: folder, "
            f"settings: {{folder: drops, format: delimited}}}}"
        )
    ]
    for number, kind in enumerate(kinds):
        mapping = (mappings.ROOT / LICENCE).read_text("utf-8")
        path = folder / f"stranger-{number}.yaml"
        path.write_text(
            mapping.replace("environment.licence", f"stranger.feed-{number}").replace(
                "department: environment", "department: stranger"
            ),
            "utf-8",
        )
        feeds.append(
            f"- {{feed: stranger.feed-{number}, mapping: {path}, kind: {kind}, settings: {{}}}}"
        )
    file = folder / "gateway.yaml"
    file.write_text(
        f"store: sqlite:///{folder / 'gateway.db'}\n"
        "catalogue: {url: 'http://127.0.0.1:9', token: made-up-token-of-a-test}\n"
        "centre: {kind: http, url: 'http://127.0.0.1:9', token: made-up-token-of-a-test}\n"
        "adapters:\n" + "\n".join(feeds) + "\n"
    )
    return file


def fetching_of(file: Path, engine: Engine) -> FeedRunner:
    settings = load_settings(file)
    keeper: Any = SimpleNamespace(held=None, item=lambda _name: None)
    return FeedRunner(settings, file.parent, Outbox(engine), keeper, lambda: NOW)


def test_kinds_that_cannot_be_imported_are_their_feeds_own_problem_at_the_start(
    engine: Engine, tmp_path: Path, strangers: list[str]
) -> None:
    fetching = fetching_of(settings_file(tmp_path, *strangers), engine)
    fetching.refresh()
    names = [f"stranger.feed-{number}" for number in range(len(strangers))]

    assert list(fetching.feeds) == ["environment.licence"]
    assert sorted(fetching.unusable) == names
    assert not any("secret words" in str(value) for value in fetching.unusable.values())
    with engine.connect() as connection:
        events = [
            event.feed
            for event in event_store.events(connection, 50)
            if event.name == "adapter.unusable"
        ]
        states = {one.name: one.problem for one in feed_store.feed_states(connection)}
    # Said once each, and a problem until it opens.
    assert sorted(events) == names
    assert all(states[name] for name in names)
    gateway: Any = SimpleNamespace(fetching=fetching)
    check_usable(gateway, "environment.licence")
    with pytest.raises(UnusableError):
        check_usable(gateway, names[0])
    with pytest.raises(click.BadParameter):
        check_usable(gateway, "nobody.knows")
    fetching.close()


def test_a_feed_that_could_not_be_opened_goes_on_once_it_can(
    engine: Engine, tmp_path: Path, strangers: list[str]
) -> None:
    fetching = fetching_of(settings_file(tmp_path, "lacks"), engine)
    mended = (
        "from tests.support.line import ListAdapter\nclass Kind(ListAdapter):\n    def "
        "__init__(self, settings): super().__init__([], [])"
    )
    (tmp_path / f"stranger_{strangers.index('lacks')}.py").write_text(mended)
    changed = fetching.refresh()

    assert changed
    assert "stranger.feed-0" in fetching.feeds
    assert fetching.unusable == {}
    fetching.close()


def test_settings_check_names_the_feeds_that_do_not_open(
    tmp_path: Path, strangers: list[str]
) -> None:
    file = settings_file(tmp_path, "ends")
    told = in_this_process("settings", "check", f"--settings={file}", "--json", code=1).stdout

    assert '"environment.licence"' in told
    assert "stranger.feed-0" in told
    assert "SystemExit" not in told
    assert not (tmp_path / "gateway.db").exists()


def test_kinds_that_cannot_be_used_are_listed_as_such(strangers: list[str]) -> None:
    described, unusable = described_kinds()

    assert {"folder", "database", "push"} <= set(described)
    assert set(unusable) == set(strangers) - {"breaks-off"}


@pytest.mark.parametrize(
    "error",
    [
        SystemExit(1),
        ZeroDivisionError("x"),
        OperationalError("SELECT", {}, OSError("its own database is away")),
    ],
)
def test_an_adapter_that_fails_while_it_tells_its_department_keeps_nobody_else_waiting(
    engine: Engine, tmp_path: Path, error: BaseException
) -> None:
    feed, adapter = feed_of(LICENCE, sound_rows(LICENCE, 1), sound_rows(LICENCE, 1, seed=2))
    fetch(engine, feed)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE unit SET state = 'settled', acknowledge_after = :now"),
            {"now": NOW.replace(tzinfo=None)},
        )
    told = adapter.acknowledge

    def fails(unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        if unit == "unit-0":
            raise error
        told(unit, verdicts)

    adapter.acknowledge = fails  # type: ignore[method-assign]
    done, failed = acknowledge_due(engine, Outbox(engine), feed, lambda: NOW, 0.5)

    assert (done, failed) == (1, 1)
    assert [unit for unit, _ in adapter.told] == ["unit-1"]
    with engine.connect() as connection:
        assert event_store.events(connection, 1)[0].name == "acknowledge.failed"


def test_whatever_one_feed_meets_the_others_are_told_and_fetched(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetching = fetching_of(settings_file(tmp_path), engine)
    first, _ = feed_of(LICENCE, sound_rows(LICENCE, 1))
    fetching.feeds = {"a.a": first, "b.b": first}
    asked = []

    def acknowledge(*given: Any) -> None:
        asked.append(given)
        raise SystemExit(1)

    monkeypatch.setattr("gateway.runtime.feed_runner.acknowledge_due", acknowledge)
    fetching.acknowledge()

    assert len(asked) == 2


def test_an_adapter_that_asks_for_the_end_while_it_fetches_is_counted_and_ends_nothing(
    engine: Engine,
) -> None:
    feed, adapter = feed_of(LICENCE, sound_rows(LICENCE, 1))

    def ends(_cursor: str) -> Iterator[Any]:
        raise SystemExit(1)
        yield

    adapter.fetch = ends  # type: ignore[method-assign]
    with pytest.raises(SystemExit):
        fetch(engine, feed)
    with engine.connect() as connection:
        [state] = feed_store.feed_states(connection)
    assert state.problem is not None


def test_relative_paths_of_any_kind_start_at_the_settings_file(tmp_path: Path) -> None:
    class Inner(BaseModel):
        ca: Path | None = None
        name: str = ""

    class Strange(Settings):
        key: str = ""
        certificate: Path
        more: tuple[Path, ...] = ()
        by_name: dict[str, Path] = Field(default={}, alias="byName")
        inner: Inner | None = None
        either: Path | str = ""
        share: LocalPath = ""

    given = {
        "key": "id",
        "certificate": "a.pem",
        "more": ["b.pem", "/c.pem"],
        "byName": {"x": "d.pem"},
        "inner": {"ca": "e.pem", "name": "f.pem"},
        "either": "https://g.example/x",
        "share": "drops",
    }
    made = from_base(Strange, given, tmp_path)

    assert made == {
        "key": "id",
        "certificate": f"{tmp_path}/a.pem",
        "more": [f"{tmp_path}/b.pem", "/c.pem"],
        "byName": {"x": f"{tmp_path}/d.pem"},
        "inner": {"ca": f"{tmp_path}/e.pem", "name": "f.pem"},
        "either": "https://g.example/x",
        "share": f"{tmp_path}/drops",
    }
    assert from_base(FolderSettings, {"folder": "in"}, tmp_path) == {"folder": f"{tmp_path}/in"}
    urls = {
        "sqlite:///x.db": f"sqlite:///{tmp_path}/x.db",
        "sqlite:////x.db": "sqlite:////x.db",
        "postgresql://h/x": "postgresql://h/x",
        "sqlite://": "sqlite://",
        "sqlite:///x.db?timeout=5": f"sqlite:///{tmp_path}/x.db?timeout=5",
        "sqlite:///:memory:": "sqlite:///:memory:",
    }
    for url, wanted in urls.items():
        assert from_base(DatabaseSettings, {"url": url}, tmp_path) == {"url": wanted}


def test_a_feed_that_is_there_twice_is_no_feed_of_the_last_one(tmp_path: Path) -> None:
    file = settings_file(tmp_path)
    text_of_it = file.read_text("utf-8")
    entry = next(line for line in text_of_it.splitlines() if line.startswith("- "))
    file.write_text(
        text_of_it + entry.replace("folder: drops", "folder: elsewhere") + "\n", "utf-8"
    )

    with pytest.raises(SettingsError, match=r"environment\.licence is there 2 times"):
        load_settings(file)
