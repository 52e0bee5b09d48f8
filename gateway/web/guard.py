"""The one place that lets a request through: by the rules, before any view runs.

It proves who asks (session, API token, feed's token), looks at the rule's right, at whose the object in
the address is, and at every change of state that a browser sends, whether it comes from our own page.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from flask import Flask, Response, abort, g, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response as BaseResponse

from gateway.accounts import Principal, Session, Sessions, Tokens
from gateway.accounts.sessions import Opened, Stage
from gateway.alerts import store as alerts
from gateway.feeds import ApiToken, WebSettings
from gateway.front import HEADERS_ONLY
from gateway.messages import Text
from gateway.problems import bearer_ok, problem, same_secret
from gateway.web.push import authorised
from gateway.web.rules import EDIT, OPEN, RULES, SIGNED, Rule
from outbox import Outbox

_SAFE = ("GET", "HEAD", "OPTIONS")
#: Where somebody at a stage goes on.
_NEXT: dict[Stage, str] = {
    "oidc": "sign.page", "code": "sign.code", "password": "sign.password", "second": "sign.second", "full": "home.page",
}  # fmt: skip
_DENIED = Text("没有权限", "you may not do this")
_FOREIGN = Text("只接受本页面的提交，请刷新页面后重试", "only what our own page submits is taken; load the page again")  # fmt: skip


class RuleMissing(Exception):
    """A route has no rule, or a rule no route: the application must not start."""


class Guard:
    """Guards one application."""

    def __init__(
        self, gateway: Any, settings: WebSettings, sessions: Sessions, tokens: Tokens
    ) -> None:
        self._gateway = gateway
        self._settings = settings
        self._sessions = sessions
        self._tokens = tokens
        #: By the name of an argument in the address: whose feed the object is; None where there is none.
        self._owner: dict[str, Callable[[Connection, Any], str | None]] = {
            "feed": lambda _connection, name: str(name),
            "guid": self._lane_of,
            "alert": alerts.feed_of,
        }

    def watch(self, app: Flask) -> None:
        """Guard an application whose routes are all made; raises RuleMissing."""
        endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
        if wrong := endpoints ^ RULES.keys():
            raise RuleMissing(f"routes and rules differ: {', '.join(sorted(wrong))}")
        app.before_request(self._look)
        app.after_request(self._harden)

    def _look(self) -> BaseResponse | None:
        # Who asks for what is not there must show who they are first, like who asks for what is.
        unknown = Rule("token") if request.path.startswith("/api/") else SIGNED
        rule = RULES[request.endpoint] if request.endpoint else unknown
        g.principal, g.session = None, None
        # Before anything of the body is read.
        request.max_content_length = rule.most
        if "\x00" in unquote(request.full_path):
            # No store keeps it, and nobody types it.
            abort(400)
        match rule.by:
            case "nobody":
                return self._foreign() if request.method not in _SAFE else None
            case "session" | "way":
                return self._by_session(rule)
            case "token":
                return self._by_token(rule)
            case "feed":
                return self._by_feed()
            case "receipt":
                secret = self._settings.receipt_token
                given = request.headers.get("Authorization")
                if secret is not None and bearer_ok(given, secret.get_secret_value()):
                    return None
                return _nobody()

    def _by_session(self, rule: Rule) -> BaseResponse | None:
        # A page that updates itself is not somebody at work: its session ends all the same.
        asked = request.endpoint != "home.now"
        session = self._sessions.find(request.cookies.get(self.cookie, ""), used=asked)
        return self._in_session(rule, session)

    def _in_session(self, rule: Rule, session: Session | None) -> BaseResponse | None:
        stages = rule.stages if rule.by == "way" else ("full",)
        if session is None or session.stage not in stages:
            return _sent_to(_NEXT[session.stage] if session else "sign.page")
        g.session, g.principal = session, session.principal
        if request.endpoint is None:
            # Flask says what there is instead: another address, another method, or nothing.
            return None
        if request.method not in _SAFE:
            if not request.environ.get(HEADERS_ONLY) and not self._of_our_form(session):
                return _denied(_FOREIGN)
            if (foreign := self._foreign()) is not None:
                return foreign
        return self._allowed(rule, session.principal) if rule.by == "session" else None

    @staticmethod
    def _of_our_form(session: Session) -> bool:
        """Whether a change comes with the token of the session's own pages."""
        if any("\x00" in value for value in request.form.values()):
            abort(400)
        given = request.form.get("csrf", "") or request.headers.get("X-CSRF-Token", "")
        return same_secret(given, session.csrf)

    def _by_feed(self) -> BaseResponse | None:
        """Let in who shows the feed's token, and to its form also an editor of its department who has signed in."""
        form = request.blueprint == "form"
        cookie = request.cookies.get(self.cookie) if form else None
        if cookie and (session := self._sessions.find(cookie)):
            return self._in_session(EDIT, session)
        refused = authorised(self._gateway)
        return refused or (self._foreign() if form and request.method not in _SAFE else None)

    def _by_token(self, rule: Rule) -> BaseResponse | None:
        g.principal = self._holder(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if g.principal is None:
            return _nobody()
        if request.endpoint is None:
            return None
        return self._allowed(rule, g.principal)

    def _holder(self, given: str) -> Principal | None:
        """Find whose API token is shown; every configured one is compared, whatever was found before."""
        found = [
            one for one in self._settings.api_tokens if same_secret(given, one.token.get_secret_value())
        ]  # fmt: skip
        return of_settings(found[0]) if found else self._tokens.principal(given)

    def _allowed(self, rule: Rule, principal: Principal | None) -> BaseResponse | None:
        """Look at the right, and at whose each object in the address is: another's is not there."""
        if principal is None:
            return _nobody()
        if rule.everywhere and principal.departments is not None:
            return _denied(_DENIED)
        if rule.right is not None and not principal.may(rule.right):
            return _denied(Text(f"没有权限：{rule.right}", f"this is not allowed to you: {rule.right}"))  # fmt: skip
        for name, owner in self._owner.items():
            if name in (request.view_args or {}):
                value = (request.view_args or {})[name]
                with self._gateway.engine.connect() as connection:
                    feed = owner(connection, value)
                if feed is None or not principal.sees(feed):
                    return not_there(str(value))
        return None

    def _lane_of(self, connection: Connection, guid: Any) -> str | None:
        outbox: Outbox = self._gateway.outbox
        found = outbox.find(connection, str(guid))
        return None if found is None else found.lane

    @staticmethod
    def _foreign() -> BaseResponse | None:
        """Refuse what a browser says that another site sends."""
        site = request.headers.get("Sec-Fetch-Site")
        ours = site == "same-origin" if site is not None else (
            request.headers.get("Origin", "") == request.host_url.rstrip("/")
        )  # fmt: skip
        return None if ours else _denied(_FOREIGN)

    @property
    def cookie(self) -> str:
        """Name the cookie of a session."""
        return "__Host-creditgate" if self._settings.secure else "creditgate"

    def enter(self, opened: Opened, target: str | None = None) -> BaseResponse:
        """Give the browser its session and send it on."""
        answer = redirect(target or url_for(_NEXT[opened.stage]), 303)
        answer.set_cookie(
            self.cookie, opened.token, httponly=True, samesite="Lax", secure=self._settings.secure, path="/"
        )  # fmt: skip
        return answer

    def leave(self) -> BaseResponse:
        """Take the session from the browser."""
        answer = redirect(url_for("sign.page"), 303)
        answer.delete_cookie(self.cookie, path="/", secure=self._settings.secure, httponly=True, samesite="Lax")  # fmt: skip
        return answer

    def _harden(self, response: Response) -> Response:
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
            " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if self._settings.secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        kept = request.endpoint == "static"
        response.headers["Cache-Control"] = "max-age=3600" if kept else "no-store"
        return response


def of_settings(token: ApiToken) -> Principal:
    """Give what a token of the settings file may do."""
    return Principal(token.name, frozenset(token.rights), token.departments)


def not_there(what: str) -> Response:
    """Answer that something is not there, or is not for who asks; which of both is not told."""
    text = Text(f"没有 {what}，或不属于您", f"there is no {what}, or it is not yours")
    if _wants_problem():
        return problem(404, text)
    return abort(404, text)


def _denied(text: Text) -> Response:
    return problem(403, text) if _wants_problem() else abort(403, text)


def _nobody() -> Response:
    return problem(401, Text("令牌缺失或不正确", "the token is missing or wrong"))


def _wants_problem() -> bool:
    return g.get("session") is None and RULES.get(request.endpoint or "", OPEN).by in ("token", "feed", "receipt")  # fmt: skip


def _sent_to(endpoint: str) -> BaseResponse:
    """Send somebody to where they go on; a part of a page that updates itself sends the whole page."""
    target = url_for(endpoint)
    if endpoint == "sign.page" and request.method == "GET" and request.path != "/":
        target = url_for(endpoint, next=request.full_path.rstrip("?"))
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Redirect": url_for("sign.page")})
    return redirect(target, 303)


def session() -> Session:
    """Give the session of a request that has one by its rule."""
    found: Session = g.session
    return found


def principal() -> Principal:
    """Give who makes a request that has somebody by its rule."""
    found: Principal = g.principal
    return found
