"""Runs the receiver's suite against a central database over HTTP and says what it found.

A shell.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import zstandard

from gateway.clock import Clock
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
from gateway.conformance.packages import Packages, Sent, altered
from gateway.exchange.batch_plan import LEVEL
from gateway.http_client import open_http, trust
from gateway.protocol.package_writer import PACKAGE_RECORDS
from gateway.protocol.receipt_reader import ReceiptRefusedError, read_receipt
from gateway.settings.model import Endpoint
from gateway.standard import NEWEST, XmlRefusedError
from gateway.standard.versions import known_version
from gateway.text import Text
from gateway.text import conformance as messages

#: What a small body opens to in the case of the bomb, in bytes.
BOMB = 512 * 1024 * 1024
#: Largest answer that is read, in bytes.
_LARGEST_ANSWER = 64_000_000
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Second:
    """A second sender of the suite's own.

    `revoke` ends it at the receiver and returns whether that was done.
    """

    token: str
    revoke: Callable[[], bool]


def run_receiver(
    endpoint: Endpoint,
    clock: Clock,
    version: str = NEWEST,
    seed: int = 1,
    second: Second | None = None,
) -> list[Outcome]:
    """Run every case, each in a feed of its own, and return what came of each.

    Never raises for what the receiver does. What was written is taken away at the end of each case:
    by the receiver, or by withdrawals. The duties that need a second sender are not shown without
    one. `version` is the newest version of the standard that the receiver must know. Raises
    StandardError when there is no such version.
    """
    known_version(version)
    run = uuid4().hex[:8]
    headers = {"Content-Type": "application/xml"}
    with open_http(
        _LARGEST_ANSWER,
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
    """One case while it runs: its packages, which of them were sent, and what was wrong."""

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
        moment = clock() - timedelta(seconds=1)
        self._packages = Packages(case.id, run, version, seed, moment)
        self._feeds = self._packages.feeds
        self._http = http
        self._second = second
        self._tokens: dict[Who, str] = {"own": token, "other": second.token if second else ""}
        self._packages_sent: dict[str, Sent] = {}
        self._guids: dict[str, str] = {}
        self._findings: list[Text] = []

    def outcome(self) -> Outcome:
        """Run the steps until one goes wrong, take away what they wrote; return what came of it."""
        if self._case.wants_second and self._second is None:
            return Outcome(self._case, (messages.no_second_sender(),))
        try:
            return self._run()
        finally:
            for party in self._feeds:
                self._clean(party)

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
            self._question(step, step.read)
        elif step.revoke:
            self._revoke()
        else:
            self._look(step)

    def _report(self, text: Text) -> None:
        self._findings.append(text)

    def _send(self, step: Step, send: Send) -> None:
        guid = self._guids.setdefault(send.package, str(uuid4()))
        package = (
            self._packages_sent[send.package] if send.again else self._packages.make(send, guid)
        )
        xml = altered(package.xml) if send.altered else package.xml
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
        self._check_receipt(step, answer.content, guid, package)
        if step.same_receipt and answer.content != package.receipt:
            self._report(messages.another_receipt())
        self._packages_sent[send.package] = replace(package, receipt=answer.content)

    def _question(self, step: Step, question: Read) -> None:
        headers = self._authorization(question.credential, question.who)
        params = {"feed": self._feeds[question.feed], **question.query}
        self._check_status(step, self._http.get(question.path, params=params, headers=headers))

    def _revoke(self) -> None:
        """End the second sender.

        What it wrote is taken away first: it cannot do so itself afterwards.
        """
        self._clean("other")
        if self._second is None or not self._second.revoke():
            self._report(messages.not_revoked())

    def _clean(self, party: Who) -> None:
        """Take away what was written into a feed: as the receiver does it, else by withdrawals."""
        if not self._tokens[party]:
            return
        headers, params = self._authorization("good", party), {"feed": self._feeds[party]}
        with suppress(httpx.HTTPError):
            answer = self._http.request("DELETE", "/records", params=params, headers=headers)
            if answer.status_code in (200, 204):
                return
            findings = list(self._findings)
            keys = list(self._stored_digests(party) or ())
            # What a receiver tells now is no finding of its duty.
            self._findings = findings
            for first in range(0, len(keys), PACKAGE_RECORDS):
                guid = str(uuid4())
                xml = self._packages.withdrawal(keys[first : first + PACKAGE_RECORDS], guid, party)
                named = {"Creditgate-Package": guid, **headers}
                self._http.post("/packages", content=xml, headers=named)

    def _authorization(self, credential: Credential, party: Who = "own") -> dict[str, str]:
        if credential == "none":
            return {}
        token = self._tokens[party] if credential == "good" else "wrong-token-of-nobody"
        return {"Authorization": f"Bearer {token}"}

    def _check_status(self, step: Step, answer: httpx.Response) -> bool:
        if answer.status_code in step.status:
            return True
        self._report(messages.wrong_status(answer.status_code, step.status))
        return False

    def _check_receipt(self, step: Step, data: bytes, guid: str, package: Sent) -> None:
        digest = hashlib.sha256(package.xml).hexdigest()
        try:
            receipt = read_receipt(data, guid, digest, package.keys)
        except (ReceiptRefusedError, XmlRefusedError) as error:
            self._report(messages.no_receipt_of_this(error.text))
            return
        for name, allowed in step.verdicts.items():
            verdict = receipt.verdicts[package.keys.index(self._packages.key(name))]
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
        expected = {
            self._packages.day(ago).isoformat(): counts for ago, counts in step.totals.items()
        }
        for day in sorted(totals.keys() | expected.keys()):
            has, right = totals.get(day, (0, 0)), expected.get(day, (0, 0))
            if has != right:
                self._report(messages.wrong_totals(day, has, right))

    def _look_at_digests(self, step: Step) -> None:
        expected = {}
        for ago, names in step.digests.items():
            parts = [name.partition(":")[::2] for name in names]
            records = {
                self._packages.key(name): self._packages.digest(name, version or "1")
                for name, version in parts
            }
            expected[self._packages.day(ago)] = records
        self._findings += sets.findings(partial(self._get, party=step.of), expected)

    def _look_at_records(self, step: Step) -> None:
        stored = self._stored_digests(step.of)
        if stored is None:
            return
        named = {self._packages.key(name) for name in (*step.stored, *step.stored_once)}
        for name, version in step.stored.items():
            digests = stored.get(self._packages.key(name), [])
            expected = [] if version == "absent" else [self._packages.digest(name, version)]
            if digests != expected:
                self._report(messages.stored_wrong(name, len(digests), bool(expected)))
        for name in step.stored_once:
            if len(stored.get(self._packages.key(name), [])) > 1:
                self._report(messages.stored_twice(name))
        if step.stored and (strange := [key for key in stored if key not in named]):
            self._report(messages.stored_strange(len(strange)))
        total = sum(len(digests) for digests in stored.values())
        if step.stored_count is not None and total != step.stored_count:
            self._report(messages.stored_count(total, step.stored_count))

    def _stored_digests(self, party: Who = "own") -> dict[str, list[str]] | None:
        """Return the digests of every record of the feed by key.

        None where the answer cannot be read.
        """
        stored: dict[str, list[str]] = {}
        last_key = ""
        while True:
            page = self._ask("/records", _records, party, after=last_key)
            if page is None:
                return None
            for key, digest in page:
                stored.setdefault(key, []).append(digest)
            if not page or page[-1][0] <= last_key:
                return stored
            last_key = page[-1][0]

    def _ask(self, path: str, parse: Callable[[Any], _T], party: Who, **params: str) -> _T | None:
        """Return the answer to a question about the feed.

        None where it cannot be read, which is reported.
        """
        answer = self._get(path, party, **params)
        if answer.status_code != 200:
            self._report(messages.wrong_status(answer.status_code, (200,)))
            return None
        try:
            return parse(answer.json())
        except (ValueError, TypeError, KeyError, RecursionError):
            self._report(messages.answer_unreadable(path))
            return None

    def _get(self, path: str, party: Who, **params: str) -> httpx.Response:
        query = {"feed": self._feeds[party], **params}
        return self._http.get(path, params=query, headers=self._authorization("good", party))


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
