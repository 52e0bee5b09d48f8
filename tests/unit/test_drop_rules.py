"""What of a drop is pure: which files are whole, which names are safe, what an archive may hold."""

import gzip
import io
import struct
import tracemalloc
import zipfile
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.drops.copy import unpack
from adapters.drops.names import readable, safe_name
from adapters.drops.place import Entry
from adapters.drops.ready import beside, candidates, folders, orphans
from adapters.drops.settings import DropSettings
from adapters.formats import FormatError


def listed(*names: str) -> dict[str, Entry]:
    return {name: Entry(name, 1, float(place), str(place)) for place, name in enumerate(names)}


def settings(**changes: Any) -> DropSettings:
    return DropSettings.model_validate(changes)


@pytest.mark.parametrize(
    ("names", "changes", "expected"),
    [
        (("b.csv", "b.csv.ok", "a.csv"), {}, ["b.csv"]),
        (("b.csv", "b.csv.ok", "a.csv", "a.csv.ok"), {}, ["b.csv", "a.csv"]),
        (("A.CSV", "A.CSV.ok"), {}, ["A.CSV"]),
        (("a.csv", "a.csv.result.csv"), {"ready": "rename", "archive": "x"}, ["a.csv"]),
        (("a.csv", "b.csv", "b.csv.md5"), {"ready": "rename", "checksum": "md5", "archive": "x"}, ["b.csv"]),
        (("a", "archive"), {"pattern": "*", "ready": "rename", "archive": "archive/%Y"}, ["a"]),
        (("a.csv.claimed-by-me", "a.csv", "b.csv.claimed-by-other"), {"ready": "rename", "claim": "me", "archive": "x"}, ["a.csv"]),
    ],
    ids=["marker", "oldest first", "case", "our own result", "checksum", "our own folder", "claims"],
)  # fmt: skip
def test_what_counts_as_whole(names: tuple[str, ...], changes: Any, expected: list[str]) -> None:
    found = candidates(listed(*names), settings(**changes))

    assert [one.path for one in found] == expected


def test_markers_alone_are_known_and_those_of_claimed_files_are_not_alone() -> None:
    names = listed("a.csv.ok", "b.csv.ok", "b.csv.claimed-by-other", "c.txt.ok")

    assert list(orphans(names, settings())) == ["a.csv"]


def test_days_are_counted_back_and_a_month_is_named_once() -> None:
    today = date(2026, 3, 2)

    assert folders(settings(subfolders="%Y%m%d", days=3), today) == [
        "20260302",
        "20260301",
        "20260228",
    ]
    assert folders(settings(subfolders="%Y%m", days=3), today) == ["202603", "202602"]
    assert folders(settings(), today) == [""]


@pytest.mark.parametrize(
    "name", ["../x.csv", "/etc/x.csv", "a\nb.csv", "a\x00b.csv", "\u202evsc.csv", "\x1b[2Jx"]
)
def test_a_hostile_name_is_made_storable_and_is_never_a_safe_one(name: str) -> None:
    shown = readable(name)

    assert not safe_name(shown)
    assert shown.isprintable()
    assert "/" not in shown


@pytest.mark.parametrize(
    "name", ["处罚（2026）.csv", "penalty-001.csv", "《决定书》 1.csv", "ａ.csv"]
)
def test_ordinary_names_are_safe(name: str) -> None:
    assert readable(name) == name
    assert safe_name(name)


def test_namesakes_stand_in_folders_below_their_own() -> None:
    assert beside("20260301/x.csv", "archive") == "20260301/archive/x.csv"
    assert beside("x.csv", "") == "x.csv"


@pytest.mark.parametrize(
    "wrong",
    [{"archive": "/etc"}, {"errors": "../x"}, {"claim": "me"}, {"claim": "a b", "archive": "x"}, {"checksum": "crc"}],
)  # fmt: skip
def test_settings_that_would_lose_a_file_or_leave_the_folder_are_refused(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)


# --- archives -----------------------------------------------------------------------------------


def zipped(*entries: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


def link() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("x.csv")
        entry.create_system, entry.external_attr = 3, 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return out.getvalue()


def encrypted() -> bytes:
    data = bytearray(zipped(("x.csv", b"a")))
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + place] |= 1
    return bytes(data)


def many() -> bytes:
    """An archive that only says that it has 60,000 entries: its directory is never read."""
    return b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 60_000, 60_000, 0, 0, 0)


def liar() -> bytes:
    """An archive whose directory says that its entry is ten bytes long."""
    data = bytearray(zipped(("x.csv", b"0" * 50_000_000)))
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = struct.pack("<I", 10)
    return bytes(data)


@pytest.mark.parametrize(
    ("kind", "data", "rule"),
    [
        ("zip", zipped(("x.csv", b"0" * 50_000_000)), "source.size"),
        ("zip", liar(), "source.archive"),
        ("zip", zipped(("a.csv", b"a"), ("b.csv", b"b")), "source.archive"),
        ("zip", many(), "source.archive"),
        ("zip", link(), "source.archive"),
        ("zip", encrypted(), "source.archive"),
        ("zip", zipped(("a.csv", b"a" * 1000))[:-30], "source.archive"),
        ("zip", b"no archive", "source.archive"),
        ("gzip", gzip.compress(b"0" * 50_000_000), "source.size"),
        ("gzip", gzip.compress(b"a" * 1000)[:-9], "source.archive"),
        ("gzip", b"no archive", "source.archive"),
    ],
    ids=["bomb", "liar", "two files", "many", "link", "cipher", "cut", "none", "gzip bomb", "gzip cut", "no gzip"],
)  # fmt: skip
def test_a_hostile_archive_is_refused_before_it_takes_much(
    kind: str, data: bytes, rule: str
) -> None:
    tracemalloc.start()
    with pytest.raises(FormatError) as refused:
        unpack(io.BytesIO(data), kind, 4_000_000_000, io.BytesIO())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert refused.value.rule == rule
    assert peak < 40_000_000


def test_an_archive_within_its_limits_is_unpacked_whatever_its_name_says() -> None:
    assert (
        unpack(io.BytesIO(zipped(("../../x", b"a\n1\n"))), "zip", 100, io.BytesIO()).read()
        == b"a\n1\n"
    )
    assert (
        unpack(io.BytesIO(gzip.compress(b"a\n1\n")), "gzip", 100, io.BytesIO()).read() == b"a\n1\n"
    )
