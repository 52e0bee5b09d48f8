"""The push service over HTTP: JSON, and SOAP 1.1 with a WSDL generated from the standard.

Every route asks for the feed's own token (as Bearer, or as the password of Basic). A feed that is
not there, or whose kind is not `push`, looks like a wrong token.
"""

import base64
import binascii
from typing import Any, Protocol
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request
from lxml import etree
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from gateway.clock import Clock
from gateway.envelope import ENVELOPE, envelope, fault
from gateway.feeds import Feed
from gateway.messages import Text
from gateway.problems import json_answer, problem, read_json, same_secret
from gateway.push import store
from gateway.push.adapter import PushAdapter
from gateway.push.store import Row, SubmissionRefused
from gateway.push.wsdl import NAMESPACE, push_wsdl
from gateway.standard import XmlRefused, parse_xml
from outbox import writing

#: Longest id of the sender's own.
_ID_LIMIT = 100
_P = f"{{{NAMESPACE}}}"


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
        return problem(error.status, error.text)

    @routes.post("/submissions")
    def submit(feed: str) -> Response:
        rows = _json_rows(request.get_data())
        taken = take(gateway, feed, rows, request.headers.get("Idempotency-Key", ""))
        return json_answer(
            {"receipt": taken.receipt, "rows": taken.rows, "state": taken.state}, 202
        )

    @routes.get("/submissions/<receipt>")
    def verdicts(feed: str, receipt: str) -> Response:
        with gateway.engine.connect() as connection:
            found, told = store.answered(connection, feed, receipt)
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
            return _called(gateway, feed, parse_xml(request.get_data()))
        except XmlRefused as error:
            return fault("soap:Client", str(error))
        except SubmissionRefused as error:
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
    adapter = _adapter(gateway, feed)
    limit = adapter.settings.max_rows if adapter else 0
    if not rows:
        raise SubmissionRefused(422, "没有记录", "there is no record")
    if len(rows) > limit:
        raise SubmissionRefused(413, f"一次至多 {limit} 条", f"at most {limit} records at once")
    if len(given_id) > _ID_LIMIT:
        raise SubmissionRefused(
            422, f"编号超过 {_ID_LIMIT} 个字符", f"the id is longer than {_ID_LIMIT} characters"
        )
    if gateway.fetching.paused:
        raise SubmissionRefused(
            503, "网关暂无空间，请稍后再交", "the gateway has no room at present; try later"
        )
    try:
        with writing(gateway.engine) as connection:
            return store.take(connection, feed, rows, given_id, gateway.clock())
    except SQLAlchemyError:
        # Nothing was kept, so nothing is acknowledged.
        raise SubmissionRefused(503, "网关暂不能保存，请稍后再交", "the gateway cannot keep it at present; try later") from None  # fmt: skip


def _json_rows(data: bytes) -> list[Row]:
    """Read {"rows": [{name: text, number, true, false or null}]}; raises SubmissionRefused."""
    try:
        tree = read_json(data, str)
    except (ValueError, RecursionError):
        raise SubmissionRefused(400, "不是合格的 JSON", "this is no well-formed JSON") from None
    found = tree.get("rows") if isinstance(tree, dict) else None
    if not isinstance(found, list):
        raise SubmissionRefused(422, '应为 {"rows": [...]}', 'write {"rows": [...]}')
    rows: list[Row] = []
    for number, item in enumerate(found, 1):
        if not isinstance(item, dict) or any(
            isinstance(value, dict | list) for value in item.values()
        ):
            raise SubmissionRefused(
                422, f"第 {number} 条不是平的对象", f"record {number} is no flat object"
            )
        rows.append({name: _cell(value) for name, value in item.items()})
    return rows


def _cell(value: Any) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "1" if value else "0"
        case _:
            return str(value)


def _called(gateway: Pushed, feed: str, root: etree._Element) -> Response:
    bodies = root.findall(f"{{{ENVELOPE}}}Body")
    calls = list(bodies[0]) if len(bodies) == 1 else []
    call = calls[0] if len(calls) == 1 else None
    if call is not None and call.tag == f"{_P}Submit":
        kind = gateway.fetching.feeds[feed].mapping.kind
        records = call.findall(f"{_P}{kind.name}")
        rows = [{etree.QName(cell).localname: cell.text for cell in record} for record in records]
        taken = take(gateway, feed, rows, (call.findtext(f"{_P}SubmissionId") or "").strip())
        return envelope(
            f'<SubmitResponse xmlns="{NAMESPACE}"><Receipt>{taken.receipt}</Receipt><Rows>{taken.rows}</Rows></SubmitResponse>'
        )
    if call is not None and call.tag == f"{_P}Verdicts":
        receipt = (call.findtext(f"{_P}Receipt") or "").strip()
        with gateway.engine.connect() as connection:
            found, told = store.answered(connection, feed, receipt)
        items = "".join(
            "<Item>" + "".join(f"<{name}>{escape(one.get(key) or '')}</{name}>" for name, key in (
                ("Row", "ref"), ("Verdict", "verdict"), ("Field", "field"), ("Rule", "rule"), ("ReasonZh", "zh"), ("ReasonEn", "en"),
            )) + "</Item>"
            for one in told
        )  # fmt: skip
        return envelope(
            f'<VerdictsResponse xmlns="{NAMESPACE}"><State>{found.state}</State>{items}</VerdictsResponse>'
        )
    raise XmlRefused("须为只含一个 Submit 或 Verdicts 的 SOAP 1.1 信封", "it must be a SOAP 1.1 envelope with one Submit or Verdicts")  # fmt: skip
