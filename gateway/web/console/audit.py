"""The audit log: searched, verified by a button, exported."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from flask import Blueprint, Response, flash, request
from werkzeug.wrappers import Response as BaseResponse

from gateway import audit
from gateway.audit import Sought
from gateway.audit.anchoring import note_verified
from gateway.text import audit as messages
from gateway.web.kit.context import Console
from gateway.web.kit.guard import principal
from gateway.web.kit.language import page
from gateway.web.kit.parts import ROWS, back, flashing, moment, note, number, translated
from outbox import writing


def audit_routes(console: Console) -> Blueprint:
    """Return the routes, below /audit."""
    routes = Blueprint("audit", __name__, url_prefix="/audit")

    @routes.get("/", endpoint="page")
    def listed() -> str:
        with console.engine.connect() as connection:
            entries = audit.search(connection, _sought(), ROWS + 1)
            head = audit.head(connection)
        next_number = entries[ROWS - 1].number if len(entries) > ROWS else None
        return page("audit.html", found=entries[:ROWS], more=next_number, head=head)

    @routes.post("/verify")
    def verify() -> BaseResponse:
        outcome = console.gateway.anchoring.verify()
        note_verified(console.engine, outcome, principal().name, console.clock())
        if outcome.broken is None:
            note(messages.whole(outcome.entries, outcome.digest))
            # What was looked at just now is vouched for from now on.
            with flashing():
                console.gateway.anchoring.anchor()
        else:
            flash(translated(outcome.broken.text), "bad")
        for remark in outcome.remarks:
            flash(translated(remark), "good" if outcome.anchors else "bad")
        return back("audit.page")

    @routes.get("/export.jsonl")
    def export() -> Response:
        now, reader = console.clock(), principal().name
        with writing(console.engine) as connection:
            audit.append(connection, now, reader, "audit.export", "")

        def lines() -> Iterator[str]:
            with console.engine.connect() as connection:
                for entry in audit.entries(connection):
                    yield (
                        json.dumps(asdict(entry) | {"at": entry.at.isoformat()}, ensure_ascii=False)
                        + "\n"
                    )

        headers = {"Content-Disposition": "attachment; filename=audit.jsonl"}
        return Response(lines(), content_type="application/jsonl; charset=utf-8", headers=headers)

    return routes


def _sought() -> Sought:
    def argument(name: str) -> str | None:
        return request.args.get(name, "").strip() or None

    return Sought(
        argument("person"),
        argument("act"),
        argument("target"),
        moment("since"),
        moment("until"),
        number("before"),
    )
