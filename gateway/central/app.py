"""The centre's HTTP service: takes packages, answers receipts and totals. Every route needs the token."""

import hashlib
import io
from dataclasses import dataclass

import structlog
import zstandard
from flask import Flask, Response, jsonify, request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from gateway.central import store
from gateway.central.judge import PackageRefused, judge
from gateway.clock import Clock, local_day
from gateway.messages import Text
from gateway.problems import bearer_ok, problem
from gateway.signing import (
    HEADER,
    SignatureRefused,
    Signer,
    Verifier,
    package_statement,
    receipt_statement,
)
from gateway.standard import XmlRefused, load_gates

#: Largest package in bytes, compressed and opened: 1,000 records of 60 kB each.
MAX_BYTES = 64_000_000
#: Most keys in one page of GET /records.
PAGE = 10_000

_log = structlog.get_logger("creditgate.central")


@dataclass(frozen=True, slots=True)
class Keys:
    """What receipts are signed with, and whose packages are taken; None where nothing is asked."""

    signer: Signer | None = None
    verifier: Verifier | None = None


NO_KEYS = Keys()


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
    """Take one package: 200 with a receipt, or a problem that says whether to send it again.

    A signature is checked before anything is parsed.
    """
    try:
        xml = _opened(data, encoding)
        digest = hashlib.sha256(xml).hexdigest()
        guid = request.headers.get("Creditgate-Package", "")
        signature = request.headers.get(HEADER, "")
        if keys.verifier is not None:
            keys.verifier.check(package_statement(guid, digest), signature)
        receipt = store.receipt_of(engine, guid, digest) if guid else None
        if receipt is None:
            now = clock()
            judged = judge(xml, local_day(now))
            if keys.verifier is not None and judged.header.guid != guid:
                raise SignatureRefused(f"签名的是 {guid[:36]!a}，数据包是 {judged.header.guid}", f"the signature is of {guid[:36]!a} and the package is {judged.header.guid}")  # fmt: skip
            guid = judged.header.guid
            receipt = store.keep(engine, judged, digest, now, signature)
            _log.info("package.kept", guid=judged.header.guid, feed=judged.header.feed, records=judged.header.records, refused=len(judged.faults))  # fmt: skip
    except (XmlRefused, PackageRefused) as error:
        return problem(422, Text("数据包整体退回", "the package is refused whole"), error.text)
    except SignatureRefused as error:
        return problem(403, Text("签名不符", "the signature is refused"), error.text)
    except store.PackageConflict as error:
        return problem(409, Text("GUID 冲突", "the GUID is in conflict"), error.text)
    answer = Response(receipt, content_type="application/xml")
    if keys.signer is not None:
        answer.headers[HEADER] = str(keys.signer.sign(receipt_statement(guid, digest, receipt)))
    return answer


def _opened(data: bytes, encoding: str | None) -> bytes:
    """Undo the content encoding, never beyond MAX_BYTES, whatever the frame claims of its size."""
    if encoding is None:
        return data
    if encoding != "zstd":
        raise XmlRefused(f"不支持的内容编码 {encoding}", f"content encoding {encoding} is not supported")  # fmt: skip
    try:
        with zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(
            io.BytesIO(data)
        ) as reader:
            xml = reader.read(MAX_BYTES + 1)
    except zstandard.ZstdError as error:
        raise XmlRefused(f"zstd 数据损坏：{error}", f"the zstd data are damaged: {error}") from None
    if len(xml) > MAX_BYTES:
        raise XmlRefused(
            f"解压后超过 {MAX_BYTES} 字节", f"larger than {MAX_BYTES} bytes once opened"
        )
    return xml


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
