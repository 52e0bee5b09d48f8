"""What a department's settings reach: this machine, its files, another department's."""

import json
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from adapters import AdapterError, SourceRefusedError
from gateway.demo.housing_fund import WSDL
from gateway.errors import GatewayError
from gateway.registry import Definition, Registry, RegistryError, opening
from gateway.registry.egress import Egress
from gateway.settings.reach import ReachSettings
from outbox import PayloadCipher
from tests.support.clock import NOW

FEED = "water.penalty"
SEAL = PayloadCipher({"k1": bytes(range(32))}, "k1")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Folders of two departments beside a secret of the gateway's."""
    for name in ("water", "env"):
        (tmp_path / "drops" / name).mkdir(parents=True)
    (tmp_path / "secrets.yaml").write_text("centre: canary-token\n")
    (tmp_path / "drops" / "env" / "env.csv").write_text("name\ncanary-person\n")
    return tmp_path


@pytest.fixture
def registry(engine: Engine, place: Path) -> Registry:
    return registry_of(engine, place)


def registry_of(engine: Engine, place: Path, **departments: Any) -> Registry:
    folders = {name: {"folders": [str(place / "drops" / name)]} for name in ("water", "env")}
    reach = ReachSettings.model_validate({"departments": {**folders, **departments}})
    return Registry(engine, SEAL, place, reach, lambda: NOW)


def tried(registry: Registry, kind: str, feed: str = FEED, **settings: Any) -> str:
    """Register an adapter and test it; return what was answered, as text."""
    try:
        registry.create(Definition(feed=feed, kind=kind, settings=settings), "li", "a reason")
        return "".join(f"{step} {step.sample}" for step in registry.test(feed))
    except (AdapterError, GatewayError) as error:
        return str(error)


@contextmanager
def listening() -> Iterator[tuple[int, list[bytes]]]:
    """A listener on loopback, and what came to it."""
    heard: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    line, _ = server.accept()
                    with line, suppress(OSError):
                        line.settimeout(2)
                        heard.append(line.recv(65_536))

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)


# --- finding 3: files of the gateway's machine ----------------------------------------------------


@pytest.mark.parametrize("pattern", [".%Z./.%Z.", ".%Z.", ".%z.", "%Y/.%Z./x", "a/../..", "/etc"])
def test_an_editor_reads_no_file_above_the_folder_by_a_pattern_of_days(
    registry: Registry, pattern: str
) -> None:
    said = tried(
        registry,
        "folder",
        folder=str(registry._opener.base / "drops" / "water"),
        subfolders=pattern,
        pattern="secrets.yaml",
        ready="rename",
        archive="done",
        format="fixed",
        settle=0,
        format_settings={"columns": [{"name": "line", "start": 1, "length": 200}]},
    )

    assert "canary" not in said
    assert "subfolders" in said


def test_an_editor_reads_no_file_through_a_link_that_leads_out(
    registry: Registry, place: Path
) -> None:
    water = place / "drops" / "water"
    (water / "out").symlink_to(place / "drops" / "env")
    (water / "secrets.yaml").symlink_to(place / "secrets.yaml")

    by_folder = tried(
        registry, "folder", folder=str(water / "out"), ready="rename", archive="done", settle=0
    )
    by_file = tried(
        registry,
        "folder",
        "water.second",
        folder=str(water),
        pattern="*.yaml",
        ready="rename",
        archive="done",
        settle=0,
    )

    assert "canary" not in by_folder + by_file
    assert "folder" in by_folder


# --- finding 5: this machine and its link ---------------------------------------------------------

_SOAP = {"operation": "Get", "rows_path": "Rows.Row", "paging": "none", "security": "none"}
_ROWS = {"table": "t", "key_column": "id", "mode": "full"}


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:{port}/x",
        "http://127.0.0.1:{port}\\@localhost.example/x",
        "http://localhost:{port}/x",
        "http://a@127.0.0.1:{port}/x",
        "http://2130706433:{port}/",
        "http://127.1:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://１２７.0.0.1:{port}/",
        "http://0.0.0.0:{port}/",
        "http://nosuch.invalid:{port}/",
    ],
)
def test_no_endpoint_of_a_service_leads_to_this_machine(
    registry: Registry, place: Path, endpoint: str
) -> None:
    (place / "drops" / "water" / "s.wsdl").write_bytes(WSDL.read_bytes())
    wsdl = str(place / "drops" / "water" / "s.wsdl")
    with listening() as (port, heard):
        said = tried(registry, "soap", wsdl=wsdl, endpoint=endpoint.format(port=port), **_SOAP)

    assert heard == []
    assert "endpoint" in said or "may not be reached" in said


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://u@127.0.0.1:{port}/d",
        "postgresql+psycopg://u@nosuch.invalid,127.0.0.1:{port}/d",
        "postgresql+psycopg://u@nosuch.invalid:{port},127.0.0.1:{port}/d",
        "postgresql+psycopg:///d",
        "postgresql+psycopg://u@db.example/d?host=127.0.0.1",
        "postgresql+psycopg://u@db.example/d?hostaddr=127.0.0.1",
        "postgresql+psycopg://u@db.example/d%20host=127.0.0.1",
        "postgresql+psycopg://u@/postgresql://127.0.0.1:{port}/d",
        "mysql+pymysql://u@127.0.0.1:{port}/d",
        "mysql+pymysql://u@localhost:{port}/d",
        "mssql+pymssql://u@127.0.0.1,{port}/d",
        "oracle+oracledb://u@db.example/x)(HOST=127.0.0.1)(PORT={port}",
        "postgresql+pg8000://u@db.example/d",
        "mysql+mysqldb://u@db.example/d",
        "duckdb:////etc/passwd",
        "postgresql+psycopg://u@nosuch.invalid:{port}/d",
    ],
)
def test_no_url_of_a_database_leads_to_this_machine(registry: Registry, url: str) -> None:
    with listening() as (port, heard):
        said = tried(registry, "database", url=url.format(port=port), **_ROWS)

    assert heard == []
    assert any(word in said for word in ("url", "may not be reached", "may not have", "cannot use"))


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://u@10.1.2.3/d?{option}=x"
        for option in (
            "host",
            "hostaddr",
            "service",
            "servicefile",
            "passfile",
            "sslkey",
            "sslcert",
            "options",
        )
    ]
    + [
        f"mysql+pymysql://u@10.1.2.3/d?{option}=x"
        for option in ("unix_socket", "local_infile", "read_default_file", "init_command", "ssl_ca")
    ]
    + [
        "sqlite:///file:/etc/passwd?uri=true",
        "sqlite:///:memory:",
        "sqlite://",
        "sqlite:////etc/../etc/passwd",
    ],
)
def test_no_option_of_a_driver_leads_anywhere(registry: Registry, url: str) -> None:
    with pytest.raises(RegistryError, match="may not"):
        registry.create(
            Definition(feed=FEED, kind="database", settings={"url": url, **_ROWS}), "li", "a reason"
        )


def test_the_answer_does_not_tell_an_open_port_from_a_closed_one(registry: Registry) -> None:
    with listening() as (port, _), closing(socket.socket()) as closed:
        closed.bind(("127.0.0.1", 0))
        said = [
            tried(registry, "sftp", host="127.0.0.1", port=one, username="u", host_key="ssh-rsa A")
            for one in (port, closed.getsockname()[1])
        ]

    assert said[0] == said[1]


def test_a_name_that_leads_elsewhere_by_the_time_of_the_connection_is_refused(
    engine: Engine, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def rebinding(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    monkeypatch.setattr(opening, "Egress", lambda name, reach: Egress(name, reach, rebinding))
    registry = registry_of(engine, place)
    with listening() as (port, heard):
        url = f"postgresql+psycopg://u@rebound.example:{port}/d"
        registry.create(
            Definition(feed=FEED, kind="database", settings={"url": url, **_ROWS}), "l", "a reason"
        )
        with pytest.raises(SourceRefusedError, match="may not be reached"):
            list(registry.test(FEED))

    assert heard == []
    # Not before: who registers a name learns nothing of it.
    assert asked == ["rebound.example"]


# --- finding 6: another department's --------------------------------------------------------------


def test_another_departments_folder_and_files_look_like_what_is_not_there(
    registry: Registry, place: Path
) -> None:
    with closing(sqlite3.connect(place / "drops" / "env" / "env.db")) as base:
        base.execute("CREATE TABLE t (id TEXT)")
    env, none = str(place / "drops" / "env"), str(place / "drops" / "water" / "nowhere")

    answers = []
    for number, folder in enumerate((env, none, f"{place}/drops/water/../env")):
        feed = f"water.f{number}"
        answers += [
            [
                tried(registry, "folder", f"{feed}a", folder=folder, ready="rename", archive="d"),
                tried(registry, "database", f"{feed}b", url=f"sqlite:///{folder}/env.db", **_ROWS),
            ]
        ]

    shown = [
        json.dumps(one).replace(folder, "F")
        for one, folder in zip(answers, (env, none, f"{place}/drops/water/../env"), strict=True)
    ]
    assert shown[0] == shown[1] == shown[2]
    assert "canary" not in str(answers)


def test_another_departments_host_looks_like_one_that_is_not_there(
    engine: Engine, place: Path
) -> None:
    registry = registry_of(engine, place, tax={"hosts": ["db.tax.example"]})
    with listening() as (port, heard):
        said = [
            tried(
                registry,
                "sftp",
                f"water.s{n}",
                host=host,
                port=port,
                username="u",
                host_key="ssh-rsa A",
            )
            for n, host in enumerate(("db.tax.example", "nosuch.invalid"))
        ]

    assert heard == []
    assert said[0].replace("db.tax.example", "H") == said[1].replace("nosuch.invalid", "H")


def test_a_department_without_an_entry_has_no_file(registry: Registry, place: Path) -> None:
    said = tried(
        registry, "folder", "tax.list", folder=str(place / "drops"), ready="rename", archive="d"
    )

    assert "under reach.departments (folders)" in said


@pytest.mark.parametrize("setting", [{"folders": ["/srv"]}, {"networks": ["127.0.0.0/8"]}])
def test_nothing_of_this_machine_is_opened_to_all_departments_at_once(setting: Any) -> None:
    with pytest.raises(ValueError, match="by department"):
        ReachSettings.model_validate(setting)


def test_no_department_is_given_a_folder_within_anothers() -> None:
    departments = {"water": {"folders": ["/srv/drops"]}, "env": {"folders": ["/srv/drops/env"]}}

    with pytest.raises(ValueError, match="keep them apart"):
        ReachSettings.model_validate({"departments": departments})


def test_a_registered_adapter_logs_in_by_no_key_file_of_this_machine(
    registry: Registry, place: Path
) -> None:
    (place / "drops" / "water" / "id").write_text("key")

    with pytest.raises(RegistryError, match="key_text"):
        registry.create(
            Definition(
                feed=FEED,
                kind="sftp",
                settings={
                    "host": "10.1.2.3",
                    "username": "u",
                    "host_key": "ssh-rsa A",
                    "private_key": str(place / "drops" / "water" / "id"),
                },
            ),
            "li",
            "a reason",
        )


def test_a_database_file_is_read_by_whom_it_belongs_to(registry: Registry, place: Path) -> None:
    with closing(sqlite3.connect(place / "drops" / "water" / "own.db")) as base, base:
        base.execute("CREATE TABLE t (id TEXT, name TEXT)")
        base.execute("INSERT INTO t VALUES ('1', 'own-row')")
    (place / "drops" / "water" / "link.db").symlink_to(place / "drops" / "env" / "env.db")

    own = tried(registry, "database", url=f"sqlite:///{place}/drops/water/own.db", **_ROWS)
    link = tried(
        registry, "database", "water.b", url=f"sqlite:///{place}/drops/water/link.db", **_ROWS
    )

    assert "own-row" in own
    assert "link.db" in link
