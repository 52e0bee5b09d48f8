"""Operations of refusals and records. What people see is masked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import Field

from gateway.exchange import refusal_store as refusals
from gateway.exchange.lineage import record_lineage
from gateway.exchange.refusal_counts import Group, groups
from gateway.exchange.refusal_store import Fault
from gateway.exchange.resubmissions import WithMended
from gateway.exchange.unit_store import UnitView
from gateway.masking import masked_text
from gateway.operations import ActRefusedError
from gateway.operations import refusals as refusal_acts
from gateway.text import api as texts
from gateway.text import api_operations as summaries
from gateway.web.api.model import Body, Call, Nothing, Operation, Query, limit_of
from gateway.web.api.shown import Done, RefusalView, done_of, refusal_views, unit_shown
from outbox import writing

_REFUSED = "/refusals/{feed}"


class MendedRows(Body):
    """Mended rows: flat, by the source's columns."""

    rows: list[dict[str, str | None]] = Field(min_length=1, max_length=10_000)
    id: str = Field(
        default="", max_length=100, description="the sender's own: a repeat is known by it"
    )


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


def _groups(call: Call) -> list[Group]:
    with call.engine.connect() as connection:
        return groups(connection, call.feed)


def _refusals(call: Call) -> list[RefusalView]:
    rule = call.query["rule"]
    rule_and_field = None if rule is None else (rule, call.query["field"] or "")
    with call.engine.connect() as connection:
        page = refusals.refusals(
            connection,
            call.feed,
            ("open",),
            limit_of(call),
            call.query["after"] or 0,
            rule_and_field,
        )
    return refusal_views(page, call.console.row_mask(call.feed))


def _mended(call: Call) -> Done:
    feed = call.console.gateway.fetching.feeds.get(call.feed)
    if feed is None or not isinstance(feed.adapter, WithMended):
        raise ActRefusedError.of(texts.takes_no_mended_rows())
    with writing(call.engine) as connection:
        receipt = refusal_acts.submit_mended(
            connection, call.feed, call.body.rows, call.person, call.clock(), call.body.id
        )
    return done_of(texts.receipt_number(receipt))


def _record(call: Call) -> list[LegView]:
    with call.engine.connect() as connection:
        legs = record_lineage(connection, call.console.gateway.outbox, call.feed, call.query["has"])
    mask = call.console.row_mask(call.feed)
    return [
        LegView(
            leg.key,
            leg.change,
            unit_shown(leg.unit),
            masked_text(leg.ref),
            leg.message.guid,
            leg.message.state,
            leg.delivered_at,
            mask.row(leg.source),
            leg.refusal.faults if leg.refusal else (),
        )
        for leg in legs
    ]


REFUSALS: tuple[Operation, ...] = (
    Operation(
        "GET",
        f"{_REFUSED}/groups",
        "read",
        summaries.refusal_groups(),
        Nothing,
        list[Group],
        _groups,
    ),
    Operation(
        "GET",
        _REFUSED,
        "read",
        summaries.refusals(),
        Nothing,
        list[RefusalView],
        _refusals,
        (Query("rule"), Query("field"), Query("after", "integer"), Query("limit", "integer")),
    ),
    Operation(
        "POST",
        f"{_REFUSED}/mended",
        "edit",
        summaries.submit_mended_rows(),
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
        summaries.record_way(),
        Nothing,
        list[LegView],
        _record,
        (Query("has", required=True),),
    ),
)
