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

import pytest

from tests.integration.test_registry import ROWS

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "a-kind-of-your-own.md"


class _List(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(ROWS[:20], ensure_ascii=False).encode()
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
    blocks = dict(
        re.findall(
            r"`(pyproject\.toml|jsonlist\.py)`:\n\n```\w+\n(.*?)```",
            HOW_TO.read_text("utf-8"),
            re.DOTALL,
        )
    )
    for name, content in blocks.items():
        (package / name).write_text(content, "utf-8")
    site = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target", site, package],
        check=True, capture_output=True,
    )  # fmt: skip
    (tmp_path / "gateway.yaml").write_text(json.dumps({
        "store": f"sqlite:///{tmp_path / 'gateway.db'}", "catalogue": {"url": "http://127.0.0.1:9", "token": "x"},
        "centre": {}, "reach": {"networks": ["127.0.0.0/8"]},
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
        "--kind",
        "jsonlist",
        "--set",
        f"url={address}",
        "--organ",
        "惠州市示例局",
        "11441300007204567Q",
    )
    rehearsed = json.loads(run("adapter", "dry-run", "water.penalty", "--json"))

    assert len(blocks["jsonlist.py"].splitlines()) < 60
    assert "样例通过" in said
    assert rehearsed["counts"]["packed"] == 20
