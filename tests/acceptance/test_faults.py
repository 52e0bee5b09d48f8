"""A few faults of the fault suite with every test run; `make faults` runs hundreds."""

from pathlib import Path

import pytest

from tests.faults import commits
from tests.faults.campaign import run_campaign
from tests.faults.kinds import commit_faults, every_fault, is_untried

FEW = {
    "sqlite": (
        "fetch: source told that it is kept, pass 1",
        "swallow",
        "settle: not committed, pass 1",
    ),
    "postgresql": ("send: answered, not settled, pass 1", "sessions cut", "gateway frozen"),
}
#: Departments beside those of the demo: those that need no server of their own.
EXTRAS = {"sqlite": ("push",), "postgresql": ("push", "watermark")}


@pytest.mark.parametrize("store", FEW)
def test_a_town_that_meets_faults_keeps_every_promise_and_commits_where_it_can_be_killed(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [fault for fault in every_fault(tmpfs=False) if fault.name in FEW[store]]
    record = tmp_path / "commits"
    monkeypatch.setenv("FAULT_RECORD", str(record))

    result = run_campaign(1, store, faults, extras=EXTRAS[store])

    committed = {name for name in record.read_text().splitlines() if commits.is_on_way_in(name)}
    points = " ".join(fault.name for fault in commit_faults())
    unstruck = {name for name in committed if not is_untried(name) and f" {name}," not in points}
    assert len(result.faults) == len(FEW[store])
    assert result.complaints == []
    assert len(committed) > 5
    assert unstruck == set()
