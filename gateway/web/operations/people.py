"""Operations of people: alerts, the audit log, accounts."""

from dataclasses import dataclass
from datetime import datetime, time

from pydantic import Field

from gateway import audit
from gateway.accounts import Role
from gateway.accounts.store import Account
from gateway.alerts import store as alerts
from gateway.alerts.rules import Kind, Rule
from gateway.alerts.store import Alert
from gateway.audit import Entry, Sought
from gateway.operations import alerts as alert_acts
from gateway.operations import audit_log as audit_acts
from gateway.web.operations.model import Body, Call, Nothing, Operation, Query, Unfit
from outbox import writing

_PAGE, _MOST = 50, 1000


class RuleBody(Body):
    """When a kind of alert is told, and to whom."""

    enabled: bool = True
    threshold: float = Field(default=0, ge=0, le=1e9)
    channels: tuple[str, ...] = ()
    quiet_from: time = time()
    quiet_to: time = time()
    repeat_hours: float = Field(default=4, ge=0, le=1000)


class RoleBody(Body):
    """A role, with departments where it is a department's."""

    role: Role
    departments: tuple[str, ...] = ()


class NewAccount(RoleBody):
    """An account to be made; with `subject` it signs in by OpenID Connect."""

    name: str
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as it may be shown; `password` only once, for its first sign-in."""

    name: str
    role: Role
    departments: tuple[str, ...]
    disabled: bool
    second_factor: bool
    subject: str | None
    signed_in_at: datetime | None
    password: str | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the chain holds; where it breaks first, if it does."""

    whole: bool
    entries: int
    digest: str
    broken_at: int | None
    zh: str
    en: str


def _alerts(call: Call) -> list[Alert]:
    with call.engine.connect() as connection:
        open_now = [one for one in alerts.open_alerts(connection) if call.principal.sees(one.feed)]
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
    kind: Kind | None = next((one for one in kinds if one == call.path["kind"]), None)
    body: RuleBody = call.body
    if kind is None:
        raise Unfit("kind", f"应为 {', '.join(kinds)}", f"must be one of {', '.join(kinds)}")
    if unknown := set(body.channels) - set(call.console.channels):
        raise Unfit("channels", f"没有 {', '.join(sorted(unknown))}", f"there is no {', '.join(sorted(unknown))}")  # fmt: skip
    quiet = [one.strftime("%H:%M") for one in (body.quiet_from, body.quiet_to)]
    rule = Rule(
        kind, body.enabled, body.threshold, body.channels, quiet[0], quiet[1], body.repeat_hours
    )
    with writing(call.engine) as connection:
        alert_acts.set_rule(connection, rule, call.person, call.clock())
    return _rules(call)


def _audit(call: Call) -> list[Entry]:
    given = call.query
    sought = Sought(given["person"], given["act"], given["target"], given["since"], given["until"], given["before"])  # fmt: skip
    with call.engine.connect() as connection:
        return audit.search(connection, sought, max(1, min(given["limit"] or _PAGE, _MOST)))


def _verify(call: Call) -> Verification:
    broken, number, digest = audit_acts.verify_log(call.engine, call.person, call.clock())
    if broken is None:
        return Verification(True, number, digest, None, "完整", "it is whole")
    return Verification(False, number, digest, broken.number, broken.text.zh, broken.text.en)


def _accounts(call: Call) -> list[AccountView]:
    return [_view(one) for one in call.console.accounts.every()]


def _add(call: Call) -> AccountView:
    body: NewAccount = call.body
    password = call.console.accounts.add(body.name, body.role, body.departments, call.person, body.subject)  # fmt: skip
    return _view(call.console.accounts.find(body.name), password or None)


def _role(call: Call) -> AccountView:
    body: RoleBody = call.body
    call.console.accounts.set_role(call.path["name"], body.role, body.departments, call.person)
    return _view(call.console.accounts.find(call.path["name"]))


def _reset(call: Call) -> AccountView:
    password = call.console.accounts.reset_password(call.path["name"], call.person)
    return _view(call.console.accounts.find(call.path["name"]), password)


def _disable(call: Call) -> AccountView:
    call.console.accounts.disable(call.path["name"], call.person)
    return _view(call.console.accounts.find(call.path["name"]))


def _enable(call: Call) -> AccountView:
    call.console.accounts.enable(call.path["name"], call.person)
    return _view(call.console.accounts.find(call.path["name"]))


def _view(one: Account, password: str | None = None) -> AccountView:
    return AccountView(
        one.name, one.role, one.departments, one.disabled, one.second is not None, one.subject, one.signed_in_at, password
    )  # fmt: skip


_SOUGHT = (
    Query("person"), Query("act"), Query("target"), Query("since", "moment"), Query("until", "moment"), Query("before", "integer"),
    Query("limit", "integer"),
)  # fmt: skip
_ACCOUNT = "/accounts/{name}"
PEOPLE: tuple[Operation, ...] = (
    Operation("GET", "/alerts", "read", "未解除与最近解除的告警", "Open alerts, and the latest that are over", Nothing, list[Alert], _alerts),
    Operation("POST", "/alerts/{alert}/acknowledge", "operate", "确认告警", "Acknowledge an alert", Nothing, list[Alert], _acknowledge),
    Operation("GET", "/alert-rules", "read", "告警规则", "The alert rules", Nothing, list[Rule], _rules, everywhere=True),
    Operation("PUT", "/alert-rules/{kind}", "administer", "改告警规则", "Set an alert rule", RuleBody, list[Rule], _set_rule),
    Operation("GET", "/audit", "audit", "查审计日志", "Search the audit log", Nothing, list[Entry], _audit, _SOUGHT, everywhere=True),
    Operation("POST", "/audit/verify", "audit", "校验审计日志", "Verify the audit log's chain", Nothing, Verification, _verify, everywhere=True),
    Operation("GET", "/accounts", "administer", "列出账户", "List accounts", Nothing, list[AccountView], _accounts),
    Operation("POST", "/accounts", "administer", "新建账户", "Make an account", NewAccount, AccountView, _add, status=201),
    Operation("PUT", f"{_ACCOUNT}/role", "administer", "改角色", "Give an account another role", RoleBody, AccountView, _role),
    Operation("POST", f"{_ACCOUNT}/reset", "administer", "重设口令", "Give a new first password", Nothing, AccountView, _reset),
    Operation("POST", f"{_ACCOUNT}/disable", "administer", "停用账户", "Disable an account", Nothing, AccountView, _disable),
    Operation("POST", f"{_ACCOUNT}/enable", "administer", "启用账户", "Enable an account", Nothing, AccountView, _enable),
)  # fmt: skip
