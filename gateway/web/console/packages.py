"""Packages: searched, opened, acted on.

A list is quick whatever is kept: it is paged by age, on an index.
"""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import zstandard
from flask import Blueprint, request
from lxml import etree
from sqlalchemy import Connection
from werkzeug.wrappers import Response as BaseResponse

from gateway.clock import read_moment
from gateway.delivery import evidence
from gateway.exchange import blind_index, feed_requests, refusal_store, unit_store
from gateway.masking import Personal
from gateway.operations import packages as package_acts
from gateway.operations.package_states import PACKAGE_ACTS, PackageAct, allowed_acts
from gateway.standard import load_standard, parse_xml
from gateway.standard.disclosure import record_mask
from gateway.web.kit.context import Console
from gateway.web.kit.denials import not_there
from gateway.web.kit.guard import principal
from gateway.web.kit.language import page
from gateway.web.kit.parts import ROWS, back, cursor_of, flashing, moment, note, visible_lanes
from outbox import DecryptionError, Message, Wanted, writing

#: Records of a package that its page shows.
_RECORDS = 100
#: What stands for several states in the search form.
_STATES: dict[str, tuple[str, ...] | None] = {
    "": None,
    "open": ("waiting", "held", "sending", "dead"),
    "waiting": ("waiting",),
    "held": ("held",),
    "sending": ("sending",),
    "dead": ("dead",),
    "settled": ("settled",),
    "dropped": ("dropped",),
}


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record of a package, its identifiers masked."""

    key: str
    change: str
    cells: list[tuple[Any, str]]


def package_routes(console: Console) -> Blueprint:
    """Return the routes, below /packages."""
    routes = Blueprint("packages", __name__, url_prefix="/packages")

    @routes.get("/", endpoint="page")
    def listed() -> str:
        text = request.args.get("q", "").strip()
        with console.engine.connect() as connection:
            lanes = visible_lanes(connection, console.gateway.outbox, principal())
            search = _search_of(connection, lanes, text)
            packages = console.gateway.outbox.search(connection, search, ROWS + 1)
            behind = blind_index.unmade(connection, 1000) if text else 0
        next_cursor = cursor_of(packages[ROWS - 1]) if len(packages) > ROWS else None
        return page(
            "packages.html",
            found=packages[:ROWS],
            more=next_cursor,
            lanes=lanes,
            states=list(_STATES),
            q=text,
            behind=behind,
            now=console.clock(),
        )

    @routes.get("/<uuid:guid>")
    def one(guid: UUID) -> str:
        return _page(console, str(guid))

    @routes.post("/<uuid:guid>/<what>")
    def act(guid: UUID, what: PackageAct) -> BaseResponse:
        if what not in PACKAGE_ACTS:
            return not_there(what)
        with flashing():
            with writing(console.engine) as connection:
                answer = package_acts.act(
                    connection,
                    console.gateway.outbox,
                    str(guid),
                    what,
                    principal().name,
                    request.form.get("why", ""),
                    console.clock(),
                    two_persons=console.settings.two_persons,
                )
            note(answer)
        return back("packages.one", guid=guid)

    return routes


def _search_of(connection: Connection, lanes: list[str], text: str) -> Wanted:
    """Return what is looked for, by the address.

    A text is a GUID, or something that packages are marked by.
    """
    guids: tuple[str, ...] | None = None
    if text:
        # A record key has as many signs as a GUID, and no hyphens.
        guid_match = re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text)
        guids = (text.lower(),) if guid_match else tuple(blind_index.find(connection, text))
    feed = request.args.get("feed", "")
    age, _, guid = request.args.get("before", "").partition("|")
    last = read_moment(age)
    return Wanted(
        lanes=(feed,)
        if feed in lanes
        else tuple(lanes)
        if principal().departments is not None or feed
        else None,
        states=_STATES.get(request.args.get("state", "")),
        since=moment("since"),
        until=moment("until"),
        guids=guids,
        before=(last, guid) if last else None,
    )


def _page(console: Console, guid: str) -> str:
    outbox = console.gateway.outbox
    with console.engine.connect() as connection:
        message = outbox.find(connection, guid)
        assert message is not None  # noqa: S101
        unit = unit_store.unit_by_package(connection, guid)
        history = outbox.history(connection, guid)
        attempts = outbox.attempts(connection, guid)
        refused = refusal_store.of_package(connection, guid)
        wish = feed_requests.drop_wanted(connection, guid)
        proof = evidence.find(connection, guid)
        header, records, total, reason = _content(connection, console, message)
    may = (
        allowed_acts(message.state, drop_wanted=wish is not None)
        if principal().may("operate")
        else []
    )
    return page(
        "package.html",
        m=message,
        unit=unit,
        history=history,
        attempts=attempts,
        refused=refused,
        wish=wish,
        proof=proof,
        header=header,
        records=records,
        total=total,
        why=reason,
        may=may,
        now=console.clock(),
        two=console.settings.two_persons,
    )


def _content(
    connection: Connection, console: Console, message: Message
) -> tuple[list[tuple[str, str]], list[RecordView], int, str]:
    """Return a package's header and first records; why there are none (purged, sealed), if so."""
    try:
        payload = console.gateway.outbox.payload(connection, message.guid)
    except DecryptionError:
        return [], [], 0, "sealed"
    if payload is None:
        return [], [], 0, "purged"
    document = parse_xml(zstandard.decompress(payload))
    header = [(etree.QName(node).localname, node.text or "") for node in document[0]]
    fields = dict(header)
    kind = load_standard(fields["SchemaVersion"]).kind(fields["RecordKind"])
    records = []
    for node in document[1][:_RECORDS]:
        row = {etree.QName(cell).localname: cell.text or "" for cell in node}
        masked = record_mask(kind).row(Personal(row))
        cells = [(kind.field(name), value) for name, value in masked.items()]
        change = node.get("change") or "withdrawn"
        records.append(RecordView(node.get("key", ""), change, cells))
    return header, records, len(document[1]), ""
