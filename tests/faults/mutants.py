"""Gateways and a centre that break a promise on purpose: each must be caught by the checker."""

from random import Random

from tests.faults.broken import MUTANTS
from tests.faults.campaign import run_campaign
from tests.faults.kinds import Fault
from tests.faults.strikes import centre_mode, frozen_past_its_lease, gateway_point, replayed
from tests.faults.strikes_store import power_cut
from tests.faults.strikes_way_in import marked_too_late, verdicts_with_blanks

#: How long a broken town gets to heal: it never will.
HEAL = 12.0


def point(name: str, hits: int = 1) -> Fault:
    return Fault("", name, gateway_point(name, hits))


def twice(strike: Fault) -> list[Fault]:
    return [strike, strike]


#: Faults under which each mutant shows.
HUNTS: dict[str, list[Fault]] = {
    "acknowledge before commit": [point("fetch: batch mapped, nothing kept", n) for n in (1, 2, 3)],
    "a new id per attempt": twice(Fault("", "", centre_mode("swallow"))),
    "no fence": twice(Fault("", "", frozen_past_its_lease)),
    "done before commit": [point("claim: committed, nothing sent", n) for n in (1, 2)],
    "a duplicate window of an hour": twice(Fault("", "", replayed)),
    "a refusal dropped": [point("settle: committed")],
    "mark after commit": twice(Fault("", "", marked_too_late)),
    "cursor as state": twice(Fault("", "", centre_mode("refuse"))),
    "synchronous off": [Fault("", "", power_cut(some=False))],
    "default accepted": twice(Fault("", "", verdicts_with_blanks)),
}
#: The store of a hunt that takes two gateways.
STORES = {"no fence": "postgresql"}
assert HUNTS.keys() == MUTANTS.keys()


def hunt(name: str) -> list[str]:
    """Run a mutant under its faults; give the promises that the checker found broken."""
    seed = Random(name).randrange(1000)
    found = run_campaign(
        seed, STORES.get(name, "sqlite"), HUNTS[name], heal=HEAL, mutant=name, extras=("push",)
    )
    return sorted({line.split()[0] for line in found.complaints if line[:1] != " "})
