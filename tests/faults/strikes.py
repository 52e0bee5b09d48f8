"""What is done to a running town: each function strikes, mends, and returns whether it struck."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

from sqlalchemy import create_engine, text

from gateway.clock import SHANGHAI, utc_now
from gateway.demo import environment
from gateway.demo.exchange_platform import catalogue_xml
from tests.faults.patience import patient
from tests.faults.world import FAKETIME, LEASE, FaultTown
from tests.support.waiting import came_true

#: How long a point may take to be passed, in seconds.
PATIENCE = 12.0
#: How long a process may take to start where the machine has other things to do, in seconds.
STARTS = 300.0


def running(town: FaultTown) -> None:
    """Have one healthy gateway process."""
    if len(town.gateways) == 1 and town.gateways[0].poll() is None:
        return
    town.end_gateways()
    town.gateway()


def listening(town: FaultTown) -> bool:
    """Have one healthy gateway process that has started: its page answers."""
    running(town)
    return came_true(lambda: town.gateway_url() is not None, STARTS)


def dies(town: FaultTown, process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for a process to end within some seconds from its start; however long that takes."""
    started = lambda: process.poll() is not None or town.gateway_url() is not None  # noqa: E731
    came_true(started, STARTS)
    return came_true(lambda: process.poll() is not None, patient(seconds))


def gateway_point(name: str, hits: int) -> Callable[[FaultTown, Random], bool]:
    def strike(town: FaultTown, _rng: Random) -> bool:
        town.end_gateways(signal.SIGTERM)
        town.release()
        process = town.gateway(FAULT_POINT=f"{name}:{hits}")
        struck = dies(town, process, PATIENCE)
        town.look()
        return struck and process.returncode == -signal.SIGKILL

    return strike


def centre_point(name: str, hits: int) -> Callable[[FaultTown, Random], bool]:
    def strike(town: FaultTown, _rng: Random) -> bool:
        listening(town)
        town.restart_centre(FAULT_POINT=f"{name}:{hits}")
        town.release()
        struck = came_true(lambda: town.centre.poll() is not None, patient(PATIENCE))
        town.look()
        town.restart_centre()
        return struck

    return strike


def centre_mode(mode: str) -> Callable[[FaultTown, Random], bool]:
    def strike(town: FaultTown, rng: Random) -> bool:
        listening(town)
        requests = town.centre_proxy.seen
        town.centre_proxy.mode = mode
        town.release()
        struck = came_true(lambda: town.centre_proxy.seen > requests, patient(PATIENCE))
        time.sleep(rng.uniform(0.5, 2.5))
        town.look()
        town.centre_proxy.mode = "pass"
        return struck

    return strike


def source_mode(mode: str) -> Callable[[FaultTown, Random], bool]:
    def strike(town: FaultTown, rng: Random) -> bool:
        listening(town)
        seen = town.soap_proxy.seen
        town.soap_proxy.mode = mode
        town.release()
        struck = came_true(lambda: town.soap_proxy.seen > seen, patient(PATIENCE))
        time.sleep(rng.uniform(0.5, 2))
        town.soap_proxy.mode = "pass"
        return struck

    return strike


def killed_at_any_moment(town: FaultTown, rng: Random) -> bool:
    running(town)
    town.release()
    time.sleep(rng.uniform(0.2, 2.5))
    town.end_gateways(signal.SIGKILL)
    town.look()
    return True


def ended_politely(town: FaultTown, rng: Random) -> bool:
    running(town)
    town.release()
    time.sleep(rng.uniform(0.2, 2.5))
    [process] = town.gateways
    for _ in range(rng.randint(1, 2)):
        process.terminate()
    return came_true(lambda: process.poll() is not None, patient(20)) and process.returncode in (
        0,
        -15,
    )


def frozen_past_its_lease(town: FaultTown, rng: Random) -> bool:
    """Freeze a gateway while the centre works; on a shared store another goes on."""
    listening(town)
    town.centre_proxy.mode = "late"
    requests = town.centre_proxy.seen
    town.release()
    struck = came_true(lambda: town.centre_proxy.seen > requests, patient(PATIENCE))
    process = town.gateways[0]
    process.send_signal(signal.SIGSTOP)
    if town.store.startswith("postgresql"):
        town.gateway(log="second.log")
    town.centre_proxy.mode = "pass"
    time.sleep(LEASE + rng.uniform(1, 3))
    process.send_signal(signal.SIGCONT)
    time.sleep(1)
    town.look()
    return struck


def slower_than_its_lease(town: FaultTown, rng: Random) -> bool:
    """Let the centre take longer than a lease: the heartbeat keeps it."""
    listening(town)
    town.centre_proxy.mode = "late"
    requests = town.centre_proxy.seen
    town.release()
    struck = came_true(lambda: town.centre_proxy.seen > requests, patient(PATIENCE))
    time.sleep(rng.uniform(0, 2))
    town.centre_proxy.mode = "pass"
    return struck


def centre_killed(town: FaultTown, rng: Random) -> bool:
    running(town)
    town.release()
    time.sleep(rng.uniform(0.2, 2))
    town.centre.kill()
    town.centre.wait()
    time.sleep(rng.uniform(0, 1.5))
    town.restart_centre()
    return True


def centre_frozen(town: FaultTown, rng: Random) -> bool:
    listening(town)
    town.centre.send_signal(signal.SIGSTOP)
    town.release()
    time.sleep(rng.uniform(2, 5))
    town.centre.send_signal(signal.SIGCONT)
    return True


def sftp_gone(town: FaultTown, rng: Random) -> bool:
    listening(town)
    town.release()
    time.sleep(rng.uniform(0, 1))
    town.sftp.stop()
    time.sleep(rng.uniform(1, 2.5))
    town.sftp.start(town.sftp.port)
    return True


def half_written_file(town: FaultTown, rng: Random) -> bool:
    """A file is half replaced and grows back while it is polled, its marker there."""
    listening(town)
    before = set(town.sftp.folder.iterdir())
    town.release()
    new = sorted(p for p in set(town.sftp.folder.iterdir()) - before if p.suffix == ".csv")
    for path in new:
        marker = path.with_name(path.name + ".ok")
        if not path.exists() or not marker.exists():
            continue
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
        time.sleep(rng.uniform(0.3, 1))
        if path.exists():
            path.write_bytes(content)
    return bool(new)


def source_table_locked(town: FaultTown, rng: Random) -> bool:
    listening(town)
    town.release()
    engine = create_engine(f"sqlite:///{town.folder / 'environment.db'}")
    with engine.connect() as connection:
        connection.connection.driver_connection.execute("BEGIN EXCLUSIVE")  # type: ignore[union-attr]
        time.sleep(rng.uniform(1, 3))
        connection.connection.driver_connection.rollback()  # type: ignore[union-attr]
    engine.dispose()
    return True


def catalogue_bad(town: FaultTown, rng: Random) -> bool:
    listening(town)
    good = town.platform.document
    older = catalogue_xml(0, utc_now().astimezone(SHANGHAI), "PT1H").replace(
        b"<Serial>0", b"<Serial>1"
    )
    town.platform.document = rng.choice([b"", b"<Catalogue/>", good[:200], older])
    town.release()
    time.sleep(rng.uniform(1.2, 2.5))
    town.platform.document = good
    return True


def clock_set(town: FaultTown, rng: Random) -> bool:
    town.end_gateways(signal.SIGTERM)
    setting = town.folder / "faketime"
    setting.write_text("+0")
    town.gateway(
        LD_PRELOAD=str(FAKETIME),
        FAKETIME_TIMESTAMP_FILE=str(setting),
        FAKETIME_NO_CACHE="1",
        FAKETIME_DONT_FAKE_MONOTONIC="1",
        DONT_FAKE_MONOTONIC="1",
    )
    town.release()
    time.sleep(rng.uniform(2, 3))
    setting.write_text(rng.choice(["+1h", "-1h", "+3650d"]))
    town.release()
    time.sleep(rng.uniform(2, 4))
    setting.write_text("+0")
    time.sleep(1.5)
    struck = "clock.set" in (town.folder / "gateway.log").read_text()
    town.look()
    return struck


@contextmanager
def locked_for_updates(town: FaultTown, when: str = "1") -> Iterator[None]:
    """Let the environment bureau's table refuse changes: neither `kept` nor a verdict gets in.

    `when` is a condition of SQL on the row as it would be.
    """
    refuse = f"CREATE TRIGGER fault BEFORE UPDATE ON {environment.TABLE} WHEN {when}"
    engine = create_engine(f"sqlite:///{town.folder / 'environment.db'}")
    with engine.begin() as connection:
        connection.execute(text(f"{refuse} BEGIN SELECT RAISE(ABORT, 'no right to UPDATE'); END"))
    yield
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER fault"))
    engine.dispose()


def write_back_fails(town: FaultTown, rng: Random) -> bool:
    """Let a department's table refuse every change for a while."""
    listening(town)
    town.release()
    with locked_for_updates(town):
        town.release()
        time.sleep(rng.uniform(2, 4))
    return True


def few_descriptors(town: FaultTown, rng: Random) -> bool:
    """Let a gateway have hardly more open files than it needs to start."""
    town.end_gateways(signal.SIGTERM)
    town.release()
    process = town.gateway(FAULT_DESCRIPTORS=str(rng.randint(24, 36)))
    time.sleep(rng.uniform(4, 6))
    town.look()
    town.end_gateways(signal.SIGKILL)
    return process.returncode is not None


def second_gateway(town: FaultTown, rng: Random) -> bool:
    listening(town)
    second = town.gateway(log="second.log")
    town.release()
    if town.store.startswith("sqlite"):
        return (
            came_true(lambda: second.poll() is not None, patient(PATIENCE))
            and second.returncode == 1
        )
    time.sleep(rng.uniform(3, 4))
    second.send_signal(rng.choice([signal.SIGKILL, signal.SIGTERM]))
    second.wait(patient(60))
    town.gateways.remove(second)
    return True


def replayed(town: FaultTown, rng: Random) -> bool:
    """Replay everything that is settled, twice, while the gateway works."""
    listening(town)
    town.release()
    time.sleep(rng.uniform(2, 3))
    town.look()
    command = [
        sys.executable,
        "-m",
        "gateway.cli",
        "outbox",
        "replay",
        "--until",
        "2100-01-01",
        "--why",
        "fault suite",
        "--settings",
        str(town.settings_file),
    ]
    both = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]
    return all(process.wait(patient(60)) in (0, 1) for process in both)
