"""A bad file, row or message at the centre, or another's GUID, ends nothing."""

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import zstandard
from nats.errors import TimeoutError as NatsTimeoutError
from sqlalchemy import insert, select

from gateway.central.intake import drops as drop
from gateway.central.intake import receive
from gateway.central.intake.drops import Door, take_folder, take_queue, take_table
from gateway.central.senders.administration import revoke
from gateway.protocol import drop as drops
from gateway.protocol import nats as names
from outbox import create_tables, open_engine, writing
from tests.support.clock import NOW
from tests.support.senders import ACT
from tests.support.two_senders import Two, guid_in, miscounted, of, two_senders


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    senders = two_senders(tmp_path)
    yield senders
    senders.engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "drop"
    made.mkdir()
    return made


def put(folder: Path, xml: bytes, guid: str = "") -> str:
    guid = guid or guid_in(xml)
    (folder / f"{guid}.xml.zst").write_bytes(zstandard.compress(xml))
    return guid


@pytest.mark.parametrize(
    "name",
    ["x" * 247, "..", "-rf", "' OR 1", "0" * 36, str(uuid4()).upper(), "\udcff", "a\nb"],
    ids=["255 bytes", "dots", "option", "quote", "zeros", "capitals", "no UTF-8", "lines"],
)
def test_a_file_whose_name_is_no_guid_holds_up_nothing_and_is_kept(
    two: Two, folder: Path, name: str
) -> None:
    (folder / f"{name}.xml.zst").write_bytes(b"x")
    good = put(folder, of("air"))

    for _ in range(2):
        take_folder(Door(two.centre, "air"), folder, folder)

    assert (folder / f"{good}.receipt.xml").exists()
    assert {path.name for path in folder.iterdir()} == {f"{good}.receipt.xml", drops.SET_ASIDE}
    assert [path.read_bytes() for path in (folder / drops.SET_ASIDE).iterdir()] == [b"x"]


@pytest.mark.parametrize(
    "error", [RuntimeError("unforeseen"), OSError("unreadable"), MemoryError()]
)
def test_what_nobody_foresaw_of_one_file_holds_up_no_other(
    two: Two, folder: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    bad = put(folder, b"bad", str(uuid4()))
    good = put(folder, of("air"))
    answer = receive.answer

    def broken(centre: Any, sender: Any, arrival: Any) -> Any:
        if arrival.guid == bad:
            raise error
        return answer(centre, sender, arrival)

    monkeypatch.setattr(receive, "answer", broken)

    take_folder(Door(two.centre, "air"), folder, folder)

    assert (folder / f"{good}.receipt.xml").exists()


def test_a_signature_that_is_a_link_or_endless_is_none(two: Two, folder: Path) -> None:
    first, second = put(folder, of("air")), put(folder, of("air", 2))
    (folder / f"{first}.xml.zst.sig").symlink_to("/dev/zero")
    (folder / f"{second}.xml.zst.sig").write_bytes(b"x" * 1_000_000)

    take_folder(Door(two.centre, "air"), folder, folder)

    assert len(list(folder.glob("*.receipt.xml"))) == 2


def test_a_folder_speaks_for_its_own_sender_whatever_a_header_says(two: Two, folder: Path) -> None:
    guid = put(folder, of("air"))

    take_folder(Door(two.centre, "water"), folder, folder)

    assert '"sender.feed"' in (folder / f"{guid}.refused.json").read_text()
    assert two.stored() == []


@pytest.mark.parametrize("name", [".receipt.xml.part", ".receipt.xml", ".refused.json.part"])
def test_a_link_by_the_name_of_an_answer_is_not_written_through(
    two: Two, folder: Path, tmp_path: Path, name: str
) -> None:
    """Whoever fetches receipts from a folder may make links in it to other files."""
    precious = tmp_path / "precious"
    precious.write_text("kept")
    xml = miscounted("air") if "refused" in name else of("air")
    (folder / f"{guid_in(xml)}{name}").symlink_to(precious)
    guid = put(folder, xml)

    take_folder(Door(two.centre, "air"), folder, folder)

    assert precious.read_text() == "kept"
    [answer] = folder.iterdir()
    assert answer.name == f"{guid}{name}".removesuffix(".part")
    assert not answer.is_symlink()


def test_a_link_for_the_folder_of_what_is_set_aside_leads_to_no_other_sender(
    two: Two, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "drop of another"
    other.mkdir()
    (folder / drops.SET_ASIDE).symlink_to(other)
    (folder / "no GUID.xml.zst").write_bytes(b"x")
    good = put(folder, of("air"))

    take_folder(Door(two.centre, "air"), folder, folder)

    assert list(other.iterdir()) == []
    assert (folder / f"{good}.receipt.xml").exists()


def test_a_folder_of_a_revoked_sender_is_refused(two: Two, folder: Path) -> None:
    guid = put(folder, of("air"))
    revoke(two.engine, "air", ACT)

    take_folder(Door(two.centre, "air"), folder, folder)

    assert (folder / f"{guid}.refused.json").exists()
    assert two.stored() == []


def test_one_bad_row_of_a_table_holds_up_no_other(two: Two, tmp_path: Path) -> None:
    front = open_engine(f"sqlite:///{tmp_path / 'front.db'}")
    create_tables(front, drops.metadata)
    good = of("air")
    rows = {
        "": b"x",
        "../../etc": b"x",
        str(uuid4()): b"",
        "foreign": of("water"),
        guid_in(good): good,
    }
    with writing(front) as connection:
        for guid, xml in rows.items():
            values = {
                "guid": guid_in(xml) if guid == "foreign" else guid,
                "feed": "environment.licence",
                "sequence": 1,
                "content": zstandard.compress(xml),
                "signature": "",
                "dropped_at": NOW,
                "state": drops.WAITING,
            }
            connection.execute(insert(drops.package_in).values(**values))

    take_table(Door(two.centre, "air"), front)

    with front.connect() as connection:
        states = dict(
            connection.execute(select(drops.package_in.c.guid, drops.package_in.c.state)).all()
        )
    front.dispose()
    assert states.pop(guid_in(good)) == drops.RECEIVED
    assert set(states.values()) == {drops.REFUSED}


def test_rows_larger_than_the_machine_are_refused_by_their_size(
    two: Two, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    front = open_engine(f"sqlite:///{tmp_path / 'front.db'}")
    create_tables(front, drops.metadata)
    good, content = of("air"), bytes(5_000_000)
    with writing(front) as connection:
        for guid, packed, signature in (
            *((str(uuid4()), content, "") for _ in range(20)),
            (str(uuid4()), b"x", "s" * 5_000_000),
            (guid_in(good), zstandard.compress(good), ""),
        ):
            values = {
                "guid": guid,
                "feed": "environment.licence",
                "sequence": 1,
                "content": packed,
                "signature": signature,
                "dropped_at": NOW,
                "state": drops.WAITING,
            }
            connection.execute(insert(drops.package_in).values(**values))
    monkeypatch.setattr(drop, "MAX_BYTES", 1_000_000)
    tracemalloc.start()

    take_table(Door(two.centre, "air"), front)

    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    with front.connect() as connection:
        states = dict(
            connection.execute(select(drops.package_in.c.guid, drops.package_in.c.state)).all()
        )
    front.dispose()
    assert states.pop(guid_in(good)) == drops.RECEIVED
    assert set(states.values()) == {drops.REFUSED}
    assert most < 5_000_000


# --- a broker, whose receipts lie by GUID where every sender looks -------------------------------


@dataclass
class Message:
    data: bytes
    headers: dict[str, str] | None
    subject: str = "credit.package.environment.licence"


@dataclass
class Queue:
    """A broker with some messages."""

    messages: list[Message]
    published: dict[str, tuple[bytes, dict[str, str]]] = field(default_factory=dict)
    done_with: list[Message] = field(default_factory=list)
    silent_for: str = ""

    def take(self, count: int, feeds: tuple[str, ...]) -> list[Message]:
        assert feeds == ("environment.*",)
        return self.messages[:count]

    def publish(self, subject: str, data: bytes, headers: dict[str, str]) -> None:
        if self.silent_for and subject.endswith(self.silent_for):
            raise NatsTimeoutError
        self.published[subject] = data, headers

    def done(self, message: Message) -> None:
        self.done_with.append(message)


def message(xml: bytes, guid: str | None = None) -> Message:
    headers = {names.GUID: guid_in(xml) if guid is None else guid}
    return Message(zstandard.compress(xml), headers)


def test_a_message_without_a_guid_or_with_a_strange_one_ends_nothing(two: Two) -> None:
    good = of("air")
    bad = [
        Message(b"x", None),
        Message(b"x", {}),
        message(of("air", 2), ""),
        message(of("air", 3), ">"),
        message(of("air", 4), "a.b c"),
    ]
    queue = Queue([*bad, message(good)])

    take_queue(Door(two.centre, "air"), queue)  # type: ignore[arg-type]

    assert set(queue.published) == {f"credit.receipt.{guid_in(good)}"}
    assert queue.done_with == queue.messages


def test_a_forged_message_puts_no_refusal_on_its_victims_receipt(two: Two) -> None:
    """The victim's gateway takes what lies there for the centre's answer to its own package."""
    victim = str(uuid4())
    forged = [
        Message(b"x", {names.GUID: victim}),
        message(of("air"), victim),
        message(of("water", guid=victim)),
        message(miscounted("water", guid=victim)),
        message(b"<Package/>", victim),
    ]
    queue = Queue(forged)

    take_queue(Door(two.centre, "air"), queue)  # type: ignore[arg-type]

    assert queue.published == {}
    assert queue.done_with == forged
    assert two.stored() == []


@pytest.mark.parametrize("forge", [of, miscounted], ids=["sound", "miscounted"])
def test_the_guid_of_anothers_package_that_is_here_gets_no_refusal_published(
    two: Two, forge: Callable[..., bytes]
) -> None:
    """Receipts lie by GUID for all to see, so whoever looks knows the GUID of one that is here."""
    victim = of("water")
    assert two.post("water", victim).status_code == 200
    forged = message(forge("air", guid=guid_in(victim)))
    queue = Queue([forged])

    take_queue(Door(two.centre, "air"), queue)  # type: ignore[arg-type]

    assert queue.published == {}
    assert queue.done_with == [forged]


def test_a_senders_own_bad_package_is_answered(two: Two) -> None:
    own = miscounted("air")
    queue = Queue([message(own)])

    take_queue(Door(two.centre, "air"), queue)  # type: ignore[arg-type]

    [(subject, (_, headers))] = queue.published.items()
    assert subject == f"credit.receipt.{guid_in(own)}"
    assert headers[names.STATUS] == "422"


def test_a_broker_that_does_not_take_one_receipt_gets_the_others_and_loses_no_package(
    two: Two,
) -> None:
    first, second = of("air"), of("air", 2)
    queue = Queue([message(first), message(second)], silent_for=guid_in(first))

    take_queue(Door(two.centre, "air"), queue)  # type: ignore[arg-type]

    assert set(queue.published) == {f"credit.receipt.{guid_in(second)}"}
    assert queue.done_with == queue.messages[1:]
