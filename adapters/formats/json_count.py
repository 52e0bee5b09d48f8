"""The rows of JSON counted without reading a value: structure alone,
by a way that `read` does not use.

Strings are emptied, then everything but structure is deleted, then what is balanced: the commas
that are left are those between the rows. All of it is done by the C code of bytes and re.
"""

import codecs
import json
import re
from dataclasses import dataclass
from typing import BinaryIO

from adapters.formats import Counted

_BLOCK = 1 << 18
#: Ctrl-Z and zeros at the end from which on they are content.
_LONGEST_PADDING = 1 << 20
_STRUCTURE = b'"{}[],'
_DELETED = bytes({*range(256)} - {*_STRUCTURE})
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_TEXT = re.compile(rb'"[^"]*"')
_BALANCED = re.compile(rb"\{,*\}|\[,*\]")
#: Rounds of deleting what is balanced before the rest is counted character by character.
_ROUNDS = 8
#: Bytes that are looked through for the array of rows.
_BEFORE = 8_000_000


def count_lines(stream: BinaryIO) -> Counted:
    """Return how many lines a file has, blank ones too; the last may lack its end."""
    before, padding = _LineEnds(), _LineEnds()
    block = stream.read(_BLOCK).removeprefix(codecs.BOM_UTF8)
    while block:
        # Ctrl-Z and zeros at the very end are no line, nor are ends of line behind them.
        content = block.rstrip(b"\x1a\0\r\n")
        if content or not padding.size:
            before.add(padding)
            behind = block[len(content) :]
            start = len(behind) - len(behind.lstrip(b"\r\n"))
            before.add(_LineEnds.of(content + behind[:start]))
            padding = _LineEnds.of(behind[start:])
        else:
            padding.add(_LineEnds.of(block))
        block = stream.read(_BLOCK)
    if padding.size > _LONGEST_PADDING:
        before.add(padding)
    return Counted(before.ends + before.open, before.ends)


@dataclass(slots=True)
class _LineEnds:
    """Some bytes: how many, how many ends of line, and whether something stands behind the last."""

    size: int = 0
    ends: int = 0
    open: bool = False

    @classmethod
    def of(cls, data: bytes) -> "_LineEnds":
        return cls(len(data), data.count(b"\n"), data != b"" and not data.endswith(b"\n"))

    def add(self, other: "_LineEnds") -> None:
        self.size += other.size
        self.ends += other.ends
        self.open = other.open or (self.open and not other.ends)


def count_elements(stream: BinaryIO, path: str) -> Counted:
    """Return how many elements the array at a path has; none where it is not there."""
    data = stream.read(_BLOCK)
    start = _Start(path.split(".") if path else [])
    while (at := start.find(data)) is None:
        block = stream.read(_BLOCK)
        if not block or len(data) > _BEFORE:
            return Counted(0)
        data += block
    rows = _Elements()
    rows.add(data[at:])
    while not rows.closed and (block := stream.read(_BLOCK)):
        rows.add(block)
    return Counted(rows.number())


class _Start:
    """Looks for the array of rows character by character; goes on where it stopped."""

    def __init__(self, keys: list[str]) -> None:
        self._wanted = keys
        self._at = 0
        self._open: list[str | None] = []
        self._text = ""

    def find(self, data: bytes) -> int | None:
        """Return where the array's first element may begin; None where it has not begun yet."""
        while self._at < len(data):
            character = data[self._at : self._at + 1]
            if character == b'"':
                end = _string_end(data, self._at)
                if end is None:
                    return None
                self._text = _text(data[self._at : end])
                self._at = end
                continue
            self._at += 1
            if character == b":" and self._open:
                self._open[-1] = self._text
            elif character == b"[" and self._open == self._wanted:
                return self._at
            elif character in (b"[", b"{"):
                self._open.append(None)
            elif character in (b"]", b"}"):
                self._open[-1:] = []
        return None


def _string_end(data: bytes, at: int) -> int | None:
    end = at + 1
    while True:
        end = data.find(b'"', end) + 1
        if not end:
            return None
        slashes = data[at : end - 1]
        if (len(slashes) - len(slashes.rstrip(b"\\"))) % 2 == 0:
            return end


def _text(data: bytes) -> str:
    try:
        return str(json.loads(data))
    except ValueError:
        return ""


class _Elements:
    """Counts the commas of an array that was opened, block by block."""

    def __init__(self) -> None:
        self.closed = False
        self._commas = 0
        self._any = False
        #: A backslash whose character is in the next block.
        self._slash = b""
        #: A string is open at the end of the block.
        self._inside = False
        #: What is open at the end of the block.
        self._opened = b""

    def add(self, block: bytes) -> None:
        """Count a block."""
        if not self._any:
            self._any = bool(block.strip(b" \t\r\n")) and block.lstrip(b" \t\r\n")[:1] != b"]"
        structure = self._structure(block)
        for _ in range(_ROUNDS):
            shorter = _BALANCED.sub(b"", structure)
            if len(shorter) == len(structure):
                break
            structure = shorter
        commas = structure.lstrip(b",")
        self._commas += len(structure) - len(commas)
        self._walk(commas)

    def number(self) -> int:
        """Return how many elements there were."""
        return self._commas + 1 if self._any else 0

    def _structure(self, block: bytes) -> bytes:
        """Return the structure of a block outside its strings, behind what was open before it."""
        block = self._slash + block
        self._slash = b""
        if b"\\" in block:
            slashes = len(block) - len(block.rstrip(b"\\"))
            if slashes % 2:
                block, self._slash = block[:-1], b"\\"
            block = _ESCAPED.sub(b"", block)
        marks = (b'"' if self._inside else b"") + block.translate(None, _DELETED)
        outside = _TEXT.sub(b"", marks.replace(b'""', b""))
        outside, mark, _ = outside.partition(b'"')
        self._inside = bool(mark)
        return self._opened + outside

    def _walk(self, structure: bytes) -> None:
        """Count what is not balanced within the block, one character after the other."""
        depth = 0
        opened = bytearray()
        for character in structure:
            if character in b"{[":
                depth += 1
                opened.append(character)
            elif character in b"}]":
                if not depth:
                    self.closed = True
                    return
                depth -= 1
                opened.pop()
            elif not depth:
                self._commas += 1
        self._opened = bytes(opened)
