"""The array of rows in a JSON document, read as a stream: where it is, its elements,
what is beside it.

Nothing of a document is passed over. What stands beside the rows is collected and parsed at the end
with an empty array in their place, so a document that is cut off, goes on after its end, or has a
key twice above its rows is seen.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from adapters.formats import FormatError
from adapters.formats.alike import is_alike
from adapters.formats.envelope import Expected
from adapters.formats.json_bytes import BLOCK, blocks
from adapters.formats.json_rows import decode, exact_row, plain_rows
from adapters.formats.json_values import (
    MalformedError,
    at_path,
    is_array,
    keys_of,
    kind_of,
    leaves_of,
    loads,
    twice_anywhere,
)
from adapters.formats.records import RecordList, Records
from adapters.input_limits import input_limits
from adapters.text import Text, json_files
from adapters.text import envelope as envelope_messages
from adapters.text import record_files as messages
from adapters.text.python_errors import json_reason, undecodable

#: Longest element, and most that may stand beside the rows, in bytes.
ROW_LIMIT = 4_000_000
BESIDE_LIMIT = 8_000_000

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TOKEN = re.compile(rb"[ \t\r\n]*+(" + _STRING + rb'|[{}\[\]:,]|[^\s"{}\[\]:,]++)', re.DOTALL)
#: What an element's end depends on; a quotation mark alone opens a string that does not end.
_STRUCTURE = re.compile(_STRING + rb'|[{}\[\],"]', re.DOTALL)
_SPACE = re.compile(rb"[ \t\r\n]*+")


class Document:
    """One document whose rows are the array at a path of keys ("" for the document itself)."""

    def __init__(self, stream: BinaryIO, path: str, expected: Expected) -> None:
        self._blocks = blocks(stream)
        self._path, self._expected = path, expected
        self._keys = path.split(".") if path else []
        #: What is read and not yet used begins at `_at`.
        self._data = b""
        self._at = 0
        self._number = 0

    def rows(self) -> Iterator[Records]:
        """Yield the rows; raises FormatError where the document is not what it should be."""
        if not self._enter_rows():
            self._envelope(self._data)
            return
        before = self._data[: self._at]
        self._drop()
        yield from self._elements()
        self._drop()
        while self._more():
            self._check_size(len(before) + len(self._data))
        self._envelope(before + b"]" + self._data)

    # --- where the rows are ------------------------------------------------------------------

    def _enter_rows(self) -> bool:
        """Go behind the bracket that opens the array of rows; False where it never comes."""
        # The key that is being read of each open object, None for each open array.
        path: list[str | None] = []
        key_follows = False
        while token := self._token():
            first = token[:1]
            if first == b"[" and path == self._keys:
                return True
            if first in b"{[":
                path.append("" if first == b"{" else None)
                self._check_depth(len(path))
            elif first in b"}]":
                path[-1:] = []
            elif key_follows and first == b'"':
                path[-1] = self._key(token)
            key_follows = first == b"{" or (first == b"," and path[-1:] not in ([], [None]))
        return False

    def _token(self) -> bytes:
        """Return the next token outside the rows, b"" at the end or for a string without one."""
        while True:
            token = _TOKEN.match(self._data, self._at)
            # What ends with the bytes that were read may go on.
            if token and token.end() < len(self._data):
                break
            if not self._more():
                break
            self._check_size(len(self._data))
        if token is None:
            return b""
        self._at = token.end()
        return token[1]

    def _key(self, token: bytes) -> str:
        try:
            return str(loads(token.decode()))
        except UnicodeDecodeError as error:
            raise self._malformed(undecodable(error)) from None
        except ValueError as error:
            raise self._malformed(json_reason(str(error))) from None

    # --- the rows ----------------------------------------------------------------------------

    def _elements(self) -> Iterator[Records]:
        """Yield the elements and go behind the bracket that closes the array."""
        if self._next() == b"]":
            self._at += 1
            return
        while True:
            if len(self._data) - self._at < BLOCK:
                self._drop()
                self._more()
            yield self._plain() or self._exact()
            separator = self._next()
            self._at += 1
            if separator == b"]":
                return
            if separator != b",":
                raise self._malformed(json_files.no_comma(separator))
            self._next()

    def _next(self) -> bytes:
        """Go to the next character that is no white space and return it."""
        while True:
            space = _SPACE.match(self._data, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._data):
                return self._data[self._at : self._at + 1]
            self._drop()
            if not self._more():
                raise self._cut_off()

    def _plain(self) -> Records | None:
        """Return as many elements at once as are plain, None where they must be looked at.

        What is an array of values up to a comma is that in the document too: no string or object
        can be open there.
        """
        end = self._data.rfind(b"},", self._at) + 1
        if end <= self._at:
            return None
        piece = self._data[self._at : end]
        try:
            decoded: list[Any] = decode(b"[" + piece + b"]")
            rows = plain_rows(piece, decoded, self._number + 1)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return None
        if rows is not None:
            self._at = end
            self._number += len(rows)
        return rows

    def _exact(self) -> Records:
        """Return the elements that end within what was read, each taken apart for itself."""
        rows = RecordList()
        while (end := self._element_end()) is None:
            self._drop()
            if len(self._data) > ROW_LIMIT:
                text = json_files.row_too_long(self._number + 1, ROW_LIMIT)
                raise FormatError("format.limit", *text)
            if not self._more():
                raise self._cut_off()
        while end is not None:
            self._add(rows, self._data[self._at : end])
            self._at = end
            comma = _SPACE.match(self._data, end)
            if comma is None or self._data[comma.end() : comma.end() + 1] != b",":
                break
            self._at = comma.end() + 1
            end = self._element_end()
            if end is None:
                self._at = comma.end()
        return rows.records()

    def _add(self, rows: RecordList, element: bytes) -> None:
        try:
            cells, fault = exact_row(element)
        except MalformedError as error:
            raise self._malformed(json_reason(str(error))) from None
        self._number += 1
        rows.add(self._number, cells, fault)

    def _element_end(self) -> int | None:
        """Return where the element at hand ends; None where more must be read to know."""
        depth = 0
        for token in _STRUCTURE.finditer(self._data, self._at):
            first = token[0]
            if first in b"{[":
                depth += 1
            elif first in b"}]":
                depth -= 1
                if depth <= 0:
                    return token.end() if depth == 0 else token.start()
            elif first == b'"':
                return None
            elif first == b"," and depth == 0:
                return token.start()
        return None

    # --- what is beside the rows -----------------------------------------------------------------

    def _envelope(self, data: bytes) -> None:
        """Hold the document without its rows against what it should be."""
        try:
            document = loads(data.decode())
        except UnicodeDecodeError as error:
            raise self._malformed(undecodable(error)) from None
        except (MalformedError, RecursionError) as error:
            raise self._malformed(json_reason(str(error)[:80])) from None
        if names := [*twice_anywhere(document)]:
            raise FormatError("format.json", *json_files.key_twice(names))
        leaves = [*leaves_of(document, self._keys)]
        self._expected.check_code(leaves)
        self._check_place(document)
        self._expected.check_rows(leaves, self._number)

    def _check_place(self, document: object) -> None:
        """Raise FormatError where the rows are not at their path."""
        value, reached = at_path(document, self._keys)
        if reached < len(self._keys):
            below = ".".join(self._keys[:reached])
            text = json_files.rows_missing(self._path, below, kind_of(value), keys_of(value))
            raise FormatError("format.rows", *text)
        for place, key in enumerate(self._keys):
            for other in keys_of(at_path(document, self._keys[:place])[0]):
                if is_alike(other, key):
                    text = envelope_messages.rows_alike(other, self._path, "rows")
                    raise FormatError("format.rows", *text)
        if not is_array(value):
            text = json_files.rows_no_array(self._path, kind_of(value), keys_of(value))
            raise FormatError("format.rows", *text)

    # --- bytes -------------------------------------------------------------------------------

    def _more(self) -> bool:
        """Read another block; False at the end of the file."""
        # What does not end yet is looked through again each time, so it grows by its own size.
        wanted = len(self._data) - self._at
        pieces = [self._data]
        while wanted >= 0 and (block := next(self._blocks, b"")):
            pieces.append(block)
            wanted -= len(block)
        self._data = b"".join(pieces)
        return len(pieces) > 1

    def _drop(self) -> None:
        """Forget what is used."""
        self._data, self._at = self._data[self._at :], 0

    def _check_size(self, size: int) -> None:
        if size > BESIDE_LIMIT:
            raise FormatError("format.limit", *json_files.beside_too_long(BESIDE_LIMIT))

    def _check_depth(self, depth: int) -> None:
        limit = input_limits().depth
        if depth > limit:
            raise FormatError("format.limit", *messages.too_deep(limit))

    def _cut_off(self) -> FormatError:
        return self._error(json_files.cut_off(self._number))

    def _malformed(self, reason: Text) -> FormatError:
        return self._error(json_files.malformed(self._number, reason))

    @staticmethod
    def _error(text: Text) -> FormatError:
        return FormatError("format.json", *text)
