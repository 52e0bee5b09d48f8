"""Whoever signs for another, at another time, by a key that ended, or writes a no."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import zstandard
from pydantic import SecretStr

from gateway.central.app import create_app
from gateway.central.centre import OLDEST_STATEMENT, Terms
from gateway.central.intake.drops import Door, take_folder
from gateway.central.senders.administration import Wanted, limit, revoke, senders
from gateway.destinations import Failed, Parcel, Rejected, Settled, Signing
from gateway.destinations.http import HttpDestination, HttpSettings
from gateway.protocol.signing import (
    CLOCK_TOLERANCE,
    Scope,
    Signer,
    load_signer,
    package_statement,
    read_signature,
    refusal_statement,
)
from gateway.serving.server import WsgiServer
from gateway.settings.model import DestinationSettings
from gateway.text import Text
from tests.support.keys import make_keys
from tests.support.packages import KEYS
from tests.support.senders import ACT, add_sender, key_of
from tests.support.two_senders import FEEDS, TOKENS, Two, guid_in, miscounted, of, two_senders

CENTRE = "city"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return make_keys(tmp_path, "a1", "a2", "w1", "c1", "x1")


@pytest.fixture
def two(tmp_path: Path, keys: Path) -> Iterator[Two]:
    terms = Terms(CENTRE, load_signer("c1", keys / "c1"))
    senders = two_senders(
        tmp_path, terms, air=[key_of("a1", keys / "a1.pub")], water=[key_of("w1", keys / "w1.pub")]
    )
    yield senders
    senders.engine.dispose()


def signed(two: Two, keys: Path, xml: bytes, key: str = "a1", **scope: Any) -> dict[str, str]:
    """Return a package's headers: its statement of 1.1 for us, by the air, now, or as given."""
    import hashlib

    named = {"sender": "air", "centre": CENTRE, "at": two.clock.now, **scope}
    made = None if scope.get("sender", "air") is None else Scope(**named)
    statement = package_statement(guid_in(xml), hashlib.sha256(xml).hexdigest())
    signature = load_signer(key, keys / key).sign(statement, made)
    return {"Creditgate-Package": guid_in(xml), "Creditgate-Signature": str(signature)}


def test_a_package_that_is_signed_for_us_by_its_sender_is_taken(two: Two, keys: Path) -> None:
    xml = of("air")

    answer = two.post("air", xml, **signed(two, keys, xml))

    assert answer.status_code == 200, answer.text
    assert b"<Sender>air</Sender>" in answer.data
    scope = read_signature(answer.headers["Creditgate-Signature"]).scope
    assert scope is not None
    assert (scope.sender, scope.centre) == ("air", CENTRE)


@pytest.mark.parametrize(
    ("scope", "why"),
    [
        ({"centre": "other-city"}, "for the centre other-city"),
        ({"sender": "water"}, "as the sender water"),
        ({"key": "w1"}, "none of those trusted"),
        ({"key": "x1"}, "none of those trusted"),
    ],
)
def test_what_is_signed_for_another_centre_or_by_another_sender_is_refused(
    two: Two, keys: Path, scope: dict[str, str], why: str
) -> None:
    xml = of("air")

    answer = two.post("air", xml, **signed(two, keys, xml, **scope))  # type: ignore[arg-type]

    assert answer.status_code == 403
    assert why in answer.get_json()["detail"]
    assert two.stored() == []


@pytest.mark.parametrize(
    ("off", "status"),
    [
        (timedelta(0), 200),
        (CLOCK_TOLERANCE - timedelta(seconds=1), 200),
        (CLOCK_TOLERANCE + timedelta(seconds=1), 403),
        (-OLDEST_STATEMENT + timedelta(seconds=1), 200),
        (-OLDEST_STATEMENT - timedelta(seconds=1), 403),
    ],
)
def test_a_statement_counts_for_its_time(two: Two, keys: Path, off: timedelta, status: int) -> None:
    xml = of("air")

    assert (
        two.post("air", xml, **signed(two, keys, xml, at=two.clock.now + off)).status_code == status
    )


def test_a_statements_time_sender_and_centre_are_signed_and_not_only_written(
    two: Two, keys: Path
) -> None:
    xml = of("air")
    headers = signed(two, keys, xml, centre="other-city", at=two.clock.now - timedelta(days=30))
    text = headers["Creditgate-Signature"].split(" ")
    moment = Scope("air", CENTRE, two.clock.now).moment

    forged = " ".join([*text[:4], CENTRE, moment])
    answer = two.post("air", xml, **{**headers, "Creditgate-Signature": forged})

    assert answer.status_code == 403
    assert "not of these bytes" in answer.get_json()["detail"]


@pytest.mark.parametrize("form", ["1.0", "1.1"])
def test_a_revoked_or_ended_key_signs_nothing_any_more_and_another_does(
    two: Two, keys: Path, form: str
) -> None:
    scope = {"sender": None} if form == "1.0" else {}

    def sent(key: str) -> int:
        xml = of("air")
        return int(two.post("air", xml, **signed(two, keys, xml, key, **scope)).status_code)

    before = sent("a1")
    until = two.clock.now + timedelta(hours=1)
    limit(two.engine, "air", Wanted(keys=(key_of("a2", keys / "a2.pub", until=until),)), ACT)
    revoke(two.engine, "air", ACT, "a1")

    assert before == 200
    assert (sent("a1"), sent("a2")) == (403, 200)
    two.clock.now = until
    assert sent("a2") == 403
    assert two.post("air", of("air")).status_code == 403


def test_a_key_that_ended_does_not_sign_for_the_time_before(two: Two, keys: Path) -> None:
    """Whoever finds an old key writes into the statement whatever time was its own."""
    until = two.clock.now + timedelta(minutes=1)
    limit(two.engine, "air", Wanted(keys=(key_of("a2", keys / "a2.pub", until=until),)), ACT)
    two.clock.now = until + timedelta(hours=1)
    xml = of("air")

    back = until - timedelta(seconds=30)

    assert two.post("air", xml, **signed(two, keys, xml, "a2", at=back)).status_code == 403


def test_who_has_signed_by_exchange_1_1_is_not_taken_back_to_1_0(two: Two, keys: Path) -> None:
    first, second, third = of("air"), of("air", 2), of("air", 3)
    assert two.post("air", first, **signed(two, keys, first, sender=None)).status_code == 200
    assert two.post("air", second, **signed(two, keys, second)).status_code == 200

    answer = two.post("air", third, **signed(two, keys, third, sender=None))

    assert answer.status_code == 403
    assert "exchange 1.1" in answer.get_json()["detail"]
    limit(two.engine, "air", Wanted(exchange="1.0"), ACT)
    assert two.post("air", third, **signed(two, keys, third, sender=None)).status_code == 200


def test_only_a_relay_brings_what_another_has_signed_and_only_for_feeds_of_both(
    two: Two, keys: Path
) -> None:
    xml = of("air")
    as_air = signed(two, keys, xml)
    assert two.post("water", xml, **as_air).status_code == 403
    TOKENS["county"] = "made-up-token-of-a-county"
    add_sender(two.engine, "county", TOKENS["county"], ("environment.*",), may_relay=True)
    try:
        relayed = two.post("county", xml, **as_air)
        others = of("water")
        foreign = two.post("county", others, **signed(two, keys, others, "w1", sender="water"))
        forged = two.post("county", others, **signed(two, keys, others, "a1", sender="water"))
    finally:
        del TOKENS["county"]

    assert relayed.status_code == 200, relayed.text
    assert b"<Sender>air</Sender>" in relayed.data
    assert [foreign.status_code, forged.status_code] == [403, 403]


# --- the centre's no -----------------------------------------------------------------------------


def parcel_of(xml: bytes) -> Parcel:
    import hashlib

    digest = hashlib.sha256(xml).hexdigest()
    return Parcel(guid_in(xml), FEEDS["air"], 1, zstandard.compress(xml), digest, list(KEYS), None)


@pytest.fixture
def ours(two: Two, keys: Path) -> Signing:
    settings = DestinationSettings(
        signing_key={"a1": keys / "a1"},
        trusted_keys={"c1": keys / "c1.pub"},
        sender="air",
        centre=CENTRE,
    )
    return Signing(settings, two.clock)


NO = Rejected(Text("不", "no"), status=422)


def test_a_refusal_that_the_centre_did_not_sign_makes_no_dead_letter(
    two: Two, ours: Signing, keys: Path
) -> None:
    xml = miscounted("air")
    parcel = parcel_of(xml)
    answer = two.post("air", xml, **signed(two, keys, xml))
    own = answer.headers["Creditgate-Signature"]

    def told(given: str | None, status: int = 422, body: bytes = answer.data) -> type:
        return type(ours.refused(parcel, replace(NO, status=status), body, given))

    stranger = load_signer("x1", keys / "x1")
    another = parcel_of(of("air"))
    assert answer.status_code == 422
    assert told(own) is Rejected
    assert told(None) is Failed
    assert told("") is Failed
    assert told(own, body=b"{}") is Failed
    assert told(own, status=409) is Failed
    assert told(_refusal(stranger, parcel, answer.data, two)) is Failed
    assert type(ours.refused(another, NO, answer.data, own)) is Failed


def _refusal(signer: Signer, parcel: Parcel, body: bytes, two: Two, **scope: Any) -> str:
    named = {"sender": "air", "centre": CENTRE, "at": two.clock.now, **scope}
    statement = refusal_statement(parcel.guid, parcel.digest, 422, body)
    return str(signer.sign(statement, Scope(**named)))


@pytest.mark.parametrize(
    "scope", [{"sender": "water"}, {"centre": "other-city"}, {"at": timedelta(hours=1)}]
)
def test_a_refusal_for_another_sender_centre_or_time_counts_no_more(
    two: Two, ours: Signing, keys: Path, scope: dict[str, Any]
) -> None:
    parcel = parcel_of(of("air"))
    if "at" in scope:
        scope = {"at": two.clock.now + scope["at"]}
    signature = _refusal(load_signer("c1", keys / "c1"), parcel, b"no", two, **scope)

    assert isinstance(ours.refused(parcel, NO, b"no", signature), Failed)


@pytest.mark.parametrize(
    "change", [lambda receipt: receipt, lambda receipt: receipt.replace(b">air<", b">water<")]
)
def test_a_receipt_settles_by_the_centres_signature_and_for_its_sender_alone(
    two: Two, ours: Signing, keys: Path, change: Callable[[bytes], bytes]
) -> None:
    xml = of("air")
    answer = two.post("air", xml, **signed(two, keys, xml))
    receipt = change(answer.data)

    outcome = ours.judge(parcel_of(xml), receipt, answer.headers["Creditgate-Signature"])

    assert isinstance(outcome, Settled) is (receipt == answer.data)


def test_a_refusal_in_a_drop_is_signed_as_well(
    two: Two, ours: Signing, keys: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    xml = miscounted("air")
    guid = guid_in(xml)
    (folder / f"{guid}.xml.zst").write_bytes(zstandard.compress(xml))
    (folder / f"{guid}.xml.zst.sig").write_text(signed(two, keys, xml)["Creditgate-Signature"])

    take_folder(Door(two.centre, "air"), folder, folder)

    body = (folder / f"{guid}.refused.json").read_bytes()
    signature = (folder / f"{guid}.refused.json.sig").read_text()
    assert json.loads(body)["status"] == 422
    assert isinstance(ours.refused(parcel_of(xml), NO, body, signature), Rejected)
    assert [one.exchange for one in senders(two.engine) if one.id == "air"] == ["1.1"]


def test_a_feed_that_is_not_ours_at_the_centre_is_a_dead_letter_and_no_failure_of_the_centre(
    two: Two, keys: Path
) -> None:
    """One misplaced feed must not open the breaker for all the others of the gateway."""
    server = WsgiServer(create_app(two.centre)).start()
    settings = HttpSettings(
        url=f"http://127.0.0.1:{server.port}",
        token=SecretStr(TOKENS["water"]),
        timeout=5,
        signing_key={"w1": keys / "w1"},
        trusted_keys={"c1": keys / "c1.pub"},
        sender="water",
        centre=CENTRE,
    )
    destination = HttpDestination(settings)
    destination.signing.clock = two.clock
    xml = of("air")
    claim = SimpleNamespace(
        guid=guid_in(xml), lane=FEEDS["air"], sequence=1, payload=zstandard.compress(xml)
    )
    outcome = destination.send(claim, list(KEYS))  # type: ignore[arg-type]
    destination.close()
    server.stop()

    assert isinstance(outcome, Rejected), outcome
    assert not outcome.divisible
    assert "central sender limit water" in outcome.why.en
