"""A few faults of the fault suite with every test run; `make faults` runs three hundred."""

import pytest

from tests.faults.campaign import run_campaign
from tests.faults.kinds import every_fault
from tests.faults.mutants import hunt

FEW = {
    "sqlite": ("fetch: committed, source not told, pass 1", "swallow", "settle: not committed, pass 1"),
    "postgresql": ("send: answered, not settled, pass 1", "sessions cut", "gateway frozen"),
}  # fmt: skip


@pytest.mark.parametrize("store", FEW)
def test_a_town_that_meets_faults_keeps_every_promise(store: str) -> None:
    faults = [fault for fault in every_fault(tmpfs=False) if fault.name in FEW[store]]

    result = run_campaign(1, store, faults)

    assert len(result.faults) == len(FEW[store])
    assert result.complaints == []


def test_a_gateway_that_calls_done_what_it_has_not_sent_is_caught() -> None:
    assert "CONS" in hunt("done before commit")
