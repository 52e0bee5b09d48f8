"""What people do to alerts and their rules."""

from datetime import datetime

from sqlalchemy import Connection

from gateway import audit
from gateway.alerts import store as alerts
from gateway.alerts.rules import Rule


def acknowledge(connection: Connection, alert: int, person: str, now: datetime) -> None:
    """Note that a person has seen an alert; that another has before stays."""
    if alerts.acknowledge(connection, alert, person, now):
        audit.append(connection, now, person, "alert.acknowledge", str(alert))


def set_rule(connection: Connection, rule: Rule, person: str, why: str, now: datetime) -> None:
    """Set an alert rule; raises ReasonRefusedError without a reason."""
    alerts.set_rule(connection, rule)
    state = (
        f"{'on' if rule.enabled else 'off'} {rule.threshold:g} {', '.join(rule.channels)}"
        f" {rule.quiet_from}-{rule.quiet_to} again {rule.repeat_hours:g} h"
    )
    audit.record_act(connection, now, person, "alert.rule", rule.kind, why, before=f"{state}: ")
