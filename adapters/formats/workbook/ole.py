"""The compound file that an xls is: its streams by name,
each chain of sectors followed within the file only.
"""

import struct
import sys
from array import array

from adapters.formats.workbook.archive import damaged
from adapters.text import workbooks

_END, _FREE = 0xFFFFFFFE, 0xFFFFFFFF
_HEADER = 512
_ENTRY = 128
_STREAM, _ROOT = 2, 5
_STORAGE_LIMIT = 100_000


class CompoundFile:
    """Streams at the top of a compound file; those of objects within it are left alone."""

    def __init__(self, data: bytes) -> None:
        try:
            self._open(data)
        except struct.error:
            raise damaged(workbooks.cut_off()) from None

    def _open(self, data: bytes) -> None:
        self._data = data
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        directory, _, self._cutoff, mini_fat = struct.unpack_from("<4I", data, 48)
        if shift not in (9, 12) or mini_shift != 6:
            raise damaged(workbooks.bad_records())
        self._size, self._mini_size = 1 << shift, 1 << mini_shift
        #: Sectors that the file can have.
        self._most = len(data) // self._size + 1
        self._fat = self._table(self._fat_sectors())
        entries = self._chain(directory)
        self._mini_fat = self._numbers(self._chain(mini_fat))
        self._streams: dict[str, tuple[int, int]] = {}
        self._mini = b""
        self._read_directory(entries)

    def names(self) -> list[str]:
        """Return the streams' names, in small letters."""
        return list(self._streams)

    def stream(self, name: str) -> bytes:
        """Return a stream; raises FormatError where it is cut off or its chain leads astray."""
        start, size = self._streams[name]
        data = self._mini_chain(start, size) if size < self._cutoff else self._chain(start)
        if len(data) < size:
            raise damaged(workbooks.cut_off())
        return data[:size]

    def _fat_sectors(self) -> list[int]:
        """Return the sectors of the allocation table: 109 in the header, the others in a chain."""
        count, next_list = (
            struct.unpack_from("<I", self._data, 44)[0],
            struct.unpack_from("<I", self._data, 68)[0],
        )
        sectors = list(struct.unpack_from("<109I", self._data, 76))
        seen = 0
        while next_list < _END and len(sectors) <= count:
            seen += 1
            if seen > self._most:
                raise damaged(workbooks.bad_records())
            *more, next_list = self._numbers(self._sector(next_list))
            sectors += more
        sectors = [sector for sector in sectors[:count] if sector < _END]
        # The table has a number for each sector; a little more is allowed than it needs.
        if len(sectors) * self._size // 4 > 2 * self._most + 109 * self._size:
            raise damaged(workbooks.bad_records())
        return sectors

    def _table(self, sectors: list[int]) -> "array[int]":
        return self._numbers(b"".join(self._sector(sector) for sector in sectors))

    @staticmethod
    def _numbers(data: bytes) -> "array[int]":
        numbers = array("I", data[: len(data) // 4 * 4])
        if sys.byteorder == "big":
            numbers.byteswap()
        return numbers

    def _sector(self, number: int) -> bytes:
        start = _HEADER if self._size == _HEADER else self._size
        sector = self._data[start + number * self._size : start + (number + 1) * self._size]
        if not sector:
            raise damaged(workbooks.cut_off())
        return sector

    def _chain(self, sector: int) -> bytes:
        parts: list[bytes] = []
        while sector < _END:
            if sector >= len(self._fat) or len(parts) > self._most:
                raise damaged(workbooks.bad_records())
            parts.append(self._sector(sector))
            sector = self._fat[sector]
        return b"".join(parts)

    def _mini_chain(self, sector: int, size: int) -> bytes:
        parts: list[bytes] = []
        while sector < _END and len(parts) * self._mini_size < size:
            if sector >= len(self._mini_fat):
                raise damaged(workbooks.bad_records())
            parts.append(self._mini[sector * self._mini_size : (sector + 1) * self._mini_size])
            sector = self._mini_fat[sector]
        return b"".join(parts)

    def _read_directory(self, entries: bytes) -> None:
        """Note the streams below the root, which are a tree of siblings."""
        if len(entries) < _ENTRY or entries[66] != _ROOT:
            raise damaged(workbooks.bad_records())
        root, start = (
            struct.unpack_from("<I", entries, 76)[0],
            struct.unpack_from("<I", entries, 116)[0],
        )
        self._mini = self._chain(start)
        todo: list[int] = [root]
        seen: set[int] = set()
        while todo:
            number = todo.pop()
            place = number * _ENTRY
            if number == _FREE or number in seen:
                continue
            if place + _ENTRY > len(entries) or len(seen) > _STORAGE_LIMIT:
                raise damaged(workbooks.bad_records())
            seen.add(number)
            length, kind, _, left, right = struct.unpack_from("<HBBII", entries, place + 64)
            name = entries[place : place + max(min(length, 64) - 2, 0)].decode(
                "utf-16-le", "replace"
            )
            begin, size = struct.unpack_from("<II", entries, place + 116)
            if kind == _STREAM:
                self._streams[name.casefold()] = (begin, size)
            else:
                self._streams.setdefault(f"{name.casefold()}/", (_END, 0))
            todo += [left, right]
