"""Runs the receiver's suite against a central database over HTTP and says what it found. A shell."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import polars as pl
import zstandard

from gateway.clock import Clock, local_day
from gateway.conformance.cases import (
    Case,
    Credential,
    Outcome,
    Read,
    Send,
    Step,
    receiver_cases,
)
from gateway.delivery.receipt import ReceiptRefused, read_receipt
from gateway.exchange.document import package_xml, record_xml, withdrawal_xml
from gateway.exchange.prepare import LEVEL
from gateway.feeds import Endpoint
from gateway.http import trust
from gateway.messages import Text
from gateway.standard import NEWEST, VERSIONS, Kind, XmlRefused, load_standard
from gateway.standard.digest import record_digests, short_digests
from gateway.standard.header import Header
from gateway.standard.samples import Record, as_frame, sound
from gateway.standard.versions import known_version
from gateway.text import conformance as messages

KIND = "AdministrativePenalty"
#: What a small body opens to in the case of the bomb, in bytes.
BOMB = 512 * 1024 * 1024
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


def run_receiver(
    endpoint: Endpoint, clock: Clock, version: str = NEWEST, seed: int = 1
) -> list[Outcome]:
    """Run every case, each in a feed of its own; never raises for what the receiver does.

    `version` is the newest version of the standard that the receiver must know. Raises
    StandardError when there is no such version.
    """
    known_version(version)
    run = uuid4().hex[:8]
    headers = {"Content-Type": "application/xml"}
    with httpx.Client(
        base_url=endpoint.url, verify=trust(endpoint), timeout=endpoint.timeout, trust_env=False,
        follow_redirects=False, headers=headers,
    ) as http:  # fmt: skip
        token = endpoint.token.get_secret_value()
        return [
            _Run(case, run, http, token, clock, version, seed).outcome()
            for case in receiver_cases()
        ]


class _Run:
    """One case while it runs: its feed, its records by name, and the packages it sent."""

    def __init__(
        self, case: Case, run: str, http: httpx.Client, token: str, clock: Clock, version: str,
        seed: int,
    ) -> None:  # fmt: skip
        self._case = case
        self._feed = f"conformance.{case.id.lower()}-{run}"
        self._http = http
        self._token = token
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
        """Run the steps until one goes wrong."""
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
        headers = {"Creditgate-Package": guid, **encoding, **self._authorization(send.credential)}
        answer = self._http.post("/packages", content=data, headers=headers)
        if not self._check_status(step, answer) or answer.status_code != 200:
            return
        self._check_receipt(step, answer.content, guid, sent)
        if step.same_receipt and answer.content != sent.receipt:
            self._report(messages.another_receipt())
        self._sent[send.package] = replace(sent, receipt=answer.content)

    def _read(self, step: Step, read: Read) -> None:
        headers = self._authorization(read.credential)
        self._check_status(
            step, self._http.get(read.path, params={"feed": self._feed}, headers=headers)
        )

    def _authorization(self, credential: Credential) -> dict[str, str]:
        if credential == "none":
            return {}
        return {"Authorization": f"Bearer {self._token if credential == 'good' else 'wrong'}"}

    def _check_status(self, step: Step, answer: httpx.Response) -> bool:
        if answer.status_code in step.status:
            return True
        self._report(messages.wrong_status(answer.status_code, step.status))
        return False

    def _check_receipt(self, step: Step, data: bytes, guid: str, sent: _Sent) -> None:
        digest = hashlib.sha256(sent.xml).hexdigest()
        try:
            receipt = read_receipt(data, guid, digest, sent.keys)
        except (ReceiptRefused, XmlRefused) as error:
            self._report(messages.no_receipt_of_this(error.text))
            return
        for name, allowed in step.verdicts.items():
            verdict = receipt.verdicts[sent.keys.index(self._key(name))]
            if verdict not in allowed:
                self._report(messages.wrong_verdict(name, verdict, allowed))

    def _look(self, step: Step) -> None:
        if step.totals:
            self._look_at_totals(step)
        if step.stored or step.stored_once or step.stored_count is not None:
            self._look_at_records(step)

    def _look_at_totals(self, step: Step) -> None:
        totals = self._ask("/totals", _totals)
        if totals is None:
            return
        wanted = {self._day(ago): counts for ago, counts in step.totals.items()}
        for day in sorted(totals.keys() | wanted.keys()):
            has, right = totals.get(day, (0, 0)), wanted.get(day, (0, 0))
            if has != right:
                self._report(messages.wrong_totals(day, has, right))

    def _look_at_records(self, step: Step) -> None:
        held = self._held()
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

    def _held(self) -> dict[str, list[str]] | None:
        """Ask for every record of the feed: its digests by key; None where the answer is none."""
        held: dict[str, list[str]] = {}
        after = ""
        while True:
            page = self._ask("/records", _records, after=after)
            if page is None:
                return None
            for key, digest in page:
                held.setdefault(key, []).append(digest)
            if not page or page[-1][0] <= after:
                return held
            after = page[-1][0]

    def _ask(self, path: str, read: Callable[[Any], _T], **params: str) -> _T | None:
        """Ask about the feed and read the answer; None where that cannot be read, which is reported."""
        answer = self._http.get(
            path, params={"feed": self._feed, **params}, headers=self._authorization("good")
        )
        if answer.status_code != 200:
            self._report(messages.wrong_status(answer.status_code, (200,)))
            return None
        try:
            return read(answer.json())
        except (ValueError, TypeError, KeyError, RecursionError):
            self._report(messages.answer_unreadable(path))
            return None

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
        self._sequence += 1
        header = Header(
            guid=guid, department="conformance", feed=self._feed, kind=KIND,
            version=self._versions[send.version], sequence=send.sequence or self._sequence,
            created_at=self._begun - timedelta(days=send.days_ago),
            records=len(keys) + (send.spoil == "count"),
        )  # fmt: skip
        xml = package_xml(header, records)
        if send.spoil == "truncated":
            xml = xml[: len(xml) // 2]
        if send.spoil == "dtd":
            declaration, _, rest = xml.partition(b"\n")
            xml = declaration + b'\n<!DOCTYPE Package [<!ENTITY e "expanded">]>\n' + rest
        return _Sent(xml, keys)

    def _key(self, name: str) -> str:
        return short_digests([f"{self._feed} {name}"])[0]

    def _record(self, name: str, version: str) -> Record:
        rng = Random(f"{self._seed} {self._case.id} {name} {version}")  # noqa: S311
        record = sound(self._kind, rng, local_day(self._begun))
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
