"""Runs the receiver's suite against a central database over HTTP and says what it found. A shell."""

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from uuid import uuid4

import httpx
import polars as pl
import zstandard

from gateway.clock import Clock, local_day
from gateway.conformance.cases import Case, Outcome, Send, Step, receiver_cases
from gateway.delivery.receipt import ReceiptRefused, read_receipt
from gateway.exchange.document import package_xml, record_xml, withdrawal_xml
from gateway.feeds import Endpoint
from gateway.http import trust
from gateway.messages import Text
from gateway.standard import NEWEST, VERSIONS, XmlRefused, load_standard
from gateway.standard.digest import record_digests, short_digests
from gateway.standard.header import Header
from gateway.standard.samples import Record, as_frame, sound
from gateway.standard.versions import known_version

KIND = "AdministrativePenalty"
#: What a small body opens to in the case of the bomb, in bytes.
BOMB = 512 * 1024 * 1024
#: A version that no standard has.
UNKNOWN = "999.0"


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
        self._clock = clock
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
                self._send(step, step.send) if step.send is not None else self._look(step)
            except httpx.HTTPError as error:
                name = type(error).__name__
                self._find(f"接收方没有答完（{name}）", f"the receiver did not finish its answer ({name})")  # fmt: skip
            if self._findings:
                where = Text(f"第 {number} 步", f"step {number}")
                found = tuple(Text(f"{where.zh}：{f.zh}", f"{where.en}: {f.en}") for f in self._findings)  # fmt: skip
                return Outcome(self._case, found)
        return Outcome(self._case, ())

    def _find(self, zh: str, en: str) -> None:
        self._findings.append(Text(zh, en))

    def _send(self, step: Step, send: Send) -> None:
        guid = self._guids.setdefault(send.package, str(uuid4()))
        sent = self._sent[send.package] if send.again else self._package(send, guid)
        data, encoding = sent.xml, {}
        if send.spoil == "bomb":
            data, encoding = zstandard.compress(b" " * BOMB), {"Content-Encoding": "zstd"}
        token = {"good": f"Bearer {self._token}", "wrong": "Bearer wrong", "none": ""}[
            send.credential
        ]
        headers = {"Creditgate-Package": guid, **encoding, **({"Authorization": token} if token else {})}  # fmt: skip
        answer = self._http.post("/packages", content=data, headers=headers)
        if answer.status_code not in step.status:
            wanted = " / ".join(map(str, step.status))
            self._find(f"应答 HTTP {answer.status_code}，应为 {wanted}", f"answered HTTP {answer.status_code} instead of {wanted}")  # fmt: skip
            return
        if answer.status_code == 200:
            self._check_receipt(step, answer.content, guid, sent)
            if step.same_receipt and answer.content != sent.receipt:
                self._find("重复的数据包得到另一份回执", "the repeat got another receipt than the first time")  # fmt: skip
            self._sent[send.package] = replace(sent, receipt=answer.content)

    def _check_receipt(self, step: Step, data: bytes, guid: str, sent: _Sent) -> None:
        digest = hashlib.sha256(sent.xml).hexdigest()
        try:
            receipt = read_receipt(data, guid, digest, sent.keys)
        except (ReceiptRefused, XmlRefused) as error:
            self._find(f"不是本包的回执：{error.text.zh}", f"no receipt of this package: {error.text.en}")  # fmt: skip
            return
        for name, allowed in step.verdicts.items():
            verdict = receipt.verdicts[sent.keys.index(self._key(name))]
            if verdict not in allowed:
                wanted = " / ".join(allowed)
                self._find(f"记录 {name} 的结论为 {verdict}，应为 {wanted}", f"record {name} was {verdict} instead of {wanted}")  # fmt: skip

    def _look(self, step: Step) -> None:
        held = self._held()
        named = {self._key(name) for name in (*step.stored, *step.stored_once)}
        for name, version in step.stored.items():
            found = held.get(self._key(name), [])
            wanted = [] if version == "absent" else [self._digest(name, version)]
            if found != wanted:
                self._find(f"记录 {name}：{_count(found, wanted)[0]}", f"record {name}: {_count(found, wanted)[1]}")  # fmt: skip
        for name in step.stored_once:
            if len(held.get(self._key(name), [])) > 1:
                self._find(f"记录 {name} 入库两次", f"record {name} is stored twice")
        if step.stored and (strange := [key for key in held if key not in named]):
            self._find(f"库中多出 {len(strange)} 条未接收的记录", f"{len(strange)} records are stored that were never accepted")  # fmt: skip
        total = sum(len(found) for found in held.values())
        if step.stored_count is not None and total != step.stored_count:
            self._find(f"入库 {total} 条，应为 {step.stored_count} 条", f"{total} records are stored instead of {step.stored_count}")  # fmt: skip

    def _held(self) -> dict[str, list[str]]:
        """Ask for every record of the feed: its digests by key."""
        held: dict[str, list[str]] = {}
        after = ""
        while True:
            answer = self._http.get(
                "/records", params={"feed": self._feed, "after": after},
                headers={"Authorization": f"Bearer {self._token}"},
            ).raise_for_status()  # fmt: skip
            page = [(str(key), str(digest)) for key, digest, *_ in answer.json()]
            for key, digest in page:
                held.setdefault(key, []).append(digest)
            if not page or page[-1][0] <= after:
                return held
            after = page[-1][0]

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
            guid, "conformance", self._feed, KIND, self._versions[send.version], send.sequence or self._sequence,
            self._clock() - timedelta(seconds=1), len(keys) + (send.spoil == "count"),
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
        record = sound(self._kind, rng, local_day(self._clock()))
        if version == "bad":
            record["PenaltyClass"] = "no such class"
        return record

    def _digest(self, name: str, version: str) -> str:
        frame = as_frame(self._kind, [self._record(name, version)])
        return str(record_digests(frame, self._kind)[0])


def _count(found: list[str], wanted: list[str]) -> tuple[str, str]:
    """Say how what is stored differs from what should be."""
    if not wanted:
        return "不应在库中", "is stored and must not be"
    if not found:
        return "应在库中而没有", "is not stored and must be"
    if len(found) > 1:
        return f"入库 {len(found)} 次", f"is stored {len(found)} times"
    return "库中是另一个版本", "another version is stored"
