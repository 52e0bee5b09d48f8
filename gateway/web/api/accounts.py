"""Operations of accounts: who may sign in, and what waits for another administrator."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import Field, SecretStr

from gateway.accounts import FRESH, AccountError, Role
from gateway.accounts.administration import Outcome
from gateway.accounts.model import account_of
from gateway.accounts.store import Account
from gateway.text import accounts as messages
from gateway.text import api_operations as summaries
from gateway.web.api.model import Body, Call, Nothing, Operation, Reason

_ACCOUNT = "/accounts/{name}"


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


def _accounts(call: Call) -> list[AccountView]:
    return [_view(account) for account in call.console.accounts.every()]


def _after_act(call: Call, name: str, outcome: Outcome) -> AccountView:
    """Return an account after an act; one that waits to be made as it is to be."""
    if outcome.pending:
        [pending] = [
            request for request in call.console.administration.requests() if request.account == name
        ]
        return AccountView(
            name,
            pending.role,
            pending.departments,
            False,
            False,
            pending.subject,
            None,
            outcome.password or None,
            pending.act,
        )
    return _view(call.console.accounts.find(name), outcome.password or None)


def _add(call: Call) -> AccountView:
    body: NewAccount = call.body
    outcome = call.console.administration.add(
        body.name, body.role, body.departments, call.person, body.why, body.subject
    )
    return _after_act(call, body.name, outcome)


def _role(call: Call) -> AccountView:
    body: RoleBody = call.body
    name = call.path["name"]
    return _after_act(
        call,
        name,
        call.console.administration.set_role(
            name, body.role, body.departments, call.person, body.why
        ),
    )


def _reset(call: Call) -> AccountView:
    name = call.path["name"]
    return _after_act(
        call, name, call.console.administration.reset_password(name, call.person, call.body.why)
    )


def _second(call: Call) -> AccountView:
    name = call.path["name"]
    return _after_act(
        call, name, call.console.administration.drop_second(name, call.person, call.body.why)
    )


def _disable(call: Call) -> AccountView:
    name = call.path["name"]
    return _after_act(
        call, name, call.console.administration.disable(name, call.person, call.body.why)
    )


def _enable(call: Call) -> AccountView:
    name = call.path["name"]
    return _after_act(
        call, name, call.console.administration.enable(name, call.person, call.body.why)
    )


def _requests(call: Call) -> list[RequestView]:
    return [
        RequestView(
            request.account,
            request.act,
            request.role,
            request.departments,
            request.subject,
            request.person,
            request.at,
        )
        for request in call.console.administration.requests()
    ]


def _approve(call: Call) -> AccountView:
    name, body = call.path["name"], call.body
    return _after_act(
        call, name, call.console.administration.approve(name, call.person, body.why, body.asked_at)
    )


def _withdraw(call: Call) -> list[RequestView]:
    call.console.administration.withdraw(call.path["name"], call.person, call.body.why)
    return _requests(call)


def _prove(call: Call) -> Proof:
    body: ProofBody = call.body
    principal = call.principal
    if principal.token is None:
        raise AccountError.of(messages.no_person())
    call.console.sessions.check_person(
        account_of(principal.name),
        body.password.get_secret_value(),
        body.code.get_secret_value(),
        call.source,
    )
    call.console.tokens.prove(principal.token)
    return Proof(call.clock() + FRESH)


def _view(account: Account, password: str | None = None) -> AccountView:
    return AccountView(
        account.name,
        account.role,
        account.departments,
        account.disabled,
        account.second is not None,
        account.subject,
        account.signed_in_at,
        password,
    )


ACCOUNTS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/accounts",
        "administer",
        summaries.accounts(),
        Nothing,
        list[AccountView],
        _accounts,
    ),
    Operation(
        "POST",
        "/accounts",
        "administer",
        summaries.add_account(),
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
        summaries.set_role(),
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
        summaries.reset_password(),
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
        summaries.drop_second_factor(),
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
        summaries.disable_account(),
        Reason,
        AccountView,
        _disable,
        fresh=True,
    ),
    Operation(
        "POST",
        f"{_ACCOUNT}/enable",
        "administer",
        summaries.enable_account(),
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
        summaries.account_requests(),
        Nothing,
        list[RequestView],
        _requests,
    ),
    Operation(
        "POST",
        "/account-requests/{name}/approve",
        "administer",
        summaries.approve_request(),
        Approval,
        AccountView,
        _approve,
        fresh=True,
    ),
    Operation(
        "POST",
        "/account-requests/{name}/withdraw",
        "administer",
        summaries.withdraw_request(),
        Reason,
        list[RequestView],
        _withdraw,
        fresh=True,
    ),
    Operation(
        "POST",
        "/proof",
        "read",
        summaries.prove_person(),
        ProofBody,
        Proof,
        _prove,
        no_reason="shows who somebody is",
    ),
)
