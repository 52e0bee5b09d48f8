"""Signing in, what must be done on the way, and signing out.

By password, second factor and OpenID Connect.
"""

from typing import TYPE_CHECKING

import segno
from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from gateway.accounts import FRESH, AccountError, SignInRefusedError, Whence
from gateway.accounts.secrets import second_uri
from gateway.errors import GatewayError
from gateway.text import Text
from gateway.text import accounts as messages
from gateway.text import console as texts
from gateway.web.kit.context import Console
from gateway.web.kit.guard import session
from gateway.web.kit.language import page
from gateway.web.kit.parts import local_target, translated

if TYPE_CHECKING:
    from gateway.web.kit.oidc import Provider


def sign_routes(console: Console) -> Blueprint:
    """Return the routes, below /sign-in and /sign-out."""
    routes = Blueprint("sign", __name__)
    _password_routes(routes, console)
    _second_routes(routes, console)
    _oidc_routes(routes, console)
    _again_routes(routes, console)

    @routes.post("/sign-out")
    def out() -> BaseResponse:
        console.sessions.sign_out(session())
        return console.guard.leave()

    return routes


def _sign_in_page(console: Console, status: int = 200, text: Text | None = None) -> tuple[str, int]:
    target = request.values.get("next", "")
    oidc = console.settings.oidc is not None
    return page("sign-in.html", said=text, oidc=oidc, target=target), status


def _refused(
    error: SignInRefusedError, content: str
) -> tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Return the answer to a sign-in that is refused.

    It says how long to wait, where it is for having failed too often.
    """
    if error.wait is None:
        return content, 401
    return content, 429, {"Retry-After": str(max(1, int(error.wait.total_seconds())))}


def _password_routes(routes: Blueprint, console: Console) -> None:
    @routes.get("/sign-in", endpoint="page")
    def sign_in() -> tuple[str, int]:
        return _sign_in_page(console)

    @routes.post("/sign-in")
    def enter() -> ResponseReturnValue:
        name, password = request.form.get("name", ""), request.form.get("password", "")
        try:
            new_session = console.sessions.sign_in(name, password, _source())
        except SignInRefusedError as error:
            return _refused(error, _sign_in_page(console, 401, error.text)[0])
        target = local_target(request.form.get("next", "")) if new_session.stage == "full" else None
        return console.guard.enter(new_session, target)

    @routes.get("/sign-in/password")
    def password() -> str:
        return page("password.html", must=session().stage == "password")

    @routes.post("/sign-in/password")
    def set_password() -> ResponseReturnValue:
        old, new = request.form.get("old", ""), request.form.get("new", "")
        must = session().stage == "password"
        if new != request.form.get("again"):
            return page("password.html", must=must, said=texts.passwords_differ()), 422
        try:
            new_session = console.sessions.change_password(session(), old, new, _source())
        except AccountError as error:
            return page("password.html", must=must, said=error.text), 422
        return console.guard.enter(new_session)


def _second_routes(routes: Blueprint, console: Console) -> None:
    @routes.get("/sign-in/code")
    def code() -> str:
        return page("code.html")

    @routes.post("/sign-in/code")
    def confirm() -> ResponseReturnValue:
        token = request.cookies.get(console.guard.cookies.session, "")
        try:
            new_session = console.sessions.confirm(token, request.form.get("code", ""), _source())
        except SignInRefusedError as error:
            return _refused(error, page("code.html", said=error.text))
        return console.guard.enter(new_session)

    def second_page(text: Text | None = None) -> str:
        secret = console.sessions.pending_second(session()) or console.sessions.begin_second(
            session()
        )
        uri = second_uri(secret, session().account)
        drawn = segno.make(uri, error="m").svg_data_uri(scale=5, border=2)
        return page("second.html", secret=secret, drawn=drawn, said=text)

    @routes.get("/sign-in/second-factor")
    def second() -> str | tuple[str, int]:
        try:
            return second_page()
        except AccountError as error:
            return page("message.html", text=error.text), 409

    @routes.post("/sign-in/second-factor")
    def set_second() -> BaseResponse | tuple[str, int]:
        try:
            new_session, codes = console.sessions.set_second(
                session(), request.form.get("code", ""), _source()
            )
        except AccountError as error:
            return second_page(error.text), 422
        answer = console.guard.enter(new_session)
        # Shown once, and kept nowhere but as digests.
        answer.set_data(page("recovery.html", codes=codes))
        answer.status_code = 200
        answer.headers.pop("Location")
        return answer


def _again_routes(routes: Blueprint, console: Console) -> None:
    """Make the routes by which somebody who has signed in shows once more who they are."""

    def render(text: Text | None = None) -> str:
        account = console.accounts.find(session().account)
        target = request.values.get("next", "")
        return page(
            "again.html",
            account=account,
            target=target,
            said=text,
            minutes=int(FRESH.total_seconds()) // 60,
        )

    @routes.get("/sign-in/again")
    def again() -> str:
        return render()

    @routes.post("/sign-in/again")
    def prove() -> ResponseReturnValue:
        form = request.form
        try:
            console.sessions.prove(
                session(), form.get("password", ""), form.get("code", ""), _source()
            )
        except SignInRefusedError as error:
            return _refused(error, render(error.text))
        return redirect(local_target(form.get("next", "")) or "/", 303)


def _oidc_routes(routes: Blueprint, console: Console) -> None:
    @routes.get("/sign-in/oidc")
    def oidc() -> BaseResponse | tuple[str, int]:
        try:
            # `anew`: the provider must ask once more who it is, though it knows them.
            anew = bool(request.args.get("anew"))
            provider = _provider(console)
            target, note = (
                provider.begin_anew(_back(console)) if anew else provider.begin(_back(console))
            )
        except GatewayError as error:
            return _sign_in_page(console, 502, error.text)
        note["anew"] = "1" if anew else ""
        note["next"] = local_target(request.args.get("next", "")) or ""
        return console.guard.enter(console.sessions.begin_oidc(note, _source()), target)

    @routes.get("/sign-in/oidc/back")
    def oidc_back() -> ResponseReturnValue:
        note = session().note
        try:
            person = _provider(console).person(request.url, note, _back(console), console.clock())
            new_session = console.sessions.sign_in_oidc(
                session(), person.subject, _source(), person.proved_at
            )
        except SignInRefusedError as error:
            return _refused(error, _sign_in_page(console, 401, error.text)[0])
        except GatewayError as error:
            return _sign_in_page(console, 401, error.text)
        if note.get("anew") and person.proved_at is None:
            flash(translated(messages.provider_silent()), "bad")
        return console.guard.enter(new_session, note.get("next") or None)


def _provider(console: Console) -> "Provider":
    """Return the OpenID provider; its library is loaded only where somebody asks for it."""
    from gateway.web.kit.oidc import Provider  # noqa: PLC0415

    if console.settings.oidc is None:
        raise AccountError.of(messages.no_provider())
    return Provider(console.settings.oidc)


def _source() -> Whence:
    """Return from where somebody asks: address, and what their browser keeps and calls itself."""
    cookies = current_app.extensions["creditgate"].guard.cookies
    device = request.cookies.get(cookies.device, "")
    return Whence(request.remote_addr or "-", device[:200], str(request.user_agent))


def _back(console: Console) -> str:
    """Return the address to which the provider sends people back.

    It is that of the settings, whatever a request says.
    """
    if console.settings.public_url is None:
        raise AccountError.of(messages.no_public_url())
    return console.settings.public_url + url_for("sign.oidc_back")
