"""The contract of adapter kinds: who keeps it passes, who breaks a duty is told which."""

import re

import pytest

from adapters.testing import AdapterContract, ContractBrokenError
from tests.support.box_kind import BoxAdapter, BoxSource
from tests.support.broken_kinds import BROKEN

CHECKS = [name for name in vars(AdapterContract) if name.startswith("test_")]


class TestBox(AdapterContract):
    @pytest.fixture
    def source(self) -> BoxSource:
        return BoxSource()


def run(name: str, kind: type[BoxAdapter], **declared: object) -> None:
    """Run one check of the contract on a kind."""
    contract = type("Contract", (AdapterContract,), declared)()
    contract._source, contract._opened = BoxSource(kind), []
    getattr(contract, name)()


def test_every_check_has_a_kind_that_it_refuses() -> None:
    assert sorted(BROKEN) == sorted(CHECKS)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        pytest.param(name, kind, id=kind.__name__)
        for name, kinds in BROKEN.items()
        for kind in kinds
    ],
)
def test_a_kind_that_breaks_a_duty_is_told_so_in_both_languages(
    name: str, kind: type[BoxAdapter]
) -> None:
    with pytest.raises(ContractBrokenError) as caught:
        run(name, kind)

    assert re.search("[\u4e00-\u9fff]", caught.value.text.zh)
    assert re.search("[a-z]", caught.value.text.en)


def test_a_source_that_leaves_a_check_out_without_a_reason_fails_it() -> None:
    class Mute(BoxSource):
        def say_nothing(self) -> None:
            super(BoxSource, self).say_nothing()

    contract = type("Contract", (AdapterContract,), {})()
    contract._source, contract._opened = Mute(), []

    with pytest.raises(ContractBrokenError, match="say_nothing"):
        contract.test_an_answer_that_says_nothing_is_no_empty_list()


def test_what_cannot_be_is_skipped_with_its_reason() -> None:
    with pytest.raises(pytest.skip.Exception, match="boxes always speak"):
        run(
            "test_an_answer_that_says_nothing_is_no_empty_list",
            BoxAdapter,
            cannot={"silence": "boxes always speak"},
        )


def test_a_kind_of_statements_may_name_each_anew_and_never_use_a_name_again() -> None:
    name = "test_a_unit_that_is_read_again_has_its_name_its_rows_and_its_refs"
    [at_random, _] = BROKEN[name]

    run(name, at_random, stable_names=False)
    with pytest.raises(ContractBrokenError, match="stable_names"):
        run(name, BoxAdapter, stable_names=False)


def test_null_may_be_empty_only_where_that_is_declared() -> None:
    [_, empties] = BROKEN["test_null_is_no_text"]

    run("test_null_is_no_text", empties, null="")
