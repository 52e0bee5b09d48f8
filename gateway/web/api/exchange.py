"""Operations of the exchange: feeds, packages, refusals, records, the catalogue. What people see is masked."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, get_args

from pydantic import Field

from gateway.catalogue.keeper import issues
from gateway.catalogue.model import Item
from gateway.clock import read_moment
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.exchange import blind_index, restores, slots, source_units, unit_store
from gateway.exchange import refusal_store as refusals
from gateway.exchange.lineage import record_lineage
from gateway.exchange.refusal_counts import Group, groups
from gateway.exchange.refusal_store import Fault
from gateway.exchange.resubmissions import WithMended
from gateway.exchange.slots import Run
from gateway.exchange.unit_store import UnitView
from gateway.generations import store as generations
from gateway.masking import masked_name, masked_text, source_name
from gateway.operations import ActRefusedError
from gateway.operations import feeds as feed_acts
from gateway.operations import packages as package_acts
from gateway.operations import refusals as refusal_acts
from gateway.operations.package_states import PACKAGE_STATES, PackageAct
from gateway.reconciliation.report import restore_data
from gateway.text import Text
from gateway.text import operations as messages
from gateway.web.api.model import Body, Call, InvalidRequestError, Nothing, Operation, Query, Reason
from gateway.web.api.shown import RefusalView, refusal_views
from gateway.web.kit.parts import cursor_of, visible_lanes
from outbox import Attempt, Message, Wanted, writing

_PAGE, _MOST = 50, 200
_LIST = (Query("after", "integer"), Query("limit", "integer"))


class MendedRows(Body):
    """Mended rows: flat, by the source's columns."""

    rows: list[dict[str, str | None]] = Field(min_length=1, max_length=10_000)
    id: str = Field(
        default="", max_length=100, description="the sender's own: a repeat is known by it"
    )


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


@dataclass(frozen=True, slots=True)
class LegView:
    """One journey of a record."""

    key: str
    change: str
    unit: UnitView | None
    ref: str
    guid: str
    state: str
    delivered_at: datetime | None
    source: dict[str, Any]
    refused: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class CatalogueView:
    """The catalogue in force, and what each later issue changed: feed, what, before, after."""

    serial: int
    issued_at: datetime
    valid_until: datetime
    taken_at: datetime
    items: tuple[Item, ...]
    changed: list[tuple[int, list[tuple[str, str, str, str]]]]


@dataclass(frozen=True, slots=True)
class Done:
    """What was done."""

    zh: str
    en: str


def _feeds(call: Call) -> list[dict[str, Any]]:
    from gateway.operations.feed_status import standing  # noqa: PLC0415

    return [one.as_data() for one in standing(call.console.gateway, call.principal)]


def _feed(call: Call) -> dict[str, Any]:
    found = [one for one in _feeds(call) if one["feed"] == call.feed]
    if not found:
        raise ActRefusedError(f"没有数据项 {call.feed}", f"there is no feed {call.feed}")
    return found[0]


def _run(call: Call) -> Done:
    with writing(call.engine) as connection:
        feeds = call.console.gateway.fetching.feeds
        feed_acts.ask_to_fetch(connection, feeds, call.feed, call.person, call.clock())
    return Done("已请求", "asked for")


def _confirm(call: Call) -> Done:
    with writing(call.engine) as connection:
        feeds, why = call.console.gateway.fetching.feeds, call.body.why
        feed_acts.ask_to_confirm(connection, feeds, call.feed, call.person, why, call.clock())
    return Done("已请求", "asked for")


def _resume(call: Call) -> Done:
    with writing(call.engine) as connection:
        feed_acts.resume(connection, call.feed, call.person, call.body.why, call.clock())
    return Done("已恢复采集", "the feed goes on")


def _set_aside(call: Call) -> list[AsideView]:
    with call.engine.connect() as connection:
        listed = source_units.set_aside(connection, call.feed)
    return [
        AsideView(
            masked_name(one.label),
            one.state,
            one.strikes,
            one.errors,
            *one.reason,
            one.noted_at,
            None if one.read is None else one.read.rows,
            () if one.read is None else one.read.columns,
        )
        for one in listed
    ]


def _again(call: Call) -> Done:
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


def _done_to(names: list[str], said: Callable[[str], Text]) -> Done:
    texts = [said(masked_name(source_name(name))) for name in names]
    return Done("\n".join(one.zh for one in texts), "\n".join(one.en for one in texts))


def _runs(call: Call) -> list[Run]:
    with call.engine.connect() as connection:
        return slots.slots(connection, call.feed, _limit(call))


def _units(call: Call) -> list[UnitView]:
    with call.engine.connect() as connection:
        listed = unit_store.latest(connection, call.feed, _limit(call))
    return [replace(one, name=masked_name(one.name)) for one in listed]


def _shown(unit: UnitView | None) -> UnitView | None:
    return None if unit is None else replace(unit, name=masked_name(unit.name))


def _events(call: Call) -> list[Event]:
    with call.engine.connect() as connection:
        who = call.principal
        found = event_store.events(connection, _MOST, call.query["feed"], who.departments)
    return [one for one in found if who.sees(one.feed)][: _limit(call)]


def _restore(call: Call) -> dict[str, Any]:
    with call.engine.connect() as connection:
        last, after = generations.latest(connection), restores.after_restore(connection)
    seen = {name: one for name, one in after.items() if call.principal.sees(name)}
    return restore_data(last, seen)


def _packages(call: Call) -> Packages:
    given, outbox = call.query, call.console.gateway.outbox
    age, _, guid = (given["before"] or "").partition("|")
    before = (_moment(age), guid) if age else None
    with call.engine.connect() as connection:
        lanes = visible_lanes(connection, outbox, call.principal)
        if given["feed"] is not None:
            lanes = [name for name in lanes if name == given["feed"]]
        found = outbox.search(
            connection,
            Wanted(
                lanes=None
                if call.principal.departments is None and given["feed"] is None
                else tuple(lanes),
                states=None if given["state"] is None else _states(given["state"]),
                since=given["since"],
                until=given["until"],
                before=before,
                guids=None
                if given["has"] is None
                else tuple(blind_index.find(connection, given["has"])),
            ),
            _limit(call) + 1,
        )
    shown = found[: _limit(call)]
    more = len(found) > len(shown)
    return Packages(shown, cursor_of(shown[-1]) if more else None)


def _states(text: str) -> tuple[str, ...]:
    """Return states of packages as they are asked for, with commas between; raises InvalidRequestError."""
    asked = tuple(text.split(","))
    if not set(asked) <= set(PACKAGE_STATES):
        known = ", ".join(PACKAGE_STATES)
        raise InvalidRequestError("state", f"应为 {known}", f"must be some of {known}")
    return asked


def _package(call: Call) -> PackageView:
    guid, outbox = call.path["guid"], call.console.gateway.outbox
    with call.engine.connect() as connection:
        found = outbox.find(connection, guid)
        assert found is not None  # noqa: S101
        unit = unit_store.unit_by_package(connection, guid)
        return PackageView(
            found,
            _shown(unit),
            outbox.history(connection, guid),
            outbox.attempts(connection, guid),
            refusal_views(refusals.of_package(connection, guid), call.console.row_mask(found.lane)),
        )


def _act(call: Call) -> Done:
    what = next((one for one in get_args(PackageAct) if one == call.path["act"]), None)
    if what is None:
        raise InvalidRequestError(
            "act",
            f"应为 {', '.join(get_args(PackageAct))}",
            f"must be one of {', '.join(get_args(PackageAct))}",
        )
    with writing(call.engine) as connection:
        done = package_acts.act(
            connection,
            call.console.gateway.outbox,
            call.path["guid"],
            what,
            call.person,
            call.body.why,
            call.clock(),
            two_persons=call.console.settings.two_persons,
        )
    return Done(done.zh, done.en)


def _groups(call: Call) -> list[Group]:
    with call.engine.connect() as connection:
        return groups(connection, call.feed)


def _refusals(call: Call) -> list[RefusalView]:
    rule = call.query["rule"]
    about = None if rule is None else (rule, call.query["field"] or "")
    with call.engine.connect() as connection:
        found = refusals.refusals(
            connection, call.feed, ("open",), _limit(call), call.query["after"] or 0, about
        )
    return refusal_views(found, call.console.row_mask(call.feed))


def _mended(call: Call) -> Done:
    opened = call.console.gateway.fetching.feeds.get(call.feed)
    if opened is None or not isinstance(opened.adapter, WithMended):
        raise ActRefusedError(
            "该数据项不接收改正后的行，请在来源改正",
            "this feed takes no mended rows: mend them at the source",
        )
    with writing(call.engine) as connection:
        receipt = refusal_acts.submit_mended(
            connection, call.feed, call.body.rows, call.person, call.clock(), call.body.id
        )
    return Done(f"回执号 {receipt}", f"receipt number {receipt}")


def _record(call: Call) -> list[LegView]:
    with call.engine.connect() as connection:
        found = record_lineage(
            connection, call.console.gateway.outbox, call.feed, call.query["has"]
        )
    mask = call.console.row_mask(call.feed)
    return [
        LegView(
            leg.key,
            leg.change,
            _shown(leg.unit),
            masked_text(leg.ref),
            leg.message.guid,
            leg.message.state,
            leg.delivered_at,
            mask.row(leg.source),
            leg.refusal.faults if leg.refusal else (),
        )
        for leg in found
    ]


def _catalogue(call: Call) -> CatalogueView:
    with call.engine.connect() as connection:
        found = issues(connection, 6)
    if not found:
        raise ActRefusedError("尚未取得目录", "no catalogue was taken yet")
    newest = found[0].catalogue
    changed = [(one.catalogue.serial, one.changed) for one in found if one.changed is not None]
    return CatalogueView(
        newest.serial,
        newest.issued_at,
        newest.valid_until,
        found[0].taken_at,
        newest.items,
        changed,
    )


def _limit(call: Call) -> int:
    return max(1, min(call.query.get("limit") or _PAGE, _MOST))


def _moment(text: str) -> datetime:
    found = read_moment(text)
    if found is None:
        raise InvalidRequestError(
            "before", "应为上一页给出的值", "must be what the page before gave"
        )
    return found


_FEED, _PACKAGE, _REFUSED = "/feeds/{feed}", "/packages/{guid}", "/refusals/{feed}"
_SEARCH = (
    Query("feed"),
    Query("state"),
    Query("has"),
    Query("since", "moment"),
    Query("until", "moment"),
    Query("before"),
    Query("limit", "integer"),
)
EXCHANGE: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/feeds",
        "read",
        "各数据项的状况",
        "How every feed stands",
        Nothing,
        list[dict[str, Any]],
        _feeds,
    ),
    Operation(
        "GET",
        _FEED,
        "read",
        "一个数据项的状况",
        "How one feed stands",
        Nothing,
        dict[str, Any],
        _feed,
    ),
    Operation(
        "GET",
        f"{_FEED}/units",
        "read",
        "最近的单元",
        "Its latest units",
        Nothing,
        list[UnitView],
        _units,
        (Query("limit", "integer"),),
    ),
    Operation(
        "GET",
        f"{_FEED}/runs",
        "read",
        "最近的运行",
        "Its latest runs",
        Nothing,
        list[Run],
        _runs,
        (Query("limit", "integer"),),
    ),
    Operation(
        "POST",
        f"{_FEED}/run",
        "operate",
        "立即采集",
        "Fetch it now",
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
        "确认清单缩减",
        "Confirm that its list shrank",
        Reason,
        Done,
        _confirm,
        status=202,
    ),
    Operation(
        "POST",
        f"{_FEED}/resume",
        "operate",
        "恢复停下的数据项",
        "Let it go on, which has stopped",
        Reason,
        Done,
        _resume,
    ),
    Operation(
        "GET",
        f"{_FEED}/set-aside",
        "read",
        "搁置待处理的单元",
        "Units set aside for a person to decide",
        Nothing,
        list[AsideView],
        _set_aside,
    ),
    Operation(
        "POST",
        f"{_FEED}/set-aside/again",
        "operate",
        "再试搁置的单元",
        "Try a unit again that is set aside",
        AsideUnit,
        Done,
        _again,
    ),
    Operation(
        "POST",
        f"{_FEED}/set-aside/give-up",
        "operate",
        "放弃搁置的单元，其内容退回",
        "Give up a unit that is set aside: what it held is refused",
        AsideUnit,
        Done,
        _give_up,
    ),
    Operation(
        "GET",
        "/events",
        "read",
        "事件",
        "Events",
        Nothing,
        list[Event],
        _events,
        (Query("feed"), Query("limit", "integer")),
    ),
    Operation(
        "GET",
        "/restore",
        "read",
        "存储的最近一次恢复，及其后各数据项",
        "The store's last restore, and how every feed stands since",
        Nothing,
        dict[str, Any],
        _restore,
    ),
    Operation(
        "GET",
        "/packages",
        "read",
        "查数据包",
        "Search packages",
        Nothing,
        Packages,
        _packages,
        _SEARCH,
    ),
    Operation(
        "GET",
        _PACKAGE,
        "read",
        "一个数据包及其经历",
        "One package and its history",
        Nothing,
        PackageView,
        _package,
    ),
    Operation(
        "POST",
        f"{_PACKAGE}/{{act}}",
        "operate",
        "重发、再发、搁置、放行、作废",
        "Retry, replay, hold, release, drop, keep",
        Reason,
        Done,
        _act,
    ),
    Operation(
        "GET",
        f"{_REFUSED}/groups",
        "read",
        "未结退回，按规则与字段分组",
        "Open refusals by rule and field",
        Nothing,
        list[Group],
        _groups,
    ),
    Operation(
        "GET",
        _REFUSED,
        "read",
        "未结退回",
        "Open refusals",
        Nothing,
        list[RefusalView],
        _refusals,
        (Query("rule"), Query("field"), *_LIST),
    ),
    Operation(
        "POST",
        f"{_REFUSED}/mended",
        "edit",
        "提交改正后的行",
        "Submit mended rows",
        MendedRows,
        Done,
        _mended,
        status=202,
        no_reason="rows, and their refusals are the reason",
    ),
    Operation(
        "GET",
        "/records/{feed}",
        "read",
        "一条记录的经历",
        "A record's way",
        Nothing,
        list[LegView],
        _record,
        (Query("has", required=True),),
    ),
    Operation(
        "GET",
        "/catalogue",
        "read",
        "现行目录及其变化",
        "The catalogue in force and what changed",
        Nothing,
        CatalogueView,
        _catalogue,
        everywhere=True,
    ),
)
