"""Text is read in blocks: wherever a border falls, rows and count are the same."""

import io
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.formats import delimited_count, fixed_count, open_format, textfile

_ROWS = "号,名,注\n1,甲,x\n2,乙,y\n3,丙,z\n"
_QUOTED = '号,名,注\n1,"甲,""乙""","两\n行"\n2,"丙\n3,丁,w\n4,"戊",v"\n5,己,u\n'
#: Each input with its settings: every rule that looks at more than one character is in one of them.
_DELIMITED: dict[str, tuple[bytes, dict[str, Any]]] = {
    "quotes over lines": (_QUOTED.encode("gb18030"), {}),
    "quotes over CR LF": (_QUOTED.replace("\n", "\r\n").encode("gb18030"), {}),
    "CR": (_ROWS.replace("\n", "\r").encode("gb18030"), {}),
    "CR CR LF": (_ROWS.replace("\n", "\r\r\n").encode("gb18030"), {}),
    "LF in a value among CR LF": (
        "号,名,注\r\n1,甲,x\n见下\r\n2,乙,y\nz\nw\r\n3,丙,z\r\n".encode(),
        {"encoding": "utf-8"},
    ),
    "CR in a value among LF": (
        "号,名,注\n1,甲,x\r见下\n2,乙,y\rz\rw\n3,丙,z\r\n\n4,丁,v\n".encode(),
        {"encoding": "utf-8"},
    ),
    "LF in a value among CR": (
        "号,名,注\r1,甲,x\n见下\r2,乙,y\nz\nw\r3,丙,z\r".encode(),
        {"encoding": "utf-8"},
    ),
    "CR LF in a value among LF, quotes around": (
        '号,名,注\n1,甲,x\r\n见下\n2,"乙\r\n丙",y\rz\n3,丙,"z\n'.encode(),
        {"encoding": "utf-8"},
    ),
    "LF in a value among LF": (
        "号,名,注\n1,甲,x\n见下\n\n再见\n2,乙,y\n3,丙,z\n4,丁,w\n3 rows selected.\n".encode(),
        {"encoding": "utf-8"},
    ),
    "empty fields at the end": (
        "号,名,注\n1,甲,x,\n\n2,乙,y,\n3,丙\n4,丁,w\n----,----,----\n".encode(),
        {"encoding": "utf-8"},
    ),
    "put together": (
        "号,名,注\r\n1,甲,x\r\n2,乙,z\n3,丙\n4,丁,w\n\n5,戊\n6,己,v".encode(),
        {"encoding": "utf-8"},
    ),
    "one column": (
        b"a\nx\ry\n7\n8\r9\r10\n11\r",
        {"encoding": "utf-8"},
    ),
    "long separator": (
        _ROWS.replace(",", "^|^").encode("gbk"),
        {"encoding": "gbk", "separator": "^|^", "quote": ""},
    ),
    "escape at the end of a line": (
        '号,名,注\n1,"甲\\\n乙","\\""\n2,丙\\\n3,"丁\\\\",w\n'.encode(),
        {"encoding": "utf-8", "escape": "\\"},
    ),
    "characters of four bytes": (
        "号,名,注\n1,𠀀𠀀,x\n2,㐀㐀,y\n".encode("gb18030"),
        {},
    ),
    "mark": ("\ufeff号,名,注\n1,甲,x\ufeff\n".encode(), {"encoding": "utf-8"}),
    "UTF-16 with surrogates": (
        '\ufeff号,名,注\r\n1,𠀀,"x\r\ny"\r\n2,甲,z\n'.encode("utf-16-le"),
        {"encoding": "utf-16"},
    ),
    "UTF-16 without a mark": (
        "号,名,注\r\n1,𠀀,x\n上\r\n2,甲਍਍ऀ,z\r\n".encode("utf-16-be"),
        {"encoding": "utf-16-be"},
    ),
    "footer": (
        "号,名,注\n1,甲,x\n\n2,乙,y\n,,\n合计,2\n,,\n".encode(),
        {"encoding": "utf-8", "footer_lines": 1},
    ),
    "Ctrl-Z behind": (_ROWS.encode() + b"\x1a\0\0\x1a", {"encoding": "utf-8"}),
    "Big5": ("號,名,註\n1,功許蓋,x\n2,乙,y\n".encode("big5"), {"encoding": "big5"}),
    "a byte that does not decode": (_ROWS.encode("gbk").replace(b"x", b"\xff"), {}),
}
_FIXED: dict[str, tuple[bytes, dict[str, Any]]] = {
    "CR LF with LF in values": (
        "0001甲 20260305\r\n0002乙\n 260305\r\n0003\n丙\n2026\r\n0004丁 20260305\r\n".encode("gbk"),
        {},
    ),
    "CR with LF in values": (
        "0001甲 20260305\r0002乙\n 260305\r0003\n丙\n2026\r0004丁 20260305\r".encode("gbk"),
        {},
    ),
    "LF in values among LF": (
        "0001甲 20260305\n0002乙\n20260305\n0003\n\n丙260305\n0004丁 20260305\n0005\t".encode(
            "gbk"
        ),
        {},
    ),
    "CR CR LF": ("0001甲 20260305\r\r\n0002乙 20260305\r\r\n0003丙 2026\r\r\n".encode("gbk"), {}),
    "UTF-16": (
        "\ufeff0001𠀀 20260305\r\n0002乙\n 260305\r\n0003丙 20260305".encode("utf-16-le"),
        {"encoding": "utf-16", "unit": "characters"},
    ),
    "trailer": (
        "HEAD\n0001甲 20260305\n0002乙 2026\n\nTAIL 2\n\n\x1a".encode("gbk"),
        {"skip_first": 1, "skip_last": 1},
    ),
    "cut off": ("0001甲 20260305\n0002乙 2026".encode("gbk"), {}),
    "NULs behind": ("0001甲 20260305\n0002乙 2026\0\0\0\0\0\0".encode("gbk"), {}),
}
_SIZES = (*range(4, 44), 64)


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    modules = (textfile, delimited_count, fixed_count)
    sizes = [module._BLOCK for module in modules]
    yield
    _set(*sizes)


def _set(*sizes: int) -> None:
    for module, size in zip((textfile, delimited_count, fixed_count), sizes, strict=True):
        module._BLOCK = size  # type: ignore[attr-defined]


def _read(kind: str, data: bytes, settings: dict[str, Any]) -> tuple[Any, ...]:
    opened_format = open_format(kind, settings)
    rows: list[tuple[int, tuple[str, ...]]] = []
    faults: list[tuple[int, str, str]] = []
    beside = [0, 0]
    for chunk in opened_format.read(io.BytesIO(data), 3):
        rows += zip(chunk.numbers, chunk.rows.rows(), strict=True)
        faults += [(chunk.numbers[fault.row], fault.rule, fault.zh) for fault in chunk.faults]
        beside = [beside[0] + chunk.blank, beside[1] + chunk.left_out]
    return rows, faults, beside, opened_format.count(io.BytesIO(data))


def _hold(kind: str, data: bytes, settings: dict[str, Any]) -> None:
    whole = _read(kind, data, settings)
    rows, _, (blank, left_out), counted = whole
    assert counted.records == len(rows) + blank + left_out
    wide = str(settings.get("encoding", "")).startswith("utf-16")
    for size in _SIZES[:: 4 if wide else 1]:
        _set(size, size, size)
        assert _read(kind, data, settings) == whole, f"blocks of {size}"


@pytest.mark.parametrize("name", _DELIMITED)
def test_a_border_of_blocks_changes_nothing_of_delimited_text(name: str) -> None:
    _hold("delimited", *_DELIMITED[name])


@pytest.mark.parametrize("name", _FIXED)
def test_a_border_of_blocks_changes_nothing_of_fixed_width(name: str) -> None:
    data, settings = _FIXED[name]

    _hold("fixed", data, {"columns": {"a": 4, "b": 3, "c": 8}, "encoding": "gbk", **settings})
