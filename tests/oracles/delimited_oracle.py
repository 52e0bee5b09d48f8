"""RFC 4180, a character at a time; a row whose quoting does not hold is one line, and its neighbours stay."""

from typing import Any

from tests.oracles import NoDocument, Rows


def read(data: bytes, settings: dict[str, Any]) -> Rows:
    """Return the rows under one line of headings, numbered as records are from the first line on."""
    text = data.decode(settings["encoding"], "replace").removeprefix("\ufeff")
    records = _records(text.rstrip("\x1a\0"), settings.get("separator", ","), settings["quote"])
    if not records or records[0] is None:
        raise NoDocument("headings")
    header = list(records[0])
    while header and not header[-1].strip():
        header.pop()
    names = [name.strip() for name in header]
    if not names or not all(names) or len(set(names)) != len(names):
        raise NoDocument("headings")
    return {
        number: _row(record, names)
        for number, record in enumerate(records[1:], 2)
        if record is None or any(cell.strip(' \t"\u3000\xa0') for cell in record)
    }


def _row(record: list[str] | None, names: list[str]) -> dict[str, str] | None:
    if record is None:
        return None
    cells, beyond = record[: len(names)], record[len(names) :]
    if len(cells) != len(names) or any(cell.strip() for cell in beyond):
        return None
    if any("\ufffd" in cell for cell in cells):
        return None
    return dict(zip(names, cells, strict=True))


def _records(text: str, separator: str, quote: str) -> list[list[str] | None]:
    """Return each record's cells, None for a line whose quoting does not hold."""
    # Old systems end lines with a return alone.
    records: list[list[str] | None] = []
    at = 0
    width = None
    while at < len(text):
        record, end = _record(text, at, separator, quote)
        if record is not None and width is not None and _swallowed(record, separator, width):
            record = None
        if record is None:
            end = _line_end(text, at)[1]
        elif width is None:
            width = len(record)
        records.append(record)
        at = end
    return records


def _swallowed(record: list[str], separator: str, width: int) -> bool:
    """Whether a cell goes over a line that by itself has as many separators as a row."""
    return any(
        line.count(separator) >= width - 1 > 0
        for cell in record
        if "\n" in cell or "\r" in cell
        for line in cell.replace("\r\n", "\n").replace("\r", "\n").split("\n")[1:]
    )


def _line_end(text: str, at: int) -> tuple[int, int]:
    """Return where a line ends, and where the next begins."""
    while at < len(text) and text[at] not in "\r\n":
        at += 1
    begin = at
    while at < len(text) and text[at] == "\r":
        at += 1
        if text[at - 1 : at + 1] != "\r\r" and text[at : at + 1] != "\n":
            return begin, at
    if text[at : at + 1] == "\n":
        at += 1
    return begin, at


def _record(text: str, at: int, separator: str, quote: str) -> tuple[list[str] | None, int]:
    cells: list[str] = []
    while True:
        if quote and text.startswith(quote, at):
            cell, at = _quoted(text, at + 1, quote)
            if cell is None:
                return None, at
        else:
            begin = at
            while at < len(text) and text[at] not in "\r\n" and not text.startswith(separator, at):
                if quote and text[at] == quote:
                    return None, at
                at += 1
            cell = text[begin:at]
        cells.append(cell)
        if text.startswith(separator, at):
            at += len(separator)
            continue
        if at < len(text) and text[at] not in "\r\n":
            return None, at
        return cells, _line_end(text, at)[1] if at < len(text) else at


def _quoted(text: str, at: int, quote: str) -> tuple[str | None, int]:
    characters: list[str] = []
    while at < len(text):
        if text[at] != quote:
            characters.append(text[at])
        elif text[at + 1 : at + 2] == quote:
            characters.append(quote)
            at += 1
        else:
            return "".join(characters), at + 1
        at += 1
    return None, at
