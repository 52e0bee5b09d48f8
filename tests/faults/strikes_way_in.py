"""What is done on the way in: kills between commits, pushes that break off, units that fail."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from random import Random

import httpx

from gateway.demo import environment
from tests.faults.commits import When
from tests.faults.departments import databases
from tests.faults.departments.ftps import FtpsDrop
from tests.faults.departments.push import PushDepartment
from tests.faults.departments.tables import TableDepartment
from tests.faults.ledger import CONTENT
from tests.faults.patience import patient
from tests.faults.strikes import PATIENCE, dies, listening, locked_for_updates, running
from tests.faults.world import FaultTown
from tests.support.waiting import came_true

#: How long a commit may take to be reached, in seconds: a round of every feed and more.
ROUND = 8.0
#: Files of a strike, as many as the passes of a commit that a kill waits for.
PASSES = 3
#: What makes the gateway's own code fail at a batch.
POISON = "毒"


def commit_point(
    site: str, when: When, hits: int, *, away: bool
) -> Callable[[FaultTown, Random], bool]:
    """Kill the gateway before or after a commit, and let another go on at once.

    `away`: the centre is not there until that one has fetched a second time: what is fetched twice
    is not answered meanwhile.
    """

    def strike(town: FaultTown, rng: Random) -> bool:
        town.end_gateways()
        if away:
            town.centre_proxy.mode = "refuse"
        town.release()
        with provocation(site)(town):
            process = town.gateway(FAULT_COMMIT=f"{site}|{when}:{hits}")
            struck = dies(town, process, ROUND)
        town.look()
        if struck:
            town.gateway()
            listening(town)
            time.sleep(rng.uniform(3.5, 4.5) if away else rng.uniform(0.5, 1.5))
            town.look()
        town.centre_proxy.mode = "pass"
        return struck

    return strike


@contextmanager
def nothing_more(_: FaultTown) -> Iterator[None]:
    """Leave the round as it is: it has the commit by itself."""
    yield


@contextmanager
def file_that_is_refused(town: FaultTown) -> Iterator[None]:
    """Drop files without the columns that their mapping needs."""
    for drop in _drops(town):
        for _ in range(PASSES):
            drop.put(f"rubbish-{time.monotonic_ns()}.csv", [{"甲": "1", "乙": "2"}])
    yield


@contextmanager
def file_that_fails(town: FaultTown) -> Iterator[None]:
    """Drop a file at which the gateway's own code fails."""
    for drop in _drops(town):
        town.fail_at(drop.ledger.feed, POISON)
        rows = [version.row | {CONTENT: POISON} for version in drop.ledger.standing().values()]
        drop.put(f"poison-{time.monotonic_ns()}.csv", rows[:1])
    yield


@contextmanager
def file_with_one_column_more(town: FaultTown) -> Iterator[None]:
    """Drop files of corrections, every other one with a column that the rest have not.

    They are versions of the ledger: an older one given once more travels where the centre has
    turned down what came after it, and would count as sent twice.
    """
    for drop in _drops(town):
        for place in range(PASSES):
            drop.correct({} if place % 2 else {"新增栏": "1"})
    yield


@contextmanager
def write_back_refused(town: FaultTown) -> Iterator[None]:
    """Let the environment bureau's table refuse every verdict: they are told later."""
    with locked_for_updates(town, f"NEW.{environment.STATUS['status']} IN ('2', '3')"):
        yield


def marked_too_late(town: FaultTown, rng: Random) -> bool:
    """Kill a gateway that marks after its commit between the two, while the centre is away."""
    town.end_gateways()
    town.centre_proxy.mode = "refuse"
    town.release()
    process = town.gateway(FAULT_POINT="mark: committed, not marked:1")
    struck = dies(town, process, ROUND)
    town.gateway()
    listening(town)
    time.sleep(rng.uniform(3.5, 4.5))
    town.centre_proxy.mode = "pass"
    return struck


#: What brings a commit about that a healthy round does not have, by the end of its name.
PROVOCATIONS = {
    "refuse_unit": file_that_is_refused,
    "_at_unit": file_that_fails,
    "_changed": file_with_one_column_more,
    "acknowledge_due#1": write_back_refused,
}


#: What takes a department with a drop.
BY_FILE = (file_that_is_refused, file_with_one_column_more, file_that_fails)


def provocation(site: str) -> Callable[[FaultTown], AbstractContextManager[None]]:
    """Return what brings a commit about."""
    end = site.partition(":")[2].rpartition(".")[2]
    return PROVOCATIONS.get(end, PROVOCATIONS.get(end.partition("#")[0], nothing_more))


def push_fault(kind: str) -> Callable[[FaultTown, Random], bool]:
    """Let what is pushed break off, be sent twice, or its answer be lost."""

    def strike(town: FaultTown, rng: Random) -> bool:
        running(town)
        pushing = [d for d in town.departments.values() if isinstance(d, PushDepartment)]
        for department in pushing:
            department.fault = kind
        before = sum(department.passed for department in pushing)
        town.release()
        struck = came_true(lambda: sum(d.passed for d in pushing) > before, patient(PATIENCE))
        time.sleep(rng.uniform(0.5, 1.5))
        for department in pushing:
            department.fault = "pass"
        return struck

    return strike


def killed_while_pushed(town: FaultTown, rng: Random) -> bool:
    """Kill the gateway again and again while a department posts and corrects."""
    for _ in range(3):
        running(town)
        town.release()
        time.sleep(rng.uniform(1.0, 2.5))
        town.end_gateways()
        town.look()
    return True


def unit_that_breaks_the_gateway(town: FaultTown, rng: Random) -> bool:
    """Push a record at which the gateway's own code fails: the feed goes on without it."""
    feed, token = "water.json", town.tokens["push"]
    department = town.departments["push"]
    row = next(iter(department.ledger.standing().values())).row | {
        CONTENT: POISON,
        "XK_WSH": "毒1号",
    }
    town.fail_at(feed, POISON)
    town.end_gateways()
    if not listening(town):
        return False
    answer = httpx.post(
        f"{town.gateway_url()}/push/{feed}/submissions",
        json={"rows": [row]},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": f"poison-{rng.random()}"},
        timeout=patient(30),
    )
    town.release()
    time.sleep(rng.uniform(1, 2))
    town.look()
    if answer.status_code != 202:
        town.complaints.append(
            f"LOUD a push was answered {answer.status_code}: {answer.text[:300]}"
        )
    return answer.status_code == 202


def source_database_killed(town: FaultTown, rng: Random) -> bool:
    """Kill the departments' MariaDB while rows are read and written back."""
    tables = [d for d in town.departments.values() if isinstance(d, TableDepartment)]
    if not tables or town.postgresql is not None:
        return False
    listening(town)
    town.release()
    time.sleep(rng.uniform(0.3, 1.5))
    server = databases.mariadb()
    server.kill()
    time.sleep(rng.uniform(0.5, 2))
    server.start()
    return True


def ftps_killed(town: FaultTown, rng: Random) -> bool:
    """Kill vsftpd with its sessions, in the middle of whatever is carried."""
    drops = _drops(town)
    if not drops:
        return False
    listening(town)
    town.release()
    time.sleep(rng.uniform(0.3, 1.5))
    for drop in drops:
        drop.crash()
    time.sleep(rng.uniform(0.5, 2))
    for drop in drops:
        drop.restart()
    return True


def verdicts_with_blanks(town: FaultTown, rng: Random) -> bool:
    """Let the centre refuse records with blanks around the word, as receipts' schema allows."""
    listening(town)
    for department in town.departments.values():
        department.ledger.turn_down_next = True
    requests = town.centre_proxy.seen
    town.centre_proxy.mode = "blank verdicts"
    town.release()
    struck = came_true(lambda: town.centre_proxy.seen > requests + 2, patient(PATIENCE))
    time.sleep(rng.uniform(2, 3))
    town.look()
    town.centre_proxy.mode = "pass"
    return struck


def _drops(town: FaultTown) -> list[FtpsDrop]:
    return [d for d in town.departments.values() if isinstance(d, FtpsDrop)]
