"""The centre's HTTP service: takes packages, answers receipts and totals.

Every route needs the token but `/healthz` and `/readyz`, which tell nothing but yes or no.
"""

import re

import structlog
from flask import Flask, Response, jsonify, request
from sqlalchemy import Engine
from sqlalchemy.exc import DataError, SQLAlchemyError

from gateway.central import intake, soap, store
from gateway.central.intake import MAX_BYTES, NO_KEYS, Keys, NotTaken
from gateway.clock import Clock
from gateway.messages import GatewayError, Text
from gateway.problems import bearer_ok, plain_answer, problem
from gateway.signing import HEADER
from gateway.standard import load_gates
from gateway.standard.charset import charset_of
from gateway.text import doors
from gateway.text import health as messages
from outbox.probe import WriteProbe

#: Most keys in one page of GET /records.
PAGE = 10_000
#: Names of feeds and keys of records (or a key's beginning), as the XSD has them.
_FEED = re.compile(r"[a-z][a-z0-9-]{0,39}(\.[a-z][a-z0-9-]{0,39})?")
_KEY = re.compile(r"[0-9a-f]{0,32}")
_TITLES = {
    422: Text("数据包整体退回", "the package is refused whole"),
    403: Text("签名不符", "the signature is refused"),
    409: Text("GUID 冲突", "the GUID is in conflict"),
}

_log = structlog.get_logger("creditgate.central")


class QueryRefused(GatewayError):
    """A question about records cannot be answered as it is asked."""


def create_app(engine: Engine, token: str, clock: Clock, keys: Keys = NO_KEYS) -> Flask:
    """Make the WSGI application over a store whose tables exist."""
    # Compiled now, while no other thread parses.
    load_gates()
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES

    store_probe = WriteProbe(engine)

    @app.before_request
    def _authorise() -> Response | None:
        if request.endpoint in ("_alive", "_ready"):
            return None
        if bearer_ok(request.headers.get("Authorization"), token):
            return None
        refused = problem(401, Text("令牌缺失或不正确", "the token is missing or wrong"))
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused

    @app.get("/healthz")
    def _alive() -> Response:
        return plain_answer("ok")

    @app.get("/readyz")
    def _ready() -> Response:
        if store_probe.writable():
            return plain_answer("ok")
        return plain_answer(messages.store_unwritable(), 503)

    @app.post("/packages")
    def _receive() -> Response:
        return receive(engine, request.get_data(), request.content_encoding, clock, keys)

    @app.post("/soap")
    def _soap() -> Response:
        charset = charset_of(request.headers.get("Content-Type", ""))
        return soap.answer(engine, request.get_data(), clock, keys, charset)

    @app.get("/totals")
    def _totals() -> Response:
        days = store.totals(engine, _feed())
        return jsonify([{"day": d.day.isoformat(), "present": d.present, "withdrawn": d.withdrawn} for d in days])  # fmt: skip

    @app.get("/records")
    def _records() -> Response:
        after = request.args.get("after", "")
        if not _KEY.fullmatch(after):
            raise _refused(doors.after_malformed(after))
        found = store.records(engine, _feed(), after, PAGE)
        return jsonify([[key, digest, day.isoformat()] for key, digest, day in found])

    app.register_error_handler(Exception, _unexpected)
    app.register_error_handler(QueryRefused, lambda error: problem(422, error.text))
    return app


def _refused(text: Text) -> QueryRefused:
    return QueryRefused(text.zh, text.en)


def _feed() -> str:
    """Return the feed that is asked about; raises QueryRefused for what can be no feed's name.

    An empty list would say that the feed has no record.
    """
    name = request.args.get("feed", "")
    if not _FEED.fullmatch(name):
        raise _refused(doors.feed_malformed(name))
    return name


def receive(
    engine: Engine, data: bytes, encoding: str | None, clock: Clock, keys: Keys = NO_KEYS
) -> Response:
    """Take one package: 200 with a receipt, or a problem that says whether to send it again."""
    guid = request.headers.get("Creditgate-Package", "")
    signature = request.headers.get(HEADER, "")
    charset = charset_of(request.headers.get("Content-Type", ""))
    taken = intake.answer(engine, data, encoding, guid, signature, clock, keys, charset)
    if isinstance(taken, NotTaken):
        return problem(taken.status, _TITLES[taken.status], taken.text)
    answer = Response(taken.receipt, content_type="application/xml")
    if taken.signature is not None:
        answer.headers[HEADER] = taken.signature
    return answer


def _unexpected(error: Exception) -> Response:
    """Answer what nobody foresaw without telling its inside; the log has it."""
    status = getattr(error, "code", None)
    if isinstance(status, int):
        return problem(status, Text("请求不被接受", "the request is not accepted"))
    if isinstance(error, DataError):
        _log.error("store.refused", kind=type(error).__name__)
        return problem(422, doors.not_storable())
    if isinstance(error, SQLAlchemyError):
        _log.error("store.failed", kind=type(error).__name__)
        answer = problem(503, Text("数据库暂不可用，请稍后重发", "the database is unavailable; send it again later"))  # fmt: skip
        answer.headers["Retry-After"] = "5"
        return answer
    _log.error("request.failed", kind=type(error).__name__, exc_info=error)
    return problem(500, Text("内部错误，请稍后重发", "internal error; send it again later"))
