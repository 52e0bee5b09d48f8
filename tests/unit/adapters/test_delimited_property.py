"""Delimited text of any kind: what RFC 4180 writes comes back, no record is lost."""

import csv
import io
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.formats import FormatError
from tests.support.delimited import accounted, counted, read, refused, values

_CELL = st.text(
    st.sampled_from("ab1,\"'|\\ \t\r\n\x1b\x7f惠州市〔公司〕，。《龘𠀀\u200b\ue000\u3000"),
    max_size=8,
)
_PIECES = st.lists(
    st.sampled_from(
        [
            b'"',
            b",",
            b"\n",
            b"\r",
            b"\r\n",
            b"a",
            b"\\",
            b" ",
            b"\0",
            b"\x1a",
            "惠".encode("gb18030"),
            "惠州".encode(),
            b"\x81",
            b"\xff",
            b"0",
        ]
    ),
    max_size=60,
)


@given(st.lists(st.tuples(_CELL, _CELL, _CELL), max_size=6), st.sampled_from(["\r\n", "\n"]))
def test_what_rfc_4180_writes_comes_back_as_it_was(rows: list[tuple[str, ...]], end: str) -> None:
    believed = [
        row
        for row in rows
        if not any(
            line.count(",") >= 2
            for cell in row
            for line in cell.replace("\r", "\n").split("\n")[1:]
        )
    ]
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator=end)
    writer.writerows([("a", "b", "c"), *believed])

    chunks = read(out.getvalue().encode(), encoding="utf-8")

    assert values(chunks) == [
        row
        for row in believed
        if any(cell.replace(",", "").replace('"', "").strip() for cell in row)
    ]
    assert not refused(chunks)


@given(
    _PIECES,
    st.sampled_from(["gb18030", "utf-8", "big5", "latin-1", "utf-16-le"]),
    st.sampled_from(['"', "", "'"]),
    st.sampled_from(["", "\\"]),
    st.sampled_from([",", "||", "a"]),
    st.sampled_from([0, 1]),
    st.sampled_from([1, 2, 100]),
)
def test_whatever_comes_every_record_is_accounted_for(
    pieces: list[bytes],
    encoding: str,
    quote: str,
    escape: str,
    separator: str,
    footer: int,
    size: int,
) -> None:
    settings: dict[str, Any] = {
        "encoding": encoding,
        "quote": quote,
        "escape": escape,
        "separator": separator,
        "footer_lines": footer,
    }
    data = (b"x,y,z\n" if encoding != "utf-16-le" else "x,y,z\n".encode(encoding)) + b"".join(
        pieces
    )
    try:
        chunks = read(data, size, **settings)
    except FormatError:
        return

    assert accounted(chunks) == counted(data, **settings)


@given(st.binary(max_size=200), st.sampled_from(["gb18030", "utf-8", "utf-16", "big5"]))
def test_any_bytes_are_read_or_refused(data: bytes, encoding: str) -> None:
    try:
        chunks = read(data, encoding=encoding)
    except FormatError:
        return

    assert accounted(chunks) == counted(data, encoding=encoding)
