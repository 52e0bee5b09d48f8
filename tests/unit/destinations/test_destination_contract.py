"""The contract of destinations: who keeps it passes, who breaks a duty is told which."""

from typing import Any

import pytest

from gateway.destinations.testing import DestinationBrokenError, DestinationContract
from tests.support.broken_destinations import BROKEN, TableCentre, TableDestination

CHECKS = {name for name in vars(DestinationContract) if name.startswith("test_")}


class TestTable(DestinationContract):
    @pytest.fixture
    def centre(self) -> TableCentre:
        return TableCentre()


def test_every_check_has_a_destination_that_it_refuses() -> None:
    assert {name for name, _, _ in BROKEN} == CHECKS


@pytest.mark.parametrize(("name", "kind", "parameters"), BROKEN)
def test_a_destination_that_breaks_a_duty_is_told_so(
    name: str, kind: type[TableDestination], parameters: tuple[Any, ...]
) -> None:
    contract = type("Contract", (DestinationContract,), {})()
    contract._centre, contract._destinations = TableCentre(kind), []

    with pytest.raises(DestinationBrokenError):
        getattr(contract, name)(*parameters)
