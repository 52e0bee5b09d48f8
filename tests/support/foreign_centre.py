"""A central database by another hand: written after docs/centre.md and the exported schemas alone.

`wrong` breaks one duty of it; each value is a centre that somebody could well have written.
"""

import hashlib
import io
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import quoteattr

import zstandard
from lxml import etree

_E = "{urn:creditgate:exchange:1}"
_C = "{urn:creditgate:credit:1}"
_LIMIT = 32_000_000
_PENALTY_CLASSES = {str(number) for number in range(1, 14)}


@cache
def _compiled(root_schema: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(root_schema))


@dataclass
class _Record:
    sequence: int
    digest: str
    day: str
    withdrawn: bool


class _Answer(Exception):
    """Ends a request with a status and a body."""

    def __init__(self, status: int, body: bytes = b"{}", kind: str = "application/json") -> None:
        self.status, self.body, self.kind = status, body, kind
        super().__init__(str(status))


class ForeignCentre:
    """The WSGI application; everything is in memory."""

    def __init__(
        self,
        root_schema: Path,
        fields: Iterable[str],
        token: str,
        wrong: str = "",
        second: str = "",
    ) -> None:
        self._schema = _compiled(root_schema)
        self._fields = [f"{_C}{name}" for name in fields]
        #: By what each sender shows itself, the department that it speaks for.
        self._senders = {f"Bearer {token}": "conformance", f"Bearer {second}": "conformance-other"}
        self._second = f"Bearer {second}"
        self._highest: dict[str, int] = {}
        self._wrong = wrong
        self._receipts: dict[str, tuple[str, int, bytes]] = {}
        self._records: dict[tuple[str, str], _Record] = {}
        self._lock = threading.Lock()

    def revoke(self) -> bool:
        """End the second sender."""
        if self._wrong != "norevoke":
            del self._senders[self._second]
        return True

    def present(self) -> list[str]:
        """Return the keys of the records that are not withdrawn."""
        return [key for (_, key), record in self._records.items() if not record.withdrawn]

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        """Answer one request."""
        try:
            self._route(environ)
        except _Answer as answer:
            headers = [("Content-Type", answer.kind), ("Content-Length", str(len(answer.body)))]
            start(f"{answer.status} X", headers)
            return [answer.body]
        raise AssertionError("no answer")

    def _route(self, environ: dict[str, Any]) -> None:
        reads = environ["REQUEST_METHOD"] == "GET"
        department = self._senders.get(environ.get("HTTP_AUTHORIZATION", ""))
        query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        own = query.get("feed", "").startswith("conformance.")
        if not (reads and self._wrong == "openread" and department is None and own):
            if department is None:
                raise _Answer(401)
            if (
                reads
                and query.get("feed", "").partition(".")[0] != department
                and self._wrong != "foreignread"
            ):
                raise _Answer(403)
        match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
            case "POST", "/packages":
                self._receive(environ, str(department))
            case "GET", "/records":
                raise _Answer(200, json.dumps(self._listed(query)).encode())
            case "GET", "/totals" if self._wrong != "nototals":
                raise _Answer(200, json.dumps(self._totals(query)).encode())
            case "GET", "/digests" if self._wrong not in (
                "nototals",
                "nodigests",
                "digests_of_totals_alone",
            ):
                raise _Answer(200, json.dumps(self._digests(query)).encode())
            case _:
                raise _Answer(404)

    def _listed(self, query: dict[str, str]) -> list[list[str]]:
        after = query.get("after", "")
        listed = [
            [key, record.digest, record.day]
            for (feed, key), record in self._records.items()
            if feed == query["feed"] and key > after and not record.withdrawn
        ]
        return sorted(listed)[:300]

    def _totals(self, query: dict[str, str]) -> list[dict[str, Any]]:
        feed, wanted = query["feed"], "digests" in query
        days: dict[str, list[int]] = {}
        for (name, _), record in self._records.items():
            if name == feed:
                days.setdefault(record.day, [0, 0])[record.withdrawn] += 1
        rooted = wanted and self._wrong not in ("nodigests", "digests_of_days_alone")
        return [
            {"day": day, "present": counts[0], "withdrawn": counts[1]}
            | ({"root": _tree(self._buckets(feed, day)).hex()} if rooted else {})
            for day, counts in sorted(days.items())
        ]

    def _set(self, feed: str, day: str) -> list[tuple[str, str]]:
        return sorted(
            (key, record.digest or "0" * 32)
            for (name, key), record in self._records.items()
            if (name, record.day) == (feed, day)
            and (not record.withdrawn or self._wrong == "digests_of_withdrawn")
        )

    def _buckets(self, feed: str, day: str) -> list[bytes]:
        leaves: list[list[bytes]] = [[] for _ in range(256)]
        for key, digest in self._set(feed, day):
            prefix = b"" if self._wrong == "digests_without_prefix" else b"\x00"
            pair = prefix + bytes.fromhex(key) + bytes.fromhex(digest)
            leaves[int(key[:2], 16)].append(hashlib.sha256(pair).digest())
        empty = b"" if self._wrong == "digests_of_nothing" else b"\x02"
        return [_tree(some) if some else hashlib.sha256(empty).digest() for some in leaves]

    def _digests(self, query: dict[str, str]) -> Any:
        day, bucket = query.get("day", ""), query.get("bucket")
        sound = re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", day)
        sound = sound and re.fullmatch("[0-9a-f]{2}", bucket or "00")
        if not sound and self._wrong != "digests_of_any_bucket":
            raise _Answer(422)
        if bucket is None:
            roots = [root.hex() for root in self._buckets(query["feed"], day)]
            return {"day": day, "buckets": roots}
        return [
            pair
            for pair in self._set(query["feed"], day)
            if pair[0].startswith(bucket) and pair[0] > query.get("after", "")
        ][self._wrong == "digests_without_first" :]

    def _receive(self, environ: dict[str, Any], department: str) -> None:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        if environ.get("HTTP_CONTENT_ENCODING") == "zstd":
            body = self._decompressed(body)
        with self._lock:
            receipt = self._receipt(body, environ.get("HTTP_CREDITGATE_PACKAGE", ""), department)
        raise _Answer(200, receipt, "application/xml")

    def _decompressed(self, body: bytes) -> bytes:
        if self._wrong == "nozstd":
            raise _Answer(422)
        try:
            xml = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(body)).read(_LIMIT)
        except zstandard.ZstdError:
            raise _Answer(422) from None
        if len(xml) == _LIMIT:
            raise _Answer(413)
        return xml

    def _receipt(self, xml: bytes, guid: str, department: str) -> bytes:
        digest = hashlib.sha256(xml).hexdigest()
        named = re.search(rb"<Department>(.*)</Department><Feed>(.*)</Feed>", xml)
        parts = {part.decode().partition(".")[0] for part in named.groups()} if named else set()
        if named and parts != {department} and self._wrong != "foreignfeed":
            raise _Answer(403)
        if guid in self._receipts:
            before, size, receipt = self._receipts[guid]
            if before == digest or (self._wrong == "len409" and size == len(xml)):
                return receipt
            raise _Answer(409)
        root, faulty = self._checked(xml, guid)
        header = {child.tag.removeprefix(_E): child.text for child in root[0]}
        sequence, feed = int(header["Sequence"] or 0), str(header["Feed"])
        highest = self._highest.get(feed, 0)
        if sequence > highest + 1_000_000 and self._wrong != "anysequence":
            raise _Answer(422)
        self._highest[feed] = max(highest, sequence)
        verdicts = "".join(self._verdicts(header, list(root[1]), faulty))
        receipt = (
            f'<?xml version="1.0" encoding="UTF-8"?><Receipt xmlns="urn:creditgate:exchange:1">'
            f"<PackageGuid>{guid}</PackageGuid><PackageDigest>{digest}</PackageDigest>"
            f"<ReceivedAt>{datetime.now(UTC).isoformat()}</ReceivedAt>{verdicts}</Receipt>"
        ).encode()
        self._receipts[guid] = (digest, len(xml), receipt)
        return receipt

    def _checked(self, xml: bytes, guid: str) -> tuple[etree._Element, set[int]]:
        """Parse a package; return it with the lines of the records that are wrong."""
        parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
        try:
            root = etree.fromstring(xml, parser)
        except etree.XMLSyntaxError:
            raise _Answer(422) from None
        lines = {record.sourceline for record in root.iterfind(f"{_E}Body/*")}
        faulty = self._faulty(root)
        if (
            root.getroottree().docinfo.doctype
            or root.findtext(f"{_E}Header/{_E}PackageGuid") != guid
            or root.findtext(f"{_E}Header/{_E}RecordCount") != str(len(root[1]))
            or root.findtext(f"{_E}Header/{_E}SchemaVersion") not in ("1.0", "1.1")
            or not faulty <= lines
        ):
            raise _Answer(422)
        return root, faulty

    def _faulty(self, root: etree._Element) -> set[int]:
        if self._wrong == "onlyclass":
            return {
                record.sourceline
                for record in root.iterfind(f"{_E}Body/*")
                if record.findtext(f"{_C}PenaltyClass", "1") not in _PENALTY_CLASSES
            }
        self._schema.validate(root)
        return {error.line for error in self._schema.error_log}

    def _verdicts(
        self, header: dict[str, Any], records: list[etree._Element], faulty: set[int]
    ) -> Iterator[str]:
        for record in records:
            key = str(record.get("key"))
            refused = record.sourceline in faulty
            verdict = "refused" if refused else self._store(header, key, record)
            yield f'<Verdict key={quoteattr(key)} verdict="{verdict}"/>'

    def _store(self, header: dict[str, Any], key: str, element: etree._Element) -> str:
        withdrawn = element.tag == f"{_C}Withdrawal"
        new = _Record(
            int(header["Sequence"]),
            "" if withdrawn else self._digest(element),
            header["CreatedAt"][:10],
            withdrawn,
        )
        place = header["Feed"], key
        stored = self._records.get(place)
        if stored is not None and stored.sequence > new.sequence and not self._ignores(stored, new):
            return "superseded"
        if stored is not None and (stored.digest, stored.withdrawn) == (new.digest, withdrawn):
            if self._wrong != "dup_keeps_seq":
                stored.sequence = new.sequence
            return "duplicate"
        self._records[place] = new
        return "accepted"

    def _ignores(self, stored: _Record, new: _Record) -> bool:
        """Whether this centre is one that does not look at the order of these two."""
        if self._wrong == "late_withdrawal":
            return new.withdrawn
        return self._wrong == "late_revive" and stored.withdrawn and not new.withdrawn

    def _digest(self, element: etree._Element) -> str:
        texts = {child.tag: child.text or "" for child in element}
        line = "\t".join(texts.get(name, "") for name in self._fields).rstrip("\t")
        return hashlib.sha256(line.encode()).hexdigest()[:32]


def _tree(leaves: list[bytes]) -> bytes:
    """Return a root as RFC 6962 splits it."""
    if len(leaves) == 1:
        return leaves[0]
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    return hashlib.sha256(b"\x01" + _tree(leaves[:left]) + _tree(leaves[left:])).digest()
