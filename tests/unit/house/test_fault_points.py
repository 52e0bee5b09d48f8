"""Where the fault suite kills: at every place that commits, as read from the source."""

from pathlib import Path

from sqlalchemy import text

from gateway.store.open import open_store
from outbox import open_engine, writing
from tests.faults import commits
from tests.faults.kinds import UNTRIED, commit_faults, is_untried


def test_every_place_that_commits_on_the_way_in_has_kill_points_or_says_why_not() -> None:
    points = " ".join(fault.name for fault in commit_faults())
    names = [site.name for site in commits.way_in()]

    left_out = [name for name in names if not is_untried(name) and f" {name}," not in points]

    assert len(names) > 15
    assert left_out == []


def test_what_is_not_tried_is_there() -> None:
    names = [site.name for site in commits.way_in()]

    assert [one for one in UNTRIED if not any(name.startswith(one) for name in names)] == []


def test_places_are_named_by_function_and_by_number_where_it_has_several() -> None:
    source = """
class Fetcher:
    def fetch(self):
        with writing(self._engine) as connection:
            pass
        def inner():
            with engine.begin():
                pass
        with (
            told(),
            writing(self._engine) as connection,
        ):
            begin(connection, 1)

def alone(engine):
    if engine:
        stack.enter_context(writing(engine))
"""
    found = [(site.name, site.first) for site in commits._sites_of("m", source)]

    assert found == [
        ("m:Fetcher.fetch#1", 4),
        ("m:Fetcher.fetch#2", 11),
        ("m:Fetcher.fetch.<locals>.inner", 7),
        ("m:alone", 17),
    ]


def test_a_commit_of_the_program_is_named_before_and_after_it(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    seen: list[tuple[str, str]] = []
    with commits.watching(lambda name, when: seen.append((name, when))):
        # Not one of ours: a test is no part of the program.
        with writing(engine) as connection:
            connection.execute(text("CREATE TABLE t (a INTEGER)"))
        open_store(f"sqlite:///{tmp_path / 'gateway.db'}").dispose()
    engine.dispose()

    assert ("gateway.store.open:_make_tables", "before") in seen
    assert seen.index(("gateway.store.open:_identity", "before")) + 1 == seen.index(
        ("gateway.store.open:_identity", "after")
    )
    assert not any(name.startswith("tests") for name, _ in seen)
