"""Elements to cells, exactly; and the plain form that most rows of a document share."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from lxml import etree

from adapters import RowFault
from adapters.formats.records import Cells, row_fault
from adapters.input_limits import input_limits
from adapters.text import Text, xml_files
from adapters.text import record_files as messages
from adapters.xml_stream import MOST_ATTRIBUTES, local

_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
_NIL = f"{_INSTANCE}nil"
#: White space of XML, without the ends of line that are normalized before.
_SPACE = " \t\r\n"
#: Forms of plain rows that are tried before rows are taken apart one by one.
_FORMS = 20
#: Most elements of the pattern: it is compiled anew with each form.
_NAMES = 300
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class PlainRows:
    """The form of a row without attributes, nesting, CDATA or comments: a pattern of its elements.

    It is learnt from rows that were taken apart, and matches text only where nothing of it is left
    over: each element at most once, in one order, and white space between them.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self._raw: list[str] = []
        self._forms = 0
        self._row = ""
        self.match: Callable[[str, int], re.Match[str] | None] = lambda _text, _at: None

    def learn(self, row: etree._Element) -> None:
        """Take a row that was read without a fault into the pattern, if it is plain."""
        raw = [_raw(child) for child in row]
        names = [local(child.tag) for child in row]
        if self._forms >= _FORMS or not raw or row.attrib or any(map(_complex, row)):
            return
        if len({*self._raw, *raw}) > _NAMES:
            return
        if self._row not in ("", _raw(row)) or not _fits(raw, self._raw):
            return
        if {*raw} <= {*self._raw} and self._raw:
            return
        self._forms += 1
        self._row = _raw(row)
        for place, name in enumerate(raw):
            if name not in self._raw:
                at = self._raw.index(raw[place - 1]) + 1 if place else 0
                self._raw.insert(at, name)
                self.names.insert(at, names[place])
        self.match = re.compile(self._pattern()).match

    def texts(self, groups: list[tuple[str, ...]], text: str) -> dict[str, Sequence[str]] | None:
        """Return the columns of matched rows; None where some text is not as plain as it looked."""
        limit = input_limits().characters
        if "]]>" in text or (len(text) > limit and any(len(t) > limit for g in groups for t in g)):
            return None
        if "&" in text:
            try:
                groups = [tuple(map(resolved, group)) for group in groups]
            except ValueError:
                return None
        return dict(zip(self.names, zip(*groups, strict=True), strict=True))

    def _pattern(self) -> str:
        cells = "".join(
            rf"(?:<{name}>([^<]*+)</{name}>[ \t\n]*+|<{name}[ \t\n]*+/>[ \t\n]*+)?+"
            for name in map(re.escape, self._raw)
        )
        row = re.escape(self._row)
        return rf"<{row}>[ \t\n]*+{cells}</{row}>[ \t\n]*+"


def _fits(raw: list[str], known: list[str]) -> bool:
    """Whether names that both lists have stand in one order."""
    places = [known.index(name) for name in raw if name in known]
    return len({*raw}) == len(raw) and all(a < b for a, b in pairwise(places))


def _raw(element: etree._Element) -> str:
    """Return an element's name as it is written."""
    name = local(element.tag)
    return f"{element.prefix}:{name}" if element.prefix else name


def _complex(element: etree._Element) -> bool:
    # A declaration of a namespace is no attribute to lxml, but the pattern would not match it.
    return len(element) > 0 or bool(element.attrib)


def resolved(text: str) -> str:
    """Return a text with its references resolved; raises ValueError for one that is not known."""
    if "&" not in text:
        return text
    plain = _REFERENCE.sub("", text)
    if "&" in plain:
        raise ValueError
    return _REFERENCE.sub(_character, text)


def _character(reference: re.Match[str]) -> str:
    hexadecimal, decimal, name = reference.groups()
    if name:
        return _NAMED[name]
    return chr(int(hexadecimal, 16) if hexadecimal else int(decimal))


def row_cells(element: etree._Element) -> tuple[Cells, RowFault | None]:
    """Return the cells of a row, and what is wrong with it, if anything is."""
    row = _Row()
    row.read(element, "", 1)
    return row.cells, row.fault()


@dataclass(slots=True)
class _Row:
    """A row that is taken apart: an attribute is `@name`, a nested element `outer.inner`."""

    cells: Cells = field(default_factory=dict)
    twice: dict[str, None] = field(default_factory=dict)
    faults: list[RowFault] = field(default_factory=list)

    def read(self, element: etree._Element, prefix: str, depth: int) -> None:
        """Put what is in an element under its names; it has elements, or is the row itself."""
        limits = input_limits()
        if depth > limits.depth:
            self._fault("format.row", messages.too_deep(limits.depth))
            return
        self._attributes(element, prefix)
        self._no_text_beside(element, prefix)
        names = set()
        for child in element:
            name = f"{prefix}{local(child.tag)}"
            if name in names:
                self.twice[name] = None
            names.add(name)
            if len(child):
                self.read(child, f"{name}.", depth + 1)
            else:
                self._add(name, child.text or "")
                self._attributes(child, f"{name}.")
                self._no_nil(child, name)
            if len(self.cells) > limits.columns:
                self._fault("format.limit", messages.too_many_columns(limits.columns))
                return

    def fault(self) -> RowFault | None:
        """Return the gravest of what is wrong: what makes the columns doubtful comes first."""
        if self.twice:
            return row_fault("format.row", xml_files.twice(self.twice))
        return self.faults[0] if self.faults else None

    def _add(self, name: str, text: str) -> None:
        limit = input_limits().characters
        if name in self.cells:
            self.twice[name] = None
            return
        if len(text) > limit:
            self._fault("format.limit", messages.too_long(name, limit))
            text = ""
        if "\ufffd" in text or "\ufffd" in name:
            self._fault("format.character", messages.unreadable_character(name))
        self.cells[name] = text

    def _attributes(self, element: etree._Element, prefix: str) -> None:
        limit = min(input_limits().columns, MOST_ATTRIBUTES)
        if len(element.attrib) > limit:
            self._fault("format.limit", messages.too_many_columns(limit))
            return
        for key, value in element.attrib.items():
            # What a schema says of an element is no value of it.
            if not str(key).startswith(_INSTANCE):
                self._add(f"{prefix}@{local(key)}", str(value))

    def _no_text_beside(self, element: etree._Element, prefix: str) -> None:
        texts = [element.text, *(child.tail for child in element)]
        if any(text and text.strip(_SPACE) for text in texts):
            name = prefix.removesuffix(".") or local(element.tag)
            self._fault("format.row", xml_files.mixed(name))

    def _no_nil(self, element: etree._Element, name: str) -> None:
        if element.get(_NIL, "").strip() in ("true", "1") and element.text:
            self._fault("format.row", xml_files.nil_with_value(name))

    def _fault(self, rule: str, text: Text) -> None:
        self.faults.append(row_fault(rule, text))
