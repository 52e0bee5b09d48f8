"""Whoever brings packages for others, and would speak in their place."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import audit
from gateway.central.centre import Terms
from gateway.central.senders.administration import Wanted, limit, revoke
from gateway.protocol.receipt_reader import read_receipt
from gateway.protocol.signing import Scope, load_signer, new_key, package_statement
from tests.support.packages import KEYS
from tests.support.senders import ACT, add_sender, key_of
from tests.support.two_senders import FEEDS, TOKENS, Two, guid_in, of, two_senders, withdrawal_of

CENTRE = "city"
COUNTY = "made-up-token-of-a-county"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    for name in ("a1", "k1"):
        private, public = new_key()
        (tmp_path / name).write_bytes(private)
        (tmp_path / name).chmod(0o600)
        (tmp_path / f"{name}.pub").write_bytes(public)
    return tmp_path


@pytest.fixture
def two(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Two]:
    """Air signs and water does not; a county may relay for both, and has a key of its own."""
    senders = two_senders(tmp_path, Terms(CENTRE), air=[key_of("a1", keys / "a1.pub")])
    monkeypatch.setitem(TOKENS, "county", COUNTY)
    add_sender(senders.engine, "county", COUNTY, ("environment.*", "water.*"), may_relay=True)
    yield senders
    senders.engine.dispose()


def signed(two: Two, keys: Path, xml: bytes, key: str, sender: str) -> dict[str, str]:
    import hashlib

    guid = guid_in(xml)
    statement = package_statement(guid, hashlib.sha256(xml).hexdigest())
    signature = load_signer(key, keys / key).sign(statement, Scope(sender, CENTRE, two.clock.now))
    return {"Creditgate-Package": guid, "Creditgate-Signature": str(signature)}


def relays(two: Two) -> list[tuple[str, str]]:
    with two.engine.connect() as connection:
        found = audit.entries(connection, target="county")
        return [(one.person, one.detail) for one in found if one.act == "sender.relay"]


def by_county_itself(two: Two, keys: Path, xml: bytes) -> dict[str, str]:
    limit(two.engine, "county", Wanted(keys=(key_of("k1", keys / "k1.pub"),)), ACT)
    return signed(two, keys, xml, "k1", "county")


@pytest.mark.parametrize("kind", ["package", "withdrawal"])
@pytest.mark.parametrize("signs", [False, True], ids=["unsigned", "by its own key"])
def test_a_relay_does_not_speak_in_the_place_of_a_department_that_signs(
    two: Two, keys: Path, kind: str, signs: bool
) -> None:
    own = of("air")
    assert two.post("air", own, **signed(two, keys, own, "a1", "air")).status_code == 200
    before = two.stored()
    xml = of("air", 2) if kind == "package" else withdrawal_of("air", 2)
    shown = by_county_itself(two, keys, xml) if signs else {}

    answer = two.post("county", xml, **shown)

    assert (answer.status_code, answer.get_json()["code"]) == (403, "signature")
    assert "its signed statement" in answer.get_json()["detail"]
    assert two.stored() == before
    assert relays(two) == []


@pytest.mark.parametrize("how", ["key revoked", "term over"])
def test_a_department_whose_key_or_time_is_over_is_not_spoken_for_by_default(
    two: Two, how: str
) -> None:
    if how == "key revoked":
        revoke(two.engine, "air", ACT, "a1")
    else:
        limit(two.engine, "air", Wanted(until=two.clock.now), ACT)

    assert two.post("county", of("air")).status_code == 403
    revoke(two.engine, "air", ACT)
    assert two.post("county", of("air")).status_code == 200


def test_what_a_relay_brings_says_who_spoke_and_who_relayed_it_in_receipt_and_audit(
    two: Two, keys: Path
) -> None:
    xml, newest = of("air"), {"Creditgate-Exchange": "1.1"}
    with_statement = two.post("county", xml, **signed(two, keys, xml, "a1", "air"))
    bare = [two.post("county", of("water", n), **newest) for n in (1, 2)]
    direct = two.post("water", of("water", 3), **newest)

    assert b"<Sender>air</Sender><RelayedBy>county</RelayedBy>" in with_statement.data
    assert all(b"<Sender>county</Sender><RelayedBy>county</RelayedBy>" in a.data for a in bare)
    assert b"<Sender>water</Sender>" in direct.data
    assert b"RelayedBy" not in direct.data
    # Once each, however many packages there are.
    assert relays(two) == [
        ("centre", "relayed by county; signed by air"),
        ("centre", "relayed by county; its word alone"),
    ]


def test_a_receipt_of_a_relayed_package_is_read_by_who_reads_1_1_and_by_who_reads_1_0(
    two: Two,
) -> None:
    import hashlib

    xml = of("water")
    digest = hashlib.sha256(xml).hexdigest()
    old = two.post("county", xml).data
    new = two.post("county", xml, **{"Creditgate-Exchange": "1.1"}).data

    assert b"Sender" not in old and b"RelayedBy" not in old  # noqa: PT018
    assert new != old
    for receipt in (old, new):
        assert read_receipt(receipt, guid_in(xml), digest, list(KEYS), "county").accepted == 3


def test_two_senders_of_one_department_that_are_no_relays_speak_each_for_itself(two: Two) -> None:
    limit(two.engine, "county", Wanted(may_relay=False), ACT)

    assert two.post("county", of("air")).status_code == 200
    assert FEEDS["air"].startswith("environment.")
    assert relays(two) == []
