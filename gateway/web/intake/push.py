"""The push service over HTTP: JSON, and SOAP 1.1 with a WSDL generated from the standard.

Every route asks for the feed's own token, as Bearer: what a browser sends by itself opens nothing.
A feed that is not there, or whose kind is not `push`, looks like a wrong token.
"""

from contextlib import suppress
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from adapters import SourceUnavailableError
from adapters.formats import FormatError
from adapters.reader.bodies import json_rows, soap_call
from adapters.reader.errors import READER_ENDED, ReaderEndedError
from adapters.soap_submissions import (
    NOT_UNDERSTOOD,
    VERSION,
    Contract,
    Submit,
    Verdicts,
)
from adapters.spool import WorkFolderFullError
from adapters.submissions import SIZE, SYNTAX
from adapters.text import Text as AdapterText
from adapters.text import submissions as messages
from gateway.operations.node_view import Pushed
from gateway.protocol.problem import json_answer, problem
from gateway.protocol.shared_secret import same_secret
from gateway.protocol.soap import envelope, fault
from gateway.settings.web import WebSettings
from gateway.standard.charset import charset_of
from gateway.submissions import store
from gateway.submissions.adapter import PushAdapter
from gateway.submissions.store import ReceiptLostError, Row, SubmissionRefusedError
from gateway.submissions.wsdl import NAMESPACE, push_wsdl
from gateway.text import Text, doors
from gateway.web.kit.origin import public_address
from outbox import writing

#: Longest id of the sender's own.
_ID_LIMIT = 100
#: The charsets that JSON may name (RFC 8259 knows UTF-8 alone).
_UTF8 = frozenset({"", "utf-8", "utf8", "us-ascii"})
#: What bodies of each door may be called.
_JSON = ("application/json",)
_XML = ("text/xml", "application/xml", "application/soap+xml")
#: HTTP's status for a submission that is refused by a rule; 422 for any other rule.
_STATUS = {SYNTAX: 400, SIZE: 413}
#: SOAP's fault code for it; soap:Client for any other rule.
_FAULT_CODES = {VERSION: "soap:VersionMismatch", NOT_UNDERSTOOD: "soap:MustUnderstand"}
#: Elements of a verdict in SOAP, with what each says of it.
_VERDICT = {
    "Row": "ref",
    "Verdict": "verdict",
    "Field": "field",
    "Rule": "rule",
    "ReasonZh": "zh",
    "ReasonEn": "en",
}


def push_routes(gateway: Pushed, settings: WebSettings) -> Blueprint:
    """Return the routes; all of them are below /push/DEPARTMENT.FEED."""
    routes = Blueprint("push", __name__, url_prefix="/push/<feed>")

    @routes.errorhandler(SubmissionRefusedError)
    def _refused(error: SubmissionRefusedError) -> Response:
        note_lost(gateway, error)
        return problem(error.status, error.text)

    @routes.post("/submissions")
    def submit(feed: str) -> Response:
        if (mistyped := _mistyped(_JSON)) is not None:
            return mistyped
        rows = _json_rows(gateway, feed)
        submission = take(gateway, feed, rows, request.headers.get("Idempotency-Key", ""))
        return json_answer(
            {"receipt": submission.receipt, "rows": submission.rows, "state": submission.state}, 202
        )

    @routes.get("/submissions/<receipt>")
    def verdicts(feed: str, receipt: str) -> Response:
        with gateway.engine.connect() as connection:
            submission, answers = store.answered(connection, feed, receipt, gateway.clock())
        return json_answer(
            {
                "receipt": receipt,
                "rows": submission.rows,
                "state": submission.state,
                "verdicts": answers,
            }
        )

    @routes.get("/soap")
    def wsdl(feed: str) -> Response:
        kind = gateway.fetching.feeds[feed].mapping.kind
        address = public_address(settings, request.path)
        return Response(push_wsdl(kind, address), content_type="text/xml; charset=utf-8")

    @routes.post("/soap")
    def soap(feed: str) -> Response:
        if (mistyped := _mistyped(_XML)) is not None:
            return mistyped
        try:
            return _called(gateway, feed, _soap_call(gateway, feed))
        except FormatError as error:
            return fault(_FAULT_CODES.get(error.rule, "soap:Client"), str(error))
        except SubmissionRefusedError as error:
            note_lost(gateway, error)
            return fault("soap:Server" if error.status >= 500 else "soap:Client", str(error))

    return routes


def opens(gateway: Pushed, feed: str, token: str) -> bool:
    """Whether a token is the one of a feed that departments push to."""
    adapter = _adapter(gateway, feed)
    # A feed that is not there is compared with a token that nobody has.
    return same_secret(token, adapter.settings.token.get_secret_value() if adapter else "")


def _adapter(gateway: Pushed, feed: str) -> PushAdapter | None:
    feed_found = gateway.fetching.feeds.get(feed)
    return (
        feed_found.adapter
        if feed_found is not None and isinstance(feed_found.adapter, PushAdapter)
        else None
    )


def submits(gateway: Pushed, feed: str) -> bool:
    """Whether a feed's department submits its rows."""
    return _adapter(gateway, feed) is not None


def take(gateway: Pushed, feed: str, rows: list[Row], given_id: str) -> store.Submission:
    """Keep a submission and return it.

    Raises SubmissionRefusedError where it is none, too large, or there is no room.
    """
    limit = _size_limit(gateway, feed)
    if not rows:
        raise _refused(422, messages.no_records())
    if len(rows) > limit:
        raise _refused(413, messages.too_many_records(limit))
    if len(given_id) > _ID_LIMIT or not given_id.isprintable():
        raise _refused(422, doors.id_malformed(_ID_LIMIT))
    if gateway.fetching.paused:
        raise _refused(503, doors.no_room())
    try:
        with writing(gateway.engine) as connection:
            return store.take(connection, feed, rows, given_id, gateway.clock())
    except SQLAlchemyError:
        # Nothing was kept, so nothing is acknowledged.
        raise _refused(503, doors.not_stored()) from None


def note_lost(gateway: Pushed, error: SubmissionRefusedError) -> None:
    """Have reconciliation name a receipt that a restore has lost.

    It does where that is why a request is refused.
    """
    if not isinstance(error, ReceiptLostError):
        return
    # The sender is told all the same where the store cannot be written.
    with suppress(SQLAlchemyError), writing(gateway.engine) as connection:
        store.note_lost(connection, error, gateway.clock())


def _refused(status: int, text: Text | AdapterText) -> SubmissionRefusedError:
    return SubmissionRefusedError(status, text.zh, text.en)


def _json_rows(gateway: Pushed, feed: str) -> list[Row]:
    """Read the request's rows; raises SubmissionRefusedError."""
    _check_uncompressed()
    _check_charset()
    try:
        return json_rows(request.get_data(), _size_limit(gateway, feed))
    except FormatError as error:
        raise SubmissionRefusedError(_STATUS.get(error.rule, 422), error.zh, error.en) from None
    except ReaderEndedError as error:
        raise SubmissionRefusedError(422, error.zh, error.en) from None
    except SourceUnavailableError as error:
        raise SubmissionRefusedError(503, error.zh, error.en) from None
    except WorkFolderFullError as error:
        raise SubmissionRefusedError(507, error.zh, error.en) from None


def _soap_call(gateway: Pushed, feed: str) -> Submit | Verdicts:
    """Read the request's call; raises SubmissionRefusedError or FormatError."""
    _check_uncompressed()
    kind = gateway.fetching.feeds[feed].mapping.kind
    contract = Contract(NAMESPACE, kind.name, kind.field_names, _size_limit(gateway, feed))
    content_type = request.headers.get("Content-Type", "")
    try:
        return soap_call(request.get_data(), content_type, contract)
    except ReaderEndedError as error:
        raise FormatError(READER_ENDED, error.zh, error.en) from None
    except SourceUnavailableError as error:
        raise SubmissionRefusedError(503, error.zh, error.en) from None
    except WorkFolderFullError as error:
        raise SubmissionRefusedError(507, error.zh, error.en) from None


def _check_uncompressed() -> None:
    encoding = (request.content_encoding or "identity").strip().lower()
    if encoding != "identity":
        raise _refused(415, doors.encoding_unknown(encoding))


def _mistyped(content_types: tuple[str, ...]) -> Response | None:
    """Return the refusal of a body of another type than `content_types`; it tells the first.

    What a page of another site can have a browser send without asking is text/plain, a form's
    encoding, or no type at all: none of them is taken, whoever sends it.
    """
    mimetype = request.mimetype
    if mimetype in content_types:
        return None
    return problem(415, doors.push_content_type(mimetype, content_types[0]))


def _check_charset() -> None:
    """Raise SubmissionRefusedError for a body that says that it is not in UTF-8.

    Bytes of GBK may be sound UTF-8 by chance, so the charset that is named counts.
    """
    charset = charset_of(request.headers.get("Content-Type", ""))
    if charset not in _UTF8:
        raise _refused(415, doors.json_charset(charset))


def _size_limit(gateway: Pushed, feed: str) -> int:
    adapter = _adapter(gateway, feed)
    return adapter.settings.max_rows if adapter else 0


def _called(gateway: Pushed, feed: str, call: Submit | Verdicts) -> Response:
    if isinstance(call, Submit):
        submission = take(gateway, feed, call.rows, call.submission_id)
        return envelope(
            f'<SubmitResponse xmlns="{NAMESPACE}"><Receipt>{submission.receipt}</Receipt>'
            f"<Rows>{submission.rows}</Rows></SubmitResponse>"
        )
    with gateway.engine.connect() as connection:
        state, answers = store.answered(connection, feed, call.receipt, gateway.clock())
    items = "".join(f"<Item>{_item(verdict)}</Item>" for verdict in answers)
    return envelope(
        "<VerdictsResponse "
        f'xmlns="{NAMESPACE}"><State>{state.state}</State>{items}</VerdictsResponse>'
    )


def _item(verdict: dict[str, str | None]) -> str:
    return "".join(
        f"<{name}>{escape(verdict.get(key) or '')}</{name}>" for name, key in _VERDICT.items()
    )
