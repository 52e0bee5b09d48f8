"""The mutator: what it changes, what it leaves alone, and that a mutant is run and caught."""

import ast
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from tests.mutants import running
from tests.mutants.__main__ import draw, every_mutant
from tests.mutants.areas import AREAS, modules
from tests.mutants.blocks import instrumented
from tests.mutants.operators import STATES, mutated, sites
from tests.mutants.report import Mutant, Result, reasons, report, share_caught
from tests.mutants.running import Touching

SOURCE = '''
"""Words."""
LIMIT = 10
def take(row, connection, strict=True):
    """Take a row."""
    if row and not row.state == "waiting":
        _log.info("row.taken", row)
        connection.execute(lock(row).with_for_update(skip_locked=True))
        row.left -= 1
        return row.left + 1
    for one in row:
        if one in row.seen:
            continue
        break
'''

#: What may stand where, in the order of the text.
CHANGES = [
    ("another truth", "True", "False"),
    (
        "negate a condition",
        "row and (not row.state == 'waiting')",
        "not (row and (not row.state == 'waiting'))",
    ),
    ("and for or", "row and (not row.state == 'waiting')", "row or not row.state == 'waiting'"),
    ("leave out not", "not row.state == 'waiting'", "row.state == 'waiting'"),
    ("swap a comparison", "row.state == 'waiting'", "row.state != 'waiting'"),
    ("another state", "'waiting'", "'sending'"),
    ("leave out a call", "connection.execute(lock(row).with_for_update(skip_locked=True))", "pass"),
    ("leave out a lock", "lock(row).with_for_update(skip_locked=True)", "lock(row)"),
    ("another truth", "True", "False"),
    ("plus for minus", "row.left -= 1", "row.left += 1"),
    ("another number", "1", "2"),
    ("another number", "1", "0"),
    ("return nothing", "return row.left + 1", "return None"),
    ("plus for minus", "row.left + 1", "row.left - 1"),
    ("another number", "1", "2"),
    ("another number", "1", "0"),
    ("swap a comparison", "one in row.seen", "one not in row.seen"),
    ("break for continue", "continue", "break"),
    ("continue for break", "break", "continue"),
]


def test_each_change_is_made_once_and_nothing_else_is() -> None:
    made = [(site.operator, site.before, site.after) for site in sites(ast.parse(SOURCE))]

    assert sorted(made) == sorted(CHANGES)


def test_a_mutant_differs_from_the_program_by_its_change_alone() -> None:
    plain = ast.unparse(ast.parse(SOURCE)).splitlines()

    for number, site in enumerate(sites(ast.parse(SOURCE))):
        changed = ast.unparse(mutated(SOURCE, number)).splitlines()
        different = [pair for pair in zip(plain, changed, strict=True) if pair[0] != pair[1]]
        assert len(different) == 1, site


def test_blocks_say_that_they_are_entered(monkeypatch: pytest.MonkeyPatch) -> None:
    entered: list[str] = []
    scope: dict[str, Any] = {"__touched__": entered.append}
    row = SimpleNamespace(state="kept")

    exec(compile(instrumented(SOURCE, "m"), "m", "exec"), scope)
    with pytest.raises(NameError):
        scope["take"](row, None)

    assert scope["take"].__doc__ == "Take a row."
    assert entered == ["m:6", "m:7"]
    blocks = {site.block for site in sites(ast.parse(SOURCE))}
    assert blocks == {6, 7, 12, 13}


def test_mutants_are_drawn_alike_by_a_seed_and_each_can_be_compiled() -> None:
    drawn = draw(Random(3), 28, list(AREAS))

    assert drawn == draw(Random(3), 28, list(AREAS))
    assert {one.area for one in drawn} == set(AREAS)
    assert len({(one.module, one.number) for one in drawn}) == 28
    for one in drawn:
        source = modules()[one.module][1].read_text("utf-8")
        compile(mutated(source, one.number), one.module, "exec")


def test_each_mutant_that_is_said_to_change_nothing_can_still_be_made() -> None:
    assert set(reasons()) <= {mutant.name for mutant in every_mutant()}
    assert all(reasons().values())


def test_survivors_are_named_and_only_those_without_a_reason_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, other, third = draw(Random(1), 3, ["outbox"])
    monkeypatch.setattr("tests.mutants.report.reasons", lambda: {other.name: "it is so anyway"})
    results = [
        Result(one, "caught", "", 1, 1),
        Result(other, "survived", "", 1, 1),
        Result(third, "survived", "", 1, 1),
    ]

    text = report(results, 1, 60.0)

    assert share_caught(results) == 0.5
    assert "it is so anyway" in text
    assert text.count("a test is missing") == 1


def test_a_mutant_is_run_against_the_tests_that_enter_its_block_quickest_first() -> None:
    touching = Touching(
        {"m:6": ["slow", "quick"], "m:9": ["other"]}, {"slow": 2.0, "quick": 0.1, "other": 1.0}
    )

    assert touching.of("m", 6) == ["quick", "slow"]
    assert touching.of("m", 0) == ["quick", "other", "slow"]
    assert touching.of("m", 7) == []
    assert running.enough(["quick"] * 3, touching) == (["quick"] * 3, pytest.approx(0.3))
    assert running.enough(["slow"] * 60, touching)[0] == ["slow"] * 30


def breaker_mutant() -> Mutant:
    """Return one that counts a failure of the centre backwards."""
    [mutant] = [
        one
        for one in every_mutant()
        if one.module == "outbox.breaker"
        and one.site.scope == "Breaker.failed"
        and one.site.operator == "plus for minus"
        and "failures" in one.site.before
    ]
    return mutant


def test_a_mutant_is_caught_by_a_test_that_notices_it() -> None:
    mutant = breaker_mutant()

    fate, by = running.run_mutant(
        mutant.module, mutant.number, ["tests/unit/outbox/test_breaker.py"], 5
    )

    assert fate == "caught", by
    assert "test_breaker" in by


def test_every_state_has_another_in_its_place() -> None:
    assert len(set(STATES)) == len(STATES)
