"""Runs the receiver's suite against a central database over HTTP and says what it found. A shell."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import polars as pl
import zstandard

from gateway.clock import Clock, local_day
from gateway.conformance import sets
from gateway.conformance.cases import (
    Case,
    Credential,
    Outcome,
    Read,
    Send,
    Step,
    Who,
    receiver_cases,
)
from gateway.exchange.batch_plan import LEVEL
from gateway.http_client import open_http, trust
from gateway.protocol.header import Header
from gateway.protocol.package_writer import PACKAGE_RECORDS, package_xml, record_xml, withdrawal_xml
from gateway.protocol.receipt_reader import ReceiptRefusedError, read_receipt
from gateway.settings.model import Endpoint
from gateway.standard import NEWEST, VERSIONS, Kind, XmlRefusedError, load_standard
from gateway.standard.digest import record_digests, short_digests
from gateway.standard.samples import Record, as_frame, nobodys, sound
from gateway.standard.versions import known_version
from gateway.text import Text
from gateway.text import conformance as messages

KIND = "AdministrativePenalty"
#: Departments that the suite's two senders speak for, and nobody else.
DEPARTMENTS: dict[Who, str] = {"own": "conformance", "other": "conformance-other"}
#: What a small body opens to in the case of the bomb, in bytes.
BOMB = 512 * 1024 * 1024
#: Largest answer that is read, in bytes.
_MOST = 64_000_000
#: A version that no standard has.
UNKNOWN = "999.0"

_T = TypeVar("_T")
#: What is wrong with a record whose version has one of these names: each breaks the XSD in another way.
_FAULTS: dict[str, Callable[[Kind], Record]] = {
    "bad": lambda _: {"PenaltyClass": "no such class"},
    "absent": lambda _: {"DocumentNumber": None},
    "empty": lambda _: {"Content": ""},
    "long": lambda kind: {"DocumentNumber": _longer_than_allowed(kind, "DocumentNumber")},
    "date": lambda _: {"DecisionDate": "2025-02-30"},
    "number": lambda _: {"FineAmount": "five"},
    "digits": lambda _: {"FineAmount": "1.123456789"},
    "form": lambda _: {"UnifiedCode": "91441300"},
}


@dataclass(frozen=True, slots=True)
class _Sent:
    xml: bytes
    keys: list[str]
    receipt: bytes = b""


@dataclass(frozen=True, slots=True)
class Second:
    """A second sender of the suite's own; `revoke` ends it at the receiver and tells whether that was done."""

    token: str
    revoke: Callable[[], bool]


def run_receiver(
    endpoint: Endpoint,
    clock: Clock,
    version: str = NEWEST,
    seed: int = 1,
    second: Second | None = None,
) -> list[Outcome]:
    """Run every case, each in a feed of its own; never raises for what the receiver does.

    What was written is taken away at the end of each case: by the receiver, or by withdrawals. The
    duties that need a second sender are not shown without one. `version` is the newest version of the
    standard that the receiver must know. Raises StandardError when there is no such version.
    """
    known_version(version)
    run = uuid4().hex[:8]
    headers = {"Content-Type": "application/xml"}
    with open_http(
        _MOST,
        base_url=endpoint.url,
        verify=trust(endpoint),
        timeout=endpoint.timeout,
        headers=headers,
    ) as http:
        token = endpoint.token.get_secret_value()
        return [
            _Run(case, run, http, token, clock, version, seed, second).outcome()
            for case in receiver_cases()
        ]


class _Run:
    """One case while it runs: its feed, its records by name, and the packages it sent."""

    def __init__(
        self,
        case: Case,
        run: str,
        http: httpx.Client,
        token: str,
        clock: Clock,
        version: str,
        seed: int,
        second: Second | None,
    ) -> None:
        self._case = case
        name = f"{case.id.lower()}-{run}"
        self._feeds: dict[Who, str] = {
            "own": f"{DEPARTMENTS['own']}.{name}",
            "other": f"{DEPARTMENTS['other']}.{name}",
        }
        #: What records are made for: their keys are the same whoever sends them.
        self._feed = self._feeds["own"]
        self._http = http
        self._second = second
        self._tokens: dict[Who, str] = {"own": token, "other": second.token if second else ""}
        #: When the packages are made, if they do not say another day.
        self._begun = clock() - timedelta(seconds=1)
        self._seed = seed
        self._versions = {"tested": version, "oldest": VERSIONS[0], "unknown": UNKNOWN}
        #: What the records are made of: fields that every version has.
        self._kind = load_standard(VERSIONS[0]).kind(KIND)
        self._sequence = 0
        self._sent: dict[str, _Sent] = {}
        self._guids: dict[str, str] = {}
        self._findings: list[Text] = []

    def outcome(self) -> Outcome:
        """Run the steps until one goes wrong; then take away what they wrote."""
        if self._case.wants_second and self._second is None:
            return Outcome(self._case, (messages.no_second_sender(),))
        try:
            return self._run()
        finally:
            for who in self._feeds:
                self._clean(who)

    def _run(self) -> Outcome:
        for number, step in enumerate(self._case.steps, 1):
            try:
                self._do(step)
            except httpx.HTTPError as error:
                self._report(messages.answer_unfinished(type(error).__name__))
            if self._findings:
                findings = tuple(messages.at_step(number, text) for text in self._findings)
                return Outcome(self._case, findings)
        return Outcome(self._case, ())

    def _do(self, step: Step) -> None:
        if step.send is not None:
            self._send(step, step.send)
        elif step.read is not None:
            self._read(step, step.read)
        elif step.revoke:
            self._revoke()
        else:
            self._look(step)

    def _report(self, text: Text) -> None:
        self._findings.append(text)

    def _send(self, step: Step, send: Send) -> None:
        guid = self._guids.setdefault(send.package, str(uuid4()))
        sent = self._sent[send.package] if send.again else self._package(send, guid)
        xml = _altered(sent.xml) if send.altered else sent.xml
        data, encoding = xml, {}
        if send.spoil == "bomb":
            xml = b" " * BOMB
        if send.compressed or send.spoil == "bomb":
            data, encoding = zstandard.compress(xml, LEVEL), {"Content-Encoding": "zstd"}
        authorization = self._authorization(send.credential, send.who)
        headers = {"Creditgate-Package": guid, **encoding, **authorization}
        answer = self._http.post("/packages", content=data, headers=headers)
        if not self._check_status(step, answer) or answer.status_code != 200:
            return
        self._check_receipt(step, answer.content, guid, sent)
        if step.same_receipt and answer.content != sent.receipt:
            self._report(messages.another_receipt())
        self._sent[send.package] = replace(sent, receipt=answer.content)

    def _read(self, step: Step, read: Read) -> None:
        headers = self._authorization(read.credential, read.who)
        params = {"feed": self._feeds[read.feed], **read.query}
        self._check_status(step, self._http.get(read.path, params=params, headers=headers))

    def _revoke(self) -> None:
        """End the second sender; what it wrote is taken away first, for it cannot do so itself any more."""
        self._clean("other")
        if self._second is None or not self._second.revoke():
            self._report(messages.not_revoked())

    def _clean(self, who: Who) -> None:
        """Take away what was written into a feed: as the receiver does it, else by withdrawals."""
        if not self._tokens[who]:
            return
        headers, params = self._authorization("good", who), {"feed": self._feeds[who]}
        with suppress(httpx.HTTPError):
            answer = self._http.request("DELETE", "/records", params=params, headers=headers)
            if answer.status_code in (200, 204):
                return
            findings = list(self._findings)
            keys = list(self._held(who) or ())
            # What a receiver tells now is no finding of its duty.
            self._findings = findings
            for first in range(0, len(keys), PACKAGE_RECORDS):
                some = pl.Series(keys[first : first + PACKAGE_RECORDS], dtype=pl.String)
                guid = str(uuid4())
                xml = package_xml(self._header(guid, who, some.len()), withdrawal_xml(some))
                named = {"Creditgate-Package": guid, **headers}
                self._http.post("/packages", content=xml, headers=named)

    def _authorization(self, credential: Credential, who: Who = "own") -> dict[str, str]:
        if credential == "none":
            return {}
        token = self._tokens[who] if credential == "good" else "wrong-token-of-nobody"
        return {"Authorization": f"Bearer {token}"}

    def _check_status(self, step: Step, answer: httpx.Response) -> bool:
        if answer.status_code in step.status:
            return True
        self._report(messages.wrong_status(answer.status_code, step.status))
        return False

    def _check_receipt(self, step: Step, data: bytes, guid: str, sent: _Sent) -> None:
        digest = hashlib.sha256(sent.xml).hexdigest()
        try:
            receipt = read_receipt(data, guid, digest, sent.keys)
        except (ReceiptRefusedError, XmlRefusedError) as error:
            self._report(messages.no_receipt_of_this(error.text))
            return
        for name, allowed in step.verdicts.items():
            verdict = receipt.verdicts[sent.keys.index(self._key(name))]
            if verdict not in allowed:
                self._report(messages.wrong_verdict(name, verdict, allowed))

    def _look(self, step: Step) -> None:
        if step.totals:
            self._look_at_totals(step)
        if step.digests:
            self._look_at_digests(step)
        if step.stored or step.stored_once or step.stored_count is not None:
            self._look_at_records(step)

    def _look_at_totals(self, step: Step) -> None:
        totals = self._ask("/totals", _totals, step.of)
        if totals is None:
            return
        wanted = {self._day(ago): counts for ago, counts in step.totals.items()}
        for day in sorted(totals.keys() | wanted.keys()):
            has, right = totals.get(day, (0, 0)), wanted.get(day, (0, 0))
            if has != right:
                self._report(messages.wrong_totals(day, has, right))

    def _look_at_digests(self, step: Step) -> None:
        wanted = {}
        for ago, names in step.digests.items():
            parts = [name.partition(":")[::2] for name in names]
            records = {
                self._key(name): self._digest(name, version or "1") for name, version in parts
            }
            wanted[local_day(self._begun - timedelta(days=ago))] = records
        self._findings += sets.findings(partial(self._get, who=step.of), wanted)

    def _look_at_records(self, step: Step) -> None:
        held = self._held(step.of)
        if held is None:
            return
        named = {self._key(name) for name in (*step.stored, *step.stored_once)}
        for name, version in step.stored.items():
            digests = held.get(self._key(name), [])
            wanted = [] if version == "absent" else [self._digest(name, version)]
            if digests != wanted:
                self._report(messages.stored_wrong(name, len(digests), bool(wanted)))
        for name in step.stored_once:
            if len(held.get(self._key(name), [])) > 1:
                self._report(messages.stored_twice(name))
        if step.stored and (strange := [key for key in held if key not in named]):
            self._report(messages.stored_strange(len(strange)))
        total = sum(len(digests) for digests in held.values())
        if step.stored_count is not None and total != step.stored_count:
            self._report(messages.stored_count(total, step.stored_count))

    def _held(self, who: Who = "own") -> dict[str, list[str]] | None:
        """Ask for every record of the feed: its digests by key; None where the answer is none."""
        held: dict[str, list[str]] = {}
        after = ""
        while True:
            page = self._ask("/records", _records, who, after=after)
            if page is None:
                return None
            for key, digest in page:
                held.setdefault(key, []).append(digest)
            if not page or page[-1][0] <= after:
                return held
            after = page[-1][0]

    def _ask(self, path: str, read: Callable[[Any], _T], who: Who, **params: str) -> _T | None:
        """Ask about the feed and read the answer; None where that cannot be read, which is reported."""
        answer = self._get(path, who, **params)
        if answer.status_code != 200:
            self._report(messages.wrong_status(answer.status_code, (200,)))
            return None
        try:
            return read(answer.json())
        except (ValueError, TypeError, KeyError, RecursionError):
            self._report(messages.answer_unreadable(path))
            return None

    def _get(self, path: str, who: Who, **params: str) -> httpx.Response:
        query = {"feed": self._feeds[who], **params}
        return self._http.get(path, params=query, headers=self._authorization("good", who))

    def _package(self, send: Send, guid: str) -> _Sent:
        names = send.records or tuple(f"n{n}" for n in range(send.many))
        parts = [name.removeprefix("-").partition(":")[::2] for name in names]
        keys = [self._key(name) for name, _ in parts]
        if any(name.startswith("-") for name in names):
            records = withdrawal_xml(pl.Series(keys, dtype=pl.String))
        else:
            frame = as_frame(self._kind, [self._record(n, version or "1") for n, version in parts])
            changes = pl.repeat("added", len(keys), dtype=pl.String, eager=True)
            records = record_xml(frame, self._kind, pl.Series(keys), changes)
        header = replace(
            self._header(guid, send.feed, len(keys) + (send.spoil == "count")),
            version=self._versions[send.version],
            created_at=self._begun - timedelta(days=send.days_ago),
        )
        if send.sequence is not None:
            header = replace(header, sequence=send.sequence)
        xml = package_xml(header, records)
        if send.spoil == "truncated":
            xml = xml[: len(xml) // 2]
        if send.spoil == "dtd":
            declaration, _, rest = xml.partition(b"\n")
            xml = declaration + b'\n<!DOCTYPE Package [<!ENTITY e "expanded">]>\n' + rest
        return _Sent(xml, keys)

    def _header(self, guid: str, who: Who, records: int) -> Header:
        """Make the header of the next package of a feed."""
        self._sequence += 1
        return Header(
            guid=guid,
            department=DEPARTMENTS[who],
            feed=self._feeds[who],
            kind=KIND,
            version=self._versions["tested"],
            sequence=self._sequence,
            created_at=self._begun,
            records=records,
        )

    def _key(self, name: str) -> str:
        return short_digests([f"{self._feed} {name}"])[0]

    def _record(self, name: str, version: str) -> Record:
        rng = Random(f"{self._seed} {self._case.id} {name} {version}")  # noqa: S311
        record = nobodys(self._kind, sound(self._kind, rng, local_day(self._begun)), rng)
        return record | _FAULTS[version](self._kind) if version in _FAULTS else record

    def _day(self, days_ago: int) -> str:
        return local_day(self._begun - timedelta(days=days_ago)).isoformat()

    def _digest(self, name: str, version: str) -> str:
        frame = as_frame(self._kind, [self._record(name, version)])
        return str(record_digests(frame, self._kind)[0])


def _longer_than_allowed(kind: Kind, name: str) -> str:
    [field] = [field for field in kind.fields if field.name == name]
    return "长" * ((field.max_length or 0) + 1)


def _altered(xml: bytes) -> bytes:
    """Change one digit of the moment at which a package says that it was made: as many bytes."""
    at = xml.index(b".", xml.index(b"<CreatedAt>")) + 1
    digit = b"1" if xml[at : at + 1] == b"0" else b"0"
    return xml[:at] + digit + xml[at + 1 :]


def _totals(tree: Any) -> dict[str, tuple[int, int]]:
    return {
        str(day["day"]): (_count(day["present"]), _count(day["withdrawn"])) for day in _list(tree)
    }


def _records(tree: Any) -> list[tuple[str, str]]:
    return [(str(key), str(digest)) for key, digest, *_ in _list(tree)]


def _list(tree: Any) -> list[Any]:
    """Return an answer that must be a list: `{}` is not the answer that nothing is stored."""
    if not isinstance(tree, list):
        raise TypeError
    return tree


def _count(value: Any) -> int:
    if type(value) is not int:
        raise TypeError
    return value
