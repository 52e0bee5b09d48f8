"""Fixed width, a line at a time: widths in bytes of GBK, or in characters."""

from typing import Any

from tests.oracles import Rows


def read(data: bytes, settings: dict[str, Any]) -> Rows:
    """Return the rows by the number of their line; a line that does not fit is not to be accepted."""
    encoding = settings["encoding"]
    lines = data.split(b"\n")
    complete = [line.removesuffix(b"\r") for line in lines[:-1]]
    rest = lines[-1].rstrip(b"\x1a\0")
    rows: Rows = {}
    width = sum(settings["columns"].values())
    for number, line in enumerate([*complete, *([rest] if rest else [])], 1):
        if number == len(complete) + 1 and _length(line, settings) < width:
            # The last line has no end and is short: it may have been cut off.
            rows[number] = None
            continue
        rows[number] = _row(line, settings, encoding)
    return {n: row for n, row in rows.items() if row is None or any(row.values())}


def _length(line: bytes, settings: dict[str, Any]) -> int:
    if settings["unit"] == "bytes":
        return len(line)
    return len(line.decode(settings["encoding"], "replace"))


def _row(line: bytes, settings: dict[str, Any], encoding: str) -> dict[str, str] | None:
    whole: Any = line if settings["unit"] == "bytes" else line.decode(encoding, "replace")
    if len(whole) > sum(settings["columns"].values()):
        return None
    cells, at = {}, 0
    for name, width in settings["columns"].items():
        part = whole[at : at + width]
        at += width
        if isinstance(part, bytes):
            try:
                part = part.decode(encoding)
            except UnicodeDecodeError:
                return None
        cells[name] = part.strip(" \u3000\0")
    return None if any("\ufffd" in cell for cell in cells.values()) else cells
