"""Services as processes: their logs, locks, and a start without log or store."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from tests.support import http_client
from tests.support.command import in_this_process
from tests.support.senders import TOKEN, store_with_sender
from tests.support.small_disks import fill, small_disk
from tests.support.stores import fresh_database
from tests.support.waiting import wait_for

#: Run instead of the gateway's work: everything that writes a line of its own.
NOISE = """
import logging, sys, threading, time, warnings
from datetime import timedelta
import gateway.runtime.process
from gateway.cli import main
from gateway.runtime.schedule import Schedule

def noise(self):
    schedule = Schedule(self.outbox, self.fetching, self.keeper, self.clock, 60, None, None, None)
    jobs = schedule._scheduler
    for number in range(5):
        jobs.add_job(time.sleep, "interval", args=[2], seconds=0.05, id=f"slow {number}")
    schedule._scheduler.add_job(lambda: 1 / 0, id="broken")
    schedule._scheduler.start()
    warnings.warn("a warning\\nof two lines", UserWarning)
    for name in ("paramiko.transport", "waitress.queue", "sqlalchemy.pool", "alembic"):
        logging.getLogger(name).warning("%s says so", name)
    logging.error("the root says so")
    thread = threading.Thread(target=lambda: {}["nothing"], name="stray")
    thread.start()
    thread.join()
    class Dies:
        def __del__(self):
            raise ValueError("while going")
    Dies()
    time.sleep(1)
    schedule._scheduler.shutdown(wait=False)
    raise RuntimeError("nobody catches this")

gateway.runtime.process.GatewayProcess.run = noise
sys.argv = ["creditgate", "run", "--settings", sys.argv[1]]
main()
"""


def settings(folder: Path, store: str = "", **more: object) -> Path:
    file = folder / "gateway.yaml"
    nowhere = {"url": "http://127.0.0.1:9", "token": TOKEN}
    file.write_text(
        json.dumps(
            {
                "store": store or f"sqlite:///{folder / 'gateway.db'}",
                "catalogue": nowhere,
                "centre": {"kind": "http", **nowhere},
                "web": {"port": 0},
                **more,
            }
        )
    )
    return file


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "gateway.cli", *map(str, arguments)]


def gateway_command(folder: Path, store: str = "") -> list[str]:
    return command(
        "run", "--settings", settings(folder, store), "--address-file", folder / "address"
    )


def centre_command(folder: Path, store: str = "") -> list[str]:
    store = store or f"sqlite:///{folder / 'centre.db'}"
    # Where it is not there yet, the command waits for it, or ends and says why.
    with suppress(SQLAlchemyError):
        store_with_sender(store)
    return command(
        "central", "serve", "--store", store, "--port", 0, "--address-file", folder / "address"
    )


@contextmanager
def running(arguments: list[str], log: Path, **how: object) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as out:
        process = subprocess.Popen(
            arguments, **{"stdout": out, "stderr": out, "stdin": subprocess.DEVNULL, **how}
        )  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def lines(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def address(folder: Path) -> str:
    wait_for((folder / "address").exists)
    return (folder / "address").read_text().rstrip("/")


# --- logs ----------------------------------------------------------------------------------------


def test_every_line_of_a_gateway_is_json_whoever_writes_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as out:
        subprocess.run(
            [sys.executable, "-W", "always", "-c", NOISE, str(settings(tmp_path, web=None))],
            stdout=out,
            stderr=out,
            timeout=60,
            check=False,
        )

    said = lines(log)
    events = [str(line["event"]) for line in said]
    assert {"process.broke", "thread.broke", "error.ignored", "the root says so"} <= set(events)
    assert any("a warning\nof two lines" in event for event in events)
    assert any("sqlalchemy.pool says so" in event for event in events)
    assert any("ZeroDivisionError" in str(line.get("exception")) for line in said)
    assert not any("maximum number of running instances" in event for event in events)
    assert all({"level", "timestamp"} <= line.keys() for line in said)


# --- a log that cannot be written ----------------------------------------------------------------


def broken_pipe() -> int:
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.mark.parametrize(
    ("service", "log"),
    [(gateway_command, "full disk"), (centre_command, "reader gone"), (gateway_command, "closed")],
)
def test_a_service_starts_and_goes_on_without_its_log(tmp_path: Path, service, log: str) -> None:
    how: dict[str, object] = {}
    arguments = service(tmp_path)
    if log == "full disk":
        full = os.open("/dev/full", os.O_WRONLY)
        how = {"stdout": full, "stderr": full}
    elif log == "reader gone":
        gone = broken_pipe()
        how = {"stdout": gone, "stderr": gone}
    else:
        arguments = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *arguments]

    with running(arguments, tmp_path / "log", **how) as process:
        url = address(tmp_path)
        alive = http_client.get(f"{url}/healthz", timeout=20)
        process.send_signal(signal.SIGTERM)
        code = process.wait(20)

    assert alive.text == "ok\n"
    assert code == 0


def test_a_log_that_was_full_goes_on_with_whole_lines_and_says_what_is_lost(tmp_path: Path) -> None:
    code = """
import os, resource, sys
from gateway.serving.logs import configure_logs
import structlog
configure_logs()
log = structlog.get_logger()
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for number in range(4):
    log.warning("first", number=number)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
log.warning("after")
log.warning("last")
"""
    log = tmp_path / "log"
    with log.open("wb") as out:
        subprocess.run([sys.executable, "-c", code], stderr=out, timeout=60, check=True)

    first, cut, after, last = log.read_text().splitlines()
    assert json.loads(first)["event"] == "first"
    assert cut.startswith('{"')
    assert json.loads(after)["log_lines_lost"] == 3
    assert "log_lines_lost" not in json.loads(last)


# --- a store that is away at the start -----------------------------------------------------------


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.mark.parametrize("service", [gateway_command, centre_command])
def test_a_store_that_is_away_at_the_start_is_waited_for(
    tmp_path: Path, service, postgresql: str
) -> None:
    """The server is reached by a link that is put in place later."""
    away = make_url(fresh_database(postgresql))
    real = Path(str(away.query["host"]))
    link = tmp_path / "pg"
    url = away.set(query={"host": str(link)}).render_as_string(hide_password=False)
    log = tmp_path / "log"
    if service is centre_command:
        # A centre begins only when somebody may send to it.
        store_with_sender(away.render_as_string(hide_password=False))

    with running(service(tmp_path, url), log) as process:
        wait_for(lambda: "store.away" in log.read_text())
        waits = process.poll() is None
        link.symlink_to(real)
        alive = http_client.get(f"{address(tmp_path)}/healthz")

    assert waits
    assert any(line.get("address") for line in lines(log))
    assert alive.text == "ok\n"
    said = [line["event"] for line in lines(log)]
    assert said.count("store.away") == 1
    assert "store.back" in said


def test_whoever_waits_for_its_store_ends_at_once_when_asked(tmp_path: Path) -> None:
    log = tmp_path / "log"
    store = f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/creditgate"
    with running(gateway_command(tmp_path, store), log) as process:
        wait_for(lambda: "store.away" in log.read_text())
        process.send_signal(signal.SIGTERM)
        code = process.wait(10)

    assert code == 0


@pytest.mark.parametrize("service", [gateway_command])
def test_a_store_that_refuses_us_is_for_a_person(tmp_path: Path, service, postgresql: str) -> None:
    url = make_url(postgresql).set(database="no_such_database")
    process = subprocess.run(
        service(tmp_path, url.render_as_string(hide_password=False)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert process.returncode == 1
    assert "the database refuses us" in process.stderr
    assert "no_such_database" in process.stderr
    assert "Traceback" not in process.stderr


@pytest.mark.parametrize("arguments", [("pull", "a.b"), ("outbox", "list"), ("store", "version")])
def test_a_command_does_not_wait_for_a_store_that_is_away(tmp_path: Path, arguments) -> None:
    store = f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/creditgate"

    result = in_this_process(*arguments, "--settings", str(settings(tmp_path, store)), code=1)

    assert "the store does not answer" in result.output


# --- readiness, and a disk that is full ----------------------------------------------------------


def ready(url: str) -> int:
    return http_client.get(f"{url}/readyz", timeout=30).status_code


def test_a_centre_whose_disk_is_full_is_not_ready_and_is_again_once_there_is_room(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path / "disk", 8) as disk:
        arguments = centre_command(tmp_path, f"sqlite:///{disk / 'centre.db'}")
        with running(arguments, tmp_path / "log"):
            url = address(tmp_path)
            before = ready(url)
            filler = fill(disk)
            wait_for(lambda: ready(url) == 503, 30)
            filler.unlink()
            wait_for(lambda: ready(url) == 200, 30)

    assert before == 200
