"""Departments with a table on a real server: status columns, a number of change, a whole list."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from gateway.demo import environment
from tests.faults.departments import CORRECTED, NEW, REMOVED, Told, mapping_by_code
from tests.faults.ledger import Ledger, Version
from tests.faults.patience import patient
from tests.support.waiting import came_true

#: How long a department waits for its own server, in seconds.
PATIENCE = 60.0


class TableDepartment:
    """What all have: a table of records, and transactions that wait for the server."""

    mode = "database"

    def __init__(self, ledger: Ledger, url: str, password: str | None) -> None:
        self.ledger = ledger
        self._password = password
        self._url = url
        self.engine: Engine = create_engine(
            make_url(url).set(password=password) if password else url, pool_pre_ping=True
        )
        self.table = self._described(list(ledger.columns))

    def _described(self, columns: list[str]) -> Table:
        raise NotImplementedError

    def start(self) -> None:
        self.table.metadata.create_all(self.engine)

    def stop(self) -> None:
        self.engine.dispose()

    def adapter(self, folder: Path) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "url": self._url,
            "table": str(self.table.name),
            "key_column": "id",
            "page_rows": 500,
        }
        if self._password:
            settings["password"] = self._password
        return {
            "feed": self.ledger.feed,
            "mapping": str(mapping_by_code(folder, self.ledger.feed)),
            "kind": "database",
            "settings": settings | self._own(),
        }

    def _own(self) -> dict[str, Any]:
        raise NotImplementedError

    def release(self) -> None:
        for delivery in self.ledger.bring(NEW, CORRECTED):
            self._until_done(partial(self._write, delivery.versions))

    def _write(self, versions: tuple[Version, ...]) -> None:
        with self.engine.begin() as connection:
            for version in versions:
                values = version.row | self._stamp(version)
                if version.number == 1:
                    connection.execute(insert(self.table).values(id=version.record + 1, **values))
                else:
                    own = self.table.c.id == version.record + 1
                    connection.execute(update(self.table).where(own).values(**values))

    def _stamp(self, version: Version) -> dict[str, Any]:
        raise NotImplementedError

    def _until_done(self, work: Callable[[], None]) -> None:
        def tried() -> bool:
            try:
                work()
            except SQLAlchemyError:
                return False
            return True

        assert came_true(tried, patient(PATIENCE)), (
            f"{self.ledger.feed}: its server did not come back"
        )


class StatusTable(TableDepartment):
    """A front-end table: rows wait with state 0, and the gateway writes what became of them."""

    tells = "records"

    def _described(self, columns: list[str]) -> Table:
        return environment.front_end_table(columns)

    def _own(self) -> dict[str, Any]:
        return {"mode": "status", "status": dict(environment.STATUS)}

    def _stamp(self, version: Version) -> dict[str, Any]:
        moment = datetime.now(UTC).isoformat(timespec="microseconds")
        return {"xyptstate": "0", "xyptmodify_date": f"{moment[:26]}{version.number:03}"[:32]}

    def told(self) -> Told:
        newest = self.ledger.newest()
        found = Told()

        def read() -> None:
            with self.engine.connect() as connection:
                for row in connection.execute(select(self.table.c.id, self.table.c.xyptstate)):
                    if row.xyptstate not in ("0", "1"):
                        found.verdicts[newest[row.id - 1].name] = [row.xyptstate]

        self._until_done(read)
        return found


class WatermarkTable(TableDepartment):
    """A table with a number of change that only grows; its department is told nothing."""

    tells = "nothing"

    def __init__(self, ledger: Ledger, url: str, password: str | None) -> None:
        self._number = 0
        super().__init__(ledger, url, password)

    def _described(self, columns: list[str]) -> Table:
        return Table(
            "xk_changes",
            MetaData(),
            Column("id", Integer, primary_key=True, autoincrement=False),
            *(Column(name, Text) for name in columns),
            Column("change_number", BigInteger, nullable=False, index=True),
        )

    def _own(self) -> dict[str, Any]:
        return {"mode": "watermark", "watermark_column": "change_number", "overlap": 50}

    def _stamp(self, version: Version) -> dict[str, Any]:
        self._number += 1
        return {"change_number": self._number}

    def told(self) -> Told:
        return Told()


class ListTable(TableDepartment):
    """A table that is the whole list each time: what it has no more is withdrawn."""

    tells = "nothing"

    def _described(self, columns: list[str]) -> Table:
        return Table(
            "xk_list",
            MetaData(),
            Column("id", Integer, primary_key=True, autoincrement=False),
            *(Column(name, Text) for name in columns),
        )

    def _own(self) -> dict[str, Any]:
        return {"mode": "full"}

    def adapter(self, folder: Path) -> dict[str, Any]:
        entry = super().adapter(folder)
        mapping = Path(entry["mapping"])
        # A list may shrink by any part here: a person who must confirm would be nobody.
        whole = "mode: full\n  withdraw_missing: true\n  stop_when_lost: 1.0"
        mapping.write_text(mapping.read_text("utf-8").replace("mode: update", whole), "utf-8")
        return entry

    def _stamp(self, version: Version) -> dict[str, Any]:
        return {}

    def release(self) -> None:
        super().release()
        gone = [record + 1 for record in self.ledger.remove(REMOVED)]
        self._until_done(lambda: self._remove(gone))

    def _remove(self, gone: list[int]) -> None:
        with self.engine.begin() as connection:
            connection.execute(delete(self.table).where(self.table.c.id.in_(gone)))

    def told(self) -> Told:
        return Told()
