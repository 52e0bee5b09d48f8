"""Accounts, for administrators: made, given roles, disabled, approved.

A first password is shown once.
"""

from typing import get_args

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from gateway.accounts import ROLES, AccountError, Role
from gateway.accounts.administration import Outcome
from gateway.accounts.model import account_of
from gateway.clock import read_moment
from gateway.text import accounts as messages
from gateway.text import console as texts
from gateway.web.kit.context import Console
from gateway.web.kit.denials import not_there
from gateway.web.kit.guard import principal
from gateway.web.kit.language import page
from gateway.web.kit.parts import back, flashing, note


def account_routes(console: Console) -> Blueprint:
    """Return the routes, below /accounts."""
    routes = Blueprint("accounts", __name__, url_prefix="/accounts")

    def render(first_password: tuple[str, Outcome] | None = None) -> str:
        return page(
            "accounts.html",
            accounts=console.accounts.every(),
            roles=ROLES,
            made=first_password,
            oidc=console.settings.oidc is not None,
            requests=console.administration.requests(),
            two=console.settings.two_persons,
            account_of=account_of,
        )

    def answered(name: str, outcome: Outcome) -> str | BaseResponse:
        """Show a first password, or its half, this once; else say what was done and go back."""
        if outcome.password:
            return render((name, outcome))
        note(messages.approval_awaited(name) if outcome.pending else messages.act_done(name))
        return back("accounts.page")

    @routes.get("/", endpoint="page")
    def listed() -> str:
        return render()

    @routes.post("/")
    def add() -> str | BaseResponse:
        name, reason = request.form.get("name", "").strip(), request.form.get("why", "")
        with flashing():
            role, departments = _role()
            subject = request.form.get("subject", "").strip() or None
            return answered(
                name,
                console.administration.add(
                    name, role, departments, principal().name, reason, subject
                ),
            )
        return back("accounts.page")

    @routes.post("/<name>/<what>")
    def act(name: str, what: str) -> str | BaseResponse:
        people, person = console.administration, principal().name
        reason = request.form.get("why", "")
        with flashing():
            match what:
                case "role":
                    return answered(name, people.set_role(name, *_role(), person, reason))
                case "reset":
                    return answered(name, people.reset_password(name, person, reason))
                case "second":
                    return answered(name, people.drop_second(name, person, reason))
                case "disable":
                    return answered(name, people.disable(name, person, reason))
                case "enable":
                    return answered(name, people.enable(name, person, reason))
                case "approve":
                    seen_at = read_moment(request.form.get("asked", ""))
                    return answered(name, people.approve(name, person, reason, seen_at))
                case "withdraw":
                    people.withdraw(name, person, reason)
                    return answered(name, Outcome())
                case _:
                    return not_there(what)
        return back("accounts.page")

    return routes


def _role() -> tuple[Role, list[str]]:
    """Read a role and its departments from a form; raises AccountError."""
    chosen = request.form.get("role", "")
    role = next((name for name in get_args(Role) if name == chosen), None)
    if role is None:
        raise AccountError.of(texts.choose_role())
    return role, request.form.get("departments", "").replace(",", " ").replace("，", " ").split()
