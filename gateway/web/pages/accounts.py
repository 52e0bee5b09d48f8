"""Accounts, for administrators: made, given roles, disabled. A first password is shown once."""

from typing import get_args

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from gateway.accounts import ROLES, AccountError, Role
from gateway.messages import Text
from gateway.web.console import Console
from gateway.web.guard import not_there, principal
from gateway.web.language import page
from gateway.web.pages.parts import back, note, told


def account_routes(console: Console) -> Blueprint:
    """Make the routes, below /accounts."""
    routes = Blueprint("accounts", __name__, url_prefix="/accounts")

    def shown(made: tuple[str, str] | None = None) -> str:
        return page("accounts.html", accounts=console.accounts.every(), roles=ROLES, made=made, oidc=console.settings.oidc is not None)  # fmt: skip

    @routes.get("/", endpoint="page")
    def listed() -> str:
        return shown()

    @routes.post("/")
    def add() -> str | BaseResponse:
        name = request.form.get("name", "").strip()
        with told():
            role, departments = _role()
            subject = request.form.get("subject", "").strip() or None
            password = console.accounts.add(name, role, departments, principal().name, subject)
            if password:
                return shown((name, password))
            note(Text(f"已建账户 {name}", f"account {name} is made"))
        return back("accounts.page")

    @routes.post("/<name>/<what>")
    def act(name: str, what: str) -> str | BaseResponse:
        people, person = console.accounts, principal().name
        with told():
            match what:
                case "role":
                    people.set_role(name, *_role(), person)
                case "reset":
                    return shown((name, people.reset_password(name, person)))
                case "second":
                    people.drop_second(name, person)
                case "disable":
                    people.disable(name, person)
                case "enable":
                    people.enable(name, person)
                case _:
                    return not_there(what)
            note(Text(f"{name}：已办理", f"{name}: done"))
        return back("accounts.page")

    return routes


def _role() -> tuple[Role, list[str]]:
    """Read a role and its departments from a form; raises AccountError."""
    given = request.form.get("role", "")
    role = next((one for one in get_args(Role) if one == given), None)
    if role is None:
        raise AccountError("请选择角色", "choose a role")
    return role, request.form.get("departments", "").replace(",", " ").replace("，", " ").split()
