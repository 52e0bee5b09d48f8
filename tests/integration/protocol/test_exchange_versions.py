"""Exchange 1.0 and 1.1 understand one another: the program of a30a388 on one side, this one on the
other.

The earlier program is taken out of this repository's history; where there is none, nothing is run.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.central.app import create_app
from gateway.central.centre import Terms
from gateway.clock import utc_now
from gateway.destinations.http import HttpDestination
from gateway.protocol.signing import load_signer
from gateway.serving.server import WsgiServer
from outbox import open_engine
from tests.support import packages
from tests.support.keys import make_keys
from tests.support.places import ROOT
from tests.support.senders import TOKEN, centre_with, key_of

#: What its fixtures start or compile is started once.
pytestmark = pytest.mark.xdist_group("test_exchange_versions")

COMMIT = "a30a388510ed8e447d8163ddb72931f5b9dcffbc"
#: What a gateway of either version does: it sends one package by HTTP and says what came of it.
SEND = """
import json, sys
from datetime import datetime, timedelta, UTC
from pathlib import Path
from types import SimpleNamespace
import zstandard
from importlib import import_module
told = json.loads(sys.argv[1])
folder = Path(told.pop("folder"))
http, packages = (import_module(told.pop(name)) for name in ("http", "packages"))
HttpDestination, HttpSettings = http.HttpDestination, http.HttpSettings
KEYS, package = packages.KEYS, packages.package
for name in ("signing_key", "trusted_keys"):
    told[name] = {key: folder / file for key, file in told.get(name, {}).items()}
guid = "00000000-0000-4000-8000-000000000001"
xml = package(1, guid)
payload = zstandard.compress(xml)
claim = SimpleNamespace(guid=guid, lane="environment.licence", sequence=1, payload=payload)
outcome = HttpDestination(HttpSettings(**told)).send(claim, list(KEYS))
receipt = getattr(outcome, "receipt", None)
verdicts, reason = list(getattr(receipt, "verdicts", ())), str(getattr(outcome, "why", ""))
print(json.dumps([type(outcome).__name__, verdicts, reason]))
"""
#: The modules that it needs, of this program and, as they were called then, of the earlier one.
NOW = {"http": HttpDestination.__module__, "packages": packages.__name__}
THEN = {
    "http": ".".join(("gateway", "delivery", "destinations", "http")),
    "packages": ".".join(("tests", "integration", "test_central")),
}


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the earlier program."""
    folder = tmp_path_factory.mktemp("earlier")
    archive = subprocess.run(
        [
            "git",
            "-C",
            str(ROOT),
            "archive",
            COMMIT,
            "adapters",
            "gateway",
            "mappings",
            "outbox",
            "xsd",
            "tests",
        ],
        capture_output=True,
        check=False,
    )
    if archive.returncode:
        pytest.skip("there is no history here")
    subprocess.run(["tar", "x", "-C", str(folder)], input=archive.stdout, check=True)
    return folder


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return make_keys(tmp_path, "g1", "c1")


def environment(program: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(program), "PYTHONSAFEPATH": "1"}


def sent(program: Path, keys: Path, url: str, **settings: Any) -> list[Any]:
    """Send a package by the gateway of one version; return what came of it."""
    given = {"folder": str(keys), "url": url, "token": TOKEN, "timeout": 20, **settings}
    given |= NOW if program == ROOT else THEN
    process = subprocess.run(
        [sys.executable, "-c", SEND, json.dumps(given)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment(program),
    )
    assert process.returncode == 0, process.stderr
    result: list[Any] = json.loads(process.stdout.splitlines()[-1])
    return result


SIGNED = {"signing_key": {"g1": "g1"}, "trusted_keys": {"c1": "c1.pub"}}
ACCEPTED = ["Settled", ["accepted"] * 3, ""]


@pytest.mark.parametrize("settings", [{}, SIGNED], ids=["unsigned", "signed"])
def test_a_gateway_of_1_0_is_understood_by_a_centre_of_1_1(
    earlier: Path, keys: Path, tmp_path: Path, settings: dict[str, Any]
) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'centre.db'}")
    known = [key_of("g1", keys / "g1.pub")] if settings else []
    terms = Terms("city", load_signer("c1", keys / "c1"))
    server = WsgiServer(create_app(centre_with(engine, utc_now, terms, known))).start()
    try:
        found = sent(earlier, keys, f"http://127.0.0.1:{server.port}", **settings)
    finally:
        server.stop()
        engine.dispose()

    assert found == ACCEPTED


@pytest.fixture
def centre_1_0(earlier: Path, keys: Path) -> Iterator[str]:
    (keys / "token").write_text(TOKEN)
    address = keys / "address"
    arguments = [
        sys.executable,
        "-m",
        "gateway.cli",
        "central",
        "serve",
        "--store",
        f"sqlite:///{keys / 'old.db'}",
        "--port",
        "0",
        "--token-file",
        str(keys / "token"),
        "--address-file",
        str(address),
        "--signing-key",
        "c1",
        str(keys / "c1"),
        "--trusted-key",
        "g1",
        str(keys / "g1.pub"),
    ]
    with (keys / "log").open("wb") as log:
        process = subprocess.Popen(
            arguments, stdout=log, stderr=log, env=environment(earlier), cwd=earlier
        )
    deadline = time.monotonic() + 60
    while not address.exists():
        assert process.poll() is None, (keys / "log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield address.read_text()
    process.terminate()
    process.wait(20)


def test_a_gateway_of_1_1_is_understood_by_a_centre_of_1_0(centre_1_0: str, keys: Path) -> None:
    """Without names of the parties it signs by 1.0; the signed 1.1 is for a later centre."""
    by_1_1 = sent(ROOT, keys, centre_1_0, **SIGNED, sender="tests", centre="city")
    by_1_0 = sent(ROOT, keys, centre_1_0, **SIGNED)

    assert by_1_1[0] == "Failed"
    assert "403" in by_1_1[2]
    assert by_1_0 == ACCEPTED
