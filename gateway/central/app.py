"""The centre's HTTP service: takes packages, answers receipts and totals. Every route needs the token."""

import structlog
from flask import Flask, Response, jsonify, request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from gateway.central import intake, soap, store
from gateway.central.intake import MAX_BYTES, NO_KEYS, Keys, NotTaken
from gateway.clock import Clock
from gateway.messages import Text
from gateway.problems import bearer_ok, problem
from gateway.signing import HEADER
from gateway.standard import load_gates

#: Most keys in one page of GET /records.
PAGE = 10_000
_TITLES = {
    422: Text("数据包整体退回", "the package is refused whole"),
    403: Text("签名不符", "the signature is refused"),
    409: Text("GUID 冲突", "the GUID is in conflict"),
}

_log = structlog.get_logger("creditgate.central")


def create_app(engine: Engine, token: str, clock: Clock, keys: Keys = NO_KEYS) -> Flask:
    """Make the WSGI application over a store whose tables exist."""
    # Compiled now, while no other thread parses.
    load_gates()
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES

    @app.before_request
    def _authorise() -> Response | None:
        if bearer_ok(request.headers.get("Authorization"), token):
            return None
        refused = problem(401, Text("令牌缺失或不正确", "the token is missing or wrong"))
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused

    @app.post("/packages")
    def _receive() -> Response:
        return receive(engine, request.get_data(), request.content_encoding, clock, keys)

    @app.post("/soap")
    def _soap() -> Response:
        return soap.answer(engine, request.get_data(), clock, keys)

    @app.get("/totals")
    def _totals() -> Response:
        days = store.totals(engine, request.args.get("feed", ""))
        return jsonify([{"day": d.day.isoformat(), "present": d.present, "withdrawn": d.withdrawn} for d in days])  # fmt: skip

    @app.get("/records")
    def _records() -> Response:
        found = store.records(
            engine, request.args.get("feed", ""), request.args.get("after", ""), PAGE
        )
        return jsonify([[key, digest, day.isoformat()] for key, digest, day in found])

    app.register_error_handler(Exception, _unexpected)
    return app


def receive(
    engine: Engine, data: bytes, encoding: str | None, clock: Clock, keys: Keys = NO_KEYS
) -> Response:
    """Take one package: 200 with a receipt, or a problem that says whether to send it again."""
    guid = request.headers.get("Creditgate-Package", "")
    taken = intake.answer(
        engine, data, encoding, guid, request.headers.get(HEADER, ""), clock, keys
    )
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
    if isinstance(error, SQLAlchemyError):
        _log.error("store.failed", kind=type(error).__name__)
        answer = problem(503, Text("数据库暂不可用，请稍后重发", "the database is unavailable; send it again later"))  # fmt: skip
        answer.headers["Retry-After"] = "5"
        return answer
    _log.error("request.failed", kind=type(error).__name__, exc_info=error)
    return problem(500, Text("内部错误，请稍后重发", "internal error; send it again later"))
