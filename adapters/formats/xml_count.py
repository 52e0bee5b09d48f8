"""The rows of XML counted by a plain scan of tags, by a way that `read` does not use.

Where a block holds rows one after the other and nothing else, their start tags are counted by the C
code of bytes; elsewhere tag by tag.
"""

import re
from typing import BinaryIO

from adapters.formats.xml_bytes import to_utf8

_BLOCK = 1 << 16
_TAG = re.compile(
    rb"""<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"""
    rb"""|<(/?)([^\s<>/!?]++)(?:"[^"<]*+"|'[^'<]*+'|[^<>"']++)*+>|(<)""",
    re.DOTALL,
)
#: Longest piece of markup that is waited for.
_LIMIT = 4_000_000


def count_rows(stream: BinaryIO, path: list[str]) -> int:
    """Return how many elements stand at a path of local names, namespaces left out."""
    counter = _Counter([name.encode() for name in path])
    source = to_utf8(stream)
    while block := source.read(_BLOCK):
        counter.add(block)
    return counter.rows


class _Counter:
    def __init__(self, path: list[bytes]) -> None:
        self.rows = 0
        self._path = path
        self._open: list[bytes] = []
        self._rest = b""
        name = re.escape(path[-1])
        #: A tag of a row that is written in any other way, and much else that is none.
        self._spaced = re.compile(rb"%b[\s/]" % name)
        self._prefixed = b":%b>" % path[-1]
        self._between = re.compile(rb"</%b>\s*<%b>" % (name, name))
        self._first, self._last = b"<%b>" % path[-1], b"</%b>" % path[-1]

    def add(self, block: bytes) -> None:
        """Count a block; what ends in the middle of a tag waits for the next one."""
        data = self._rest + block
        at = self._walk(data, 0, until_rows=True)
        if self._open == self._path[:-1]:
            at = self._jump(data, at)
        at = self._walk(data, at)
        self._rest = data[at:][-_LIMIT:]

    def _jump(self, data: bytes, at: int) -> int:
        """Count plain rows that follow each other from here on; return where they end."""
        if not data.startswith(self._first, at):
            return at
        end = data.rfind(self._last, at)
        rows = data[at : end + len(self._last)]
        starts = rows.count(self._first)
        if (
            end < 0
            or b"<!" in rows
            or b"<?" in rows
            or self._prefixed in rows
            or self._spaced.search(rows)
            or rows.count(self._last) != starts
            or len(self._between.findall(rows)) != starts - 1
        ):
            return at
        # Each start but the first follows an end at once, so none lies inside another row.
        self.rows += starts
        return at + len(rows)

    def _walk(self, data: bytes, at: int, *, until_rows: bool = False) -> int:
        """Count tag by tag, at most up to the next row; return how far that went."""
        for tag in _TAG.finditer(data, at):
            if tag[3]:
                # It ends in the next block, or nowhere.
                return tag.start()
            name = tag[2]
            if name is None:
                at = tag.end()
                continue
            name = name.rpartition(b":")[2]
            if tag[1]:
                self._open[-1:] = []
            else:
                is_row = name == self._path[-1] and self._open == self._path[:-1]
                if is_row and until_rows:
                    return tag.start()
                self.rows += is_row
                if not tag[0].endswith(b"/>"):
                    self._open.append(name)
            at = tag.end()
        return at
