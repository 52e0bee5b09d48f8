"""Fixed width, a line at a time: widths in bytes of GBK or UTF-8, or in characters."""

from typing import Any

from tests.oracles import FOOTER, NoDocument, Rows
from tests.oracles.text_oracle import content, decoded, lines

_PAD = " \u3000\0"


def read(data: bytes, settings: dict[str, Any]) -> Rows:
    """Return the rows by the number of their line; no line that does not fit is accepted."""
    encoding, width = settings["encoding"], sum(settings["columns"].values())
    characters = settings["unit"] == "characters"
    body = content(data, encoding)
    if (
        body
        and not body.endswith((b"\n", b"\r"))
        and not data[-4:].rstrip(b"\0").endswith((b"\n", b"\r"))
    ):
        # NULs behind the text of the last line are its blanks, as many as fit.
        marked = data.startswith(b"\xef\xbb\xbf") or data.startswith(b"\x84\x31\x95\x33")
        body = data[3 + data.startswith(b"\x84") :] if marked else data
    # Latin-1 has each byte as one character, so that lines of bytes and of text are cut alike.
    text = decoded(body, encoding) if characters else body.decode("latin-1")
    every = lines(text)
    first, last = settings.get("skip_first", 0), settings.get("skip_last", 0)
    rows = {
        number: (line, end)
        for number, (line, end) in enumerate(every, 1)
        if not _blank(line, encoding, characters=characters)
    }
    kept = {n: row for n, row in rows.items() if n not in sorted(rows)[len(rows) - last :]}
    if last and len(rows) < last:
        raise NoDocument("trailer")
    if not rows:
        raise NoDocument("lines")
    # Without a line of the whole width before it, the last one may be as short as all are.
    whole = [line for line, end in every if end and len(line) >= width]
    complete = not whole and any(end for _, end in every)
    return {
        number: _row(line, end, settings, complete=complete) if number in kept else FOOTER
        for number, (line, end) in rows.items()
        # A line within both may be either: it is left out, or refused.
        if number > first or number not in kept
    }


def _blank(line: str, encoding: str, *, characters: bool) -> bool:
    text = line if characters else decoded(line.encode("latin-1"), encoding)
    return not text.strip(f"{_PAD}\t")


def _row(line: str, end: str, settings: dict[str, Any], *, complete: bool) -> dict[str, str] | None:
    encoding, width = settings["encoding"], sum(settings["columns"].values())
    if not end:
        bare = line.rstrip("\0\x1a")
        line = bare if len(bare) > width else line[: max(len(bare), min(width, len(line)))]
        if len(line) < width and not complete:
            return None
    if len(line) > width:
        return None
    cells, at = {}, 0
    for name, size in settings["columns"].items():
        part = line[at : at + size]
        if settings["unit"] == "bytes":
            part = decoded(part.encode("latin-1"), encoding)
        cells[name] = part.strip(_PAD)
        at += size
    return None if any("\ufffd" in cell for cell in cells.values()) else cells
