"""Every kind of fault, with the line of the table that it counts in."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random

from tests.faults import (
    commits,
    destinations,
    strikes,
    strikes_nodes,
    strikes_store,
    strikes_way_in,
    strikes_way_out,
    unsynced,
)
from tests.faults.process import CENTRE_POINTS, GATEWAY_POINTS
from tests.faults.world import FAKETIME, FaultTown

#: Answers, silences and falsehoods of the centre's side.
CENTRE_MODES = (
    "refuse",
    "flap",
    "500",
    "lie",
    "empty",
    "redirect",
    "busy",
    "slow",
    "late",
    "hang",
    "drip",
    "swallow",
    "cut",
    "half",
    "other receipt",
    "short receipt",
)
SOURCE_MODES = ("refuse", "500", "lie", "swallow", "cut", "half", "hang")


@dataclass(frozen=True)
class Fault:
    """One fault; `group` is its line in the table, `strike` does it and tells whether it struck."""

    group: str
    name: str
    strike: Callable[[FaultTown, Random], bool]
    #: Which stores it makes sense on.
    stores: tuple[str, ...] = ("sqlite", "postgresql")
    #: Departments that its town must have.
    needs: tuple[str, ...] = ()
    #: How packages go to the centre in its town.
    destination: str = "http"


#: Places on the way in that no kill point strikes, and why not.
UNTRIED = {
    "gateway.exchange.commit:Commits.pass_over": "a unit is offered again only after another fault",
    "gateway.exchange.fetch:Fetcher.confirm": "a person confirms a shrunk list",
    "gateway.exchange.unit_watch:UnitWatch.struck": (
        "a reader that ends: test_poison_units kills it"
    ),
    "gateway.exchange.unit_watch:UnitWatch._nowhere": (
        "an error at no unit that could be passed over"
    ),
    "gateway.exchange.unit_watch:UnitWatch.looked_through": "a file goes that a person wants again",
    "gateway.exchange.fetch:_Run._gives_up": "as above, after several",
    "gateway.exchange.commit:Commits.refuse_rows": "a batch of a table at which the gateway fails",
    "gateway.runtime.feed_runner:FeedRunner.answer_requests": "a person asks",
    "gateway.exchange.resubmissions": "a person corrects rows in the console",
    "gateway.catalogue.keeper": "the catalogue is taken once, at the first start",
    "gateway.web.intake.push:note_lost": "a receipt of before a restore: the restores have it",
}


def commit_faults() -> list[Fault]:
    """List kills before and after each commit on the way in, the centre there and away."""
    found = []
    for site in commits.way_in():
        if is_untried(site.name):
            continue
        for when in ("before", "after"):
            for hits, away in ((1, True), (3, False)):
                name = f"{when} the commit of {site.name}, pass {hits}"
                strike = strikes_way_in.commit_point(site.name, when, hits, away=away)
                needs = needed(site.name)
                found.append(
                    Fault("kill -9 between two commits on the way in", name, strike, needs=needs)
                )
    return found


def destination_faults() -> list[Fault]:
    """List what is done to each other way to the centre."""
    group = "another way to the centre"
    kills = (
        "claim: committed, nothing sent",
        "send: given over, not settled",
        "settle: not committed",
    )
    found = []
    for kind in destinations.KINDS:
        if kind == "nats" and shutil.which("nats-server") is None:
            continue
        strike = [(f"gateway killed, {name}", strikes.gateway_point(name, 1)) for name in kills]
        strike += [
            ("gateway killed at any moment", strikes.killed_at_any_moment),
            ("centre killed", strikes_way_out.centre_side_killed),
            ("centre frozen", strikes_way_out.centre_side_frozen),
            ("everything replayed, twice at once", strikes.replayed),
        ]
        if kind in ("sftp", "nats"):
            strike.append(("its server gone", strikes_way_out.between_gone))
        if kind == "soap":
            strike += [
                (f"the centre's answers: {mode}", strikes.centre_mode(mode))
                for mode in ("swallow", "cut", "lie", "500", "late")
            ]
        found += [Fault(group, f"{kind}: {name}", do, destination=kind) for name, do in strike]
    return found


def is_untried(site: str) -> bool:
    """Whether a place on the way in is one that no kill point strikes."""
    return any(site == name or site.startswith((f"{name}:", f"{name}#")) for name in UNTRIED)


def needed(site: str) -> tuple[str, ...]:
    """Name the departments without which a place is not passed."""
    if site.endswith("withdraw_missing"):
        return ("list",)
    wanted = strikes_way_in.provocation(site)
    if wanted in strikes_way_in.BY_FILE:
        return ("ftps",)
    return ()


@cache
def may_trace() -> bool:
    """Tell whether strace is here and may trace."""
    try:
        return (
            subprocess.run(
                ["strace", "-o", os.devnull, "true"], capture_output=True, check=False
            ).returncode
            == 0
        )
    except OSError:
        return False


def every_fault(*, tmpfs: bool) -> list[Fault]:
    """List each fault once; those that this machine cannot do are left out."""
    sqlite, postgresql = ("sqlite",), ("postgresql",)
    found = (
        [
            Fault(
                "kill -9 of the gateway at a named point",
                f"{name}, pass {hits}",
                strikes.gateway_point(name, hits),
            )
            for name in GATEWAY_POINTS
            for hits in (1, 2)
            if not (hits == 2 and name.startswith(("start", "catalogue")))
        ]
        + [
            Fault(
                "kill -9 of the centre at a named point",
                f"{name}, pass {hits}",
                strikes.centre_point(name, hits),
            )
            for name in CENTRE_POINTS
            for hits in (1, 2)
        ]
        + [
            Fault("the centre or its network", mode, strikes.centre_mode(mode))
            for mode in CENTRE_MODES
        ]
        + [
            Fault("a department or its network", f"SOAP {mode}", strikes.source_mode(mode))
            for mode in SOURCE_MODES
        ]
    )
    found += [
        Fault("kill -9 at any moment", "gateway", strikes.killed_at_any_moment),
        Fault("kill -9 at any moment", "centre", strikes.centre_killed),
        Fault("SIGTERM, once or twice", "gateway", strikes.ended_politely),
        Fault("a lease that runs out", "gateway frozen", strikes.frozen_past_its_lease),
        Fault(
            "a lease that runs out", "centre slower than the lease", strikes.slower_than_its_lease
        ),
        Fault("the centre or its network", "frozen", strikes.centre_frozen),
        Fault("a department or its network", "SFTP server gone", strikes.sftp_gone),
        Fault("a department or its network", "file half written", strikes.half_written_file),
        Fault("a department or its network", "table locked", strikes.source_table_locked),
        Fault(
            "the exchange platform",
            "catalogue empty, cut, malformed or older",
            strikes.catalogue_bad,
        ),
        Fault("replay of everything, twice at once", "outbox replay", strikes.replayed),
        Fault("two gateways on one store", "second gateway", strikes.second_gateway),
        Fault(
            "the store", "cut, emptied, removed or overwritten", strikes_store.store_damaged, sqlite
        ),
        Fault("no descriptors left", "gateway", strikes.few_descriptors),
        Fault("a department or its network", "write-back refused", strikes.write_back_fails),
        *(
            Fault("a department or its network", f"a push: {kind}", strikes_way_in.push_fault(kind))
            for kind in ("swallow", "half", "twice")
        ),
        Fault("kill -9 at any moment", "gateway, while pushed", strikes_way_in.killed_while_pushed),
        Fault("a unit that fails", "a push", strikes_way_in.unit_that_breaks_the_gateway),
        Fault(
            "a department or its network",
            "vsftpd killed",
            strikes_way_in.ftps_killed,
            needs=("ftps",),
        ),
        Fault(
            "a department or its network",
            "MariaDB killed",
            strikes_way_in.source_database_killed,
            sqlite,
            ("status", "watermark"),
        ),
        Fault(
            "the centre or its network",
            "blank verdicts",
            strikes_way_in.verdicts_with_blanks,
            needs=("status",),
        ),
        *commit_faults(),
        Fault("the store", "sessions cut", strikes_store.sessions_cut, postgresql),
        Fault("the store", "PostgreSQL crashed", strikes_store.database_crashed, postgresql),
    ]
    found += [
        Fault(
            "a restore of an older backup",
            "gateway, nothing delivered since",
            strikes_store.gateway_restored(away=True),
            sqlite,
        ),
        Fault(
            "a restore of an older backup",
            "gateway, some delivered since",
            strikes_store.gateway_restored(away=False),
            sqlite,
        ),
        Fault("a restore of an older backup", "centre", strikes_store.centre_restored),
    ]
    if unsynced.library() is not None:
        found += [
            Fault(
                "power cut that loses what was not synced",
                "all of it",
                strikes_store.power_cut(some=False),
                sqlite,
            ),
            Fault(
                "power cut that loses what was not synced",
                "any part of it",
                strikes_store.power_cut(some=True),
                sqlite,
            ),
        ]
    found += destination_faults()
    found.append(
        Fault(
            "nodes on one PostgreSQL",
            "a wire that fails one way",
            strikes_nodes.partitioned,
            postgresql,
        )
    )
    if strikes_nodes.older("same") is not None:
        found.append(
            Fault(
                "nodes on one PostgreSQL", "an older program", strikes_nodes.older_node, postgresql
            )
        )
    if strikes_nodes.older("other") is not None:
        found.append(
            Fault(
                "nodes on one PostgreSQL",
                "a program with other tables",
                strikes_nodes.outdated_node,
                postgresql,
            )
        )
    if FAKETIME.exists():
        found.append(Fault("the machine's clock set", "+1 h, -1 h, +10 years", strikes.clock_set))
    if tmpfs:
        found.append(Fault("the store", "disk full", strikes_store.disk_full, sqlite))
    if may_trace():
        found.append(Fault("the store", "fdatasync fails", strikes_store.sync_fails, sqlite))
    return found
