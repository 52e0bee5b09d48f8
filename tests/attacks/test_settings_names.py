"""A host's name is judged by each of its addresses, at the time of the connection."""

import socket
from contextlib import closing, suppress

import pytest

from adapters import SourceRefusedError
from gateway.registry.egress import Egress
from gateway.settings.reach import ReachSettings


@pytest.mark.parametrize(
    "found",
    [
        ["127.0.0.1"],
        ["10.0.0.8", "127.9.9.9"],
        ["169.254.169.254"],
        ["0.0.0.0"],
        ["224.0.0.1"],
        ["255.255.255.255"],
        ["::1"],
        ["::"],
        ["fe80::1%eth0"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::"],
        ["ff02::1"],
        ["100.100.100.200"],
        ["fd00:ec2::254"],
        [],
    ],
)
def test_a_name_is_judged_by_each_of_its_addresses(found: list[str]) -> None:
    egress = Egress("water", ReachSettings(), lambda _: found)

    with pytest.raises(SourceRefusedError, match="may not be reached"):
        egress.addresses("harmless.example")


def test_this_machine_is_not_reached_by_its_address_in_the_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as line:
        with suppress(OSError):
            line.connect(("192.0.2.1", 9))
        own = line.getsockname()[0]
    if own == "0.0.0.0":
        pytest.skip("this machine has no address beside loopback")

    with pytest.raises(SourceRefusedError):
        Egress("water", ReachSettings(), lambda _: [own]).addresses("gateway.example")


def test_ordinary_hosts_are_reached_and_an_operator_narrows_and_widens_that() -> None:
    departments = {
        "water": {"networks": ["127.0.0.0/8"], "hosts": ["*.water.example", "127.0.0.1"]}
    }
    reach = ReachSettings.model_validate({"departments": departments, "hosts": ["*.example"]})

    def addresses(department: str, host: str, found: str) -> tuple[str, ...]:
        return Egress(department, reach, lambda _: [found]).addresses(host)

    assert addresses("env", "db.env.example", "10.1.2.3") == ("10.1.2.3",)
    assert addresses("water", "db.water.example", "127.0.0.1") == ("127.0.0.1",)
    for department, host, found in (
        ("env", "db.env.test", "10.1.2.3"),
        ("water", "db.env.example", "10.1.2.3"),
        ("env", "db.env.example", "127.0.0.1"),
        ("env", "127.0.0.1", "10.1.2.3"),
    ):
        with pytest.raises(SourceRefusedError):
            addresses(department, host, found)
