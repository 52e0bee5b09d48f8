"""Operations of feeds: how they stand, what people ask of them, their events and units."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import Field

from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.exchange import restores, slots, source_units, unit_store
from gateway.exchange.slots import Run
from gateway.exchange.unit_store import UnitView
from gateway.generations import store as generations
from gateway.masking import masked_name, source_name
from gateway.operations import ActRefusedError
from gateway.operations import feeds as feed_acts
from gateway.reconciliation.report import restore_data
from gateway.text import Text
from gateway.text import api as texts
from gateway.text import api_operations as summaries
from gateway.text import operations as messages
from gateway.web.api.model import (
    LARGEST_PAGE,
    Call,
    Nothing,
    Operation,
    Query,
    Reason,
    limit_of,
)
from gateway.web.api.shown import Done, done_of
from outbox import writing

_FEED = "/feeds/{feed}"


class AsideUnit(Reason):
    """A unit that is set aside, by the name that the list gives it, and why something is done to it."""

    unit: str = Field(min_length=1, max_length=4000)


@dataclass(frozen=True, slots=True)
class AsideView:
    """A unit at which something failed again and again: a person tries it again, or gives it up.

    `strikes` counts readers that ended on it, `errors` what else failed; `rows` and `columns` are
    what was read when it failed last. The name "-" is for what failed before anything was read.
    """

    unit: str
    state: str
    strikes: int
    errors: int
    zh: str
    en: str
    noted_at: datetime
    rows: int | None
    columns: tuple[str, ...]


def _feeds(call: Call) -> list[dict[str, Any]]:
    from gateway.operations.feed_status import standing  # noqa: PLC0415

    return [
        feed_standing.as_data() for feed_standing in standing(call.console.gateway, call.principal)
    ]


def _feed(call: Call) -> dict[str, Any]:
    matching = [feed_data for feed_data in _feeds(call) if feed_data["feed"] == call.feed]
    if not matching:
        raise ActRefusedError.of(texts.no_feed(call.feed))
    return matching[0]


def _run(call: Call) -> Done:
    with writing(call.engine) as connection:
        feeds = call.console.gateway.fetching.feeds
        feed_acts.ask_to_fetch(connection, feeds, call.feed, call.person, call.clock())
    return done_of(texts.asked_for())


def _confirm(call: Call) -> Done:
    with writing(call.engine) as connection:
        feeds, reason = call.console.gateway.fetching.feeds, call.body.why
        feed_acts.ask_to_confirm(connection, feeds, call.feed, call.person, reason, call.clock())
    return done_of(texts.asked_for())


def _resume(call: Call) -> Done:
    with writing(call.engine) as connection:
        feed_acts.resume(connection, call.feed, call.person, call.body.why, call.clock())
    return done_of(messages.feed_resumed())


def _set_aside(call: Call) -> list[AsideView]:
    with call.engine.connect() as connection:
        listed = source_units.set_aside(connection, call.feed)
    return [
        AsideView(
            masked_name(source_unit.label),
            source_unit.state,
            source_unit.strikes,
            source_unit.errors,
            *source_unit.reason,
            source_unit.noted_at,
            None if source_unit.read is None else source_unit.read.rows,
            () if source_unit.read is None else source_unit.read.columns,
        )
        for source_unit in listed
    ]


def _try_again(call: Call) -> Done:
    with writing(call.engine) as connection:
        body = call.body
        names = feed_acts.read_again(
            connection, call.feed, body.unit, call.person, body.why, call.clock()
        )
    return _done_to(names, messages.read_again)


def _give_up(call: Call) -> Done:
    with writing(call.engine) as connection:
        body = call.body
        names = feed_acts.give_up(
            connection, call.feed, body.unit, call.person, body.why, call.clock()
        )
    return _done_to(names, messages.gave_up)


def _done_to(names: list[str], answer_of: Callable[[str], Text]) -> Done:
    answers = [answer_of(masked_name(source_name(name))) for name in names]
    return Done(
        "\n".join(answer.zh for answer in answers), "\n".join(answer.en for answer in answers)
    )


def _runs(call: Call) -> list[Run]:
    with call.engine.connect() as connection:
        return slots.slots(connection, call.feed, limit_of(call))


def _units(call: Call) -> list[UnitView]:
    with call.engine.connect() as connection:
        listed = unit_store.latest(connection, call.feed, limit_of(call))
    return [replace(unit, name=masked_name(unit.name)) for unit in listed]


def _events(call: Call) -> list[Event]:
    with call.engine.connect() as connection:
        principal = call.principal
        events = event_store.events(
            connection, LARGEST_PAGE, call.query["feed"], principal.departments
        )
    return [event for event in events if principal.sees(event.feed)][: limit_of(call)]


def _restore(call: Call) -> dict[str, Any]:
    with call.engine.connect() as connection:
        last, by_feed = generations.latest(connection), restores.after_restore(connection)
    visible = {
        name: since_restore for name, since_restore in by_feed.items() if call.principal.sees(name)
    }
    return restore_data(last, visible)


FEEDS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/feeds",
        "read",
        summaries.feeds(),
        Nothing,
        list[dict[str, Any]],
        _feeds,
    ),
    Operation(
        "GET",
        _FEED,
        "read",
        summaries.feed(),
        Nothing,
        dict[str, Any],
        _feed,
    ),
    Operation(
        "GET",
        f"{_FEED}/units",
        "read",
        summaries.units(),
        Nothing,
        list[UnitView],
        _units,
        (Query("limit", "integer"),),
    ),
    Operation(
        "GET",
        f"{_FEED}/runs",
        "read",
        summaries.runs(),
        Nothing,
        list[Run],
        _runs,
        (Query("limit", "integer"),),
    ),
    Operation(
        "POST",
        f"{_FEED}/run",
        "operate",
        summaries.fetch_now(),
        Nothing,
        Done,
        _run,
        status=202,
        no_reason="what the schedule does anyway, sooner",
    ),
    Operation(
        "POST",
        f"{_FEED}/confirm",
        "operate",
        summaries.confirm_shrunk_list(),
        Reason,
        Done,
        _confirm,
        status=202,
    ),
    Operation(
        "POST",
        f"{_FEED}/resume",
        "operate",
        summaries.resume_feed(),
        Reason,
        Done,
        _resume,
    ),
    Operation(
        "GET",
        f"{_FEED}/set-aside",
        "read",
        summaries.units_set_aside(),
        Nothing,
        list[AsideView],
        _set_aside,
    ),
    Operation(
        "POST",
        f"{_FEED}/set-aside/again",
        "operate",
        summaries.try_unit_again(),
        AsideUnit,
        Done,
        _try_again,
    ),
    Operation(
        "POST",
        f"{_FEED}/set-aside/give-up",
        "operate",
        summaries.give_up_unit(),
        AsideUnit,
        Done,
        _give_up,
    ),
    Operation(
        "GET",
        "/events",
        "read",
        summaries.events(),
        Nothing,
        list[Event],
        _events,
        (Query("feed"), Query("limit", "integer")),
    ),
    Operation(
        "GET",
        "/restore",
        "read",
        summaries.last_restore(),
        Nothing,
        dict[str, Any],
        _restore,
    ),
)
