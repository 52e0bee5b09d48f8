"""Sources of the built-in adapter kinds as the contract wants them: real servers, real files."""

import csv
import io
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import flask
from sqlalchemy import Engine, create_engine, text

from adapters import Adapter
from adapters.database import DatabaseAdapter
from adapters.files.adapter import DropAdapter
from adapters.soap import SoapAdapter
from adapters.submissions import json_rows
from adapters.testing import Row, SourceUnderTest
from gateway.clock import utc_now
from gateway.demo.housing_fund import NAMESPACE, WSDL, HousingFund
from gateway.protocol.soap import envelope
from gateway.submissions import store
from gateway.submissions.adapter import PushAdapter
from outbox import writing

PASSWORD = "made-up-password"
TOKEN = "made-up-token-of-water"


class DropSource(SourceUnderTest):
    """A folder that files are dropped into, over whatever carries it."""

    def __init__(
        self,
        kind: type[DropAdapter],
        folder: Path,
        reach: dict[str, Any],
        away: Callable[[], object],
        back: Callable[[], object],
    ) -> None:
        self.kind = kind
        self._folder, self._reach = folder, reach
        self.go_away, self.come_back = away, back  # type: ignore[method-assign,assignment]
        self.secrets = tuple(filter(None, [reach.get("password")]))
        self._files = 0

    def settings(self) -> dict[str, Any]:
        format_settings = {"encoding": "utf-8"}
        return {**self._reach, "batch_rows": 10, "settle": 0, "format_settings": format_settings}

    def put(self, rows: Sequence[Row]) -> None:
        if rows:
            self._drop([list(rows[0]), *(list(row.values()) for row in rows)])

    def put_unreadable(self, rows: Sequence[Row], place: int) -> None:
        lines = [list(rows[0]), *(list(row.values()) for row in rows)]
        lines[place + 1] = [*lines[place + 1], "多一格"]
        self._drop(lines)

    def put_repeated_column(self, name: str) -> None:
        self._drop([[name, name], ["第一", "第二"]])

    def say_nothing(self) -> None:
        self._write(b"")

    def verdicts(self) -> dict[str, str]:
        seen = {}
        for path in self._folder.glob("*.result.csv"):
            lines = path.read_text("utf-8-sig").splitlines()[1:]
            seen.update({line[0]: line[1] for line in csv.reader(lines)})
        return seen

    def _drop(self, lines: Sequence[Sequence[str | None]]) -> None:
        out = io.StringIO(newline="")
        csv.writer(out).writerows(lines)
        self._write(out.getvalue().encode())

    def _write(self, data: bytes) -> None:
        self._files += 1
        path = self._folder / f"{self._files:03}.csv"
        path.write_bytes(data)
        moment = 1_700_000_000 + self._files
        os.utime(path, (moment, moment))
        path.with_name(f"{path.name}.ok").touch()


class TableSource(SourceUnderTest):
    """A table of a department's database."""

    kind = DatabaseAdapter

    def __init__(self, folder: Path, mode: str = "full") -> None:
        self._file = folder / "department.db"
        self._mode = mode
        self._engine: Engine = create_engine(f"sqlite:///{self._file}")
        self._query = ""
        self._make(["编号", "名称"])

    def settings(self) -> dict[str, Any]:
        values = {"url": f"sqlite:///{self._file}", "key_column": "id", "page_rows": 10}
        if self._query:
            return {**values, "mode": "full", "query": self._query}
        if self._mode == "status":
            values["status"] = {"status": "state", "version": "changed"}
        return {**values, "mode": self._mode, "table": "t"}

    def put(self, rows: Sequence[Row]) -> None:
        if self._mode == "full" or not self._have(rows):
            self._make(list(rows[0]) if rows else ["编号", "名称"])
        for row in rows:
            names = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join(f":v{n}" for n in range(len(row)))
            values = {f"v{n}": value for n, value in enumerate(row.values())}
            self._run(f"INSERT INTO t ({names}) VALUES ({marks})", values)

    def put_unreadable(self, rows: Sequence[Row], place: int) -> None:
        self.put(rows)
        self._run("UPDATE t SET \"名称\" = x'fffe41' WHERE id = :id", {"id": place + 1})

    def put_repeated_column(self, name: str) -> None:
        self.put([{"a": "第一", "b": "第二"}])
        self._query = f'SELECT id, a AS "{name}", b AS "{name}" FROM t'

    def say_nothing(self) -> None:
        self._run("DROP TABLE t")

    def go_away(self) -> None:
        self._engine.dispose()
        self._file.rename(self._file.with_suffix(".away"))

    def come_back(self) -> None:
        self._file.with_suffix(".away").rename(self._file)

    def verdicts(self) -> dict[str, str]:
        with self._engine.connect() as connection:
            states = connection.execute(text("SELECT id, state FROM t WHERE state > '1'"))
            return {str(ref): "refused" if state == "3" else "accepted" for ref, state in states}

    def close(self) -> None:
        self._engine.dispose()

    def _own(self) -> str:
        if self._mode != "status":
            return ""
        return "state TEXT DEFAULT '0', changed TEXT DEFAULT '1', "

    def _have(self, rows: Sequence[Row]) -> bool:
        with self._engine.connect() as connection:
            names = [row[1] for row in connection.execute(text("PRAGMA table_info(t)"))]
        return not rows or names[3:] == list(rows[0])

    def _make(self, names: Sequence[str]) -> None:
        columns = ", ".join(f'"{name}" TEXT' for name in names)
        self._run("DROP TABLE IF EXISTS t")
        self._run(f"CREATE TABLE t (id INTEGER PRIMARY KEY, {self._own()}{columns})")

    def _run(self, statement: str, values: dict[str, Any] | None = None) -> None:
        with self._engine.begin() as connection:
            connection.execute(text(statement), values or {})


class ServiceSource(SourceUnderTest):
    """The housing fund bureau's SOAP service with rows of any columns."""

    kind = SoapAdapter
    secrets = (PASSWORD,)

    def __init__(self, service: "Service", port: int, away: Any, back: Any) -> None:
        self._service, self._port = service, port
        self.go_away, self.come_back = away, back  # type: ignore[method-assign]
        service.rows, service.verdicts, service.twice, service.silent = [], {}, {}, False
        self._columns: tuple[str, ...] = ("编号", "名称")

    def settings(self) -> dict[str, Any]:
        return {
            "wsdl": str(WSDL),
            "endpoint": f"http://127.0.0.1:{self._port}/payment",
            "username": "creditgate",
            "password": PASSWORD,
            "operation": "GetChanges",
            "cursor_argument": "Since",
            "size_argument": "PageSize",
            "page_size": 10,
            "rows_path": "Rows.Row",
            "id_column": "ChangeId",
            "cursor_path": "NextCursor",
            "more_path": "HasMore",
            "total_path": "Count",
            "timeout": 5,
            "columns": ("ChangeId", *self._columns),
            "acknowledge_operation": "AcknowledgeChanges",
        }

    def put(self, rows: Sequence[Row]) -> None:
        self._service.rows += [dict(row) for row in rows]  # type: ignore[arg-type]
        self._columns = tuple(rows[0]) if rows else self._columns

    def put_unreadable(self, rows: Sequence[Row], place: int) -> None:
        self._service.twice[len(self._service.rows) + place] = "名称"
        self.put(rows)

    def put_repeated_column(self, name: str) -> None:
        self.put_unreadable([{name: "第一"}], 0)

    def say_nothing(self) -> None:
        self._service.silent = True

    def verdicts(self) -> dict[str, str]:
        return self._service.verdicts


class Service(HousingFund):
    """The bureau's service; a row without a value leaves its element out."""

    def __init__(self) -> None:
        super().__init__([], "creditgate", PASSWORD)
        self.twice: dict[int, str] = {}
        self.silent = False

    def _row(self, number: int) -> str:
        row = self.rows[number]
        self.rows[number] = {k: v for k, v in row.items() if v is not None}
        try:
            cells = super()._row(number)
        finally:
            self.rows[number] = row
        name = self.twice.get(number)
        return cells if name is None else cells.replace("</Row>", f"<{name}>二</{name}></Row>")

    def _changes(self, call: Any) -> flask.Response:
        if self.silent:
            return envelope(f'<GetChangesResponse xmlns="{NAMESPACE}"/>')
        return super()._changes(call)


class PushSource(SourceUnderTest):
    """What a department has pushed into the gateway's own store."""

    kind = PushAdapter
    secrets = (TOKEN,)

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._feed = "water.licence"

    def settings(self) -> dict[str, Any]:
        return {"token": TOKEN}

    def prepare(self, adapter: Adapter) -> Adapter:
        assert isinstance(adapter, PushAdapter)
        adapter.use(self._engine, self._feed)
        return adapter

    def put(self, rows: Sequence[Row]) -> None:
        if not rows:
            return
        body = json.dumps({"rows": rows}, ensure_ascii=False).encode()
        with writing(self._engine) as connection:
            store.take(connection, self._feed, json_rows(body, 1_000), "", utc_now())

    def put_unreadable(self, rows: Sequence[Row], place: int) -> None:
        empty = dict.fromkeys(rows[0])
        self.put([empty if number == place else row for number, row in enumerate(rows)])

    def verdicts(self) -> dict[str, str]:
        seen: dict[str, str] = {}
        with self._engine.connect() as connection:
            listed = connection.execute(text("SELECT receipt FROM submission")).scalars().all()
            for receipt in listed:
                _, verdicts = store.answered(connection, self._feed, receipt)
                seen |= {verdict["ref"]: verdict["verdict"] for verdict in verdicts}
        return seen
