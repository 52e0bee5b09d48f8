"""Operations of people: alerts, the audit log, accounts."""

from dataclasses import dataclass
from datetime import datetime, time

from pydantic import Field, SecretStr

from gateway import audit
from gateway.accounts import FRESH, AccountError, Role
from gateway.accounts.administration import Outcome
from gateway.accounts.model import account_of
from gateway.accounts.store import Account
from gateway.alerts import store as alerts
from gateway.alerts.rules import Kind, Rule
from gateway.alerts.store import Alert
from gateway.audit import Entry, Sought
from gateway.audit.anchoring import note_verified
from gateway.operations import alerts as alert_acts
from gateway.text import accounts as messages
from gateway.text import audit as audit_messages
from gateway.web.api.model import Body, Call, InvalidRequestError, Nothing, Operation, Query, Reason
from outbox import writing

_PAGE, _MOST = 50, 1000


class RuleBody(Reason):
    """When a kind of alert is told, and to whom."""

    enabled: bool = True
    threshold: float = Field(default=0, ge=0, le=1e9)
    channels: tuple[str, ...] = ()
    quiet_from: time = time()
    quiet_to: time = time()
    repeat_hours: float = Field(default=4, ge=0, le=1000)


class RoleBody(Reason):
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
    #: What of it waits for another administrator; `password` is the first half then.
    pending: str | None = None


@dataclass(frozen=True, slots=True)
class RequestView:
    """What one administrator has asked and another must approve."""

    name: str
    act: str
    role: Role
    departments: tuple[str, ...]
    subject: str | None
    asked_by: str
    asked_at: datetime


class Approval(Reason):
    """Which request is approved: when it was asked, as the list has it."""

    asked_at: datetime | None = None


class ProofBody(Body):
    """By what a token's person shows who they are: the password, and a code where there is a second factor."""

    password: SecretStr = Field(max_length=1000)
    code: SecretStr = Field(default=SecretStr(""), max_length=20)


@dataclass(frozen=True, slots=True)
class Proof:
    """Until when the token may act on accounts."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the chain holds; where it breaks first, if it does."""

    whole: bool
    entries: int
    digest: str
    broken_at: int | None
    zh: str
    en: str
    #: How many heads of the log were written down outside the store, and what they do not prove.
    anchors: int
    remarks: tuple[str, ...]


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
        raise InvalidRequestError(
            "kind", f"应为 {', '.join(kinds)}", f"must be one of {', '.join(kinds)}"
        )
    if unknown := set(body.channels) - set(call.console.channels):
        raise InvalidRequestError(
            "channels",
            f"没有 {', '.join(sorted(unknown))}",
            f"there is no {', '.join(sorted(unknown))}",
        )
    quiet = [one.strftime("%H:%M") for one in (body.quiet_from, body.quiet_to)]
    rule = Rule(
        kind, body.enabled, body.threshold, body.channels, quiet[0], quiet[1], body.repeat_hours
    )
    with writing(call.engine) as connection:
        alert_acts.set_rule(connection, rule, call.person, body.why, call.clock())
    return _rules(call)


def _audit(call: Call) -> list[Entry]:
    given = call.query
    sought = Sought(
        given["person"],
        given["act"],
        given["target"],
        given["since"],
        given["until"],
        given["before"],
    )
    with call.engine.connect() as connection:
        return audit.search(connection, sought, max(1, min(given["limit"] or _PAGE, _MOST)))


def _verify(call: Call) -> Verification:
    found = call.console.gateway.anchoring.verify()
    note_verified(call.engine, found, call.person, call.clock())
    text = found.broken.text if found.broken else audit_messages.whole(found.entries, found.digest)
    broken_at = found.broken.number if found.broken else None
    remarks = tuple(str(remark) for remark in found.remarks)
    return Verification(
        found.broken is None,
        found.entries,
        found.digest,
        broken_at,
        text.zh,
        text.en,
        found.anchors,
        remarks,
    )


def _accounts(call: Call) -> list[AccountView]:
    return [_view(one) for one in call.console.accounts.every()]


def _shown(call: Call, name: str, done: Outcome) -> AccountView:
    """Return an account after an act; one that waits to be made as it is to be."""
    if done.pending:
        [asked] = [one for one in call.console.administration.requests() if one.account == name]
        return AccountView(
            name,
            asked.role,
            asked.departments,
            False,
            False,
            asked.subject,
            None,
            done.password or None,
            asked.act,
        )
    return _view(call.console.accounts.find(name), done.password or None)


def _add(call: Call) -> AccountView:
    body: NewAccount = call.body
    done = call.console.administration.add(
        body.name, body.role, body.departments, call.person, body.why, body.subject
    )
    return _shown(call, body.name, done)


def _role(call: Call) -> AccountView:
    body: RoleBody = call.body
    name = call.path["name"]
    return _shown(
        call,
        name,
        call.console.administration.set_role(
            name, body.role, body.departments, call.person, body.why
        ),
    )


def _reset(call: Call) -> AccountView:
    name = call.path["name"]
    return _shown(
        call, name, call.console.administration.reset_password(name, call.person, call.body.why)
    )


def _second(call: Call) -> AccountView:
    name = call.path["name"]
    return _shown(
        call, name, call.console.administration.drop_second(name, call.person, call.body.why)
    )


def _disable(call: Call) -> AccountView:
    name = call.path["name"]
    return _shown(call, name, call.console.administration.disable(name, call.person, call.body.why))


def _enable(call: Call) -> AccountView:
    name = call.path["name"]
    return _shown(call, name, call.console.administration.enable(name, call.person, call.body.why))


def _requests(call: Call) -> list[RequestView]:
    return [
        RequestView(
            one.account, one.act, one.role, one.departments, one.subject, one.person, one.at
        )
        for one in call.console.administration.requests()
    ]


def _approve(call: Call) -> AccountView:
    name, body = call.path["name"], call.body
    return _shown(
        call, name, call.console.administration.approve(name, call.person, body.why, body.asked_at)
    )


def _withdraw(call: Call) -> list[RequestView]:
    call.console.administration.withdraw(call.path["name"], call.person, call.body.why)
    return _requests(call)


def _prove(call: Call) -> Proof:
    body: ProofBody = call.body
    who = call.principal
    if who.token is None:
        raise AccountError.of(messages.no_person())
    call.console.sessions.check_person(
        account_of(who.name),
        body.password.get_secret_value(),
        body.code.get_secret_value(),
        call.source,
    )
    call.console.tokens.prove(who.token)
    return Proof(call.clock() + FRESH)


def _view(one: Account, password: str | None = None) -> AccountView:
    return AccountView(
        one.name,
        one.role,
        one.departments,
        one.disabled,
        one.second is not None,
        one.subject,
        one.signed_in_at,
        password,
    )


_SOUGHT = (
    Query("person"),
    Query("act"),
    Query("target"),
    Query("since", "moment"),
    Query("until", "moment"),
    Query("before", "integer"),
    Query("limit", "integer"),
)
_ACCOUNT = "/accounts/{name}"
PEOPLE: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/alerts",
        "read",
        "未解除与最近解除的告警",
        "Open alerts, and the latest that are over",
        Nothing,
        list[Alert],
        _alerts,
    ),
    Operation(
        "POST",
        "/alerts/{alert}/acknowledge",
        "operate",
        "确认告警",
        "Acknowledge an alert",
        Nothing,
        list[Alert],
        _acknowledge,
        no_reason="says that it was seen",
    ),
    Operation(
        "GET",
        "/alert-rules",
        "read",
        "告警规则",
        "The alert rules",
        Nothing,
        list[Rule],
        _rules,
        everywhere=True,
    ),
    Operation(
        "PUT",
        "/alert-rules/{kind}",
        "administer",
        "改告警规则",
        "Set an alert rule",
        RuleBody,
        list[Rule],
        _set_rule,
    ),
    Operation(
        "GET",
        "/audit",
        "audit",
        "查审计日志",
        "Search the audit log",
        Nothing,
        list[Entry],
        _audit,
        _SOUGHT,
        everywhere=True,
    ),
    Operation(
        "POST",
        "/audit/verify",
        "audit",
        "校验审计日志",
        "Verify the audit log's chain",
        Nothing,
        Verification,
        _verify,
        everywhere=True,
        no_reason="looks",
    ),
    Operation(
        "GET",
        "/accounts",
        "administer",
        "列出账户",
        "List accounts",
        Nothing,
        list[AccountView],
        _accounts,
    ),
    Operation(
        "POST",
        "/accounts",
        "administer",
        "新建账户",
        "Make an account",
        NewAccount,
        AccountView,
        _add,
        status=201,
        fresh=True,
        waits=True,
    ),
    Operation(
        "PUT",
        f"{_ACCOUNT}/role",
        "administer",
        "改角色",
        "Give an account another role",
        RoleBody,
        AccountView,
        _role,
        fresh=True,
        waits=True,
    ),
    Operation(
        "POST",
        f"{_ACCOUNT}/reset",
        "administer",
        "重设口令",
        "Give a new first password",
        Reason,
        AccountView,
        _reset,
        fresh=True,
        waits=True,
    ),
    Operation(
        "POST",
        f"{_ACCOUNT}/second-factor/drop",
        "administer",
        "去除第二因素",
        "Take the second factor away",
        Reason,
        AccountView,
        _second,
        fresh=True,
        waits=True,
    ),
    Operation(
        "POST",
        f"{_ACCOUNT}/disable",
        "administer",
        "停用账户",
        "Disable an account",
        Reason,
        AccountView,
        _disable,
        fresh=True,
    ),
    Operation(
        "POST",
        f"{_ACCOUNT}/enable",
        "administer",
        "启用账户",
        "Enable an account",
        Reason,
        AccountView,
        _enable,
        fresh=True,
        waits=True,
    ),
    Operation(
        "GET",
        "/account-requests",
        "administer",
        "待另一名管理员批准的申请",
        "What waits for another administrator",
        Nothing,
        list[RequestView],
        _requests,
    ),
    Operation(
        "POST",
        "/account-requests/{name}/approve",
        "administer",
        "批准申请",
        "Approve what another administrator has asked",
        Approval,
        AccountView,
        _approve,
        fresh=True,
    ),
    Operation(
        "POST",
        "/account-requests/{name}/withdraw",
        "administer",
        "撤销或拒绝申请",
        "Take a request back, or refuse it",
        Reason,
        list[RequestView],
        _withdraw,
        fresh=True,
    ),
    Operation(
        "POST",
        "/proof",
        "read",
        "令牌本人验证身份（口令及验证码）",
        "Show that a token's person is here, by password and code",
        ProofBody,
        Proof,
        _prove,
        no_reason="shows who somebody is",
    ),
)
