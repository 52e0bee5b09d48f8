"""What stands around the rows of a document, held against what is set of it. Pure.

A document that tells of an error is refused, never 0 rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.formats import FormatError
from adapters.outcomes import (
    Leaf,
    doubts,
    failures,
    is_count,
    may_count,
    message_of,
    tells_of_all,
)
from adapters.text import envelope as messages
from adapters.text.record_files import short
from adapters.xml_stream import local

#: Members that a message repeats.
_REPEATED = 3
#: Most characters of a text that are looked at, and values that are remembered of XML.
_TEXT = 1_000
_MOST_LEAVES = 10_000


@dataclass(frozen=True, slots=True)
class Expected:
    """What is set of a document beside its rows: `ok_path`, `ok_values` and `total`,
    paths "" for none.
    """

    ok_path: str = ""
    ok_values: tuple[str, ...] = ()
    total: str = ""

    @property
    def paths(self) -> frozenset[str]:
        """Return the paths that are set."""
        return frozenset({self.ok_path, self.total} - {""})

    def check_code(self, leaves: Sequence[Leaf]) -> None:
        """Raise FormatError where the result code that is set is not there, or is not good."""
        if not self.ok_path:
            return
        values = [leaf.value for leaf in leaves if leaf.path == self.ok_path]
        good = {value.lower() for value in self.ok_values}
        bad = [value for value in values if value.lower() not in good]
        if bad or not values:
            value = bad[0] if bad else None
            text = messages.bad_result(self.ok_path, value, message_of(leaves))
            raise FormatError("format.result", *text)

    def check_rows(self, leaves: Sequence[Leaf], rows: int) -> None:
        """Raise FormatError for another total than there are rows,
        and for an error beside the rows.

        Where a setting says what counts nothing else does. Else a code that can mean nothing but a
        failure refuses rows too; where there are none, so do a code that is not known to be good, a
        message that no good code explains, and a total that is not 0.
        """
        if self.total:
            self._check_total(leaves, rows)
        near = [leaf for leaf in leaves if leaf.near]
        if not self.ok_path:
            # A total of 0 that was asked for says that the list is empty.
            bad = failures(near) if rows else doubts(near, vouched=bool(self.total))
            if bad:
                members = [f"{leaf.path}={short(leaf.value)}" for leaf in bad[:_REPEATED]]
                text = messages.result_in_doubt(members, message_of(near), rows)
                raise FormatError("format.result", *text)
        if not self.total and not rows and (count := next(filter(is_count, near), None)):
            text = messages.empty_with_total(count.path, count.value)
            raise FormatError("format.total", *text)

    def _check_total(self, leaves: Sequence[Leaf], rows: int) -> None:
        values = [leaf.value for leaf in leaves if leaf.path == self.total]
        if not any(values):
            raise FormatError("format.total", *messages.total_missing(self.total))
        for value in values:
            if not (value.isascii() and value.isdecimal()):
                raise FormatError("format.total", *messages.no_total(self.total, value))
            if value.lstrip("0") != str(rows or ""):
                text = messages.total_disagrees(self.total, value, rows)
                raise FormatError("format.total", *text)


class XmlLeaves:
    """Takes what a parser meets beside rows, and remembers the values that may count.

    Their paths are those of local names from the root, with slashes; an attribute is `@name`.
    """

    def __init__(self, paths: frozenset[str], way: Sequence[str]) -> None:
        self.leaves: list[Leaf] = []
        self._paths = paths
        #: The elements on the way to the rows; the root is one whatever its name is.
        self._way = way[1:]
        self._open: list[str] = []
        #: The text of the element that was entered last, None once that is known to be no leaf.
        self._text: list[str] | None = None
        self._length = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Enter an element."""
        self._open.append(local(tag))
        self._text, self._length = [], 0
        for key, value in attributes.items():
            self._add([*self._open, f"@{local(key)}"], local(key), value)

    def data(self, text: str) -> None:
        """Note the text of an element, as much of it as may count."""
        if self._text is not None and self._length < _TEXT:
            self._text.append(text[: _TEXT - self._length])
            self._length += len(self._text[-1])

    def end(self, _tag: str) -> None:
        """Leave an element."""
        if self._text is not None:
            self._add(self._open, self._open[-1], "".join(self._text))
        self._text = None
        self._open.pop()

    def close(self) -> None:
        """Do nothing at the end."""

    def _add(self, names: list[str], name: str, value: str) -> None:
        known = bool(self._paths) or may_count(name)
        path = "/".join(names) if known else ""
        near = may_count(name) and tells_of_all(names[1:-1], self._way)
        if (path in self._paths or near) and len(self.leaves) < _MOST_LEAVES:
            self.leaves.append(Leaf(path, name, value.strip(), near))
