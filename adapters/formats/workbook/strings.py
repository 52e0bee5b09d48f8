"""The shared strings of a workbook: each once, phonetic guides left out, rich text put together."""

import codecs
import re
from contextlib import suppress

from adapters.formats import FormatError
from adapters.formats.workbook.archive import Archive, feed, new_parser
from adapters.formats.workbook.markup import MAIN, SKIPPED, SKIPPED_NAMES, unescaped
from adapters.formats.workbook.plain import (
    TEXT,
    NotPlainError,
    as_parsed,
    is_plain,
    is_plain_text,
    is_utf8,
)
from adapters.input_limits import input_limits
from adapters.text import workbook_things, workbooks

_PLAIN = rf'<si>(?:<t(?: xml:space="preserve")?>({TEXT})</t>|<t/>)</si>'
_ITEM = re.compile(_PLAIN)
_ITEMS = re.compile(rf"(?:\s*{_PLAIN})*\s*")
_END = "</si>"
#: What may stand in each element of the table. Anything else could hold what a person sees.
_INSIDE: dict[str, tuple[str, ...]] = {
    "": ("sst",),
    "sst": ("si",),
    "si": ("t", "r"),
    "r": ("t",),
    "t": (),
}
#: Characters without the end of an item after which only the parser goes on.
_PATIENCE = 1 << 24


class _Parser:
    """Reads every form of the table; pieces of whole items may be left out."""

    def __init__(self, part: str, strings: list[str]) -> None:
        self._part, self._strings = part, strings
        self._path: list[str] = []
        self._item: list[str] | None = None
        self._length = 0
        self._parser = new_parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    @property
    def between_items(self) -> bool:
        return self._path == ["sst"]

    def feed(self, data: bytes, last: bool = False) -> None:
        feed(self._parser, self._part, data, last)

    def _start(self, tag: str, _attributes: dict[str, str]) -> None:
        namespace, _, local = tag.rpartition("}")
        parent = self._path[-1] if self._path else ""
        name = local if namespace in MAIN and local not in SKIPPED_NAMES else ""
        if parent == SKIPPED or (namespace in MAIN and local in SKIPPED_NAMES):
            name = SKIPPED
        elif name not in _INSIDE[parent]:
            self._stray(local)
        self._path.append(name)
        if len(self._path) > input_limits().depth:
            raise ValueError
        if self._path == ["sst", "si"]:
            self._item, self._length = [], 0

    def _characters(self, data: str) -> None:
        if self._item is not None and self._path[1:] in (["si", "t"], ["si", "r", "t"]):
            # One character more than a value may have is enough to refuse the cells that have it.
            left = max(input_limits().characters + 1 - self._length, 0)
            self._length += len(data)
            self._item.append(data[:left])
        elif self._path[-1] != SKIPPED and data.strip():
            self._stray(data.strip())

    def _stray(self, what: str) -> None:
        """Raise FormatError for what stands where no text is read: a person may see it."""
        line = self._parser.CurrentLineNumber
        raise FormatError("format.workbook", *workbooks.stray(self._part, line, what))

    def _end(self, _: str) -> None:
        if self._path == ["sst", "si"] and self._item is not None:
            self._strings.append(unescaped("".join(self._item)))
            self._item = None
        self._path.pop()


def read_strings(archive: Archive, part: str) -> list[str]:
    """Return the table; raises FormatError where it is broken or has
    more strings than a sheet has cells.
    """
    strings: list[str] = []
    if not part:
        return strings
    parser = _Parser(part, strings)
    limit = input_limits().cells
    decoder = codecs.getincrementaldecoder("utf-8")()
    carry, plain, begun = "", True, False
    for block in archive.blocks(part):
        if plain and not begun:
            plain, begun = is_utf8(block), True
        if not plain or not is_plain(block):
            plain = False
            # What the decoder holds of a character that is not whole yet goes with it.
            parser.feed(carry.encode() + decoder.getstate()[0] + block)
            decoder.reset()
            carry = ""
        else:
            try:
                text = carry + decoder.decode(block)
            except UnicodeDecodeError:
                raise FormatError("format.workbook", *workbooks.bad_part(part, 0)) from None
            cut = text.rfind(_END) + len(_END) if _END in text else 0
            segment, carry = text[:cut], text[cut:]
            plain = _read_segment(segment, parser, strings) and len(carry) < _PATIENCE
        if len(strings) > limit:
            raise FormatError(
                "format.size", *workbooks.too_many(*workbook_things.shared_strings(), limit)
            )
    parser.feed(carry.encode() + decoder.getstate()[0], last=True)
    return strings


def _read_segment(segment: str, parser: _Parser, strings: list[str]) -> bool:
    """Read whole items; return whether those that follow may be read in the same way."""
    if parser.between_items and is_plain_text(segment) and _ITEMS.fullmatch(segment):
        with suppress(NotPlainError):
            strings += [unescaped(as_parsed(text)) for text in _ITEM.findall(segment)]
            return True
    position = 0
    if not is_plain_text(segment):
        parser.feed(segment.encode())
        return False
    while position < len(segment):
        match = _ITEM.match(segment, position) if parser.between_items else None
        if match is not None:
            with suppress(NotPlainError):
                strings.append(unescaped(as_parsed(match.group(1) or "")))
                position = match.end()
                continue
        end = segment.index(_END, position) + len(_END)
        piece = segment[position:end]
        if "<!" in piece or "<?" in piece.replace("<?xml ", "", 1):
            parser.feed(segment[position:].encode())
            return False
        parser.feed(piece.encode())
        position = end
    return True
