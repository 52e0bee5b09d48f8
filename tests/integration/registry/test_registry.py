"""The registry over a real store: tried, on air, changed, rolled back, secrets sealed."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gateway.catalogue.keeper import CatalogueKeeper
from gateway.demo.generate import Row
from gateway.events import store as event_store
from gateway.exchange import feed_store
from gateway.exchange.dry_run import rehearse
from gateway.exchange.fetch import FeedHeldError, Fetcher
from gateway.mapping import MappingError
from gateway.mapping.propose import propose
from gateway.mapping.start import proposed_mapping
from gateway.registry import Definition, NotRegisteredError, Registry, RegistryError
from gateway.registry.shown import exported
from gateway.runtime.feed_runner import FeedRunner
from gateway.settings.model import GatewaySettings, SettingsError
from gateway.settings.reach import DepartmentReach, ReachSettings
from gateway.standard import NEWEST, load_standard
from outbox import Outbox, PayloadCipher
from tests.support.clock import NOW
from tests.support.opened import whole
from tests.support.penalty_rows import ORGAN, ROWS

FEED = "water.penalty"
KIND = load_standard(NEWEST).kind("AdministrativePenalty")
SEAL = PayloadCipher({"k1": bytes(range(32))}, "k1")


def reach_of(folder: Path) -> ReachSettings:
    return ReachSettings(departments={"water": DepartmentReach(folders=(folder,))})


@pytest.fixture
def engine(either_engine: Engine) -> Engine:
    return either_engine


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


@pytest.fixture
def registry(engine: Engine, tmp_path: Path) -> Registry:
    return Registry(engine, SEAL, tmp_path, reach_of(tmp_path), lambda: NOW)


def put(drop: Path, name: str, rows: list[Row]) -> None:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    (drop / name).write_bytes(out.getvalue().encode("gb18030"))
    (drop / f"{name}.ok").touch()


def definition(drop: Path, **changes: Any) -> Definition:
    values = {
        "feed": FEED,
        "kind": "folder",
        "settings": {"folder": str(drop), "settle": 0},
        **changes,
    }
    return Definition.model_validate(values)


def proposed(registry: Registry, mode: str = "append") -> str:
    return proposed_mapping(propose(registry.sample(FEED).rows, KIND, ORGAN), FEED, mode)


def on_air(registry: Registry, drop: Path, **changes: Any) -> None:
    """Register an adapter, map it as proposed, try it, go live."""
    put(drop, "first.csv", ROWS[:40])
    registry.create(definition(drop, **changes), "li", "a reason")
    registry.change(definition(drop, mapping=proposed(registry), **changes), "li", "a reason")
    assert registry.trial(FEED, "li").why_not is None
    registry.set_state(FEED, "live", "wang", "looked at it", 2)


def test_an_adapter_goes_from_draft_through_a_passed_sample_to_live_and_each_step_is_kept(
    registry: Registry, drop: Path
) -> None:
    on_air(registry, drop)

    view = registry.show(FEED)
    assert (view.about.state, view.about.version, view.about.live_version) == ("live", 2, 2)
    assert [(act.what, act.person, act.version) for act in reversed(registry.history(FEED))] == [
        ("created", "li", 1),
        ("changed", "li", 2),
        ("trial", "li", 2),
        ("state", "wang", 2),
    ]
    # A sample keeps nothing and changes nothing.
    assert sorted(path.name for path in drop.iterdir()) == ["first.csv", "first.csv.ok"]


def test_where_two_persons_are_wanted_nobody_approves_their_own(
    engine: Engine, drop: Path, tmp_path: Path
) -> None:
    reach = reach_of(tmp_path)
    registry = Registry(engine, SEAL, tmp_path, reach, lambda: NOW, two_persons=True)
    on_air(registry, drop)
    registry.change(
        registry.show(FEED).newest.definition.model_copy(update={"drift": "warn"}),
        "li/script",
        "a reason",
    )
    registry.trial(FEED, "li")
    registry.submit(FEED, "zhao", "please")

    for own in ("li", "zhao", "zhao/token"):
        with pytest.raises(RegistryError, match="another person must approve"):
            registry.set_state(FEED, "live", own, "a reason")
    with pytest.raises(RegistryError, match="neither a command"):
        registry.set_state(FEED, "live", "wang/cli:root", "a reason")
    with pytest.raises(RegistryError, match="say which version"):
        registry.set_state(FEED, "live", "wang", "a reason")
    with pytest.raises(RegistryError, match="has a version 3 by now"):
        registry.set_state(FEED, "live", "wang", "a reason", version=2)
    registry.set_state(FEED, "live", "wang", "a reason", version=3)
    registry.set_state(FEED, "paused", "li", "a reason")
    # To resume what was approved is no approval.
    registry.set_state(FEED, "live", "li", "a reason")

    assert registry.show(FEED).about.live_version == 3


def test_nothing_goes_live_whose_sample_has_not_passed(registry: Registry, drop: Path) -> None:
    put(drop, "bad.csv", [{**row, "处罚日期": "不详"} for row in ROWS[:20]])
    registry.create(definition(drop), "li", "a reason")
    registry.change(
        definition(
            drop,
            mapping=proposed(registry).replace("# DecisionDate: ?", "DecisionDate: 处罚日期  #"),
        ),
        "li",
        "a reason",
    )

    trial = registry.trial(FEED, "li")

    assert trial.refused == 20
    assert trial.reasons[0][0].field == "DecisionDate"
    with pytest.raises(RegistryError, match="has not passed"):
        registry.set_state(FEED, "live", "wang", "a reason")


def test_a_change_takes_effect_only_once_it_has_passed_and_goes_live(
    registry: Registry, drop: Path
) -> None:
    on_air(registry, drop)
    mapping = registry.show(FEED).newest.definition.mapping
    number = registry.change(definition(drop, mapping=mapping, drift="warn"), "li", "less strict")

    in_force = registry.open(FEED)
    with pytest.raises(RegistryError, match="has not passed"):
        registry.set_state(FEED, "live", "wang", "a reason")
    registry.trial(FEED, "li")
    registry.set_state(FEED, "live", "wang", "a reason")

    assert (number, in_force.drift, registry.open(FEED).drift) == (3, "pause", "warn")
    assert [one.place for one in registry.differences(FEED, 2, 3)] == ["drift"]


def test_rolling_back_makes_an_earlier_version_the_newest(registry: Registry, drop: Path) -> None:
    on_air(registry, drop)
    definition = registry.show(FEED).newest.definition
    registry.change(definition.model_copy(update={"owner": "科技科"}), "li", "a reason")

    number = registry.roll_back(FEED, 2, "wang", "wrong office")

    assert number == 4
    assert registry.show(FEED).newest.definition == definition
    assert registry.history(FEED)[0].detail.en == "back to version 2"
    assert [one.number for one in registry.versions(FEED)] == [4, 3, 2, 1]


def test_saying_the_same_again_makes_no_version(registry: Registry, drop: Path) -> None:
    registry.create(definition(drop), "li", "a reason")

    assert registry.change(definition(drop), "li", "a reason") == 1


def test_what_could_never_work_is_not_kept(registry: Registry, drop: Path) -> None:
    registry.create(definition(drop), "li", "a reason")
    for wrong, error in (
        (definition(drop, kind="telepathy"), SettingsError),
        (definition(drop, settings={"folder": str(drop), "nonsense": 1}), SettingsError),
        (definition(drop, settings={"folder": str(drop), "days": "many"}), SettingsError),
        (definition(drop, settings={"folder": "/etc"}), RegistryError),
        (definition(drop, mapping="feed: water.penalty\n"), MappingError),
        (definition(drop, mapping="!!python/object/apply:os.system ['true']"), MappingError),
        (definition(drop, kind="sftp", settings={"host": "h", "password": "x"}), RegistryError),
    ):
        with pytest.raises(error):
            registry.change(wrong, "li", "a reason")
    with pytest.raises(RegistryError, match="has an adapter already"):
        registry.create(definition(drop), "li", "a reason")
    with pytest.raises(NotRegisteredError):
        registry.show("water.licence")

    assert registry.show(FEED).about.version == 1


def test_secrets_are_sealed_never_shown_and_in_no_export(
    registry: Registry, engine: Engine, tmp_path: Path
) -> None:
    settings = {"host": "sftp.invalid", "username": "u", "host_key": "ssh-ed25519 AAAA"}
    registry.create(Definition(feed=FEED, kind="sftp", settings=settings), "li", "a reason")
    registry.set_secret(FEED, "password", "canary-password", "li", "a reason")

    view = registry.show(FEED)
    with engine.connect() as connection:
        everything = "".join(
            str(tuple(row))
            for table in ("adapter", "adapter_version", "adapter_secret", "adapter_history")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        )

    assert view.secrets == ("password",)
    assert "canary-password" not in repr(view) + str(exported(view)) + everything
    with pytest.raises(RegistryError, match="no secret"):
        registry.set_secret(FEED, "host", "x", "li", "a reason")
    with pytest.raises(RegistryError, match="at_rest"):
        Registry(engine, None, tmp_path, ReachSettings(), lambda: NOW).set_secret(
            FEED, "password", "x", "li", "a reason"
        )
    with pytest.raises(RegistryError, match="does not open"):
        list(
            Registry(
                engine,
                PayloadCipher({"k2": bytes(32)}, "k2"),
                tmp_path,
                ReachSettings(),
                lambda: NOW,
            ).test(FEED)
        )


def test_what_is_exported_comes_in_again_as_the_same(registry: Registry, drop: Path) -> None:
    on_air(registry, drop)

    assert (
        Definition.model_validate(exported(registry.show(FEED)))
        == registry.show(FEED).newest.definition
    )


def test_a_dry_run_says_what_would_be_sent_and_changes_nothing(
    registry: Registry, engine: Engine, drop: Path
) -> None:
    on_air(registry, drop)
    feed = registry.open(FEED)
    Fetcher(engine, Outbox(engine), lambda: NOW).fetch(feed)
    put(drop, "second.csv", [*ROWS[39:50], {**ROWS[50], "处罚日期": "不详"}])
    before = everything_kept(engine)

    found = rehearse(engine, registry.open_newest(FEED), NOW, 1000)

    assert found.counts == {"rows": 12, "packed": 10, "unchanged": 1, "superseded": 0, "refused": 1}
    assert [(one.ref, one.field) for one in found.complaints] == [("13", "DecisionDate")]
    assert len(found.records) == 10
    assert whole(found.records[0]).startswith("<c:AdministrativePenalty key=")
    assert everything_kept(engine) == before
    assert (drop / "second.csv.ok").exists()


def everything_kept(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return [
            tuple(connection.execute(text(f"SELECT count(*) FROM {table}")).one())
            for table in ("unit", "refusal", "outbox_message", "known", "event")
        ] + [feed_store.feed_states(connection)]


def test_a_column_that_comes_or_goes_stops_the_feed_until_a_person_has_looked(
    registry: Registry, engine: Engine, drop: Path
) -> None:
    on_air(registry, drop)
    fetcher = Fetcher(engine, Outbox(engine), lambda: NOW)
    fetcher.fetch(registry.open(FEED))
    put(drop, "second.csv", [{**row, "新栏": "x"} for row in ROWS[40:60]])

    with pytest.raises(FeedHeldError, match="新栏"):
        fetcher.fetch(registry.open(FEED))
    with pytest.raises(FeedHeldError):
        fetcher.fetch(registry.open(FEED))
    with engine.begin() as connection:
        state = feed_store.feed_state(connection, FEED)
        events = event_store.events(connection)
        feed_store.hold(connection, state.id, None)
    report = fetcher.fetch(registry.open(FEED))

    assert events[0].name == "source.changed"
    assert state.hold is not None
    assert report.counts["packed"] == 20


def test_a_column_that_means_something_else_stops_the_feed_before_its_rows_are_refused(
    registry: Registry, engine: Engine, drop: Path
) -> None:
    on_air(registry, drop)
    fetcher = Fetcher(engine, Outbox(engine), lambda: NOW)
    fetcher.fetch(registry.open(FEED))
    put(drop, "second.csv", [{**row, "处罚日期": row["决定书文号"]} for row in ROWS[40:70]])

    with pytest.raises(FeedHeldError, match="DecisionDate"):
        fetcher.fetch(registry.open(FEED))

    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM refusal")).scalar_one() == 0


def test_a_running_gateway_takes_up_what_goes_live_pauses_and_resumes(
    registry: Registry, engine: Engine, drop: Path, tmp_path: Path
) -> None:
    settings = GatewaySettings.model_validate(
        {
            "store": "sqlite://",
            "catalogue": {"url": "http://127.0.0.1:9", "token": "x"},
            "centre": {},
            "reach": {"departments": {"water": {"folders": [str(tmp_path)]}}},
        }
    )
    keeper = CatalogueKeeper(engine, settings.catalogue, lambda: NOW)
    fetching = FeedRunner(settings, tmp_path, Outbox(engine), keeper, lambda: NOW)
    assert fetching.due == []

    on_air(registry, drop)
    taken_up = fetching.refresh(), fetching.due, fetching.refresh()
    registry.set_state(FEED, "paused", "wang", "maintenance")
    paused = fetching.refresh(), fetching.due, list(fetching.feeds)
    registry.set_state(FEED, "live", "wang", "a reason")
    resumed = fetching.refresh(), fetching.due
    fetching.close()

    assert taken_up == (True, [FEED], False)
    assert paused == (True, [], [FEED])
    assert resumed == (True, [FEED])


def test_two_people_who_change_at_once_do_not_overwrite_each_other(
    registry: Registry, engine: Engine, drop: Path
) -> None:
    from gateway.registry import store as kept

    registry.create(definition(drop), "li", "a reason")
    with engine.connect() as connection:
        seen = kept.find(connection, FEED)
    registry.change(definition(drop, owner="li"), "li", "a reason")

    with pytest.raises(RegistryError, match="somebody else"), engine.begin() as connection:
        kept.add_version(connection, seen, definition(drop, owner="wang"), NOW, "wang", "")


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "{}\n"])
def test_a_mapping_with_nothing_in_it_is_refused_and_never_takes_one_away(
    registry: Registry, drop: Path, text: str
) -> None:
    on_air(registry, drop)
    mapped = registry.show(FEED).newest.definition

    with pytest.raises(MappingError, match="映射是空的"):
        registry.write_mapping(FEED, text, "li", "a reason")
    with pytest.raises(MappingError, match="映射是空的"):
        registry.change(mapped.model_copy(update={"mapping": text}), "li", "a reason")

    assert registry.show(FEED).newest.definition == mapped


def test_a_sample_without_rows_says_why_each_file_was_refused(
    registry: Registry, drop: Path
) -> None:
    put(drop, "first.csv", ROWS[:1])
    (drop / "first.csv.ok").write_text("rows=9")
    registry.create(definition(drop), "li", "a reason")

    with pytest.raises(RegistryError, match="来源目前没有数据行：") as refused:
        registry.sample(FEED)

    assert "put a sample there" not in refused.value.text.en
