"""Rows of an answer: elements, attributes and references turned into cells, each as it is written.

Pure.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl
from lxml import etree

from adapters.input_limits import input_limits
from adapters.soap_answers.decoding import Decoded
from adapters.soap_answers.envelope import (
    WIRE,
    LostReferenceError,
    Tree,
    attachment,
    check_attributes,
    column_name,
    included,
    is_nil,
    reference,
)
from adapters.soap_answers.trouble import UnusableAnswerError
from adapters.soap_answers.zones import may_hold_moments, shanghai_column
from adapters.text import Text
from adapters.text import soap as messages

#: Elements of one row that are looked at, for each column that it may have.
_STEPS = 4
#: Column of a row that is one text and has no elements.
WHOLE = "text()"
_EMPTY = "row.empty"
_ROW = "format.row"
_CHARACTER = "format.character"
#: Whether a row is more than plain cells: nested elements, attributes, text between.
_UNPLAIN = etree.XPath(
    "boolean(*/*) or boolean(*/@*) or boolean(@*) or boolean(text()[normalize-space()])"
)
#: A fault of a row: its place, its rule, and its text in both languages.
Fault = tuple[int, str, str, str]


@dataclass(slots=True)
class _Cells:
    """Cells of one row while they are gathered."""

    tree: Tree
    values: dict[str, str | None] = field(default_factory=dict)
    twice: set[str] = field(default_factory=set)
    between: bool = False
    #: Cells that say that they have no value, and have one.
    nil: set[str] = field(default_factory=set)
    #: Elements that were looked at: references may lead to the same ones again and again.
    steps: int = 0
    #: Elements that are being looked into: a reference back to one leads in a circle.
    open: set[int] = field(default_factory=set)

    def put(self, name: str, value: str | None) -> None:
        if name in self.values:
            self.twice.add(name)
        self.values[name] = value


@dataclass(slots=True)
class Rows:
    """Rows as they are read, with what is wrong with each."""

    decoded: Decoded
    #: Of each row the names of its cells, and the cells.
    cells: list[tuple[tuple[str, ...], list[str | None]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    #: Elements that were looked at in rows that may share them by reference.
    _referred: int = 0
    _shapes: dict[tuple[str, ...], tuple[str, ...] | None] = field(default_factory=dict)
    #: The names of the cells of the row that was added last, None where it was not plain.
    last_shape: tuple[str, ...] | None = None

    def add(self, element: etree._Element, tree: Tree) -> None:
        """Read one row element."""
        self.last_shape = None
        children = list(element)
        if not children or _UNPLAIN(element):
            self._add_slowly(element, tree)
            return
        tags = tuple([child.tag for child in children])
        if tags not in self._shapes:
            names = tuple(column_name(tag) for tag in tags)
            self._shapes[tags] = names if len(set(names)) == len(names) else None
        shape = self._shapes[tags]
        if shape is None:
            self._add_slowly(element, tree)
            return
        self.last_shape = shape
        self.cells.append((shape, [child.text or "" for child in children]))

    def add_plain(self, names: tuple[str, ...], rows: list[list[str | None]]) -> None:
        """Add rows that have the same cells."""
        self.cells += [(names, cells) for cells in rows]

    def _add_slowly(self, element: etree._Element, tree: Tree) -> None:
        place = len(self.cells)
        cells = _Cells(tree)
        try:
            _gather(tree.resolved(element), "", cells)
        except (LostReferenceError, UnusableAnswerError) as error:
            name = str(error) if isinstance(error, LostReferenceError) else "cid:"
            self._fault(place, _ROW, messages.row_reference(name))
        if cells.twice:
            self._fault(place, _ROW, messages.repeated_elements(cells.twice))
        if cells.nil:
            self._fault(place, _ROW, messages.nil_with_value(cells.nil))
        if cells.between:
            self._fault(place, _ROW, messages.text_between())
        self.cells.append((tuple(cells.values), list(cells.values.values())))
        self._referred += cells.steps if tree.ids else 0
        if self._referred > input_limits().cells:
            raise UnusableAnswerError("refused", "soap.reference", messages.too_many_references())

    def _fault(self, place: int, rule: str, text: Text) -> None:
        self.faults.append((place, rule, text.zh, text.en))

    def frame(
        self, known: tuple[str, ...], closed: bool, id_column: str
    ) -> tuple[pl.DataFrame, list[str], tuple[str, ...]]:
        """Return the rows as text columns, the change number of each, and the columns there are.

        Columns are those known; where they are not `closed`, others that rows have come after them.
        """
        shapes = dict.fromkeys(names for names, _ in self.cells)
        columns = list(dict.fromkeys([*known, *(name for shape in shapes for name in shape)]))
        if not closed:
            known = tuple(columns)
        if len(known) > input_limits().columns:
            raise UnusableAnswerError(
                "refused", "soap.columns", messages.too_many_columns(input_limits().columns)
            )
        self._refuse_unknown(known, id_column, shapes)
        by_name = self._columns(shapes)
        missing = [None] * len(self.cells)
        series = (
            pl.Series(name, by_name.get(name, missing), dtype=pl.String)
            for name in known
            if name != id_column
        )
        moments = may_hold_moments(self.decoded.data)
        frame = pl.DataFrame([shanghai_column(column) if moments else column for column in series])
        refs = [value or "" for value in by_name.get(id_column, ())] if id_column else []
        if id_column and not refs:
            refs = [""] * len(self.cells)
        self._refuse_empty()
        self._refuse_values(frame)
        self.faults.sort()
        return frame, refs, known

    def _columns(self, shapes: dict[tuple[str, ...], None]) -> dict[str, Sequence[str | None]]:
        """Turn rows into columns: at once where all have the same cells."""
        if len(shapes) == 1:
            [names] = shapes
            return dict(zip(names, zip(*(cells for _, cells in self.cells), strict=True)))  # noqa: B905
        rows = [dict(zip(names, cells, strict=True)) for names, cells in self.cells]
        wanted = dict.fromkeys(name for shape in shapes for name in shape)
        return {name: [row.get(name) for row in rows] for name in wanted}

    def _refuse_unknown(
        self, known: tuple[str, ...], id_column: str, shapes: dict[tuple[str, ...], None]
    ) -> None:
        allowed = {*known, id_column}
        beyond = {shape: extra for shape in shapes if (extra := set(shape) - allowed)}
        for place, (names, _) in enumerate(self.cells) if beyond else ():
            if names in beyond:
                self._fault(place, _ROW, messages.unknown_elements(beyond[names]))

    def _refuse_empty(self) -> None:
        """Refuse rows without any value: an object that says nothing is no record."""
        for place, (_, cells) in enumerate(self.cells):
            if not any(cells) or not any(cell and not cell.isspace() for cell in cells):
                self._fault(place, _EMPTY, messages.empty_row())

    def _refuse_values(self, frame: pl.DataFrame) -> None:
        """Refuse rows with a character that no text may hold,
        or a value longer than values may be.
        """
        most = input_limits().characters
        for column in frame:
            longest = column.str.len_bytes().max()
            if isinstance(longest, int) and longest > most:
                for place in column.str.len_chars().gt(most).arg_true():
                    self._fault(place, "format.cell", messages.too_long(column.name, most))
        self.faults += bad_characters(frame, self.decoded)


def bad_characters(frame: pl.DataFrame, decoded: Decoded) -> list[Fault]:
    """Return the faults of rows with a character that no text may hold, each by its name."""
    faults: list[Fault] = []
    for column in frame if decoded.mark else ():
        for place in column.str.contains(decoded.mark, literal=True).arg_true():
            text = messages.bad_character(column.name, decoded.bad(column[place]))
            faults.append((place, _CHARACTER, text.zh, text.en))
    return faults


def _gather(element: etree._Element, prefix: str, cells: _Cells, depth: int = 0) -> None:
    if depth > input_limits().depth or id(element) in cells.open:
        raise LostReferenceError(prefix.rstrip("."))
    cells.open.add(id(element))
    for name, value in _attributes(element, cells.tree):
        cells.put(f"{prefix}@{name}", value)
    if len(element):
        cells.between |= any(text.strip() for text in _texts(element))
    elif element.text and element.text.strip() and not is_nil(element):
        cells.put(f"{prefix}{WHOLE}", element.text)
    names: set[str] = set()
    for child in element:
        name = f"{prefix}{column_name(child.tag)}"
        if name in names:
            cells.twice.add(name)
        names.add(name)
        _gather_child(child, name, cells, depth)
    cells.open.discard(id(element))


def _gather_child(child: etree._Element, name: str, cells: _Cells, depth: int) -> None:
    cells.steps += 1
    if cells.steps > _STEPS * input_limits().columns:
        raise LostReferenceError(name)
    inner = cells.tree.resolved(child) if reference(child) else child
    address = included(inner)
    if address is not None:
        data = attachment(address, cells.tree.parts)
        cells.put(name, base64.b64encode(data).decode("ascii"))
        return
    if len(inner):
        _gather(inner, f"{name}.", cells, depth + 1)
        # What is nested counts as one: a second element of this name would overwrite or mix.
        if name in cells.values:
            cells.twice.add(name)
        return
    for attribute, value in _attributes(inner, cells.tree):
        cells.put(f"{name}.@{attribute}", value)
    nil = is_nil(inner)
    if nil and (inner.text or "").strip():
        cells.nil.add(name)
    cells.put(name, None if nil else inner.text or "")


def _attributes(element: etree._Element, tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield an element's attributes that are data: not those that say how something is written."""
    check_attributes(element)
    for key, value in element.attrib.items():
        space, _, name = str(key).rpartition("}")
        if space.lstrip("{") in WIRE:
            continue
        if tree.encoded and name in ("id", "href"):
            continue
        yield column_name(key), str(value)


def _texts(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        yield child.tail or ""
