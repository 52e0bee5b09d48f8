"""A department's engineer brings a file on air by docs/departments.md alone."""

import csv
import io
import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import create_engine, text

from gateway.clock import SHANGHAI
from gateway.demo.exchange_platform import ITEMS, catalogue_xml
from gateway.demo.market_regulator import SftpDrop
from gateway.demo.town import Town
from tests.support.command import creditgate, in_this_process
from tests.support.penalty_rows import ROWS
from tests.support.waiting import wait_for

FEED = "water.penalty"
LISTED = (
    FEED,
    "水务行政处罚",
    "Penalties of the water bureau",
    "water",
    "AdministrativePenalty",
    "file",
)


@dataclass
class Newcomer:
    """The water bureau with its SFTP server, beside the demo's town."""

    town: Town
    sftp: SftpDrop
    folder: Path

    def run(self, *arguments: str) -> str:
        return in_this_process(*arguments, "--settings", str(self.town.settings_file)).stdout

    def ask(self, *arguments: str) -> Any:
        return json.loads(self.run(*arguments, "--json"))

    def drop(self, name: str, rows: list[dict[str, str]]) -> None:
        """Drop a file that no shipped mapping knows: pipes, a title line, a footer."""
        out = io.StringIO()
        out.write("水务局行政处罚信息表\n")
        writer = csv.DictWriter(out, list(rows[0]), delimiter="|")
        writer.writeheader()
        writer.writerows(rows)
        out.write(f"共{len(rows)}条\n")
        (self.sftp.folder / name).write_bytes(out.getvalue().encode("gb18030"))
        (self.sftp.folder / f"{name}.ok").touch()


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    with Town(tmp_path / "town", rows=20) as town:
        sftp = SftpDrop(tmp_path / "water", "water", "made-up-password")
        sftp.start()
        (tmp_path / "password").write_text("made-up-password\n")
        yield Newcomer(town, sftp, tmp_path)
        sftp.stop()


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """The settings of a gateway that has no feed, and nothing around it."""
    (tmp_path / "secrets.yaml").write_text(json.dumps({"at-rest": b64encode(bytes(32)).decode()}))
    (tmp_path / "secrets.yaml").chmod(0o600)
    file = tmp_path / "gateway.yaml"
    file.write_text(
        json.dumps(
            {
                "store": f"sqlite:///{tmp_path / 'gateway.db'}",
                "catalogue": {"url": "http://127.0.0.1:9", "token": "x"},
                "centre": {},
                "at_rest": {"current": "k1", "keys": {"k1": "secret:at-rest"}},
            }
        )
    )
    return file


def test_a_new_sftp_feed_comes_on_air_without_code_and_its_records_arrive(
    newcomer: Newcomer,
) -> None:
    newcomer.drop("处罚-001.txt", ROWS[:60])
    port = str(newcomer.sftp.port)
    outcome = in_this_process("adapter", "host-key", "127.0.0.1", "--port", port, "--json")
    host_key = json.loads(outcome.stdout)["host_key"]

    said = creditgate(
        "adapter",
        "new",
        FEED,
        "--why",
        "a reason",
        "--kind",
        "sftp",
        "--set",
        "host=127.0.0.1",
        "--set",
        f"port={newcomer.sftp.port}",
        "--set",
        "username=water",
        "--set",
        f"host_key={host_key}",
        "--set",
        "folder=/",
        "--set",
        "pattern=*.txt",
        "--set",
        "format_settings.separator=|",
        "--set",
        "format_settings.header_row=2",
        "--set",
        "format_settings.footer_lines=1",
        "--set",
        r"format_settings.footer_count=共(\d+)条",
        "--secret-file",
        "password",
        str(newcomer.folder / "password"),
        "--organ",
        "惠州市示例局",
        "11441300007204567Q",
        "--settings",
        str(newcomer.town.settings_file),
    ).stdout
    rehearsed = newcomer.ask("adapter", "dry-run", FEED)
    newcomer.run("adapter", "live", FEED, "--why", "looked at every line")
    newcomer.town.platform.document = catalogue_xml(
        2, datetime.now(SHANGHAI), listed=(*ITEMS, LISTED)
    )
    with newcomer.town.start_gateway("--once", "--patience", "60") as gateway:
        assert gateway.wait(90) == 0, (newcomer.town.folder / "gateway.log").read_text()[-3000:]

    assert "样例通过" in said
    assert rehearsed["counts"]["packed"] == 60
    assert newcomer.ask("adapter", "list")[-1] == {
        "feed": FEED,
        "kind": "sftp",
        "state": "live",
        "version": "2",
    }
    result = (newcomer.sftp.folder / "处罚-001.txt.result.csv").read_text("gb18030").splitlines()
    assert len(result) == 61
    assert all("accepted" in line for line in result[1:])
    assert (newcomer.sftp.folder / "处罚-001.txt.done").exists()
    secret = "made-up-password"
    assert secret not in said + (newcomer.town.folder / "gateway.log").read_text() + newcomer.run(
        "adapter", "show", FEED
    )


def test_a_running_gateway_takes_a_new_adapter_up_without_a_restart(newcomer: Newcomer) -> None:
    folder = newcomer.folder / "watched"
    folder.mkdir()
    path = newcomer.town.settings_file
    settings = YAML(typ="safe").load(path.read_text("utf-8"))
    settings |= {
        "catalogue_every": 1,
        "reach": {"departments": {"water": {"folders": [str(folder)]}}},
    }
    path.write_text(json.dumps(settings), "utf-8")
    newcomer.sftp.folder = folder
    newcomer.town.platform.document = catalogue_xml(
        2, datetime.now(SHANGHAI), every="PT1S", listed=(*ITEMS, LISTED)
    )
    newcomer.drop("a.txt", ROWS[:30])
    with newcomer.town.start_gateway() as gateway:
        newcomer.run(
            "adapter",
            "new",
            FEED,
            "--why",
            "a reason",
            "--kind",
            "folder",
            "--set",
            f"folder={folder}",
            "--set",
            "pattern=*.txt",
            "--set",
            "format_settings.separator=|",
            "--set",
            "format_settings.header_row=2",
            "--set",
            "format_settings.footer_lines=1",
            "--organ",
            "惠州市示例局",
            "11441300007204567Q",
        )
        newcomer.run("adapter", "live", FEED, "--why", "a reason")
        wait_for((folder / "a.txt.done").exists, 60)
        newcomer.run("adapter", "pause", FEED, "--why", "their move")
        gateway.terminate()
        gateway.wait(60)

    assert [act["what"] for act in newcomer.ask("adapter", "history", FEED)][:2] == [
        "state",
        "state",
    ]
    engine = create_engine(f"sqlite:///{newcomer.town.folder / 'gateway.db'}")
    with engine.connect() as connection:
        packed = connection.execute(
            text(
                "SELECT sum(packed) FROM unit JOIN feed ON feed.id = feed_id WHERE feed.name = :f"
            ),
            {"f": FEED},
        ).scalar_one()
    engine.dispose()
    assert packed == 30


def test_what_a_kind_still_needs_is_named_with_what_it_means(settings: Path) -> None:
    file = ("--settings", str(settings))
    said = in_this_process(
        "adapter", "new", FEED, "--why", "a reason", "--kind", "sftp", *file, code=2
    ).stderr

    for name in ("host", "username", "host_key"):
        assert f"--set {name}=" in said
    assert "公钥" in said


def test_an_adapter_travels_through_files_and_its_secrets_do_not(
    settings: Path, tmp_path: Path
) -> None:
    def run(*arguments: str) -> str:
        return in_this_process(*arguments, "--settings", str(settings)).stdout

    def ask(*arguments: str) -> Any:
        return json.loads(run(*arguments, "--json"))

    (tmp_path / "password").write_text("made-up-password\n")
    run(
        "adapter",
        "import",
        "--why",
        "a reason",
        str(
            _file(
                tmp_path,
                {
                    "feed": FEED,
                    "kind": "sftp",
                    "settings": {"host": "127.0.0.1", "username": "water"},
                },
            )
        ),
    )
    run("adapter", "secret", FEED, "password", "--why", "new", "--file", str(tmp_path / "password"))
    run("adapter", "set", FEED, "--set", "settle=5", "--owner", "科技科", "--why", "moved")
    run("adapter", "export", str(tmp_path / "git"))
    exported = (tmp_path / "git" / f"{FEED}.yaml").read_text("utf-8")
    run("adapter", "rollback", FEED, "1", "--why", "a reason")
    run("adapter", "import", "--why", "a reason", str(tmp_path / "git" / f"{FEED}.yaml"))

    assert "made-up-password" not in exported
    shown = ask("adapter", "show", FEED)
    assert (shown["version"], shown["definition"]["owner"], shown["secrets"]) == (
        4,
        "科技科",
        ["password"],
    )
    assert [one["place"] for one in ask("adapter", "diff", FEED, "3", "4")] == [
        "owner",
        "settings.settle",
    ]


def _file(folder: Path, data: dict[str, Any]) -> Path:
    path = folder / "adapter.yaml"
    path.write_text(json.dumps(data), "utf-8")
    return path
