"""Operations of alerts and their rules."""

from datetime import time

from pydantic import Field

from gateway.alerts import store as alerts
from gateway.alerts.rules import Kind, Rule
from gateway.alerts.store import Alert
from gateway.operations import alerts as alert_acts
from gateway.text import api as texts
from gateway.text import api_operations as summaries
from gateway.web.api.model import Call, InvalidRequestError, Nothing, Operation, Reason
from outbox import writing

_PAGE = 50


class RuleBody(Reason):
    """When a kind of alert is told, and to whom."""

    enabled: bool = True
    threshold: float = Field(default=0, ge=0, le=1e9)
    channels: tuple[str, ...] = ()
    quiet_from: time = time()
    quiet_to: time = time()
    repeat_hours: float = Field(default=4, ge=0, le=1000)


def _alerts(call: Call) -> list[Alert]:
    with call.engine.connect() as connection:
        open_now = [
            alert for alert in alerts.open_alerts(connection) if call.principal.sees(alert.feed)
        ]
        return open_now + alerts.past(connection, _PAGE, None, call.principal.departments)


def _acknowledge(call: Call) -> list[Alert]:
    with writing(call.engine) as connection:
        alert_acts.acknowledge(connection, int(call.path["alert"]), call.person, call.clock())
    return _alerts(call)


def _rules(call: Call) -> list[Rule]:
    with call.engine.connect() as connection:
        return alerts.rules(connection, call.console.channels)


def _set_rule(call: Call) -> list[Rule]:
    kinds = {rule.kind: rule for rule in _rules(call)}
    kind: Kind | None = next((value for value in kinds if value == call.path["kind"]), None)
    body: RuleBody = call.body
    if kind is None:
        raise InvalidRequestError("kind", texts.must_be_one_of(kinds))
    if unknown := set(body.channels) - set(call.console.channels):
        raise InvalidRequestError("channels", texts.there_is_no(unknown))
    quiet = [value.strftime("%H:%M") for value in (body.quiet_from, body.quiet_to)]
    rule = Rule(
        kind, body.enabled, body.threshold, body.channels, quiet[0], quiet[1], body.repeat_hours
    )
    with writing(call.engine) as connection:
        alert_acts.set_rule(connection, rule, call.person, body.why, call.clock())
    return _rules(call)


ALERTS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/alerts",
        "read",
        summaries.alerts(),
        Nothing,
        list[Alert],
        _alerts,
    ),
    Operation(
        "POST",
        "/alerts/{alert}/acknowledge",
        "operate",
        summaries.acknowledge_alert(),
        Nothing,
        list[Alert],
        _acknowledge,
        no_reason="says that it was seen",
    ),
    Operation(
        "GET",
        "/alert-rules",
        "read",
        summaries.alert_rules(),
        Nothing,
        list[Rule],
        _rules,
        everywhere=True,
    ),
    Operation(
        "PUT",
        "/alert-rules/{kind}",
        "administer",
        summaries.set_alert_rule(),
        RuleBody,
        list[Rule],
        _set_rule,
    ),
)
