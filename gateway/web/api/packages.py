"""Operations of packages: search them, see what became of one, act on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from gateway.clock import read_moment
from gateway.exchange import blind_index, unit_store
from gateway.exchange import refusal_store as refusals
from gateway.exchange.unit_store import UnitView
from gateway.operations import packages as package_acts
from gateway.operations.package_states import PACKAGE_STATES, PackageAct
from gateway.text import api as texts
from gateway.text import api_operations as summaries
from gateway.web.api.model import (
    Call,
    InvalidRequestError,
    Nothing,
    Operation,
    Query,
    Reason,
    limit_of,
)
from gateway.web.api.shown import Done, RefusalView, done_of, refusal_views, unit_shown
from gateway.web.kit.parts import cursor_of, visible_lanes
from outbox import Attempt, Message, Wanted, writing

_PACKAGE = "/packages/{guid}"
_SEARCH = (
    Query("feed"),
    Query("state"),
    Query("has"),
    Query("since", "moment"),
    Query("until", "moment"),
    Query("before"),
    Query("limit", "integer"),
)


@dataclass(frozen=True, slots=True)
class Packages:
    """Packages, the newest first, and where the next page begins."""

    packages: list[Message]
    before: str | None


@dataclass(frozen=True, slots=True)
class PackageView:
    """A package with all that became of it."""

    package: Message
    unit: UnitView | None
    history: list[tuple[datetime, str, str]]
    attempts: list[Attempt]
    refusals: list[RefusalView]


def _packages(call: Call) -> Packages:
    query, outbox = call.query, call.console.gateway.outbox
    age, _, guid = (query["before"] or "").partition("|")
    cursor = (_moment(age), guid) if age else None
    with call.engine.connect() as connection:
        lanes = visible_lanes(connection, outbox, call.principal)
        if query["feed"] is not None:
            lanes = [name for name in lanes if name == query["feed"]]
        matching = outbox.search(
            connection,
            Wanted(
                lanes=None
                if call.principal.departments is None and query["feed"] is None
                else tuple(lanes),
                states=None if query["state"] is None else _states(query["state"]),
                since=query["since"],
                until=query["until"],
                before=cursor,
                guids=None
                if query["has"] is None
                else tuple(blind_index.find(connection, query["has"])),
            ),
            limit_of(call) + 1,
        )
    page = matching[: limit_of(call)]
    is_more = len(matching) > len(page)
    return Packages(page, cursor_of(page[-1]) if is_more else None)


def _states(text: str) -> tuple[str, ...]:
    """Return the states that a parameter names, with commas between; raises InvalidRequestError."""
    states = tuple(text.split(","))
    if not set(states) <= set(PACKAGE_STATES):
        raise InvalidRequestError("state", texts.must_be_some_of(PACKAGE_STATES))
    return states


def _package(call: Call) -> PackageView:
    guid, outbox = call.path["guid"], call.console.gateway.outbox
    with call.engine.connect() as connection:
        package = outbox.find(connection, guid)
        assert package is not None  # noqa: S101
        unit = unit_store.unit_by_package(connection, guid)
        return PackageView(
            package,
            unit_shown(unit),
            outbox.history(connection, guid),
            outbox.attempts(connection, guid),
            refusal_views(
                refusals.of_package(connection, guid), call.console.row_mask(package.lane)
            ),
        )


def _act(call: Call) -> Done:
    package_act = next((act for act in get_args(PackageAct) if act == call.path["act"]), None)
    if package_act is None:
        raise InvalidRequestError(
            "act",
            texts.must_be_one_of(get_args(PackageAct)),
        )
    with writing(call.engine) as connection:
        answer = package_acts.act(
            connection,
            call.console.gateway.outbox,
            call.path["guid"],
            package_act,
            call.person,
            call.body.why,
            call.clock(),
            two_persons=call.console.settings.two_persons,
        )
    return done_of(answer)


def _moment(text: str) -> datetime:
    moment = read_moment(text)
    if moment is None:
        raise InvalidRequestError("before", texts.no_cursor())
    return moment


PACKAGES: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/packages",
        "read",
        summaries.search_packages(),
        Nothing,
        Packages,
        _packages,
        _SEARCH,
    ),
    Operation(
        "GET",
        _PACKAGE,
        "read",
        summaries.package(),
        Nothing,
        PackageView,
        _package,
    ),
    Operation(
        "POST",
        f"{_PACKAGE}/{{act}}",
        "operate",
        summaries.act_on_package(),
        Reason,
        Done,
        _act,
    ),
)
