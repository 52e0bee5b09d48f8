"""Submissions by hand, by the same door as pushed rows.

There is a form for single records, and the filled collection template.

Who has the feed's token may use it; a browser asks for it as a password.
"""

import polars as pl
from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from gateway.clock import local_day
from gateway.documents.template import template
from gateway.mapping import Mapping
from gateway.operations.node_view import Pushed
from gateway.registry.trial import Trial, try_given
from gateway.standard import Field
from gateway.submissions import store
from gateway.submissions.store import Row, SubmissionRefusedError
from gateway.text import Text
from gateway.text import console as texts
from gateway.web.intake.push import note_lost, submits, take
from gateway.web.intake.uploads import uploaded_rows
from gateway.web.kit.denials import not_there
from gateway.web.kit.language import page

#: Submissions that the page lists, and rows of a trial that it shows.
_LISTED = 20
_ROWS_SHOWN = 200
#: Most rows of a filled template.
_MOST_ROWS = 100_000
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def form_routes(gateway: Pushed) -> Blueprint:
    """Return the routes; all of them are below /form/DEPARTMENT.FEED."""
    routes = Blueprint("form", __name__, url_prefix="/form/<feed>")

    @routes.before_request
    def _feed_exists() -> BaseResponse | None:
        feed = (request.view_args or {}).get("feed", "")
        return None if submits(gateway, feed) else not_there(feed)

    @routes.errorhandler(SubmissionRefusedError)
    def _refused(error: SubmissionRefusedError) -> tuple[str, int]:
        note_lost(gateway, error)
        return _page(gateway, request.view_args["feed"], text=error.text), error.status  # type: ignore[index]

    @routes.get("/", endpoint="page")
    def form(feed: str) -> str:
        return _page(gateway, feed)

    @routes.get("/template.xlsx")
    def download(feed: str) -> Response:
        kind = _mapping(gateway, feed).kind
        headers = {"Content-Disposition": f"attachment; filename={kind.name}.xlsx"}
        return Response(template(kind), content_type=_XLSX, headers=headers)

    @routes.post("/record")
    def record(feed: str) -> str | BaseResponse:
        mapping = _mapping(gateway, feed)
        row: Row = {
            column: request.form.get(field.name, "").strip() for column, field in _columns(mapping)
        }
        return _checked(gateway, feed, [row], None)

    @routes.post("/file")
    def file(feed: str) -> str | BaseResponse:
        upload = request.files.get("file")
        data = b"" if upload is None else upload.stream.read()
        rows, faults = _rows_of(_mapping(gateway, feed), data)
        return _checked(gateway, feed, rows, faults)

    @routes.get("/submissions/<receipt>")
    def verdicts(feed: str, receipt: str) -> str:
        with gateway.engine.connect() as connection:
            submission, answers = store.answered(connection, feed, receipt, gateway.clock())
        return page("verdicts.html", feed=feed, found=submission, verdicts=answers)

    return routes


def _mapping(gateway: Pushed, feed: str) -> Mapping:
    return gateway.fetching.feeds[feed].mapping


def _columns(mapping: Mapping) -> list[tuple[str, Field]]:
    """Return the mapping's columns that are named like a field: those that can be filled in."""
    return [(column, field) for column in mapping.columns if (field := mapping.kind.field(column))]


def _rows_of(mapping: Mapping, data: bytes) -> tuple[list[Row], pl.DataFrame]:
    """Return a filled template in the mapping's columns, and what is wrong with its rows.

    The latter is a fault frame.
    """
    filled, faults = uploaded_rows(data, {"explanation_rows": 1}, _MOST_ROWS)
    names = [
        (column, next((name for name in (field.zh, field.code) if name in filled.columns), None))
        for column, field in _columns(mapping)
    ]
    rows: list[Row] = [
        {column: row[name] if name else None for column, name in names}
        for row in filled.iter_rows(named=True)
    ]
    return rows, faults


def _checked(
    gateway: Pushed, feed: str, rows: list[Row], faults: pl.DataFrame | None
) -> str | BaseResponse:
    """Show what would become of each row.

    They are submitted where that is asked for and the workbook lost nothing.
    """
    mapping = _mapping(gateway, feed)
    trial = try_given(rows, mapping, local_day(gateway.clock()), faults)
    if request.form.get("action") != "submit":
        return _page(gateway, feed, trial=trial)
    if faults is not None and faults.height:
        return _page(gateway, feed, trial=trial, text=texts.file_lost_cells())
    submission = take(gateway, feed, rows, "")
    return redirect(url_for("form.verdicts", feed=feed, receipt=submission.receipt))


def _page(gateway: Pushed, feed: str, trial: Trial | None = None, text: Text | None = None) -> str:
    mapping = _mapping(gateway, feed)
    with gateway.engine.connect() as connection:
        listed = store.latest(connection, feed, _LISTED)
    return page(
        "form.html",
        feed=feed,
        kind=mapping.kind,
        fields=[field for _, field in _columns(mapping)],
        listed=listed,
        trial=trial,
        shown=() if trial is None else trial.rows[:_ROWS_SHOWN],
        said=text,
        given=request.form,
    )
