"""The one place that lets a request through: by the rules, before any view runs.

It proves who asks (session, API token, feed's token), looks at the rule's right, at whose the
object in the address is, and at every change of state that a browser sends, whether it comes from
our own page.
"""

import base64
import binascii
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from flask import Flask, Response, abort, g, redirect, request, url_for
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as BaseResponse

from gateway.accounts import FRESH, Principal, Session, Sessions, Tokens
from gateway.accounts.model import by_token, is_fresh
from gateway.accounts.session import Opened, Stage
from gateway.alerts import store as alerts
from gateway.events import store as event_store
from gateway.events.store import PROXY_UNNAMED, Event
from gateway.protocol.problem import problem
from gateway.protocol.shared_secret import bearer_ok, bearer_token, same_secret
from gateway.serving.limits import HEADERS_ONLY
from gateway.settings.web import ApiToken, WebSettings
from gateway.text import access as texts
from gateway.text import accounts as account_messages
from gateway.text import doors as messages
from gateway.web.kit.access import EDIT, SIGNED, Rule
from gateway.web.kit.cookies import Cookies
from gateway.web.kit.denials import (
    SAFE,
    denied,
    misdirected,
    nobody,
    not_there,
    sent_to,
    to_be_proved,
)
from gateway.web.kit.origin import (
    asked_by_own_name,
    own_hosts,
    sent_by_another_site,
    sent_by_own_page,
)
from gateway.web.kit.token_failures import TokenFailures
from outbox import Outbox

#: What machines ask by whatever name they know; it tells nothing.
_PROBES = ("health.alive", "health.ready")
#: Where somebody at a stage goes on.
_NEXT: dict[Stage, str] = {
    "oidc": "sign.page",
    "code": "sign.code",
    "password": "sign.password",
    "second": "sign.second",
    "full": "home.page",
}


class MissingRuleError(Exception):
    """A route has no rule, or a rule no route: the application must not start."""


class Guard:
    """Guards one application: `rules` by endpoint; `opens` says whether a token is a feed's own."""

    def __init__(
        self,
        gateway: Any,
        settings: WebSettings,
        sessions: Sessions,
        tokens: Tokens,
        rules: Mapping[str, Rule],
        opens: Callable[[str, str], bool],
    ) -> None:
        self._rules = rules
        self._opens = opens
        self._gateway = gateway
        self._settings = settings
        self._sessions = sessions
        self._tokens = tokens
        self._own_hosts = own_hosts(settings)
        self._failures = TokenFailures(gateway.engine, gateway.clock)
        self.cookies = Cookies(settings)
        #: Set once it was told that a proxy stands before us of which the settings say nothing.
        self._proxy_told = threading.Event()
        #: By the name of an argument in the address: whose feed the object is; None where there is
        #: none.
        self._owner: dict[str, Callable[[Connection, Any], str | None]] = {
            "feed": lambda _connection, name: str(name),
            "guid": self._lane_of,
            "alert": alerts.feed_of,
        }

    def watch(self, app: Flask) -> None:
        """Guard an application whose routes are all made; raises MissingRuleError."""
        endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
        if wrong := endpoints ^ self._rules.keys():
            raise MissingRuleError(f"routes and rules differ: {', '.join(sorted(wrong))}")
        app.before_request(self._look)
        app.after_request(self._harden)

    def _look(self) -> BaseResponse | None:
        # Who asks for what is not there must show who they are first, like who asks for what is.
        unknown = Rule("token") if request.path.startswith("/api/") else SIGNED
        rule = self._rules[request.endpoint] if request.endpoint else unknown
        g.principal, g.session = None, None
        g.asked_by_program = bool(request.endpoint) and rule.by in ("token", "feed", "receipt")
        # Before anything of the body is read.
        request.max_content_length = rule.max_body
        if not asked_by_own_name(self._own_hosts) and request.endpoint not in _PROBES:
            return misdirected()
        self._look_for_proxy()
        if "\x00" in unquote(request.full_path):
            # No store keeps it, and nobody types it.
            abort(400)
        match rule.by:
            case "nobody":
                return self._foreign() if request.method not in SAFE else None
            case "session" | "way":
                return self._by_session(rule)
            case "token":
                return self._by_token(rule)
            case "feed":
                return self._by_feed()
            case "receipt":
                return self._by_receipt_token()

    def _by_receipt_token(self) -> BaseResponse | None:
        secret = self._settings.receipt_token
        header = request.headers.get("Authorization")
        if secret is not None and bearer_ok(header, secret.get_secret_value()):
            return None
        return self._wrong_token("receipts")

    def _by_session(self, rule: Rule) -> BaseResponse | None:
        # A page that updates itself is not somebody at work: its session ends all the same.
        is_used = request.endpoint != "home.now"
        session = self._sessions.find(request.cookies.get(self.cookies.session, ""), used=is_used)
        return self._in_session(rule, session)

    def _in_session(self, rule: Rule, session: Session | None) -> BaseResponse | None:
        stages = rule.stages if rule.by == "way" else ("full",)
        if session is None or session.stage not in stages:
            return sent_to(_NEXT[session.stage] if session else "sign.page")
        g.session, g.principal = session, session.principal
        if request.endpoint is None:
            # Flask says what there is instead: another address, another method, or nothing.
            return None
        if request.method not in SAFE:
            if not request.environ.get(HEADERS_ONLY) and not self._of_our_form(session):
                return denied(texts.from_another_page())
            if (foreign := self._foreign()) is not None:
                return foreign
        refused = self._allowed(rule, session.principal) if rule.by == "session" else None
        if (
            refused is None
            and rule.fresh
            and session.stage == "full"
            and not self._sessions.is_fresh(session)
        ):
            return to_be_proved()
        return refused

    @staticmethod
    def _of_our_form(session: Session) -> bool:
        """Whether a change comes with the token of the session's own pages."""
        if any("\x00" in value for value in request.form.values()):
            abort(400)
        token = request.form.get("csrf", "") or request.headers.get("X-CSRF-Token", "")
        return same_secret(token, session.csrf)

    def _by_feed(self) -> BaseResponse | None:
        """Let in who shows the feed's token.

        To push as Bearer alone, which no browser sends by itself.
        """
        if request.blueprint == "form":
            return self._by_form()
        if sent_by_another_site(self._settings):
            return denied(messages.cross_site())
        feed = (request.view_args or {}).get("feed", "")
        if self._opens(feed, bearer_token(request.headers.get("Authorization"))):
            return None
        return self._wrong_token("push", feed)

    def _by_form(self) -> BaseResponse | None:
        """Let in who shows the feed's token, as a browser's password too.

        So too an editor of the department who has signed in.
        """
        cookie = request.cookies.get(self.cookies.session)
        if cookie and (session := self._sessions.find(cookie)):
            return self._in_session(EDIT, session)
        feed, header = (
            (request.view_args or {}).get("feed", ""),
            request.headers.get("Authorization"),
        )
        if self._opens(feed, bearer_token(header) or _password_of(header)):
            return self._foreign() if request.method not in SAFE else None
        return self._wrong_token("form", feed, 'Basic realm="creditgate"')

    def _by_token(self, rule: Rule) -> BaseResponse | None:
        g.principal = self._holder(bearer_token(request.headers.get("Authorization")))
        if g.principal is None:
            return self._wrong_token("api")
        if request.endpoint is None:
            return None
        refused = self._allowed(rule, g.principal)
        if (
            refused is None
            and rule.fresh
            and not is_fresh(g.principal.proved_at, self._gateway.clock())
        ):
            return denied(account_messages.prove_by_api(int(FRESH.total_seconds()) // 60))
        return refused

    def _wrong_token(self, door: str, feed: str = "", scheme: str = "Bearer") -> BaseResponse:
        """Refuse a request without the right token; a wrong one counts, and a wait may be told."""
        answer = problem(401, messages.token_wrong())
        header = request.headers.get("Authorization", "").split()
        if len(header) > 1:
            # A name that is no feed's is a stranger's text.
            feed_name = feed if feed and feed in self._gateway.fetching.feeds else ""
            wait = self._failures.note(door, feed_name, request.remote_addr or "-")
            if wait is not None:
                seconds = max(1, int(wait.total_seconds()))
                answer = problem(429, messages.token_refused_often(-(-seconds // 60)))
                answer.headers["Retry-After"] = str(seconds)
        if answer.status_code == 401:
            answer.headers["WWW-Authenticate"] = scheme
        return answer

    def bucket(self) -> str:
        """Return whose requests are counted together.

        A known program's or browser's, else an address's. Strangers who share an address with them
        cannot use up what they may ask for.
        """
        address = request.remote_addr or "-"
        token = bearer_token(request.headers.get("Authorization"))
        device = request.cookies.get(self.cookies.device, "")
        try:
            if token and (holder := self._holder(token)) is not None:
                return f"token {holder.name}"
            if token and request.blueprint in ("push", "form"):
                feed = (request.view_args or {}).get("feed", "")
                if self._opens(feed, token):
                    return f"feed {feed}"
            if device and self._sessions.knows(device):
                return f"device {device[:40]}"
        except SQLAlchemyError:
            # The store is away: whoever asks will be told so.
            return address
        return address

    def _look_for_proxy(self) -> None:
        """Note once that a proxy names who asks while no setting says that one is there."""
        if self._settings.proxies or self._proxy_told.is_set():
            return
        if "X-Forwarded-For" not in request.headers:
            return
        self._proxy_told.set()
        text = messages.proxy_unnamed(request.remote_addr or "-")
        with suppress(SQLAlchemyError):
            event_store.say(
                self._gateway.engine,
                Event(self._gateway.clock(), "warning", PROXY_UNNAMED, "", text),
            )

    def _holder(self, token: str) -> Principal | None:
        """Return whose API token is shown, None where it is nobody's.

        Every configured one is compared, whatever was found before.
        """
        if not token:
            return None
        matching = [
            api_token
            for api_token in self._settings.api_tokens
            if same_secret(token, api_token.token.get_secret_value())
        ]
        return of_settings(matching[0]) if matching else self._tokens.principal(token)

    def _allowed(self, rule: Rule, principal: Principal | None) -> BaseResponse | None:
        """Look at the right, and at whose each object in the address is: another's is not there."""
        if principal is None:
            return nobody()
        if rule.everywhere and principal.departments is not None:
            return denied(texts.denied())
        if rule.right is not None and not principal.may(rule.right):
            return denied(texts.without_right(rule.right))
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
        package = outbox.find(connection, str(guid))
        return None if package is None else package.lane

    def _foreign(self) -> BaseResponse | None:
        """Refuse what a browser does not say to come from a page of ours."""
        return None if sent_by_own_page(self._settings) else denied(texts.from_another_page())

    def enter(self, new_session: Opened, target: str | None = None) -> BaseResponse:
        """Return the answer that sets the browser's session and sends it on."""
        answer = redirect(target or url_for(_NEXT[new_session.stage]), 303)
        self.cookies.set(answer, new_session)
        return answer

    def leave(self) -> BaseResponse:
        """Return the answer that takes the session from the browser."""
        answer = redirect(url_for("sign.page"), 303)
        self.cookies.clear(answer)
        return answer

    def _harden(self, response: Response) -> Response:
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "connect-src 'self';"
            " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if self.cookies.secure:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        is_static = request.endpoint == "static"
        response.headers["Cache-Control"] = "max-age=3600" if is_static else "no-store"
        return response


def of_settings(token: ApiToken) -> Principal:
    """Return what a token of the settings file may do."""
    return Principal(by_token(token.name), frozenset(token.rights), token.departments)


def _password_of(header: str | None) -> str:
    """Return the password of an Authorization header of the scheme Basic; "" for any other."""
    scheme, _, value = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def session() -> Session:
    """Return the session of a request that has one by its rule."""
    current: Session = g.session
    return current


def principal() -> Principal:
    """Return who makes a request that has somebody by its rule."""
    current: Principal = g.principal
    return current
