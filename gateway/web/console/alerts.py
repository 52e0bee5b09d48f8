"""Alerts: what is open and was, acknowledged by a person; and the rules by which they are told."""

from datetime import time

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from gateway.alerts import store
from gateway.alerts.rules import ABOUT, KINDS, Kind, Rule
from gateway.errors import GatewayError
from gateway.operations import alerts as alert_acts
from gateway.text import console as texts
from gateway.web.kit.context import Console
from gateway.web.kit.guard import principal
from gateway.web.kit.language import page
from gateway.web.kit.parts import ROWS, back, flashing, number
from outbox import writing


def alert_routes(console: Console) -> Blueprint:
    """Return the routes, below /alerts."""
    routes = Blueprint("alerts", __name__, url_prefix="/alerts")

    @routes.get("/", endpoint="page")
    def listed() -> str:
        reader, cursor = principal(), number("before")
        with console.engine.connect() as connection:
            open_now = [alert for alert in store.open_alerts(connection) if reader.sees(alert.feed)]
            over = store.past(connection, ROWS + 1, cursor, reader.departments)
        next_cursor = over[ROWS - 1].id if len(over) > ROWS else None
        return page(
            "alerts.html", open_now=open_now, over=over[:ROWS], more=next_cursor, about=ABOUT
        )

    @routes.post("/<int:alert>/acknowledge")
    def acknowledge(alert: int) -> BaseResponse:
        reader, now = principal(), console.clock()
        with flashing(texts.alert_acknowledged()), writing(console.engine) as connection:
            alert_acts.acknowledge(connection, alert, reader.name, now)
        return back("home.page" if request.form.get("from") == "home" else "alerts.page")

    @routes.get("/rules")
    def rules() -> str:
        with console.engine.connect() as connection:
            listed_rules = store.rules(connection, console.channels)
        return page("alert-rules.html", rules=listed_rules, about=ABOUT, channels=console.channels)

    @routes.post("/rules/<kind>")
    def change(kind: Kind) -> BaseResponse:
        with flashing(texts.saved()):
            rule, reason = _rule(kind, console.channels), request.form.get("why", "")
            with writing(console.engine) as connection:
                alert_acts.set_rule(connection, rule, principal().name, reason, console.clock())
        return back("alerts.rules")

    return routes


def _rule(kind: Kind, channels: tuple[str, ...]) -> Rule:
    """Read a rule from its form; raises GatewayError."""
    if kind not in KINDS:
        raise GatewayError.of(texts.no_alert_rule(kind))
    try:
        threshold, repeat_hours = (
            float(request.form.get(name, "0") or 0) for name in ("threshold", "repeat_hours")
        )
        quiet = [
            time.fromisoformat(request.form.get(name, "00:00")).strftime("%H:%M")
            for name in ("quiet_from", "quiet_to")
        ]
    except ValueError:
        raise GatewayError.of(texts.rule_malformed()) from None
    if not (0 <= threshold <= 1e9 and 0 <= repeat_hours <= 1000):
        raise GatewayError.of(texts.rule_out_of_range())
    chosen = tuple(channel for channel in channels if request.form.get(f"to-{channel}"))
    return Rule(
        kind, bool(request.form.get("enabled")), threshold, chosen, quiet[0], quiet[1], repeat_hours
    )
