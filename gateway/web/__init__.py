"""The console, the REST API, and the doors by which departments push rows: one WSGI application.

What anybody may ask for stands in `access_rules`; `kit.guard` sees to it; pages are in `console`, a
module a subject. A door: it reads a request, calls a room and shows; only commands import it.
Tests: tests/integration/web, tests/browser, tests/attacks.
"""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, Response, flash, g, redirect, request
from flask_limiter import Limiter
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response as BaseResponse

from adapters import AdapterError
from adapters.spool import WorkFolderFullError, work_folder_full
from gateway.accounts import AccountPolicy, Accounts, Administration, Sessions, Tokens
from gateway.clock import local_text
from gateway.delivery import late_receipts
from gateway.errors import GatewayError
from gateway.masking import masked_name, masked_text, source_name
from gateway.operations.node_view import Shown
from gateway.protocol.problem import problem
from gateway.protocol.signing import HEADER
from gateway.registry import NotRegisteredError
from gateway.serving.limits import ADMITTED
from gateway.settings.web import WebSettings
from gateway.text import Text
from gateway.text import access as texts
from gateway.text import overall as overall_messages
from gateway.web.access_rules import RULES
from gateway.web.api.routes import api_routes
from gateway.web.console import (
    accounts,
    adapters,
    alerts,
    audit,
    catalogue,
    feeds,
    home,
    mapping,
    me,
    packages,
    records,
    refusals,
    sign,
)
from gateway.web.intake.form import form_routes
from gateway.web.intake.push import opens, push_routes
from gateway.web.kit.access import MAX_MAPPING
from gateway.web.kit.context import Console
from gateway.web.kit.cookies import SaidCookie
from gateway.web.kit.guard import Guard
from gateway.web.kit.labels import word
from gateway.web.kit.language import COOKIE, LANGUAGES, page
from gateway.web.kit.parts import local_target, text_of, translated
from gateway.web.monitoring import health_routes
from gateway.web.translations import install_translations
from outbox import writing

#: What tries to sign in by one name waits after so many requests of one browser or address.
SIGN_IN_LIMIT = "30/minute"
_YEAR = 366 * 24 * 3600

_log = structlog.get_logger("creditgate")


class Number(IntegerConverter):
    """Numbers in addresses: no more digits than any store has."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**31 - 1)


def create_app(gateway: Shown, settings: WebSettings, channels: tuple[str, ...] = ()) -> Flask:
    """Return the WSGI application; `channels` are those of alerts.

    Raises MissingRuleError where a route has no rule.
    """
    app = Flask(__name__)
    # Signs nothing but what is said once on the next page: sessions are in the store.
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        SESSION_COOKIE_NAME="creditgate-said",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        MAX_FORM_MEMORY_SIZE=MAX_MAPPING,
        MAX_FORM_PARTS=2_000,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.url_map.converters["int"] = Number
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.session_interface = SaidCookie()
    seal = gateway.outbox.seal
    sessions = Sessions(gateway.engine, seal, gateway.clock, account_policy(settings))
    tokens = Tokens(gateway.engine, gateway.clock)
    guard = Guard(
        gateway, settings, sessions, tokens, RULES, lambda feed, token: opens(gateway, feed, token)
    )
    people = Accounts(gateway.engine, gateway.clock)
    administration = Administration(
        gateway.engine, people, seal, gateway.clock, two_persons=settings.two_persons
    )
    console = Console(gateway, settings, people, administration, sessions, tokens, guard, channels)
    app.extensions["creditgate"] = console
    _register(app, console)
    _limit(app, settings, guard)
    guard.watch(app)
    _explain(app)
    _prepare_templates(app)
    return app


def _register(app: Flask, console: Console) -> None:
    gateway = console.gateway
    for subject in (
        sign.sign_routes,
        me.me_routes,
        home.home_routes,
        feeds.feed_routes,
        refusals.refusal_routes,
        records.record_routes,
        packages.package_routes,
        catalogue.catalogue_routes,
        alerts.alert_routes,
        audit.audit_routes,
        accounts.account_routes,
    ):
        app.register_blueprint(subject(console))
    pages = adapters.adapter_routes(console)
    mapping.mapping_routes(pages, console)
    app.register_blueprint(pages)
    app.register_blueprint(push_routes(gateway, console.settings))
    app.register_blueprint(form_routes(gateway))
    app.register_blueprint(api_routes(console))
    app.register_blueprint(health_routes(gateway))

    @app.put("/receipts/<uuid:guid>")
    def receipt(guid: UUID) -> Response:
        return _take_receipt(gateway, str(guid))

    @app.get("/language/<name>")
    def language(name: str) -> BaseResponse:
        answer = redirect(local_target(request.args.get("next", "")) or "/", 303)
        if name in LANGUAGES:
            answer.set_cookie(
                COOKIE,
                name,
                max_age=_YEAR,
                samesite="Lax",
                httponly=True,
                secure=console.guard.cookies.secure,
            )
        return answer


def account_policy(settings: WebSettings) -> AccountPolicy:
    """Return how long sessions and passwords live by the settings."""
    return AccountPolicy(
        idle=timedelta(minutes=settings.idle_minutes),
        longest=timedelta(hours=settings.session_hours),
        second_factor=settings.second_factor == "required",
        remembered=settings.passwords_remembered,
        term=timedelta(days=settings.password_days) if settings.password_days else None,
    )


def _limit(app: Flask, settings: WebSettings, guard: Guard) -> None:
    """Limit what one program, browser or unknown address may ask for.

    Everything is limited, and signing in more so. Signing in is counted by the name that is typed,
    too: one who fails for others leaves them their turn.
    """

    def whoever() -> str:
        return f"{guard.bucket()} {request.form.get('name', '')[:100]}"

    limiter = Limiter(
        guard.bucket,
        app=app,
        headers_enabled=True,
        retry_after="delta-seconds",
        default_limits=[f"{settings.requests_per_minute}/minute"],
        storage_uri="memory://",
        strategy="moving-window",
        # One with a larger body was counted by its headers.
        default_limits_exempt_when=lambda: bool(request.environ.get(ADMITTED)),
    )
    for name in (
        "sign.enter",
        "sign.confirm",
        "sign.set_password",
        "sign.prove",
        "sign.oidc",
        "sign.oidc_back",
    ):
        view: Any = app.view_functions[name]
        app.view_functions[name] = limiter.limit(
            SIGN_IN_LIMIT, key_func=whoever, override_defaults=False
        )(view)
    for name in ("static", "health.alive", "health.ready"):
        limiter.exempt(app.view_functions[name])


def _explain(app: Flask) -> None:
    """Let every error say what happened and what to do.

    A page says it to people, a problem document to programs.
    """

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> BaseResponse | tuple[str, int]:
        text = (
            error.description
            if isinstance(error.description, Text)
            else _STATUS.get(error.code or 500)
        )
        text = text or texts.not_handled()
        status = error.code or 500
        if request.path.startswith(("/api/", "/push/")) or (
            g.get("principal") is None and request.accept_mimetypes.best == "application/json"
        ):
            return problem(status, text)
        return page("message.html", text=text), status

    @app.errorhandler(Exception)
    def broken(error: Exception) -> BaseResponse | tuple[str, int]:
        if full := work_folder_full(error):
            # An upload that was put aside on disk.
            return refused(InsufficientStorageError(text_of(full)))  # type: ignore[arg-type]
        _log.exception("web.broke", kind=type(error).__name__, path=request.path)
        return refused(InternalServerError())

    @app.errorhandler(NotRegisteredError)
    def missing(error: NotRegisteredError) -> BaseResponse | tuple[str, int]:
        return refused(NotFound(error.text))  # type: ignore[arg-type]

    @app.errorhandler(GatewayError)
    @app.errorhandler(AdapterError)
    def refused_act(error: GatewayError | AdapterError) -> BaseResponse | tuple[str, int]:
        target = local_target(
            (request.referrer and request.referrer.removeprefix(request.host_url.rstrip("/"))) or ""
        )
        if request.method == "POST" and target:
            flash(translated(text_of(error)), "bad")
            return redirect(target, 303)
        status = InsufficientStorageError.code if isinstance(error, WorkFolderFullError) else 409
        return page("message.html", text=text_of(error)), status


class InsufficientStorageError(HTTPException):
    """This machine has no room for a request's body."""

    code = 507


_STATUS = {
    404: texts.no_page(),
    405: texts.no_such_act(),
    413: texts.too_large(),
    429: texts.too_many_requests(),
    500: texts.unforeseen_error(),
}


def _prepare_templates(app: Flask) -> None:
    def local(moment: Any) -> str:
        return "—" if moment is None else local_text(moment)

    app.jinja_env.globals.update(local_text=local, word=word)
    app.jinja_env.filters.update(
        number=lambda value: f"{value:,}",
        masked=masked_text,
        source=lambda unit: masked_name(source_name(unit)),
        named=masked_name,
        part_name=overall_messages.part,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    install_translations(app)


def _take_receipt(gateway: Shown, guid: str) -> Response:
    """Keep a receipt that the centre brings and have its package looked at.

    The worker judges it.
    """
    data = request.get_data()
    now = gateway.clock()
    with writing(gateway.engine) as connection:
        package = gateway.outbox.find(connection, guid)
        if package is None or package.state not in ("waiting", "sending"):
            return problem(404, texts.no_receipt_awaited())
        late_receipts.keep(connection, guid, data, request.headers.get(HEADER, ""), now)
        gateway.outbox.hasten_one(connection, guid, now)
    return Response(status=202)
