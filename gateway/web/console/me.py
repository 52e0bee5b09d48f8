"""A person's own account: password, second factor, sessions, API tokens."""

from datetime import timedelta

from flask import Blueprint, flash, request
from werkzeug.wrappers import Response as BaseResponse

from gateway.accounts import AccountError
from gateway.accounts.own import MOST_FAILURES, own_use
from gateway.text import console as texts
from gateway.web.kit.context import Console
from gateway.web.kit.guard import principal, session
from gateway.web.kit.labels import browser_name
from gateway.web.kit.language import page
from gateway.web.kit.parts import back, flashing, number, translated


def me_routes(console: Console) -> Blueprint:
    """Return the routes, below /me."""
    routes = Blueprint("me", __name__, url_prefix="/me")

    def render(token: str | None = None) -> str:
        account = console.accounts.find(principal().name)
        with console.engine.connect() as connection:
            use = own_use(connection, account.name)
        return page(
            "me.html",
            account=account,
            tokens=console.tokens.of(account.name),
            made=token,
            now=console.clock(),
            sessions=console.sessions.of(account.name),
            this=session().digest,
            browser_name=browser_name,
            use=use,
            most_failures=MOST_FAILURES,
            password_ends=console.sessions.password_ends(account),
        )

    @routes.get("/", endpoint="page")
    def overview() -> str:
        return render()

    @routes.post("/tokens")
    def make_token() -> str | BaseResponse:
        rights = [right for right in principal().rights if request.form.get(right)]
        try:
            token = console.tokens.make(
                principal(),
                request.form.get("label", ""),
                rights,
                timedelta(days=number("days") or 0),
                session().digest,
            )
        except AccountError as error:
            flash(translated(error.text), "bad")
            return back("me.page")
        return render(token)

    @routes.post("/tokens/<int:number>/revoke")
    def revoke_token(number: int) -> BaseResponse:
        console.tokens.revoke(principal().name, number)
        return back("me.page")

    @routes.post("/sessions/<name>/end")
    def end_session(name: str) -> BaseResponse:
        with flashing(texts.session_ended()):
            console.sessions.end_own(session(), name)
        return back("me.page")

    return routes
