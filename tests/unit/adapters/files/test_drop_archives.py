"""What an archive may hold: a hostile one is refused early, an ordinary one is unpacked."""

import gzip
import io
import struct
import tracemalloc
import zipfile

import pytest

from adapters.formats import FormatError
from adapters.local_copy import unpack

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
    ids=[
        "bomb",
        "liar",
        "two files",
        "many",
        "link",
        "cipher",
        "cut",
        "none",
        "gzip bomb",
        "gzip cut",
        "no gzip",
    ],
)
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
