"""A stranger's kind: what the command writes and docs/how-to shows, installed as a package."""

import json
import os
import re
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.kind import kind_package
from tests.support.command import in_this_process
from tests.support.penalty_rows import ROWS
from tests.support.places import ROOT

HOW_TO = ROOT / "docs" / "how-to" / "a-kind-of-your-own.md"
MODULE = "creditgate_jsonlist.py"
PACKAGE = kind_package("jsonlist")
BLOCKS = dict(re.findall(r"`([\w./]+)`:\n\n```\w+\n(.*?)```", HOW_TO.read_text("utf-8"), re.DOTALL))


#: Values that a careless program turns into others, and rows that nobody can read.
ODD = """[
  {"name": "甲", "none": null, "yes": true, "n": 1.10, "m": 12345678901234567.89, "o": {"x": 1e-7}},
  {"name": "乙", "n": NaN},
  {"name": "丙", "n": [1, 2]},
  {"name": "丁", "n": 1, "n": 2},
  {"name": "\\ud83d"}
]"""


class _List(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        rows = json.dumps(ROWS[:20], ensure_ascii=False)
        body = (ODD if self.path == "/odd" else rows).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _List)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_the_page_shows_the_package_that_the_command_writes() -> None:
    assert BLOCKS[MODULE] == PACKAGE[MODULE]
    assert BLOCKS["pyproject.toml"] == PACKAGE["pyproject.toml"]


def test_a_package_that_the_command_writes_passes_its_tests_and_brings_a_feed_on_air(
    tmp_path: Path, address: str
) -> None:
    package, site = tmp_path / "creditgate-jsonlist", tmp_path / "site"
    written = in_this_process("adapter", "kind", "new", "jsonlist", "--folder", str(package))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run(
        [*pip, "--no-build-isolation", "--target", site, package], check=True, capture_output=True
    )
    (tmp_path / "token").write_text("made-up-token\n")
    secrets = {"at-rest": b64encode(bytes(32)).decode()}
    (tmp_path / "secrets.yaml").write_text(json.dumps(secrets))
    for name in ("token", "secrets.yaml"):
        (tmp_path / name).chmod(0o600)
    (tmp_path / "gateway.yaml").write_text(
        json.dumps(
            {
                "store": f"sqlite:///{tmp_path / 'gateway.db'}",
                "catalogue": {"url": "http://127.0.0.1:9", "token": "x"},
                "centre": {},
                "at_rest": {"current": "k1", "keys": {"k1": "secret:at-rest"}},
                "reach": {"departments": {"water": {"networks": ["127.0.0.0/8"]}}},
            }
        )
    )
    path = [str(site), str(ROOT), os.environ.get("PYTHONPATH", "")]

    def run(*arguments: str) -> str:
        process = subprocess.run(
            [sys.executable, "-m", *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
            cwd=package,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert process.returncode == 0, process.stdout + process.stderr
        return process.stdout

    def creditgate(*arguments: str) -> str:
        return run("gateway.cli", *arguments, "--settings", str(tmp_path / "gateway.yaml"))

    tested = run("pytest", "-q", "-p", "no:cacheprovider", "tests")
    completed = creditgate(
        "adapter",
        "new",
        "water.penalty",
        "--why",
        "a reason",
        "--kind",
        "jsonlist",
        "--set",
        f"url={address}",
        "--secret-file",
        "token",
        str(tmp_path / "token"),
        "--organ",
        "惠州市示例局",
        "11441300007204567Q",
    )
    rehearsed = json.loads(creditgate("adapter", "dry-run", "water.penalty", "--json"))

    assert "pytest" in written.stdout
    assert re.search(r"^21 passed, 1 skipped", tested, re.MULTILINE)
    assert "样例通过" in completed
    assert rehearsed["counts"]["packed"] == 20


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("sftp", "已有适配器类型 sftp"),
        ("../x", "is no name of a kind"),
        ("X", "is no name of a kind"),
        ("名称", "is no name of a kind"),
        ("a--b", "is no name of a kind"),
        ("x" * 41, "is no name of a kind"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_is_written(
    tmp_path: Path, name: str, said: str
) -> None:
    folder = tmp_path / "package"

    result = in_this_process("adapter", "kind", "new", name, "--folder", str(folder), code=1)

    assert said in result.stderr
    assert not folder.exists()


def test_a_folder_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")

    result = in_this_process("adapter", "kind", "new", "mine", "--folder", str(tmp_path), code=1)

    assert "已存在" in result.stderr
    assert "nothing was written" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_values_come_as_they_are_written_and_what_cannot_be_read_refuses_its_row(
    address: str,
) -> None:
    module: dict[str, Any] = {}
    exec(compile(BLOCKS[MODULE], MODULE, "exec"), module)
    settings = module["KindSettings"](url=f"{address}odd", token="made-up-token")
    adapter = module["Kind"](settings)

    [batch] = adapter.fetch("")
    [step] = adapter.test()

    assert batch.rows.row(0, named=True) == {
        "name": "甲",
        "none": None,
        "yes": "true",
        "n": "1.10",
        "m": "12345678901234567.89",
        "o.x": "1e-7",
    }
    assert [(fault.row, fault.rule) for fault in batch.faults] == [
        (1, "format.number"),
        (2, "format.row"),
        (3, "format.row"),
        (4, "format.surrogate"),
    ]
    assert (batch.tally.counted, batch.rows.height, batch.last) == (5, 5, True)
    assert step.sample.equals(batch.rows)
