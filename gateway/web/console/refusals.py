"""Refusals: grouped by what is wrong, with rows and how to mend them.

They are downloaded, mended and uploaded again.
"""

from typing import Any

import polars as pl
from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from gateway.clock import local_day
from gateway.documents.refused import OWN, refused_workbook
from gateway.errors import GatewayError
from gateway.exchange import refusal_counts, refusal_store
from gateway.exchange.feed import Feed
from gateway.exchange.resubmissions import WithMended
from gateway.operations import refusals as refusal_acts
from gateway.operations.disclosure import disclose
from gateway.operations.feed_status import standing
from gateway.registry.trial import Trial, try_given
from gateway.submissions import store as submissions
from gateway.submissions.store import Row
from gateway.text import console as texts
from gateway.text import disclosure as messages
from gateway.web.intake.uploads import uploaded_rows
from gateway.web.kit.context import Console
from gateway.web.kit.guard import principal
from gateway.web.kit.language import page
from gateway.web.kit.parts import ROWS, back, note, number, told
from outbox import writing

#: Most rows of one workbook.
MOST_ROWS = 10_000
_LISTED = 10
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def refusal_routes(console: Console) -> Blueprint:
    """Return the routes, below /refusals."""
    routes = Blueprint("refusals", __name__, url_prefix="/refusals")

    @routes.get("/", endpoint="page")
    def grouped() -> str:
        feeds = [one for one in standing(console.gateway, principal()) if one.open_refusals]
        asked = request.args.get("feed", "")
        shown = [one for one in feeds if not asked or one.name == asked]
        with console.engine.connect() as connection:
            found = [(one, refusal_counts.groups(connection, one.name)) for one in shown]
        return page("refusals.html", found=found, asked=asked, feeds=feeds, field=_field(console))

    @routes.get("/<feed>")
    def rows(feed: str) -> str:
        return _rows_page(console, feed)

    @routes.get("/<feed>/rows.xlsx")
    def download(feed: str) -> Response:
        with writing(console.engine) as connection:
            found = refusal_store.refusals(connection, feed, ("open",), MOST_ROWS, 0, _about())
            why = messages.refused_rows(len(found)).en
            warrant = disclose(
                connection, console.clock(), principal().name, "refusals.download", feed, why
            )
        headers = {"Content-Disposition": f"attachment; filename=refused-{feed}.xlsx"}
        return Response(refused_workbook(found, warrant), content_type=_XLSX, headers=headers)

    @routes.post("/<feed>/mended")
    def upload(feed: str) -> str | BaseResponse:
        with told():
            return _mended(console, feed)
        return back("refusals.rows", feed=feed)

    @routes.get("/<feed>/submissions/<receipt>")
    def submission(feed: str, receipt: str) -> str:
        with console.engine.connect() as connection:
            found, verdicts = submissions.answered(connection, feed, receipt)
        return page("submission.html", feed=feed, found=found, verdicts=verdicts)

    return routes


def _about() -> tuple[str, str] | None:
    """Read the rule and field that are meant from the address; None where all are."""
    rule = request.args.get("rule")
    return None if rule is None else (rule, request.args.get("field", ""))


def _field(console: Console) -> Any:
    """Return what finds a field of a feed by any of its names."""

    def find(feed: str, name: str) -> Any:
        opened = console.gateway.fetching.feeds.get(feed)
        return opened.mapping.kind.field(name) if opened else None

    return find


def _rows_page(console: Console, feed: str, trial: Trial | None = None) -> str:
    after = number("after") or 0
    with console.engine.connect() as connection:
        found = refusal_store.refusals(connection, feed, ("open",), ROWS + 1, after, _about())
        listed = submissions.latest(connection, feed, _LISTED)
    opened = console.gateway.fetching.feeds.get(feed)
    takes = opened is not None and isinstance(opened.adapter, WithMended)
    return page(
        "refused-rows.html",
        feed=feed,
        found=found[:ROWS],
        more=found[ROWS - 1].id if len(found) > ROWS else None,
        about=_about(),
        mask=console.row_mask(feed),
        field=_field(console),
        trial=trial,
        listed=listed if takes else [],
        takes=takes,
        opened=opened,
        most=MOST_ROWS,
    )


def _mended(console: Console, feed: str) -> str | BaseResponse:
    """Show what would become of mended rows, or submit them; raises GatewayError."""
    opened = console.gateway.fetching.feeds.get(feed)
    if opened is None or not isinstance(opened.adapter, WithMended):
        raise GatewayError.of(texts.takes_no_mended_rows())
    given = request.files.get("file")
    rows, faults = _read(opened, b"" if given is None else given.stream.read())
    if not rows:
        raise GatewayError.of(texts.file_empty())
    trial = try_given(rows, opened.mapping, local_day(console.clock()), faults)
    if request.form.get("action") != "submit" or faults.height:
        return _rows_page(console, feed, trial)
    with writing(console.engine) as connection:
        receipt = refusal_acts.submit_mended(
            connection, feed, rows, principal().name, console.clock()
        )
    note(texts.rows_submitted(len(rows)))
    return back("refusals.submission", feed=feed, receipt=receipt)


def _read(feed: Feed, data: bytes) -> tuple[list[Row], pl.DataFrame]:
    """Return a workbook's mended rows, and what Excel has lost of them.

    Raises SubmissionRefusedError.
    """
    filled, faults = uploaded_rows(data, {}, MOST_ROWS)
    filled = filled.drop(OWN, strict=False)
    names = [name for name in feed.mapping.columns if name in filled.columns]
    rows: list[Row] = [
        {name: row[name] or None for name in names} for row in filled.iter_rows(named=True)
    ]
    return rows, faults
