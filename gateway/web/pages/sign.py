"""Signing in: password, second factor, OpenID Connect; what must be done on the way; signing out."""

from typing import TYPE_CHECKING

import segno
from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from gateway.accounts import AccountError, SignInRefused
from gateway.accounts.secrets import second_uri
from gateway.messages import GatewayError, Text
from gateway.web.console import Console
from gateway.web.guard import session
from gateway.web.language import page
from gateway.web.pages.parts import local_target

if TYPE_CHECKING:
    from gateway.web.oidc import Provider


def sign_routes(console: Console) -> Blueprint:
    """Make the routes, below /sign-in and /sign-out."""
    routes = Blueprint("sign", __name__)
    _password_routes(routes, console)
    _second_routes(routes, console)
    _oidc_routes(routes, console)

    @routes.post("/sign-out")
    def out() -> BaseResponse:
        console.sessions.sign_out(session())
        return console.guard.leave()

    return routes


def _shown(console: Console, status: int = 200, said: Text | None = None) -> tuple[str, int]:
    target = request.values.get("next", "")
    oidc = console.settings.oidc is not None
    return page("sign-in.html", said=said, oidc=oidc, target=target), status


def _password_routes(routes: Blueprint, console: Console) -> None:
    @routes.get("/sign-in", endpoint="page")
    def sign_in() -> tuple[str, int]:
        return _shown(console)

    @routes.post("/sign-in")
    def enter() -> BaseResponse | tuple[str, int]:
        name, password = request.form.get("name", ""), request.form.get("password", "")
        try:
            opened = console.sessions.sign_in(name, password, _source())
        except SignInRefused as error:
            return _shown(console, 401, error.text)
        target = local_target(request.form.get("next", "")) if opened.stage == "full" else None
        return console.guard.enter(opened, target)

    @routes.get("/sign-in/password")
    def password() -> str:
        return page("password.html", must=session().stage == "password")

    @routes.post("/sign-in/password")
    def set_password() -> BaseResponse | tuple[str, int]:
        old, new = request.form.get("old", ""), request.form.get("new", "")
        must = session().stage == "password"
        if new != request.form.get("again"):
            said = Text("两次输入的新口令不同", "the new password was typed in two ways")
            return page("password.html", must=must, said=said), 422
        try:
            opened = console.sessions.change_password(session(), old, new, _source())
        except AccountError as error:
            return page("password.html", must=must, said=error.text), 422
        return console.guard.enter(opened)


def _second_routes(routes: Blueprint, console: Console) -> None:
    @routes.get("/sign-in/code")
    def code() -> str:
        return page("code.html")

    @routes.post("/sign-in/code")
    def confirm() -> BaseResponse | tuple[str, int]:
        token = request.cookies.get(console.guard.cookie, "")
        try:
            opened = console.sessions.confirm(token, request.form.get("code", ""), _source())
        except SignInRefused as error:
            return page("code.html", said=error.text), 401
        return console.guard.enter(opened)

    def second_page(said: Text | None = None) -> str:
        secret = console.sessions.pending_second(session()) or console.sessions.begin_second(session())  # fmt: skip
        uri = second_uri(secret, session().account)
        drawn = segno.make(uri, error="m").svg_data_uri(scale=5, border=2)
        return page("second.html", secret=secret, drawn=drawn, said=said)

    @routes.get("/sign-in/second-factor")
    def second() -> str | tuple[str, int]:
        try:
            return second_page()
        except AccountError as error:
            return page("message.html", text=error.text), 409

    @routes.post("/sign-in/second-factor")
    def set_second() -> BaseResponse | tuple[str, int]:
        try:
            opened, codes = console.sessions.set_second(session(), request.form.get("code", ""), _source())  # fmt: skip
        except AccountError as error:
            return second_page(error.text), 422
        answer = console.guard.enter(opened)
        # Shown once, and kept nowhere but as digests.
        answer.set_data(page("recovery.html", codes=codes))
        answer.status_code = 200
        answer.headers.pop("Location")
        return answer


def _oidc_routes(routes: Blueprint, console: Console) -> None:
    @routes.get("/sign-in/oidc")
    def oidc() -> BaseResponse | tuple[str, int]:
        try:
            target, note = _provider(console).begin(_back(console))
        except GatewayError as error:
            return _shown(console, 502, error.text)
        return console.guard.enter(console.sessions.begin_oidc(note, _source()), target)

    @routes.get("/sign-in/oidc/back")
    def oidc_back() -> BaseResponse | tuple[str, int]:
        try:
            subject = _provider(console).subject(request.url, session().note, _back(console))
            opened = console.sessions.sign_in_oidc(session(), subject, _source())
        except GatewayError as error:
            return _shown(console, 401, error.text)
        return console.guard.enter(opened)


def _provider(console: Console) -> "Provider":
    """Give the OpenID provider; its library is loaded only where somebody asks for it."""
    from gateway.web.oidc import Provider  # noqa: PLC0415

    if console.settings.oidc is None:
        raise AccountError("未配置统一身份认证", "no OpenID provider is set up")
    return Provider(console.settings.oidc)


def _source() -> str:
    """Give the address that somebody asks from."""
    return request.remote_addr or "-"


def _back(console: Console) -> str:
    """Give the address to which the provider sends people back."""
    base = console.settings.public_url or request.host_url.rstrip("/")
    return base + url_for("sign.oidc_back")
