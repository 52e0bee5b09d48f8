"""Rows of an answer in the plainest form, matched as text, which is much quicker than parsing them.

A form is learnt from a row that the parser has read: what matches it is a whole element with the
same elements in the same order, without attributes, nesting, references to characters, CDATA or
comments. Pure.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from adapters.formats.xml_rows import resolved

#: Rows that are matched together, and forms that are tried for each.
_TOGETHER = 500
_FORMS = 4
#: Most elements of a form: it is compiled anew with each.
_NAMES = 300
_S = "[ \t\r\n]*+"
_ROW = re.compile(rf"<([^\s<>/&]+)>{_S}((?:<([^\s<>/&]+)(?:>[^<]*</\3>|{_S}/>){_S})++)</\1>")
_NAME = re.compile(r"<([^\s<>/&]+)(?=[\s/>])")

#: The names of a row's cells, and of each row the cells.
Run = tuple[tuple[str, ...], list[list[str | None]]]


@dataclass(frozen=True, slots=True)
class _Form:
    names: tuple[str, ...]
    match: Callable[[str, int], re.Match[str] | None]


class PlainRows:
    """The forms of the rows of one element, by its text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._forms: list[_Form] = []
        self._known: set[tuple[str, ...]] = set()

    def learn(self, start: int, end: int, names: tuple[str, ...]) -> None:
        """Take the form of a row that was read, with the names that its cells have."""
        row = _ROW.fullmatch(self._text, start, end)
        if row is None or len(self._known) == _FORMS or len(names) > _NAMES:
            return
        raw = tuple(_NAME.findall(row[2]))
        if len(raw) != len(names) or (row[1], *raw) in self._known:
            return
        self._known.add((row[1], *raw))
        cells = "".join(
            rf"<{name}(?:>([^<]*+)</{name}>|{_S}/>){_S}" for name in map(re.escape, raw)
        )
        tag = re.escape(row[1])
        self._forms.insert(0, _Form(names, re.compile(f"<{tag}>{_S}{cells}</{tag}>{_S}").match))

    def run(self, start: int) -> tuple[int, Run | None]:
        """Return where the rows of one form end that begin at a place, and these rows.

        None for rows where something is only for the parser.
        """
        for form in self._forms:
            end = start
            cells: list[list[str]] = []
            while len(cells) < _TOGETHER and (row := form.match(self._text, end)):
                cells.append([*row.groups("")])
                end = row.end()
            if cells:
                return end, self._plain(form, cells, self._text[start:end])
        return start, None

    @staticmethod
    def _plain(form: _Form, cells: list[list[str]], text: str) -> Run | None:
        if "]]>" in text or "&#" in text:
            return None
        if "\r" in text:
            cells = [[c.replace("\r\n", "\n").replace("\r", "\n") for c in row] for row in cells]
        if "&" in text:
            try:
                cells = [[*map(resolved, row)] for row in cells]
            except ValueError:
                return None
        return form.names, [[*row] for row in cells]
