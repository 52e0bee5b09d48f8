"""Every kind of destination against the real server; receipts at once or later."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gateway.central.app import create_app
from gateway.central.centre import Terms
from gateway.central.intake.drops import Door, take_folder, take_queue, take_table
from gateway.central.intake.validate import PackageRefusedError
from gateway.clock import utc_now
from gateway.delivery import evidence
from gateway.delivery.settlement import UnitSettlement
from gateway.delivery.worker import Deliverer
from gateway.demo.market_regulator import SftpDrop
from gateway.destinations import Destination, Failed, Pending, open_destination
from gateway.exchange.context import keys_of
from gateway.protocol import drop as drops
from gateway.protocol.nats import Broker, BrokerSettings
from gateway.protocol.signing import load_signer
from gateway.serving.server import WsgiServer
from outbox import Claim, Message, Outbox, create_tables, open_engine, writing
from tests.support import servers
from tests.support.clock import Clock
from tests.support.command import creditgate
from tests.support.keys import make_keys
from tests.support.line import feed_of, fetch, sound_rows
from tests.support.senders import centre_with, key_of
from tests.support.stores import centre_store
from tests.support.world import FEED, TOKEN

LICENCE = "environment/licence.yaml"
NATS = pytest.param(
    "nats",
    marks=pytest.mark.skipif(
        which("nats-server") is None, reason="no nats-server here; Debian has it"
    ),
)
KINDS = ("http", "soap", "sftp", "database on SQLite", "database on PostgreSQL", NATS)


@dataclass
class Way:
    """A destination, and the centre behind it; `take` is one look by that centre itself."""

    engine: Engine
    centre: Engine
    destination: Destination
    clock: Clock
    take: Callable[[], object]
    stop: Callable[[], None]
    folder: Path

    def __post_init__(self) -> None:
        self.box = Outbox(self.engine)
        lease = timedelta(minutes=5)
        self.deliverer = Deliverer(
            self.engine,
            self.box,
            self.destination,
            UnitSettlement(self.engine, self.box),
            self.clock,
            lease,
        )

    def exchange(self, rounds: int = 2) -> None:
        """Send, let the centre look, wait; some rounds of it."""
        for _ in range(rounds):
            self.deliverer.step([FEED])
            self.take()
            self.clock.now += timedelta(minutes=1)

    def claim(self) -> Claim:
        with writing(self.engine) as connection:
            found = self.box.claim(connection, [FEED], self.clock.now, timedelta(seconds=1))
        assert found is not None
        self.clock.now += timedelta(minutes=1)
        return found

    def messages(self) -> list[Message]:
        with self.engine.connect() as connection:
            return self.box.messages(connection, ("waiting", "sending", "dead", "settled"))

    def at_centre(self) -> tuple[int, int]:
        with self.centre.connect() as connection:
            return tuple(
                connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
                for table in ("administrative_licence", "received_package")
            )  # type: ignore[return-value]


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return make_keys(tmp_path, "g1", "c1")


@pytest.fixture(params=KINDS)
def way(
    request: pytest.FixtureRequest, engine: Engine, tmp_path: Path, keys: Path
) -> Iterator[Way]:
    centre = centre_store(tmp_path / "centre.db")
    clock = Clock()
    terms = Terms("city", load_signer("c1", keys / "c1"))
    theirs = centre_with(centre, clock, terms, [key_of("g1", keys / "g1.pub")])
    door = Door(theirs, "tests")
    settings: dict[str, Any] = {
        "signing_key": {"g1": keys / "g1"},
        "trusted_keys": {"c1": keys / "c1.pub"},
        "sender": "tests",
        "centre": "city",
    }
    take: Callable[[], object] = lambda: None  # noqa: E731
    folder = tmp_path / "drop"
    closers: list[Callable[[], object]] = []
    if request.param in ("http", "soap"):
        server = WsgiServer(create_app(theirs)).start()
        path = "/soap" if request.param == "soap" else ""
        settings |= {
            "kind": request.param,
            "url": f"http://127.0.0.1:{server.port}{path}",
            "token": TOKEN,
            "timeout": 5,
        }
        closers.append(server.stop)
    elif request.param == "sftp":
        drop = SftpDrop(folder, "creditgate", TOKEN)
        drop.start()
        (folder / "out").mkdir()
        settings |= {
            "kind": "sftp",
            "host": "127.0.0.1",
            "port": drop.port,
            "username": "creditgate",
            "password": TOKEN,
            "host_key": drop.host_key,
            "folder": "/",
            "receipts": "/out",
            "timeout": 5,
        }
        take = lambda: take_folder(door, folder, folder / "out")  # noqa: E731
        closers.append(drop.stop)
    elif request.param == "nats":
        running = ExitStack()
        url = running.enter_context(servers.nats(tmp_path))
        settings |= {"kind": "nats", "url": url, "timeout": 3}
        broker = Broker(BrokerSettings(url=url))
        take = lambda: take_queue(door, broker)  # noqa: E731
        closers += [broker.close, running.close]
    else:
        url = f"sqlite:///{tmp_path / 'front.db'}"
        if "PostgreSQL" in request.param:
            url = request.getfixturevalue("postgresql")
        front = open_engine(url)
        drops.metadata.drop_all(front)
        create_tables(front, drops.metadata)
        settings |= {"kind": "database", "url": url}
        take = lambda: take_table(door, front)  # noqa: E731
        closers.append(front.dispose)
    destination = open_destination(settings)
    destination.signing.clock = clock
    yield Way(
        engine,
        centre,
        destination,
        clock,
        take,
        lambda: [close() for close in closers] and None,
        folder,
    )
    destination.close()
    for close in closers:
        with suppress(RuntimeError):
            close()
    centre.dispose()


def put(way: Way, count: int = 3) -> None:
    feed, _ = feed_of(LICENCE, sound_rows(LICENCE, count))
    fetch(way.engine, feed)


def test_a_package_is_delivered_signed_and_settled_by_its_receipt(way: Way) -> None:
    put(way)

    way.exchange()

    [message] = way.messages()
    assert message.state == "settled"
    assert way.at_centre() == (3, 1)
    with way.engine.connect() as connection:
        proof = evidence.find(connection, message.guid)
    assert proof is not None
    assert proof.package_signature.startswith("ed25519 g1 ")
    assert proof.receipt_signature.startswith("ed25519 c1 ")


def test_sending_again_and_again_changes_nothing(way: Way) -> None:
    put(way)

    for _ in range(3):
        # Each worker dies before it settles, and another one takes the package.
        claim = way.claim()
        way.destination.send(claim, keys_of(claim.context))
        way.take()
    way.exchange()

    assert [m.state for m in way.messages()] == ["settled"]
    assert way.at_centre() == (3, 1)


@pytest.mark.parametrize("way", KINDS[2:], indirect=True)
def test_a_receipt_that_is_to_come_costs_no_strike_however_often_it_is_looked_for(way: Way) -> None:
    put(way)
    claim = way.claim()
    first = way.destination.send(claim, keys_of(claim.context))

    for _ in range(20):
        way.deliverer.step([FEED])
        way.clock.now += timedelta(minutes=1)
    waiting = way.messages()[0]
    way.exchange()

    assert isinstance(first, Pending)
    assert waiting.state == "waiting"
    assert waiting.attempts > 15
    assert "receipt is to come" in waiting.why
    assert way.messages()[0].state == "settled"


def test_a_package_refused_whole_is_split_until_the_guilty_record_stands_alone(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gateway.central.intake import receive

    rows = sound_rows(LICENCE, 4)
    validate = receive.validate

    def strict(xml, today, charset=""):
        if rows[2]["XK_WSH"].encode() in xml:
            raise PackageRefusedError("处理不了", "it cannot be taken in")
        return validate(xml, today, charset)

    monkeypatch.setattr(receive, "validate", strict)
    feed, _ = feed_of(LICENCE, rows, mode="append")
    fetch(way.engine, feed)

    way.exchange(14)

    dead = [m for m in way.messages() if m.state == "dead"]
    assert [m.records for m in dead] == [1]
    assert "it cannot be taken in" in dead[0].why
    assert way.at_centre()[0] == 3


@pytest.mark.parametrize("way", ["http", "soap", "sftp", NATS], indirect=True)
def test_a_destination_that_is_gone_is_silence_and_not_a_strike(way: Way) -> None:
    put(way)
    way.stop()
    claim = way.claim()

    outcome = way.destination.send(claim, keys_of(claim.context))

    assert isinstance(outcome, Failed)
    assert outcome.answered is False


# --- what only a drop can meet ------------------------------------------------------------------


IN_A_DROP = pytest.mark.parametrize("way", ["sftp"], indirect=True)


@IN_A_DROP
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (".receipt.xml", b"<Receipt/>", "no receipt"),
        (".receipt.xml", b"", "no receipt"),
        (
            ".receipt.xml",
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
            "no receipt",
        ),
        (".refused.json", b"not json", "no problem document"),
        (".refused.json", b'{"status": 422}', "no problem document"),
    ],
)
def test_what_lies_where_a_receipt_should_be_is_not_believed(
    way: Way, name: str, content: bytes, said: str
) -> None:
    put(way)
    claim = way.claim()
    (way.folder / "out" / f"{claim.guid}{name}").write_bytes(content)

    outcome = way.destination.send(claim, keys_of(claim.context))

    assert isinstance(outcome, Failed)
    assert said in outcome.why.en


@IN_A_DROP
def test_another_packages_receipt_settles_nothing(way: Way) -> None:
    put(way)
    way.exchange(1)
    [receipt] = (way.folder / "out").glob("*.receipt.xml")
    rows = sound_rows(LICENCE, 6)
    feed, _ = feed_of(LICENCE, rows[:3], rows)
    fetch(way.engine, feed)
    way.exchange(1)
    claim = way.claim()
    (way.folder / "out" / f"{claim.guid}.receipt.xml").write_bytes(receipt.read_bytes())

    outcome = way.destination.send(claim, keys_of(claim.context))

    assert isinstance(outcome, Failed)


@IN_A_DROP
def test_a_link_in_the_drop_is_not_followed(way: Way, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("canary")
    (way.folder / f"x{drops.PACKAGE}").symlink_to(secret)

    way.take()

    assert secret.read_text() == "canary"
    assert not list((way.folder / "out").iterdir())


@IN_A_DROP
def test_the_centre_takes_a_folder_by_command(way: Way, tmp_path: Path, keys: Path) -> None:
    # The command goes by this machine's clock.
    way.destination.signing.clock = utc_now
    put(way)
    way.deliverer.step([FEED])
    creditgate(
        "central",
        "take",
        "--store",
        f"sqlite:///{tmp_path / 'centre.db'}",
        "--folder",
        str(way.folder),
        "--receipts",
        str(way.folder / "out"),
        "--once",
        "--sender",
        "tests",
        "--name",
        "city",
        "--signing-key",
        "c1",
        str(keys / "c1"),
    )
    way.clock.now += timedelta(minutes=1)
    way.exchange()

    assert [m.state for m in way.messages()] == ["settled"]
