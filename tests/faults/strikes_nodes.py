"""What is done to nodes that share a store: a wire that fails one way, an older program."""

import atexit
import shutil
import subprocess
import tarfile
import tempfile
import time
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Literal

from ruamel.yaml import YAML
from sqlalchemy.engine import make_url

from gateway.store.schema import VERSION
from tests.faults.commits import ROOT
from tests.faults.partition import OneWayWire
from tests.faults.patience import patient
from tests.faults.strikes import STARTS
from tests.faults.world import FaultTown
from tests.support.settings_files import write_settings
from tests.support.waiting import came_true

#: How long what is made to fail may take to be set aside, in seconds.
SET_ASIDE = 30.0
Which = Literal["same", "other"]


def partitioned(town: FaultTown, rng: Random) -> bool:
    """Let one node's wire to the store fail one way for a while; another node goes on."""
    url = make_url(town.store)
    wire = OneWayWire(Path(str(url.query["host"])) / ".s.PGSQL.5432")
    through = url.set(host="127.0.0.1", port=wire.port, query={})
    settings = YAML(typ="safe").load(town.settings_file.read_text())
    settings["store"] = through.render_as_string(hide_password=False)
    path = write_settings(town.folder / "gateway-through.yaml", settings)
    try:
        town.end_gateways()
        town.gateway(settings=path)
        struck = came_true(lambda: town.gateway_url() is not None, STARTS)
        town.release()
        time.sleep(rng.uniform(0.5, 2))
        wire.stop(rng.choice(["to the server", "from the server"]))
        town.gateway(log="second.log")
        time.sleep(rng.uniform(6, 10))
        town.look()
        if rng.random() < 0.5:
            wire.cut()
        wire.heal()
        time.sleep(rng.uniform(2, 3))
        town.look()
        town.end_gateways()
    finally:
        wire.close()
    return struck


def older_node(town: FaultTown, rng: Random) -> bool:
    """Run a node of an earlier commit with the same tables beside this one."""
    tree = older("same")
    assert tree is not None
    town.end_gateways()
    town.gateway()
    if not came_true(town.has_set_aside, patient(SET_ASIDE)):
        return False
    process = town.older_gateway(tree)
    town.release()
    time.sleep(patient(rng.uniform(5, 7)))
    lived = process.poll() is None
    process.kill()
    process.wait()
    town.look()
    return lived


def outdated_node(town: FaultTown, _rng: Random) -> bool:
    """Run a node of an earlier commit with other tables: it says why it will not."""
    tree = older("other")
    assert tree is not None
    town.end_gateways()
    town.gateway()
    # The store has the tables of the program that came first.
    came_true(lambda: town.gateway_url() is not None, STARTS)
    process = town.older_gateway(tree)
    town.release()
    ended = came_true(lambda: process.poll() is not None, STARTS)
    said = (town.folder / "older.log").read_text()
    if not ended or process.returncode != 1 or VERSION not in said:
        town.complaints.append(f"LOUD a node of another version did not say so: {said[-300:]}")
    process.kill()
    process.wait()
    return True


@cache
def older(which: Which) -> Path | None:
    """Unpack the first commit with today's tables, or the last before; None where git has none."""
    try:
        commit = _earlier(which)
        process = subprocess.run(
            ["git", "archive", commit, "gateway", "outbox", "adapters", "mappings", "xsd"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError, LookupError):
        return None
    folder = Path(tempfile.mkdtemp(prefix="creditgate-older-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with tarfile.open(fileobj=BytesIO(process.stdout)) as packed:
        packed.extractall(folder, filter="data")
    return folder


def _earlier(which: Which) -> str:
    def git(*arguments: str) -> str:
        process = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return process.stdout.strip()

    wanted = f'VERSION = "{VERSION}"'
    [*_, first] = git(
        "log", "--format=%H", f"-S{wanted}", "--", "gateway/store/schema.py"
    ).split() or [""]
    if not first or (which == "same" and first == git("rev-parse", "HEAD")):
        raise LookupError
    return first if which == "same" else git("rev-parse", f"{first}^")
