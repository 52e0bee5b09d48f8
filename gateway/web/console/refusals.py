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
from gateway.web.kit.parts import ROWS, back, flashing, note, number
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
        feeds = [
            feed_standing
            for feed_standing in standing(console.gateway, principal())
            if feed_standing.open_refusals
        ]
        chosen = request.args.get("feed", "")
        chosen_feeds = [
            feed_standing for feed_standing in feeds if not chosen or feed_standing.name == chosen
        ]
        with console.engine.connect() as connection:
            grouped_refusals = [
                (feed_standing, refusal_counts.groups(connection, feed_standing.name))
                for feed_standing in chosen_feeds
            ]
        return page(
            "refusals.html",
            found=grouped_refusals,
            asked=chosen,
            feeds=feeds,
            field=_field(console),
        )

    @routes.get("/<feed>")
    def rows(feed: str) -> str:
        return _rows_page(console, feed)

    @routes.get("/<feed>/rows.xlsx")
    def download(feed: str) -> Response:
        with writing(console.engine) as connection:
            refused = refusal_store.refusals(
                connection, feed, ("open",), MOST_ROWS, 0, _rule_and_field()
            )
            reason = messages.refused_rows(len(refused)).en
            warrant = disclose(
                connection, console.clock(), principal().name, "refusals.download", feed, reason
            )
        headers = {"Content-Disposition": f"attachment; filename=refused-{feed}.xlsx"}
        return Response(refused_workbook(refused, warrant), content_type=_XLSX, headers=headers)

    @routes.post("/<feed>/mended")
    def upload(feed: str) -> str | BaseResponse:
        with flashing():
            return _mended(console, feed)
        return back("refusals.rows", feed=feed)

    @routes.get("/<feed>/submissions/<receipt>")
    def submission(feed: str, receipt: str) -> str:
        with console.engine.connect() as connection:
            submission_row, verdicts = submissions.answered(connection, feed, receipt)
        return page("submission.html", feed=feed, found=submission_row, verdicts=verdicts)

    return routes


def _rule_and_field() -> tuple[str, str] | None:
    """Read the rule and field that are meant from the address; None where all are."""
    rule = request.args.get("rule")
    return None if rule is None else (rule, request.args.get("field", ""))


def _field(console: Console) -> Any:
    """Return what finds a field of a feed by any of its names."""

    def find(feed: str, name: str) -> Any:
        running_feed = console.gateway.fetching.feeds.get(feed)
        return running_feed.mapping.kind.field(name) if running_feed else None

    return find


def _rows_page(console: Console, feed: str, trial: Trial | None = None) -> str:
    cursor = number("after") or 0
    with console.engine.connect() as connection:
        refused = refusal_store.refusals(
            connection, feed, ("open",), ROWS + 1, cursor, _rule_and_field()
        )
        listed = submissions.latest(connection, feed, _LISTED)
    running_feed = console.gateway.fetching.feeds.get(feed)
    takes = running_feed is not None and isinstance(running_feed.adapter, WithMended)
    return page(
        "refused-rows.html",
        feed=feed,
        found=refused[:ROWS],
        more=refused[ROWS - 1].id if len(refused) > ROWS else None,
        about=_rule_and_field(),
        mask=console.row_mask(feed),
        field=_field(console),
        trial=trial,
        listed=listed if takes else [],
        takes=takes,
        opened=running_feed,
        most=MOST_ROWS,
    )


def _mended(console: Console, feed: str) -> str | BaseResponse:
    """Show what would become of mended rows, or submit them; raises GatewayError."""
    running_feed = console.gateway.fetching.feeds.get(feed)
    if running_feed is None or not isinstance(running_feed.adapter, WithMended):
        raise GatewayError.of(texts.takes_no_mended_rows())
    upload = request.files.get("file")
    rows, faults = _rows_of_file(running_feed, b"" if upload is None else upload.stream.read())
    if not rows:
        raise GatewayError.of(texts.file_empty())
    trial = try_given(rows, running_feed.mapping, local_day(console.clock()), faults)
    if request.form.get("action") != "submit" or faults.height:
        return _rows_page(console, feed, trial)
    with writing(console.engine) as connection:
        receipt = refusal_acts.submit_mended(
            connection, feed, rows, principal().name, console.clock()
        )
    note(texts.rows_submitted(len(rows)))
    return back("refusals.submission", feed=feed, receipt=receipt)


def _rows_of_file(feed: Feed, data: bytes) -> tuple[list[Row], pl.DataFrame]:
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
