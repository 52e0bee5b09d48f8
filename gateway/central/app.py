"""The centre's HTTP service: takes packages, answers receipts and totals.

Every route has a rule (`rules`); only `/healthz` and `/readyz`, which tell nothing but yes or no,
want no sender's token.
"""

import re
from datetime import date

import structlog
from flask import Flask, Response, g, jsonify, request
from sqlalchemy.exc import DataError, SQLAlchemyError

from gateway.central.access_rules import RULES, check_rules
from gateway.central.allowance import Allowance
from gateway.central.centre import Centre
from gateway.central.intake import receive as intake
from gateway.central.intake import soap
from gateway.central.intake.receive import MAX_BYTES, Arrival, NotTaken, Taken
from gateway.central.records import store as record_store
from gateway.central.senders.model import Sender, SenderRefusedError, check_feed
from gateway.central.wrong_tokens import WrongTokens
from gateway.errors import GatewayError
from gateway.protocol.digests import DayDigest
from gateway.protocol.problem import plain_answer, problem
from gateway.protocol.shared_secret import bearer_token
from gateway.protocol.signing import EXCHANGE_HEADER, HEADER
from gateway.standard import load_gates
from gateway.standard.charset import charset_of
from gateway.text import central as central_messages
from gateway.text import doors
from gateway.text import health as messages
from gateway.text import senders as sender_messages
from outbox.probe import WriteProbe

#: Most keys in one page of GET /records.
PAGE = 10_000
#: Names of feeds and keys of records (or a key's beginning), as the XSD has them.
_FEED = re.compile(r"[a-z][a-z0-9-]{0,39}(\.[a-z][a-z0-9-]{0,39})?")
_KEY = re.compile(r"[0-9a-f]{0,32}")
_BUCKET = re.compile(r"[0-9a-f]{2}")
_TITLES = {
    422: central_messages.package_refused(),
    403: central_messages.signature_refused(),
    409: central_messages.guid_conflict(),
}

_log = structlog.get_logger("creditgate.central")


class QueryRefusedError(GatewayError):
    """A question about records cannot be answered as it is asked."""


def create_app(centre: Centre) -> Flask:
    """Make the WSGI application over a store whose tables exist; raises MissingRuleError."""
    # Compiled now, while no other thread parses.
    load_gates()
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES
    engine = centre.engine
    store_probe = WriteProbe(engine)
    allowance = Allowance()
    wrong_tokens = WrongTokens(centre.clock)

    @app.before_request
    def _authorise() -> Response | None:
        rule = RULES.get(request.endpoint or "", "package")
        if rule == "open":
            return None
        token = bearer_token(request.headers.get("Authorization"))
        sender = centre.directory.by_token(token, centre.clock())
        if sender is None:
            if request.headers.get("Authorization"):
                # Whoever guesses, and a sender whose time is over.
                wrong_tokens.note(request.remote_addr or "-", request.path)
            refused = problem(401, sender_messages.not_known())
            refused.headers["WWW-Authenticate"] = "Bearer"
            return refused
        g.sender = sender
        if rule in ("feed", "read", "test"):
            g.feed = _feed()
            check_feed(sender, g.feed)
        if rule == "test" and not sender.test:
            raise SenderRefusedError.of(sender_messages.only_test())
        if rule == "read":
            if wait := allowance.begin(sender.id):
                return _too_many(wait)
            g.asking = sender.id
        return None

    @app.teardown_request
    def _end_question(_error: BaseException | None) -> None:
        if "asking" in g:
            allowance.end(g.pop("asking"))

    @app.get("/healthz", endpoint="alive")
    def _alive() -> Response:
        return plain_answer("ok")

    @app.get("/readyz", endpoint="ready")
    def _readyz() -> Response:
        if store_probe.writable():
            return plain_answer("ok")
        return plain_answer(messages.store_unwritable(), 503)

    @app.post("/packages", endpoint="packages")
    def _receive() -> Response:
        return receive(centre, g.sender)

    @app.post("/soap", endpoint="soap")
    def _soap() -> Response:
        charset = charset_of(request.headers.get("Content-Type", ""))
        exchange = request.headers.get(EXCHANGE_HEADER, "")
        return soap.answer(centre, g.sender, request.get_data(), charset, exchange)

    @app.get("/receipts/<guid>", endpoint="receipt")
    def _receipt(guid: str) -> Response:
        exchange = request.headers.get(EXCHANGE_HEADER, "")
        answer = intake.receipt_again(centre, g.sender, guid, exchange)
        if answer is None:
            return problem(404, sender_messages.no_receipt(guid))
        return _receipt_answer(answer)

    _reading_routes(app, centre)

    @app.delete("/records", endpoint="remove_records")
    def _remove_records() -> Response:
        record_store.remove_test_records(engine, g.feed)
        return Response(status=204)

    app.register_error_handler(Exception, _unexpected)
    app.register_error_handler(QueryRefusedError, lambda error: problem(422, error.text))
    app.register_error_handler(SenderRefusedError, _not_allowed)
    check_rules(app.view_functions)
    return app


def _reading_routes(app: Flask, centre: Centre) -> None:
    """Add the routes by which a sender asks what is held of its feeds."""
    engine = centre.engine

    @app.get("/totals", endpoint="totals")
    def _totals() -> Response:
        with_digests = request.args.get("digests", "")
        if with_digests not in ("", "1"):
            raise QueryRefusedError.of(doors.digests_malformed(with_digests))
        # Read first: a day that has a record by then is among the days that are read next.
        sets = record_store.digests(engine, g.feed, test=g.sender.test) if with_digests else {}
        days = record_store.totals(engine, g.feed, test=g.sender.test)
        days_told = [
            {"day": d.day.isoformat(), "present": d.present, "withdrawn": d.withdrawn} for d in days
        ]
        if with_digests:
            # A count of another reading than the root's would contradict it while packages come in.
            day_digests = [sets.get(d.day, DayDigest()) for d in days]
            days_told = [
                {**day_told, "present": digest.count, "root": digest.root()}
                for day_told, digest in zip(days_told, day_digests, strict=True)
            ]
        return jsonify(days_told)

    @app.get("/records", endpoint="records")
    def _records() -> Response:
        after_key = request.args.get("after", "")
        if not _KEY.fullmatch(after_key):
            raise QueryRefusedError.of(doors.after_malformed(after_key))
        page = record_store.records(engine, g.feed, after_key, PAGE, test=g.sender.test)
        return jsonify([[key, digest, day.isoformat()] for key, digest, day in page])

    @app.get("/sequence", endpoint="sequence")
    def _sequence() -> Response:
        highest = record_store.highest_sequence(engine, g.feed)
        # Of an empty feed the present second: a gateway whose clock is years ahead begins no
        # further.
        first = highest + 1 if highest else int(centre.clock().timestamp())
        return jsonify({"feed": g.feed, "highest": highest, "first": first})

    @app.get("/digests", endpoint="digests")
    def _digests() -> Response:
        day, bucket = _day(), request.args.get("bucket")
        if bucket is None:
            sets = record_store.digests(engine, g.feed, day, test=g.sender.test)
            return jsonify(
                {"day": day.isoformat(), "buckets": sets.get(day, DayDigest()).buckets()}
            )
        after_key = request.args.get("after", "")
        if not _BUCKET.fullmatch(bucket):
            raise QueryRefusedError.of(doors.bucket_malformed(bucket))
        if not _KEY.fullmatch(after_key):
            raise QueryRefusedError.of(doors.after_malformed(after_key))
        page = record_store.bucket(engine, g.feed, day, bucket, after_key, PAGE, test=g.sender.test)
        return jsonify([list(row) for row in page])


def _not_allowed(error: SenderRefusedError) -> Response:
    return problem(403, sender_messages.title(), error.text, error.code)


def _too_many(wait: int) -> Response:
    answer = problem(429, sender_messages.questions_too_many(wait))
    answer.headers["Retry-After"] = str(wait)
    return answer


def _feed() -> str:
    """Return the feed that is asked about; raises QueryRefusedError for what can be no feed's name.

    An empty list would say that the feed has no record.
    """
    name = request.args.get("feed", "")
    if not _FEED.fullmatch(name):
        raise QueryRefusedError.of(doors.feed_malformed(name))
    return name


def _day() -> date:
    """Return the day that is asked about; raises QueryRefusedError for what is none."""
    text = request.args.get("day", "")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    # Other ways to write a day (20260401, 2026-W14-3) are read by Python and not meant by anybody.
    if day is None or day.isoformat() != text:
        raise QueryRefusedError.of(doors.day_malformed(text))
    return day


def receive(centre: Centre, sender: Sender) -> Response:
    """Receive one package and return 200 with its receipt, or a problem.

    The problem says whether the package may be sent again.
    """
    headers = request.headers
    arrival = Arrival(
        request.get_data(),
        request.content_encoding,
        headers.get("Creditgate-Package", ""),
        headers.get(HEADER, ""),
        charset_of(headers.get("Content-Type", "")),
        headers.get(EXCHANGE_HEADER, ""),
    )
    result = intake.answer(centre, sender, arrival)
    if isinstance(result, NotTaken):
        title = (
            sender_messages.title()
            if result.code == SenderRefusedError.code
            else _TITLES[result.status]
        )
        answer = problem(result.status, title, result.text, result.code)
        signature = intake.refusal_signature(centre, sender.id, result, answer.get_data())
        if signature is not None:
            answer.headers[HEADER] = signature
        return answer
    return _receipt_answer(result)


def _receipt_answer(received: Taken) -> Response:
    answer = Response(received.receipt, content_type="application/xml")
    if received.signature is not None:
        answer.headers[HEADER] = received.signature
    return answer


def _unexpected(error: Exception) -> Response:
    """Answer what nobody foresaw without telling its inside; the log has it."""
    status = getattr(error, "code", None)
    if isinstance(status, int):
        return problem(status, central_messages.request_refused())
    if isinstance(error, DataError):
        _log.error("store.refused", kind=type(error).__name__)
        return problem(422, doors.not_storable())
    if isinstance(error, SQLAlchemyError):
        _log.error("store.failed", kind=type(error).__name__)
        answer = problem(
            503,
            central_messages.database_away(),
        )
        answer.headers["Retry-After"] = "5"
        return answer
    _log.error("request.failed", kind=type(error).__name__, exc_info=error)
    return problem(500, central_messages.internal_error())
