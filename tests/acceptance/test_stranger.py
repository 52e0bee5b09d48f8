"""A stranger's adapter kind: what docs/how-to shows, installed as a package of its own, brings a feed on air."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_registry import ROWS

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "a-kind-of-your-own.md"
BLOCKS = dict(
    re.findall(
        r"`(pyproject\.toml|jsonlist\.py)`:\n\n```\w+\n(.*?)```",
        HOW_TO.read_text("utf-8"),
        re.DOTALL,
    )
)


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


def test_a_kind_in_its_own_package_works_by_installing_it(tmp_path: Path, address: str) -> None:
    package = tmp_path / "creditgate-jsonlist"
    package.mkdir()
    for name, content in BLOCKS.items():
        (package / name).write_text(content, "utf-8")
    site = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target", site, package],
        check=True, capture_output=True,
    )  # fmt: skip
    (tmp_path / "gateway.yaml").write_text(json.dumps({
        "store": f"sqlite:///{tmp_path / 'gateway.db'}", "catalogue": {"url": "http://127.0.0.1:9", "token": "x"},
        "centre": {}, "reach": {"departments": {"water": {"networks": ["127.0.0.0/8"]}}},
    }))  # fmt: skip

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "gateway.cli", *arguments, "--settings", str(tmp_path / "gateway.yaml")],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])},
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    said = run(
        "adapter",
        "new",
        "water.penalty",
        "--why",
        "a reason",
        "--kind",
        "jsonlist",
        "--set",
        f"url={address}",
        "--organ",
        "惠州市示例局",
        "11441300007204567Q",
    )
    rehearsed = json.loads(run("adapter", "dry-run", "water.penalty", "--json"))

    assert len(BLOCKS["jsonlist.py"].splitlines()) < 60
    assert "样例通过" in said
    assert rehearsed["counts"]["packed"] == 20


def test_values_come_as_they_are_written_and_what_cannot_be_read_refuses_its_row(
    address: str,
) -> None:
    module: dict[str, Any] = {}
    exec(compile(BLOCKS["jsonlist.py"], "jsonlist.py", "exec"), module)
    adapter = module["JsonList"](module["JsonListSettings"](url=f"{address}odd"))

    [batch] = adapter.fetch("")
    [step] = adapter.test()

    assert batch.rows.row(0, named=True) == {
        "name": "甲",
        "none": "",
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
