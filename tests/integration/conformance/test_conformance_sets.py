"""The duty of digests: digests of another set fail, and what was written is removed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gateway.central.app import create_app
from gateway.central.centre import Centre
from gateway.central.records import store as record_store
from gateway.clock import utc_now
from gateway.conformance import receiver
from gateway.conformance.cases import receiver_cases
from gateway.standard import NEWEST, load_standard
from tests.support.conformance_suite import (
    SECOND,
    TOKEN,
    exported_root,
    failed,
    foreign,
    outcomes,
    revoked,
    suite_centre,
)
from tests.support.foreign_centre import ForeignCentre

__all__ = ["engine", "root_schema"]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    yield from suite_centre(tmp_path)


@pytest.fixture(scope="module")
def root_schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported_root(tmp_path_factory.mktemp("standard"))


@pytest.mark.parametrize(
    "wrong",
    [
        "digests_of_totals_alone",
        "digests_of_days_alone",
        "digests_of_withdrawn",
        "digests_without_prefix",
        "digests_of_nothing",
        "digests_of_any_bucket",
        "digests_without_first",
    ],
)
def test_a_centre_whose_digests_are_not_of_its_set_fails_by_that_duty(
    root_schema: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    one_duty(monkeypatch, "R31")

    assert failed(foreign(root_schema, wrong)) == {"R31"}


def test_a_centre_that_gives_no_digests_at_all_passes(
    root_schema: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_duty(monkeypatch, "R31")

    assert failed(foreign(root_schema, "nodigests")) == set()


def one_duty(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Have the suite ask for one duty alone."""
    cases = tuple(case for case in receiver_cases() if case.id == name)
    monkeypatch.setattr(receiver, "receiver_cases", lambda: cases)


def test_what_was_written_is_withdrawn_where_a_centre_has_no_call_to_take_it_away(
    root_schema: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_duty(monkeypatch, "R31")
    fields = load_standard(NEWEST).kind("AdministrativePenalty").field_names
    centre = ForeignCentre(root_schema, fields, TOKEN, second=SECOND)

    assert failed(outcomes(centre, centre.revoke)) == set()
    assert centre.present() == []


def test_our_centre_with_digests_of_before_fails_and_what_was_written_is_taken_away(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[Any, Any] = {}
    now = record_store.digests

    def stale(*given: Any, **named: Any) -> Any:
        return kept.setdefault(given[1:], now(*given, **named))

    monkeypatch.setattr(record_store, "digests", stale)
    one_duty(monkeypatch, "R31")
    results = outcomes(create_app(Centre(engine, utc_now)), revoked(engine))

    assert failed(results) == {"R31"}
    assert "step 3" in results["R31"].findings[0].en
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM test_record")).scalar_one() == 0
