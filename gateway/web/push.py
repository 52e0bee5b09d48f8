"""The push service over HTTP: JSON, and SOAP 1.1 with a WSDL generated from the standard.

Every route asks for the feed's own token (as Bearer, or as the password of Basic). A feed that is
not there, or whose kind is not `push`, looks like a wrong token.
"""

import base64
import binascii
from contextlib import suppress
from typing import Protocol
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from adapters import SourceUnavailable
from adapters.formats import FormatError
from adapters.reader.bodies import json_rows, soap_call
from adapters.reader.errors import READER_ENDED, ReaderEnded
from adapters.soap_submissions import (
    NOT_UNDERSTOOD,
    VERSION,
    Contract,
    Submit,
    Verdicts,
)
from adapters.spool import WorkFolderFull
from adapters.submissions import SIZE, SYNTAX
from adapters.text import Text as AdapterText
from adapters.text import submissions as messages
from gateway.clock import Clock
from gateway.envelope import envelope, fault
from gateway.feeds import Feed
from gateway.messages import Text
from gateway.problems import json_answer, problem, same_secret
from gateway.push import store
from gateway.push.adapter import PushAdapter
from gateway.push.store import ReceiptLost, Row, SubmissionRefused
from gateway.push.wsdl import NAMESPACE, push_wsdl
from gateway.standard.charset import charset_of
from gateway.text import doors
from outbox import writing

#: Longest id of the sender's own.
_ID_LIMIT = 100
#: The charsets that JSON may name (RFC 8259 knows UTF-8 alone).
_UTF8 = frozenset({"", "utf-8", "utf8", "us-ascii"})
#: HTTP's status for a submission that is refused by a rule; 422 for any other rule.
_STATUS = {SYNTAX: 400, SIZE: 413}
#: SOAP's fault code for it; soap:Client for any other rule.
_FAULT_CODES = {VERSION: "soap:VersionMismatch", NOT_UNDERSTOOD: "soap:MustUnderstand"}
#: Elements of a verdict in SOAP, with what each says of it.
_VERDICT = {
    "Row": "ref", "Verdict": "verdict", "Field": "field", "Rule": "rule", "ReasonZh": "zh",
    "ReasonEn": "en",
}  # fmt: skip


class Receiving(Protocol):
    """What the service needs of the fetching."""

    feeds: dict[str, Feed]

    @property
    def paused(self) -> bool:
        """Tell whether fetching waits for room."""
        ...


class Pushed(Protocol):
    """What the service needs of a gateway."""

    engine: Engine

    @property
    def clock(self) -> Clock:
        """The clock that the gateway goes by."""
        ...

    @property
    def fetching(self) -> Receiving:
        """The feeds."""
        ...


def push_routes(gateway: Pushed) -> Blueprint:
    """Make the routes; all of them are below /push/DEPARTMENT.FEED."""
    routes = Blueprint("push", __name__, url_prefix="/push/<feed>")

    @routes.errorhandler(SubmissionRefused)
    def _refused(error: SubmissionRefused) -> Response:
        note_lost(gateway, error)
        return problem(error.status, error.text)

    @routes.post("/submissions")
    def submit(feed: str) -> Response:
        rows = _json_rows(gateway, feed)
        taken = take(gateway, feed, rows, request.headers.get("Idempotency-Key", ""))
        return json_answer(
            {"receipt": taken.receipt, "rows": taken.rows, "state": taken.state}, 202
        )

    @routes.get("/submissions/<receipt>")
    def verdicts(feed: str, receipt: str) -> Response:
        with gateway.engine.connect() as connection:
            found, told = store.answered(connection, feed, receipt, gateway.clock())
        return json_answer(
            {"receipt": receipt, "rows": found.rows, "state": found.state, "verdicts": told}
        )

    @routes.get("/soap")
    def wsdl(feed: str) -> Response:
        kind = gateway.fetching.feeds[feed].mapping.kind
        return Response(push_wsdl(kind, request.base_url), content_type="text/xml; charset=utf-8")

    @routes.post("/soap")
    def soap(feed: str) -> Response:
        try:
            return _called(gateway, feed, _soap_call(gateway, feed))
        except FormatError as error:
            return fault(_FAULT_CODES.get(error.rule, "soap:Client"), str(error))
        except SubmissionRefused as error:
            note_lost(gateway, error)
            return fault("soap:Server" if error.status >= 500 else "soap:Client", str(error))

    return routes


def authorised(gateway: Pushed) -> Response | None:
    """Give the refusal of a request that does not show its feed's token; None where it does."""
    adapter = _adapter(gateway, (request.view_args or {}).get("feed", ""))
    # A feed that is not there is compared with a token that nobody has.
    token = adapter.settings.token.get_secret_value() if adapter else ""
    if adapter is None or not same_secret(_shown(request.headers.get("Authorization", "")), token):
        answer = problem(401, Text("令牌缺失或不正确", "the token is missing or wrong"))
        answer.headers["WWW-Authenticate"] = 'Basic realm="creditgate"'
        return answer
    return None


def _adapter(gateway: Pushed, feed: str) -> PushAdapter | None:
    found = gateway.fetching.feeds.get(feed)
    return found.adapter if found is not None and isinstance(found.adapter, PushAdapter) else None


def _shown(header: str) -> str:
    """Give the token that a request shows."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def submits(gateway: Pushed, feed: str) -> bool:
    """Tell whether a feed's department submits its rows."""
    return _adapter(gateway, feed) is not None


def take(gateway: Pushed, feed: str, rows: list[Row], given_id: str) -> store.Submission:
    """Keep a submission; raises SubmissionRefused where it is none, too large, or there is no room."""
    limit = _most(gateway, feed)
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


def note_lost(gateway: Pushed, error: SubmissionRefused) -> None:
    """Have reconciliation name a receipt that a restore has lost, where that is why a request is refused."""
    if not isinstance(error, ReceiptLost):
        return
    # The sender is told all the same where the store cannot be written.
    with suppress(SQLAlchemyError), writing(gateway.engine) as connection:
        store.note_lost(connection, error, gateway.clock())


def _refused(status: int, text: Text | AdapterText) -> SubmissionRefused:
    return SubmissionRefused(status, text.zh, text.en)


def _json_rows(gateway: Pushed, feed: str) -> list[Row]:
    """Read the request's rows; raises SubmissionRefused."""
    _check_uncompressed()
    _check_charset()
    try:
        return json_rows(request.get_data(), _most(gateway, feed))
    except FormatError as error:
        raise SubmissionRefused(_STATUS.get(error.rule, 422), error.zh, error.en) from None
    except ReaderEnded as error:
        raise SubmissionRefused(422, error.zh, error.en) from None
    except SourceUnavailable as error:
        raise SubmissionRefused(503, error.zh, error.en) from None
    except WorkFolderFull as error:
        raise SubmissionRefused(507, error.zh, error.en) from None


def _soap_call(gateway: Pushed, feed: str) -> Submit | Verdicts:
    """Read the request's call; raises SubmissionRefused or FormatError."""
    _check_uncompressed()
    kind = gateway.fetching.feeds[feed].mapping.kind
    contract = Contract(NAMESPACE, kind.name, kind.field_names, _most(gateway, feed))
    content_type = request.headers.get("Content-Type", "")
    try:
        return soap_call(request.get_data(), content_type, contract)
    except ReaderEnded as error:
        raise FormatError(READER_ENDED, error.zh, error.en) from None
    except SourceUnavailable as error:
        raise SubmissionRefused(503, error.zh, error.en) from None
    except WorkFolderFull as error:
        raise SubmissionRefused(507, error.zh, error.en) from None


def _check_uncompressed() -> None:
    encoding = (request.content_encoding or "identity").strip().lower()
    if encoding != "identity":
        raise _refused(415, doors.encoding_unknown(encoding))


def _check_charset() -> None:
    """Raise SubmissionRefused for a body that says that it is not in UTF-8.

    Bytes of GBK may be sound UTF-8 by chance, so the charset that is named counts. The type does not:
    curl and many clients name one of forms or of plain text, and what is no JSON is told when read.
    """
    charset = charset_of(request.headers.get("Content-Type", ""))
    if charset not in _UTF8:
        raise _refused(415, doors.json_charset(charset))


def _most(gateway: Pushed, feed: str) -> int:
    adapter = _adapter(gateway, feed)
    return adapter.settings.max_rows if adapter else 0


def _called(gateway: Pushed, feed: str, call: Submit | Verdicts) -> Response:
    if isinstance(call, Submit):
        taken = take(gateway, feed, call.rows, call.submission_id)
        return envelope(
            f'<SubmitResponse xmlns="{NAMESPACE}"><Receipt>{taken.receipt}</Receipt>'
            f"<Rows>{taken.rows}</Rows></SubmitResponse>"
        )
    with gateway.engine.connect() as connection:
        found, told = store.answered(connection, feed, call.receipt, gateway.clock())
    items = "".join(f"<Item>{_item(verdict)}</Item>" for verdict in told)
    return envelope(
        f'<VerdictsResponse xmlns="{NAMESPACE}"><State>{found.state}</State>{items}</VerdictsResponse>'
    )


def _item(verdict: dict[str, str | None]) -> str:
    return "".join(
        f"<{name}>{escape(verdict.get(key) or '')}</{name}>" for name, key in _VERDICT.items()
    )
