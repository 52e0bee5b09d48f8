"""Departments that push: a client posts until it has a receipt, and asks until it is answered."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from xml.sax.saxutils import escape

import httpx
from lxml import etree

from gateway.protocol.soap import ENVELOPE
from gateway.standard import load_standard
from gateway.submissions.wsdl import NAMESPACE
from tests.faults.departments import (
    CORRECTED,
    KIND,
    NEW,
    Told,
    mapping_by_code,
    mapping_by_name,
)
from tests.faults.ledger import Delivery, Ledger

#: Seconds between two tries, and for an answer.
PAUSE, TIMEOUT = 0.25, 5.0
#: What a receipt's state says when it has its verdicts.
ANSWERED = "answered"


class Gone(Exception):
    """The gateway says that it has not what it gave a receipt for: it is to be posted again."""


class Refused(Exception):
    """The gateway will not have it however often it is posted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of a receipt: its state, and row number and verdict of each row."""

    state: str
    verdicts: list[tuple[int, str]]


class Wire(Protocol):
    """How a client speaks; calls raise httpx.HTTPError where there is no answer that counts."""

    def mapping(self, folder: Path, feed: str) -> tuple[Path, list[str]]:
        """Write the mapping of what it sends; return it with columns that rows may leave out."""
        ...

    def post(self, http: httpx.Client, url: str, name: str, delivery: Delivery) -> str:
        """Post a delivery under its name; return its receipt's number."""
        ...

    def ask(self, http: httpx.Client, url: str, receipt: str) -> Answer:
        """Ask for a receipt; raises Gone."""
        ...


class JsonWire:
    """JSON over HTTP, with Idempotency-Key."""

    def mapping(self, folder: Path, feed: str) -> tuple[Path, list[str]]:
        return mapping_by_code(folder, feed), []

    def post(self, http: httpx.Client, url: str, name: str, delivery: Delivery) -> str:
        rows = [version.row for version in delivery.versions]
        answer = http.post(
            f"{url}/submissions", json={"rows": rows}, headers={"Idempotency-Key": name}
        )
        if answer.status_code in (400, 409, 413, 415, 422):
            raise Refused(answer.text[:300])
        if answer.status_code != 202:
            raise httpx.HTTPError(f"{answer.status_code}")
        return str(answer.json()["receipt"])

    def ask(self, http: httpx.Client, url: str, receipt: str) -> Answer:
        answer = http.get(f"{url}/submissions/{receipt}")
        if answer.status_code == 410:
            raise Gone
        answer.raise_for_status()
        found = answer.json()
        return Answer(found["state"], [(int(v["ref"]), v["verdict"]) for v in found["verdicts"]])


class SoapWire:
    """SOAP 1.1 by the gateway's own WSDL."""

    def __init__(self) -> None:
        kind = load_standard().kind(KIND)
        self._names = {field.code: field.name for field in kind.fields}

    def mapping(self, folder: Path, feed: str) -> tuple[Path, list[str]]:
        return mapping_by_name(folder, feed), list(self._names.values())

    def post(self, http: httpx.Client, url: str, name: str, delivery: Delivery) -> str:
        rows = "".join(self._row(version.row) for version in delivery.versions)
        found = self._call(http, url, f"<SubmissionId>{name}</SubmissionId>{rows}", "Submit")
        return found.findtext(f".//{{{NAMESPACE}}}Receipt") or ""

    def ask(self, http: httpx.Client, url: str, receipt: str) -> Answer:
        found = self._call(http, url, f"<Receipt>{receipt}</Receipt>", "Verdicts")
        state = found.findtext(f".//{{{NAMESPACE}}}State") or ""
        items = found.iterfind(f".//{{{NAMESPACE}}}Item")
        return Answer(
            state,
            [
                (
                    int(i.findtext(f"{{{NAMESPACE}}}Row") or 0),
                    i.findtext(f"{{{NAMESPACE}}}Verdict") or "",
                )
                for i in items
            ],
        )

    def _row(self, row: dict[str, str]) -> str:
        named = {self._names[code]: value for code, value in row.items() if value}
        ordered = [name for name in self._names.values() if name in named]
        cells = "".join(f"<{name}>{escape(named[name])}</{name}>" for name in ordered)
        return f"<{KIND}>{cells}</{KIND}>"

    def _call(self, http: httpx.Client, url: str, inner: str, operation: str) -> etree._Element:
        body = (
            f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Body><{operation} xmlns="{NAMESPACE}">{inner}'
            f"</{operation}></s:Body></s:Envelope>"
        )
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
        answer = http.post(f"{url}/soap", content=body.encode(), headers=headers)
        if answer.status_code == 410:
            raise Gone
        if answer.status_code not in (200, 500):
            raise httpx.HTTPError(f"{answer.status_code}")
        try:
            root = etree.fromstring(answer.content)
        except etree.XMLSyntaxError as error:
            raise httpx.HTTPError(str(error)) from None
        code = root.findtext(".//faultcode") or ""
        if code.partition(":")[2].startswith("Client"):
            told = root.findtext(".//faultstring") or ""
            # A fault has no status of its own: the words tell a receipt that is gone.
            raise Gone if "is gone" in told else Refused(told[:300])
        if code:
            raise httpx.HTTPError(code)
        return root


class PushDepartment:
    """A client thread over one feed. `mode` breaks its side: pass, swallow, half, twice."""

    tells = "versions"
    mode = "service"

    def __init__(
        self, ledger: Ledger, wire: Wire, token: str, address: Callable[[], str | None]
    ) -> None:
        self.ledger = ledger
        self.fault = "pass"
        #: Times that no answer came that counts, and that a receipt was gone.
        self.tried = self.gone = 0
        #: Times that its own fault was passed.
        self.passed = 0
        self._wire, self._token, self._address = wire, token, address
        self._lock = threading.Lock()
        self._queue: list[Delivery] = []
        #: Of each delivery that was posted: its receipt and, once it has come, its answer.
        self._receipts: list[str] = []
        self._answers: dict[int, Answer] = {}
        self._refused: list[str] = []
        #: How often everything from some delivery on was posted anew: a name is used once.
        self._times: dict[int, int] = {}
        #: By receipt and in its order, what the gateway has taken and has not said to be gone.
        self._taken: dict[str, Delivery] = {}
        self._gone: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name=ledger.feed, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(20)

    def adapter(self, folder: Path) -> dict[str, Any]:
        mapping, columns = self._wire.mapping(folder, self.ledger.feed)
        return {
            "feed": self.ledger.feed,
            "mapping": str(mapping),
            "kind": "push",
            "settings": {"token": self._token, "columns": columns},
        }

    def release(self) -> None:
        with self._lock:
            self._queue += self.ledger.bring(NEW, CORRECTED)

    def told(self) -> Told:
        found = Told(
            wrong=[f"LOUD {self.ledger.feed}: was refused: {text}" for text in self._refused]
        )
        with self._lock:
            answers = dict(self._answers)
            posted = self._queue[:]
        for place, answer in answers.items():
            delivery = posted[place]
            if len(answer.verdicts) != len(delivery.versions):
                found.wrong.append(
                    f"ACK {self.ledger.feed}: receipt of {delivery.name} has"
                    f" {len(answer.verdicts)} verdicts for {len(delivery.versions)} rows"
                )
            for row, verdict in answer.verdicts:
                if 0 < row <= len(delivery.versions):
                    name = delivery.versions[row - 1].name
                    found.verdicts.setdefault(name, []).append(verdict)
        return found

    @property
    def posted(self) -> int:
        """How many deliveries the gateway has given a receipt for."""
        return len(self._receipts)

    @property
    def receipts(self) -> list[str]:
        """Every receipt that was given and counts."""
        with self._lock:
            return self._receipts[:]

    @property
    def taken(self) -> list[Delivery]:
        """What the gateway has taken and has not said to be gone, in its order.

        A delivery that came once more after one that was gone, though it was not, is there twice.
        """
        with self._lock:
            return list(self._taken.values())

    @property
    def gone_receipts(self) -> list[str]:
        """Every receipt that the gateway has said to be gone."""
        with self._lock:
            return self._gone[:]

    def _work(self) -> None:
        with httpx.Client(
            timeout=TIMEOUT, headers={"Authorization": f"Bearer {self._token}"}
        ) as http:
            while not self._stop.is_set():
                try:
                    busy = self._step(http)
                except (httpx.HTTPError, ValueError, KeyError):
                    self.tried += 1
                    busy = False
                if not busy:
                    self._stop.wait(PAUSE)

    def _step(self, http: httpx.Client) -> bool:
        """Post the next delivery, or ask for every open receipt; return whether to go on."""
        address = self._address()
        if address is None:
            return False
        url = f"{address}/push/{self.ledger.feed}"
        place = len(self._receipts)
        if place < len(self._queue):
            self._post(http, url, place)
            return True
        for place in range(len(self._receipts)):
            if place not in self._answers and not self._ask(http, url, place):
                return True
        return False

    def _post(self, http: httpx.Client, url: str, place: int) -> None:
        delivery = self._queue[place]
        times = self._times.get(place, 0)
        name = f"{delivery.name}-{times}" if times else delivery.name
        self.passed += self.fault != "pass"
        if self.fault == "half":
            self._half(http, url, name, delivery)
        try:
            if self.fault == "twice":
                with suppress(httpx.HTTPError):
                    self._wire.post(http, url, name, delivery)
            receipt = self._wire.post(http, url, name, delivery)
        except Refused as error:
            self._refused.append(str(error))
            self._stop.wait(1)
            return
        if self.fault == "swallow":
            raise httpx.HTTPError("the answer did not come")
        with self._lock:
            self._receipts.append(receipt)
            self._taken[receipt] = delivery

    def _half(self, http: httpx.Client, url: str, name: str, delivery: Delivery) -> None:
        """Break off in the middle of a request."""

        class Cut(httpx.SyncByteStream):
            def __iter__(self) -> Any:
                yield b'{"rows": [{"XK_WSH": "'
                raise httpx.WriteError("cut")

        with suppress(httpx.HTTPError):
            http.post(f"{url}/submissions", content=iter(Cut()), headers={"Idempotency-Key": name})

    def _ask(self, http: httpx.Client, url: str, place: int) -> bool:
        """Ask for a receipt; return whether those after it still stand."""
        try:
            answer = self._wire.ask(http, url, self._receipts[place])
        except Gone:
            self._again_from(http, url, place)
            return False
        except Refused:
            # A receipt that is unknown, without a word of what to do: it is asked for ever.
            return True
        if answer.state == ANSWERED:
            with self._lock:
                self._answers[place] = answer
        return True

    def _again_from(self, http: httpx.Client, url: str, place: int) -> None:
        """Post everything from a delivery on once more, in its order and under new names.

        What came between a restore and the first question is not gone: it counts twice.
        """
        order = list(self._taken)
        after = order[order.index(self._receipts[place]) + 1 :]
        gone = [self._receipts[place], *(one for one in after if self._is_gone(http, url, one))]
        self.gone += 1
        with self._lock:
            self._gone += gone
            for receipt in gone:
                del self._taken[receipt]
            for later in range(place, len(self._receipts)):
                self._times[later] = self._times.get(later, 0) + 1
                self._answers.pop(later, None)
            del self._receipts[place:]

    def _is_gone(self, http: httpx.Client, url: str, receipt: str) -> bool:
        """Whether a receipt is gone; raise httpx.HTTPError where no answer counts."""
        try:
            self._wire.ask(http, url, receipt)
        except Gone:
            return True
        except Refused:
            return False
        return False
