"""SOAP answers replayed page by page by a small server of our own, and what a fetch makes of them.

The section: `wsdl` (a file of the folder; tests/cases/soap.wsdl by default), `settings`, `answers`
and what is right. Each answer is a text that stands in the Body, or a table with one of `body`,
`raw` (text of the whole answer) and `file` (of the folder), and `type` (Content-Type), `status`,
`encoding`. The last answer is given again for every further call. `cursor` is where the fetch
begins.

Right is `refused` or `unavailable` with `says: [...]`, or `rows` (a number, or a list of rows with
some of their cells), `refs`, `faults: {row from 0: {rule, says}}`, `columns`, `cursor`, `declared`,
`counted`. `calls` is how often the service was called, and `asked` what must stand in the last
request. `ends_at` is the cursor of the last batch. `operations` holds a WSDL alone: `refused:
{says}`, or `rows: {operation: {path: [columns]}}`.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from adapters import AdapterError, Batch, SourceRefusedError, SourceUnavailableError
from adapters.soap import SoapAdapter, SoapSettings
from adapters.wsdl import described

_CASES = Path(__file__).parents[2] / "cases"
_ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/">'
    "<s:Body>{}</s:Body></s:Envelope>"
)
_TYPE = "text/xml; charset=utf-8"


def check(folder: Path, section: dict[str, Any]) -> None:
    """Fetch from a service that gives a case's answers, and hold what came against the case."""
    wsdl = _wsdl(folder, section)
    if "operations" in section:
        _check_operations(wsdl, section["operations"])
    for right in section.get("tries", [section] if "answers" in section else []):
        settings = {**section.get("settings", {}), **right.get("settings", {})}
        answers = [_answer(folder, one) for one in right.get("answers", section.get("answers"))]
        with serving(answers) as service:
            made = SoapAdapter(SoapSettings.model_validate(_settings(wsdl, service.url, settings)))
            try:
                _check_fetch(f"{folder.name} {settings}", made, service, right)
            finally:
                made.close()


def _wsdl(folder: Path, section: dict[str, Any]) -> Path:
    name = section.get("wsdl")
    return folder / name if name else _CASES / "soap.wsdl"


def _settings(wsdl: Path, url: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {"wsdl": wsdl, "endpoint": url, "security": "none", "timeout": 10, **settings}


def _check_fetch(where: str, made: SoapAdapter, service: "Service", right: dict[str, Any]) -> None:
    batches: list[Batch] = []
    error: AdapterError | None = None
    try:
        batches.extend(
            item for item in made.fetch(right.get("cursor", "")) if isinstance(item, Batch)
        )
    except AdapterError as caught:
        error = caught
    for name, kind in (("refused", SourceRefusedError), ("unavailable", SourceUnavailableError)):
        if name in right:
            assert isinstance(error, kind), (
                f"{where}: {error!r}, rows {sum(b.rows.height for b in batches)}"
            )
            for words in right[name].get("says", ()):
                assert words in f"{error.zh} {error.en}", f"{where}: says {error}"
    if "refused" not in right and "unavailable" not in right:
        assert error is None, f"{where}: {error}"
        _check_batches(where, batches, right)
    if "calls" in right:
        assert len(service.asked) == right["calls"], f"{where}: {len(service.asked)} calls"
    for words in right.get("asked", ()):
        assert words in service.asked[-1], f"{where}: asked {service.asked[-1]}"


def _check_batches(where: str, batches: list[Batch], right: dict[str, Any]) -> None:
    assert batches[-1].last, f"{where}: the last batch is not said to be the last"
    frame = (
        pl.concat([b.rows for b in batches if b.rows.width], how="diagonal")
        if batches
        else pl.DataFrame()
    )
    rows = right["rows"]
    height = rows if isinstance(rows, int) else len(rows)
    assert frame.height == height, f"{where}: {frame.height} rows"
    for number, cells in enumerate(rows if isinstance(rows, list) else ()):
        row = frame.row(number, named=True)
        for name, value in cells.items():
            assert row[name] == value, f"{where}: row {number}, {name} is {row[name]!r}"
    refs = [ref for b in batches for ref in b.refs]
    assert len(set(zip([b.unit for b in batches for _ in b.refs], refs, strict=True))) == len(
        refs
    ), f"{where}: {refs}"
    _check_faults(where, batches, right.get("faults", {}))
    came: dict[str, Any] = {
        "refs": refs,
        "columns": frame.columns,
        "cursor": batches[-1].cursor,
        "declared": batches[-1].declared,
        "counted": batches[-1].tally.counted if batches[-1].tally else None,
    }
    for name, value in came.items():
        if name != "cursor" and name in right:
            assert value == right[name], f"{where}: {name} {value}"
    if "ends_at" in right:
        assert came["cursor"] == right["ends_at"], f"{where}: ends at {came['cursor']}"


def _check_faults(where: str, batches: list[Batch], right: dict[int, Any]) -> None:
    faults = []
    start = 0
    for batch in batches:
        faults += [
            (start + fault.row, fault.rule, f"{fault.zh} {fault.en}") for fault in batch.faults
        ]
        start += batch.rows.height
    assert sorted({row for row, _, _ in faults}) == sorted(right), f"{where}: {faults}"
    for row, verdict in right.items():
        matching = [
            text for place, rule, text in faults if place == row and rule == verdict["rule"]
        ]
        assert matching, f"{where}: row {row} {faults}"
        for words in verdict.get("says", ()):
            assert words in " ".join(matching), f"{where}: row {row} says {matching}"


def _check_operations(wsdl: Path, right: dict[str, Any]) -> None:
    if "refused" in right:
        with pytest.raises(SourceRefusedError) as refused:
            described(wsdl)
        text = f"{refused.value.zh} {refused.value.en}"
        assert "\n" not in text, text
        assert all(words in text for words in right["refused"]["says"]), text
        return
    [operations, *_] = described(wsdl).values()
    came = {
        operation.name: {path: list(columns) for path, columns in operation.rows.items()}
        for operation in operations
    }
    for name, rows in right["rows"].items():
        assert came[name] == rows, came[name]


# --- the service ----------------------------------------------------------------------------------


class Service(ThreadingHTTPServer):
    """Gives answers in order, the last one again and again; keeps what it was asked."""

    def __init__(self, answers: list[tuple[int, str, bytes]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.url = f"http://127.0.0.1:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(body.decode())
        self.server.headers.append(dict(self.headers))
        place = min(len(self.server.asked), len(self.server.answers)) - 1
        status, kind, answer = self.server.answers[place]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Set-Cookie", f"session={place}")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def serving(answers: list[tuple[int, str, bytes]]) -> Iterator[Service]:
    """Serve answers on a free port of loopback."""
    service = Service(answers)
    thread = threading.Thread(target=service.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.shutdown()
        service.server_close()
        thread.join()


def enveloped(body: str) -> str:
    """Return an envelope of SOAP 1.1 around a Body."""
    return _ENVELOPE.format(body)


def _answer(folder: Path, answer: Any) -> tuple[int, str, bytes]:
    if isinstance(answer, str):
        answer = {"body": answer}
    if "file" in answer:
        data = (folder / answer["file"]).read_bytes()
    else:
        text = answer["raw"] if "raw" in answer else enveloped(answer["body"])
        if answer.get("lines") == "crlf":
            text = text.replace("\n", "\r\n")
        data = text.encode(answer.get("encoding", "utf-8"))
    return answer.get("status", 200), answer.get("type", _TYPE), data
