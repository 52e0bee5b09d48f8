"""A centre that looks into a folder: in which order, what it leaves, what it writes back."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from gateway.central.intake import drops
from gateway.central.intake.drops import Door
from gateway.central.intake.receive import Arrival, NotTaken, Taken
from gateway.central.senders.model import Sender
from gateway.text import Text
from tests.support.clock import NOW

WATER = Sender("water", "a test", "", ("water.*",), NOW, None, "tester", "a test")
GUIDS = [f"00000000-0000-4000-8000-{number:012}" for number in range(4)]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, bytes]]:
    """Answer each package as its bytes say; note GUID, signature and bytes."""
    given: list[tuple[str, str, bytes]] = []

    def answer(_: Any, sender: Sender, arrival: Arrival) -> Any:
        assert arrival.encoding == "zstd"
        assert sender is WATER
        given.append((arrival.guid, arrival.signature, arrival.data))
        if arrival.data == b"bad":
            return NotTaken(422, Text("不行", "no"))
        return Taken(b"receipt of " + arrival.data, "signed" if arrival.signature else None)

    monkeypatch.setattr(drops.receive, "answer", answer)
    monkeypatch.setattr(drops.receive, "refusal_signature", lambda *_: None)
    monkeypatch.setattr(Door, "speaker", lambda _: WATER)
    return given


def put(folder: Path, guid: str, data: bytes, at: int, signature: str = "") -> None:
    path = folder / f"{guid}.xml.zst"
    path.write_bytes(data)
    os.utime(path, (at, at))
    if signature:
        (folder / f"{guid}.xml.zst.sig").write_text(f"{signature}\n")


def take(folder: Path, receipts: Path) -> int:
    receipts.mkdir(exist_ok=True)
    return drops.take_folder(Door(None, "water"), folder, receipts)  # type: ignore[arg-type]


def test_packages_are_taken_oldest_first_and_leave_with_their_signatures(
    tmp_path: Path, asked: list[tuple[str, str, bytes]]
) -> None:
    put(tmp_path, GUIDS[0], b"late", 200, "ours")
    put(tmp_path, GUIDS[1], b"early", 100)
    receipts = tmp_path / "receipts"

    assert take(tmp_path, receipts) == 2
    assert asked == [(GUIDS[1], "", b"early"), (GUIDS[0], "ours", b"late")]
    assert {path.name: path.read_bytes() for path in receipts.iterdir()} == {
        f"{GUIDS[1]}.receipt.xml": b"receipt of early",
        f"{GUIDS[0]}.receipt.xml": b"receipt of late",
        f"{GUIDS[0]}.receipt.xml.sig": b"signed",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["receipts"]


def test_a_link_or_a_folder_stays_and_holds_up_nothing(
    tmp_path: Path, asked: list[tuple[str, str, bytes]]
) -> None:
    (tmp_path / "elsewhere").write_bytes(b"secret")
    (tmp_path / f"{GUIDS[0]}.xml.zst").symlink_to(tmp_path / "elsewhere")
    os.utime(tmp_path / "elsewhere", (50, 50))
    (tmp_path / f"{GUIDS[1]}.xml.zst").mkdir()
    os.utime(tmp_path / f"{GUIDS[1]}.xml.zst", (60, 60))
    put(tmp_path, GUIDS[2], b"good", 100)

    take(tmp_path, tmp_path / "receipts")

    assert asked == [(GUIDS[2], "", b"good")]
    assert (tmp_path / f"{GUIDS[0]}.xml.zst").is_symlink()
    assert (tmp_path / f"{GUIDS[1]}.xml.zst").is_dir()
    assert not (tmp_path / f"{GUIDS[2]}.xml.zst").exists()


def test_a_package_that_is_refused_whole_gets_its_problem_and_no_receipt(
    tmp_path: Path, asked: list[tuple[str, str, bytes]]
) -> None:
    put(tmp_path, GUIDS[0], b"bad", 100, "ours")
    receipts = tmp_path / "receipts"

    take(tmp_path, receipts)

    [path] = receipts.iterdir()
    assert path.name == f"{GUIDS[0]}.refused.json"
    assert json.loads(path.read_bytes()) == {"status": 422, "detail": "不行 / no"}
    assert [path.name for path in tmp_path.iterdir()] == ["receipts"]
    assert len(asked) == 1
