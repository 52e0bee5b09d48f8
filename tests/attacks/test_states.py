"""Packages are in the state that people think, whoever acts by whatever door."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from gateway import audit
from gateway.audit.reasons import ReasonRefusedError
from gateway.errors import GatewayError
from gateway.exchange import feed_store, refusal_store
from gateway.operations import ActRefusedError
from gateway.operations import feeds as feed_acts
from gateway.operations import packages as package_acts
from gateway.operations.package_states import (
    PACKAGE_ACTS,
    PACKAGE_STATES,
    PackageAct,
    PackageState,
    allowed_acts,
    why_not,
)
from gateway.store.open import open_store
from gateway.text import Text
from outbox import Outbox, writing
from outbox.tables import message
from tests.support.clock import NOW
from tests.support.command import in_this_process
from tests.support.line import feed_of, fetch, sound_rows
from tests.support.package_states import LANE, package_in, settings_of
from tests.support.stores import clear

LICENCE = "environment/licence.yaml"


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A gateway store on either database."""
    if request.param == "sqlite":
        engine = open_store(f"sqlite:///{tmp_path / 'gateway.db'}")
    else:
        engine = open_store(request.getfixturevalue("postgresql"))
        clear(engine)
    yield engine
    engine.dispose()


def fetched(engine: Engine, rows: int = 3) -> str:
    """Fetch sound records into the outbox; return their package."""
    feed, _ = feed_of(LICENCE, sound_rows(LICENCE, rows))
    fetch(engine, feed)
    with engine.connect() as connection:
        [message] = Outbox(engine).messages(connection)
    return message.guid


def act(
    engine: Engine, guid: str, what: PackageAct, person: str = "li.si", why: str = "ok"
) -> Text:
    with writing(engine) as connection:
        return package_acts.act(connection, Outbox(engine), guid, what, person, why, NOW)


def state_of(engine: Engine, guid: str) -> str:
    with engine.connect() as connection:
        found = Outbox(engine).find(connection, guid)
    assert found is not None
    return found.state


@pytest.mark.parametrize("state", PACKAGE_STATES)
@pytest.mark.parametrize("what", PACKAGE_ACTS)
def test_each_act_is_done_or_refused_with_what_to_do_instead(
    engine: Engine, what: PackageAct, state: PackageState
) -> None:
    guid = package_in(engine, state)
    reason = why_not(what, state)

    if reason is None and what != "keep":
        act(engine, guid, what)
        assert state_of(engine, guid) != state or what == "retry"
        return
    with pytest.raises(ActRefusedError) as refused:
        act(engine, guid, what)
    assert state_of(engine, guid) == state
    assert refused.value.text.zh != refused.value.text.en
    assert (what in allowed_acts(state, drop_wanted=False)) is False
    with engine.connect() as connection:
        assert list(audit.entries(connection, target=guid)) == []


def test_what_two_persons_dropped_is_not_undone_by_a_replay_or_a_retry(
    engine: Engine, tmp_path: Path
) -> None:
    guid, settings = fetched(engine), settings_of(engine, tmp_path)
    act(engine, guid, "drop")

    for what in ("replay", "retry", "release", "hold"):
        with pytest.raises(ActRefusedError, match="dropped"):
            act(engine, guid, what)  # type: ignore[arg-type]
        outcome = in_this_process(
            "outbox", what, guid, "--why", "again", settings, "--json", code=1
        )
        assert json.loads(outcome.stdout)["left"]
    chosen = ("--until", "2100-01-01", "--why", "all of them", settings, "--json")
    result = in_this_process("outbox", "replay", *chosen, code=1)

    assert json.loads(result.stdout)["replayed"] == []
    assert state_of(engine, guid) == "dropped"
    with engine.connect() as connection:
        assert len(refusal_store.refusals(connection, LANE)) == 3
        outbox = Outbox(engine)
        assert outbox.unsettled(connection) == 0
        assert outbox.lanes(connection)[0].waiting == 0


def test_what_somebody_holds_is_not_sent_by_a_retry(engine: Engine, tmp_path: Path) -> None:
    guid, settings = fetched(engine), settings_of(engine, tmp_path)
    act(engine, guid, "hold")

    with pytest.raises(ActRefusedError, match="release it"):
        act(engine, guid, "retry")
    in_this_process("outbox", "retry", guid, "--why", "now", settings, code=1)
    in_this_process("outbox", "retry", "--dead", "--why", "now", settings)

    assert state_of(engine, guid) == "held"


@pytest.mark.parametrize("why", ["", "  ", "\u3000\n", "\u200b", "—"])
def test_no_act_is_done_without_a_reason_at_any_door(
    engine: Engine, tmp_path: Path, why: str
) -> None:
    guid, settings = package_in(engine, "settled"), settings_of(engine, tmp_path)
    for what in PACKAGE_ACTS:
        with pytest.raises(ReasonRefusedError, match="give the reason"):
            act(engine, guid, what, why=why)
        in_this_process("outbox", what, guid, "--why", why, settings, code=1)
    with pytest.raises(ReasonRefusedError, match="give the reason"), writing(engine) as connection:
        feed_acts.confirm(connection, LANE, "li.si", why, NOW)

    assert state_of(engine, guid) == "settled"


@pytest.mark.parametrize(("one", "other"), [("hold", "hold"), ("drop", "drop"), ("drop", "retry")])
def test_of_two_persons_at_once_the_second_is_told_what_the_first_made_of_it(
    either: Engine, one: PackageAct, other: PackageAct
) -> None:
    guid, meet = package_in(either, "waiting"), threading.Barrier(2)

    def person(name: str, what: PackageAct) -> str:
        meet.wait(10)
        try:
            act(either, guid, what, name)
        except ActRefusedError:
            return "told"
        return what

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(person, "li.si", one)
        second = pool.submit(person, "wang.wu", other)
        ended = {first.result(30), second.result(30)}

    # A retry that came before the drop was done as well; after it, never.
    assert ended in ({one, "told"}, {"drop", "retry"})
    assert state_of(either, guid) == {"hold": "held", "drop": "dropped"}[one]


def test_a_replay_that_is_dropped_leaves_its_package_delivered(engine: Engine) -> None:
    guid = package_in(engine, "settled")
    act(engine, guid, "replay")
    said = act(engine, guid, "drop", why="it was not needed")

    assert "delivered before" in said.en
    assert state_of(engine, guid) == "settled"


def test_a_wish_to_drop_what_was_sent_meanwhile_is_taken_back(engine: Engine) -> None:
    guid = package_in(engine, "waiting")
    outbox = Outbox(engine)
    with writing(engine) as connection:
        package_acts.act(connection, outbox, guid, "drop", "li.si", "no", NOW, two_persons=True)
        asked = package_acts.drops_wanted(connection, outbox)
        connection.execute(message.update().values(state="settled", settled_at=NOW))
        left = package_acts.drops_wanted(connection, outbox)

    assert [one.guid for one in asked] == [guid]
    assert left == []
    assert act(engine, guid, "keep").en == "the wish to drop it is taken back"


def test_a_feed_that_stopped_for_something_else_cannot_be_confirmed(
    engine: Engine, tmp_path: Path
) -> None:
    fetched(engine)
    with writing(engine) as connection:
        state = feed_store.feed_state(connection, LANE)
        feed_store.hold(connection, state.id, Text("来源的列变了", "a column has changed"))

    with pytest.raises(GatewayError, match="a column has changed"), writing(engine) as connection:
        feed_acts.ask_to_confirm(connection, {LANE}, LANE, "li.si", "looked at it", NOW)

    with writing(engine) as connection:
        feed_store.hold(connection, state.id, Text("清单缩减", "the list shrank"), "list")
        feed_acts.ask_to_confirm(connection, {LANE}, LANE, "li.si", "looked at it", NOW)
    with pytest.raises(ActRefusedError, match="already"), writing(engine) as connection:
        feed_acts.ask_to_confirm(connection, {LANE}, LANE, "wang.wu", "looked at it too", NOW)
