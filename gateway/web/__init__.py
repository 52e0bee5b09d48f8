"""The status page: what waits and why, in one look. Everything but the login needs a session."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from flask import Flask, Response, jsonify, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from gateway.catalogue import Catalogue, Item, in_window
from gateway.clock import local_text
from gateway.exchange import arrivals, journal, refusals, store
from gateway.exchange.store import FeedState, FeedTotals
from gateway.feeds import ApiToken
from gateway.messages import Text
from gateway.platform import CatalogueKeeper
from gateway.problems import bearer_ok, problem, same_secret
from gateway.signing import HEADER
from gateway.web.api import Registering, Served, api_routes
from gateway.web.form import form_routes
from gateway.web.health import health_routes
from gateway.web.language import language
from gateway.web.push import Pushed, Receiving, push_routes
from outbox import Lane, Outbox, writing

#: How many waiting packages and events the page shows.
SHOWN = 20
#: Largest receipt that is taken, in bytes.
MAX_RECEIPT = 16_000_000


class Fed(Receiving, Registering, Protocol):
    """What the pages need of the fetching."""


class Shown(Pushed, Served, Protocol):
    """What the page needs of a gateway."""

    @property
    def fetching(self) -> Fed:
        """The feeds, and the registry."""
        ...

    outbox: Outbox
    keeper: CatalogueKeeper


@dataclass(frozen=True, slots=True)
class FeedView:
    """One feed's line on the page."""

    name: str
    item: Item | None
    state: FeedState | None
    totals: FeedTotals | None
    lane: Lane | None
    open_refusals: int
    window_open: bool


def create_app(
    gateway: Shown,
    token: str,
    receipt_token: str | None = None,
    api_tokens: Sequence[ApiToken] = (),
) -> Flask:
    """Make the WSGI application: who has the token may sign in, and who has the receipt token, if there
    is one, may bring receipts; `api_tokens` open the API.
    """
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32), SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict", MAX_CONTENT_LENGTH=65_536, TEMPLATES_AUTO_RELOAD=False,
    )  # fmt: skip
    app.jinja_env.globals["local_text"] = local_text
    app.jinja_env.filters["number"] = lambda value: f"{value:,}"

    @app.before_request
    def _authorise() -> BaseResponse | None:
        if request.blueprint in ("push", "form", "api", "health"):
            # They ask for a token of their own where they tell anything.
            return None
        if request.endpoint == "receipt":
            given = request.headers.get("Authorization")
            if receipt_token is not None and bearer_ok(given, receipt_token):
                return None
            return problem(401, Text("令牌缺失或不正确", "the token is missing or wrong"))
        if request.endpoint in ("static", "login", "enter") or session.get("signed_in"):
            return None
        given = request.args.get("token", "")
        if same_secret(given, token):
            # The token leaves the address bar, and with it the history, at once.
            session["signed_in"] = True
            return redirect(url_for("status"))
        if request.accept_mimetypes.best == "application/json":
            return problem(401, Text("请先登录", "sign in first"))
        return redirect(url_for("login"))

    app.register_blueprint(push_routes(gateway))
    app.register_blueprint(form_routes(gateway))
    app.register_blueprint(api_routes(gateway, api_tokens))
    app.register_blueprint(health_routes(gateway, api_tokens))

    @app.after_request
    def _harden(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    @app.get("/login")
    def login() -> str:
        return render_template("login.html", wrong="wrong" in request.args, **language())

    @app.post("/login")
    def enter() -> BaseResponse:
        given = request.form.get("token", "").strip()
        if not same_secret(given, token):
            return redirect(url_for("login", wrong=1))
        session.clear()
        session["signed_in"] = True
        return redirect(url_for("status"))

    @app.put("/receipts/<uuid:guid>")
    def receipt(guid: UUID) -> Response:
        return _take_receipt(gateway, str(guid))

    @app.get("/")
    def status() -> str:
        return render_template("status.html", **_status(gateway), **language())

    @app.get("/status.json")
    def status_json() -> Response:
        feeds = _status(gateway)["feeds"]
        return jsonify([_feed_data(feed) for feed in feeds])  # type: ignore[attr-defined]

    return app


def _take_receipt(gateway: Shown, guid: str) -> Response:
    """Keep a receipt that the centre brings and let its package be looked at; the worker judges it."""
    request.max_content_length = MAX_RECEIPT
    data = request.get_data()
    now = gateway.clock()
    with writing(gateway.engine) as connection:
        found = gateway.outbox.find(connection, guid)
        if found is None or found.state not in ("waiting", "sending"):
            return problem(
                404, Text("没有等待回执的该数据包", "no such package waits for its receipt")
            )
        arrivals.keep(connection, guid, data, request.headers.get(HEADER, ""), now)
        gateway.outbox.hasten_one(connection, guid, now)
    return Response(status=202)


def _status(gateway: Shown) -> dict[str, object]:
    catalogue = gateway.keeper.held
    now = gateway.clock()
    with gateway.engine.connect() as connection:
        states = {state.name: state for state in store.feed_states(connection)}
        totals = {total.feed: total for total in store.totals(connection)}
        lanes = {lane.name: lane for lane in gateway.outbox.lanes(connection)}
        open_counts = refusals.open_counts(connection)
        waiting = gateway.outbox.messages(connection, limit=SHOWN)
        happened = journal.events(connection, SHOWN)
    names = sorted({*states, *_names(catalogue)})
    feeds = []
    for name in names:
        item = None if catalogue is None else catalogue.item(name)
        feeds.append(
            FeedView(
                name, item, states.get(name), totals.get(name), lanes.get(name),
                open_counts.get(name, 0), item is not None and in_window(item, now, gateway.keeper.calendar.workday),
            )
        )  # fmt: skip
    return {
        "feeds": feeds, "waiting": waiting, "events": happened, "catalogue": catalogue,
        "now": now, "well": _well(feeds),
    }  # fmt: skip


def _names(catalogue: Catalogue | None) -> list[str]:
    return [] if catalogue is None else [item.feed for item in catalogue.items]


def _well(feeds: list[FeedView]) -> bool:
    """Nothing is dead, held or failing."""
    return not any(
        (feed.lane and feed.lane.dead) or (feed.state and (feed.state.hold or feed.state.problem))
        for feed in feeds
    )


def _feed_data(feed: FeedView) -> dict[str, object]:
    t = feed.totals
    return {
        "feed": feed.name,
        "rows": t.rows if t else 0,
        "accepted": t.accepted if t else 0,
        "refused": t.refused + t.turned_down if t else 0,
        "waiting": t.waiting if t else 0,
        "dead": feed.lane.dead if feed.lane else 0,
        "why": feed.lane.why if feed.lane else "",
        "open_refusals": feed.open_refusals,
    }
