"""The SOAP adapter against real foreign servers: Metro and Axis 1.4 in one JVM, PHP's SoapServer,
node-soap.

Each is skipped, and says so, where it is not installed.
"""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from adapters import Batch, SourceRefusedError, SourceUnavailableError
from adapters.soap import SoapAdapter, SoapSettings
from gateway.cli import main
from tests.support.closing import closed_later
from tests.support.places import CASES, SUPPORT
from tests.support.waiting import wait_for

#: What its fixtures start or compile is started once.
pytestmark = pytest.mark.xdist_group("test_soap_servers")

SERVERS, NODE = SUPPORT / "soap_servers", SUPPORT / "node-soap"
WSDL = CASES / "soap.wsdl"
_JARS = Path("/usr/share/java")
_AXIS = ("axis", "axis-jaxrpc", "axis-saaj", "commons-logging", "commons-discovery", "wsdl4j")
_METRO = (
    "jaxws*",
    "saaj*",
    "jaxb*",
    "*activation*",
    "stax*",
    "*annotation*api*",
    "*jws*",
    "*mimepull*",
    "*streambuffer*",
    "*policy*",
    "*gmbal*",
    "*ha-api*",
    "txw2*",
    "istack*",
    "*woodstox*",
)


@pytest.fixture(scope="module")
def java(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Compile and start Metro and Axis; give their addresses."""
    if shutil.which("javac") is None or not (_JARS / "jaxws-rt.jar").exists():
        pytest.skip("no javac or no Metro here: install default-jdk-headless and libjaxws-java")
    if not (_JARS / "axis.jar").exists():
        pytest.skip("no Axis here: install libaxis-java")
    folder = tmp_path_factory.mktemp("java")
    jars = {
        "metro": sorted({str(jar) for one in _METRO for jar in _JARS.glob(f"{one}.jar")}),
        "axis": [str(_JARS / f"{one}.jar") for one in _AXIS],
        "": [],
    }
    # Axis reads parameters' names from classes, of old formats only.
    old = {"axis": ["--release", "8", "-Xlint:-options"]}
    compiling = [
        subprocess.Popen(
            [
                "javac",
                "-nowarn",
                "-d",
                str(folder / f"c{name}"),
                *old.get(name, []),
                "-cp",
                ":".join(paths) or ".",
                *map(str, (SERVERS / name).glob("*.java")),
            ],
            stderr=subprocess.DEVNULL,
        )
        for name, paths in jars.items()
    ]
    assert [one.wait(120) for one in compiling] == [0, 0, 0]
    metro, axis = (":".join([str(folder / f"c{name}"), *jars[name]]) for name in ("metro", "axis"))
    command = ["java", "-XX:TieredStopAtLevel=1", "-cp", str(folder / "c"), "Servers", metro, axis]
    # Axis writes down what is deployed where it is started.
    with subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        ports = process.stdout.readline().split()
        assert len(ports) == 2
        yield f"http://127.0.0.1:{ports[0]}/list", f"http://127.0.0.1:{ports[1]}/axis/services/List"
        process.kill()


@pytest.fixture(scope="module")
def php() -> Iterator[str]:
    """Start PHP's SoapServer; give its address."""
    listed = (
        subprocess.run(["php", "-m"], capture_output=True, text=True, check=False).stdout
        if shutil.which("php")
        else ""
    )
    if "soap" not in listed.split():
        pytest.skip("no PHP with SOAP here: install php-cli and php-soap")
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(
        ["php", "-S", f"127.0.0.1:{port}", str(SERVERS / "php" / "server.php")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        wait_for(lambda: _listens(port))
        yield f"http://127.0.0.1:{port}/"
        process.kill()


@pytest.fixture(scope="module")
def node() -> Iterator[str]:
    """Start node-soap; give its address."""
    if shutil.which("node") is None or not (NODE / "node_modules" / "soap").exists():
        pytest.skip("no node-soap here: npm ci --prefix tests/support/node-soap")
    with subprocess.Popen(
        ["node", str(NODE / "server.js"), str(WSDL)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/list"
        process.kill()


def _listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def gathered(url: str, folder: Path) -> Path:
    """Gather a WSDL by the command, as a person would."""
    run = CliRunner().invoke(
        main,
        [
            "adapter",
            "wsdl",
            "gather",
            url,
            str(folder),
            "--also",
            "vm",
            "--also",
            socket.gethostname(),
            "--json",
        ],
    )
    assert run.exit_code == 0, run.output
    return folder / str(json.loads(run.stdout)["files"][0]["name"])


def fetched(wsdl: Path, endpoint: str, **settings: Any) -> list[Batch]:
    values = {"wsdl": wsdl, "endpoint": endpoint, "security": "none", "timeout": 30, **settings}
    configured_adapter = closed_later(SoapAdapter(SoapSettings.model_validate(values)))
    return [item for item in configured_adapter.fetch("") if isinstance(item, Batch)]


def rows_of(batches: list[Batch]) -> pl.DataFrame:
    return pl.concat([batch.rows for batch in batches])


NUMBERED = {"paging": "number", "page_argument": "page", "size_argument": "size", "page_size": 500}


def test_metro_gives_all_its_rows_though_it_caps_its_pages(
    java: tuple[str, str], tmp_path: Path
) -> None:
    wsdl = gathered(f"{java[0]}?wsdl", tmp_path / "metro")
    settings = {
        "operation": "query",
        "rows_path": "return.rows.row",
        "ok_path": "return.code",
        **NUMBERED,
    }

    counted = fetched(wsdl, java[0], total_path="return.total", **settings)
    empty = fetched(wsdl, java[0], **settings)

    assert sorted(path.suffix for path in wsdl.parent.iterdir()) == [".wsdl", ".xsd"]
    for batches in (counted, empty):
        rows = rows_of(batches)
        assert rows["id"].to_list() == [f"P{n}" for n in range(25)]
        assert set(rows["day"]) == {"2026-03-05 00:00:00"}
        assert rows["@code"].to_list()[:2] == ["C0", "C1"]
        assert [(b.last, len(b.faults)) for b in batches] == [(False, 1), (False, 0), (True, 0)]
        assert batches[-1].tally is not None
        assert batches[-1].tally.counted == 25
    assert counted[-1].declared == 25


def test_metro_s_own_error_is_no_empty_list(java: tuple[str, str], tmp_path: Path) -> None:
    wsdl = gathered(f"{java[0]}?wsdl", tmp_path / "metro")
    asked = {
        "operation": "query",
        "paging": "none",
        "rows_path": "return.rows.row",
        "arguments": {"page": 99, "size": 9},
    }

    with pytest.raises(SourceUnavailableError, match="数据库繁忙"):
        fetched(wsdl, java[0], ok_path="return.code", message_path="return.msg", **asked)
    with pytest.raises(SourceRefusedError, match="code=500"):
        fetched(wsdl, java[0], **asked)


@pytest.mark.parametrize("server", [0, 1], ids=["metro", "axis"])
def test_xml_in_a_string_that_names_gbk_is_read(
    java: tuple[str, str], tmp_path: Path, server: int
) -> None:
    wsdl = gathered(f"{java[server]}?wsdl", tmp_path / "wsdl")
    query = "<q><page>{page}</page></q>"
    settings = [
        {
            "arguments": {"xml": query},
            "file_path": "return",
            "paging": "number",
            "format_settings": {"row": "data/rows/row"},
        },
        {
            "arguments": {"in0": "x"},
            "file_path": "getDataReturn",
            "paging": "none",
            "format_settings": {"row": "data/row"},
        },
    ][server]

    [batch] = fetched(wsdl, java[server], operation="getData", format="xml", **settings)

    assert batch.rows["id"].to_list() == ["1"]
    assert batch.rows["name"][0].startswith("惠州")


def test_axis_gives_its_rows_by_reference_and_all_of_them(
    java: tuple[str, str], tmp_path: Path
) -> None:
    wsdl = gathered(f"{java[1]}?wsdl", tmp_path / "axis")

    batches = fetched(
        wsdl,
        java[1],
        operation="query",
        rows_path="queryReturn.*",
        paging="number",
        page_argument="in0",
        size_argument="in1",
        page_size=500,
    )

    rows = rows_of(batches)
    assert rows.columns == ["id", "name", "remark"]
    assert rows.rows() == [(f"P{n}", f"惠州市示例{n}公司", None) for n in range(25)]
    assert [ref for batch in batches for ref in batch.refs] == [str(n) for n in range(1, 26)]
    assert batches[-1].tally is not None
    assert batches[-1].tally.counted == 25


def test_php_gives_its_rows_to_who_has_the_password(php: str) -> None:
    asked = {
        "operation": "query",
        "rows_path": "return.*",
        "security": "basic",
        "username": "us",
        **NUMBERED,
    }
    wsdl = SERVERS / "php" / "list.wsdl"

    rows = rows_of(fetched(wsdl, php, password="made-up-password", **asked))

    assert rows["id"].to_list() == [f"P{n}" for n in range(25)]
    assert rows.row(0, named=True) == {
        "id": "P0",
        "name": "惠州市示例0公司",
        "amount": "1000.10",
        "remark": None,
    }
    with pytest.raises(SourceRefusedError, match="401"):
        fetched(wsdl, php, password="another", **asked)


def test_node_soap_gives_its_rows_to_who_has_logged_in(node: str) -> None:
    asked: dict[str, Any] = {
        "operation": "list",
        "rows_path": "rows.row",
        "total_path": "total",
        "ok_path": "code",
        "message_path": "msg",
        "username": "us",
        "header": {"MySoapHeader": {"UserName": "{username}", "PassWord": "{password}"}},
        "login_operation": "login",
        "login_arguments": {"user": "{username}", "password": "{password}"},
        "login_path": "token",
        "arguments": {"token": "{login}"},
        **NUMBERED,
    }

    batches = fetched(WSDL, node, password="made-up-password", **asked)

    rows = rows_of(batches)
    assert rows["@code"].to_list() == [f"C{n}" for n in range(25)]
    assert set(rows["day"]) == {"2026-03-05 00:00:00"}
    assert [(fault.row, fault.rule) for fault in batches[0].faults] == [(3, "format.row")]
    with pytest.raises(SourceRefusedError, match="login_path"):
        fetched(WSDL, node, password="another", **asked)
    with pytest.raises(SourceRefusedError, match="口令"):
        fetched(WSDL, node, password="made-up-password", **{**asked, "header": {}})
