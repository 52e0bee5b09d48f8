"""Signed packages and receipts over HTTP: what is taken, and what proves a delivery."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from gateway.central.app import create_app
from gateway.central.centre import Terms
from gateway.delivery import evidence
from gateway.delivery.settlement import UnitSettlement
from gateway.delivery.worker import Deliverer
from gateway.destinations.http import HttpDestination, HttpSettings
from gateway.protocol.signing import (
    KeyRefusedError,
    SignatureRefusedError,
    load_signer,
    load_verifier,
    new_key,
    package_statement,
    read_signature,
)
from gateway.serving.server import WsgiServer
from gateway.settings.model import SettingsError
from outbox import Outbox
from tests.support.clock import Clock
from tests.support.command import creditgate
from tests.support.keys import make_keys
from tests.support.senders import centre_with, key_of
from tests.support.stores import centre_store
from tests.support.tls import TlsFront, make_certificate
from tests.support.world import FEED, TOKEN, World, put


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder of key pairs: g1 and g2 of the gateway, c1 of the centre, x1 of a stranger."""
    return make_keys(tmp_path, "g1", "g2", "c1", "x1")


@contextmanager
def signed_world(
    engine: Engine,
    keys: Path,
    *,
    ours: str | None,
    trusted_here: str | None,
    theirs: str | None,
    trusted_there: tuple[str, ...],
) -> Iterator[World]:
    """Set up a centre and a deliverer with keys; None: that side does not sign or check."""
    centre = centre_store(keys / "centre.db")
    clock = Clock()
    terms = Terms(signer=load_signer(theirs, keys / theirs) if theirs else None)
    known = [key_of(name, keys / f"{name}.pub") for name in trusted_there]
    server = WsgiServer(create_app(centre_with(centre, clock, terms, known))).start()
    client = HttpDestination(
        HttpSettings(
            url=f"http://127.0.0.1:{server.port}",
            token=SecretStr(TOKEN),
            timeout=5,
            signing_key={ours: keys / ours} if ours else {},
            trusted_keys={trusted_here: keys / f"{trusted_here}.pub"} if trusted_here else {},
        )
    )
    deliverer = Deliverer(
        engine,
        Outbox(engine),
        client,
        UnitSettlement(engine, Outbox(engine)),
        clock,
        timedelta(minutes=5),
    )
    yield World(engine, centre, None, client, None, clock, deliverer)  # type: ignore[arg-type]
    client.close()
    server.stop()
    centre.dispose()


def test_both_sides_sign_and_the_proof_convinces_a_third(
    engine: Engine, keys: Path, tmp_path: Path
) -> None:
    with signed_world(
        engine, keys, ours="g1", trusted_here="c1", theirs="c1", trusted_there=("g1",)
    ) as world:
        put(world)
        world.deliver()
        [message] = world.messages()
        stored = world.at_centre()
    with engine.connect() as connection:
        proof = evidence.find(connection, message.guid)
        payload = Outbox(engine).payload(connection, message.guid)

    assert stored == 3
    assert proof is not None
    assert payload is not None
    folder = tmp_path / "proof"
    settings = tmp_path / "gateway.yaml"
    service = "{url: 'http://127.0.0.1:1', token: t}"
    settings.write_text(
        f"store: {engine.url}\ncatalogue: {service}\ncentre: {service}\nadapters: []\n"
    )
    creditgate("key", "proof", message.guid, str(folder), "--settings", str(settings))
    parties = ("--sender", "g1", str(keys / "g1.pub"), "--centre", "c1", str(keys / "c1.pub"))
    creditgate("key", "verify", message.guid, str(folder), *parties)
    receipt = folder / "receipt.xml"
    receipt.write_bytes(receipt.read_bytes().replace(b"accepted", b"refused ", 1))
    said = creditgate("key", "verify", message.guid, str(folder), *parties, code=1).stdout
    assert "✓ package" in said
    assert "✗ receipt" in said


@pytest.mark.parametrize(
    ("ours", "trusted_there", "why"),
    [
        (None, ("g1",), "no signature"),
        ("x1", ("g1",), "none of those trusted"),
        ("g1", ("g2",), "none of those trusted"),
    ],
)
def test_a_centre_takes_no_package_that_is_not_signed_by_whom_it_trusts(
    engine: Engine, keys: Path, ours: str | None, trusted_there: tuple[str, ...], why: str
) -> None:
    with signed_world(
        engine, keys, ours=ours, trusted_here=None, theirs=None, trusted_there=trusted_there
    ) as world:
        put(world)
        world.deliver()
        [message] = world.messages()

        assert message.state == "waiting"
        assert "HTTP 403" in message.why
        assert why in message.why
        assert world.at_centre() == 0


@pytest.mark.parametrize("theirs", [None, "x1"])
def test_a_receipt_that_the_centre_did_not_sign_is_no_receipt(
    engine: Engine, keys: Path, theirs: str | None
) -> None:
    with signed_world(
        engine, keys, ours="g1", trusted_here="c1", theirs=theirs, trusted_there=("g1",)
    ) as world:
        put(world)
        world.deliver()
        [message] = world.messages()

        assert message.state == "waiting"
        assert "no receipt" in message.why


def test_keys_change_one_by_one_while_packages_wait(engine: Engine, keys: Path) -> None:
    with signed_world(
        engine, keys, ours="g1", trusted_here="c1", theirs="x1", trusted_there=("g1", "g2")
    ) as world:
        put(world)
        world.deliver()
    with signed_world(
        engine, keys, ours="g2", trusted_here="c1", theirs="c1", trusted_there=("g1", "g2")
    ) as world:
        world.clock.now += timedelta(hours=2)
        world.deliver()
        [message] = world.messages()

        assert message.state == "settled"
        assert world.at_centre() == 3
    with engine.connect() as connection:
        proof = evidence.find(connection, message.guid)
    assert proof is not None
    assert read_signature(proof.package_signature).key_id == "g2"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "ed25519",
        "ed25519 g1",
        "ed25519 g1 ***",
        "rsa g1 AAAA",
        "ed25519 g1 AAAA",
        "ed25519 g1 AAAA extra",
        "none g1 ",
        "ed25519 \x00 AAAA",
    ],
)
def test_what_is_no_signature_is_refused(keys: Path, header: str | None) -> None:
    verifier = load_verifier({"g1": keys / "g1.pub"})

    with pytest.raises(SignatureRefusedError):
        verifier.check(package_statement("guid", "digest"), header)


def test_a_key_pair_is_made_for_us_alone_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "g1"

    creditgate("key", "new", str(path))
    content = path.read_bytes()
    creditgate("key", "new", str(path), code=2)

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == content
    signed = load_signer("g1", path).sign(package_statement("guid", "digest"))
    load_verifier({"g1": tmp_path / "g1.pub"}).check(
        package_statement("guid", "digest"), str(signed)
    )


def test_a_private_key_that_others_can_read_is_refused(keys: Path) -> None:
    (keys / "g1").chmod(0o644)

    with pytest.raises(KeyRefusedError, match="chmod 600"):
        load_signer("g1", keys / "g1")


@pytest.mark.parametrize("content", [b"", b"not a key", new_key()[1]])
def test_a_file_that_is_no_key_is_refused_without_its_content(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_bytes(content)

    with pytest.raises(KeyRefusedError) as raised:
        load_signer("g1", path)

    assert "not a key" not in str(raised.value)
    assert "BEGIN" not in str(raised.value)


# --- mutual TLS ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "trusted", "delivered"),
    [
        ("client", "ca", True),
        (None, "ca", False),
        ("stranger", "ca", False),
        ("client", "stranger", False),
    ],
)
def test_mutual_tls_lets_in_who_shows_the_right_certificate_and_only_to_the_right_server(
    world: World, tmp_path: Path, shown: str | None, trusted: str, delivered: bool
) -> None:
    make_certificate(tmp_path, "ca")
    make_certificate(tmp_path, "server", "ca")
    make_certificate(tmp_path, "client", "ca")
    make_certificate(tmp_path, "stranger")
    put(world)
    with TlsFront(
        world.proxy.port, tmp_path / "server.pem", tmp_path / "server.key", tmp_path / "ca.pem"
    ) as front:
        settings = HttpSettings(
            url=f"https://127.0.0.1:{front.port}",
            token=SecretStr(TOKEN),
            timeout=5,
            ca=tmp_path / f"{trusted}.pem",
            certificate=tmp_path / f"{shown}.pem" if shown else None,
            key=tmp_path / f"{shown}.key" if shown else None,
        )
        client = HttpDestination(settings)
        Deliverer(
            world.engine,
            Outbox(world.engine),
            client,
            UnitSettlement(world.engine, Outbox(world.engine)),
            world.clock,
            timedelta(minutes=5),
        ).step([FEED])
        client.close()

    [message] = world.messages()
    assert (message.state == "settled") is delivered
    assert (world.at_centre() == 3) is delivered


def test_a_certificate_that_is_none_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "client.pem").write_text("nothing")
    settings = HttpSettings(
        url="https://127.0.0.1:1", token=SecretStr(TOKEN), certificate=tmp_path / "client.pem"
    )

    with pytest.raises(SettingsError, match="certificate"):
        HttpDestination(settings)
