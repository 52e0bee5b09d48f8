"""JSON objects to cells, exactly: a quick way for rows that prove plain,
an exact one for each other.

The quick way decodes with msgspec, which is strict but for two things: of a key that comes twice it
keeps the last, and `-0` becomes 0. A row whose quotation marks are not exactly those of its decoded
keys and texts had more than was decoded.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from adapters import RowFault
from adapters.formats.json_values import NoNumber, Number, Object, kind_of, loads, twice
from adapters.formats.records import Cells, Records, row_fault
from adapters.input_limits import input_limits
from adapters.text import Text, json_files
from adapters.text import record_files as messages

#: A character that a backslash takes the meaning from; what is left has no escaped quotation mark.
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_MINUS_ZERO = re.compile(rb"-0(?![0-9.eE])")
_SURROGATE = re.compile("[\ud800-\udfff]")
#: Characters that are left of a name too long for a column.
_NAME = 100


@dataclass(frozen=True, slots=True)
class _Written:
    """A number with a point or exponent as it is written: no text,
    so that texts are told from it.
    """

    text: str


#: What is one value, one value each, and how it is written.
_TEXTS: dict[type, Callable[[Any], str]] = {
    str: str,
    int: str,
    Number: str,
    _Written: lambda value: value.text,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "",
    NoNumber: str,
}
decode = msgspec.json.Decoder(float_hook=_Written).decode


def plain_rows(data: bytes, decoded: list[Any], first: int) -> Records | None:
    """Return decoded rows where they prove to be all that `data` says, else None.

    `data` are the bytes of just these rows, with what separates them; `first` is the number of the
    first.
    """
    limits = input_limits()
    if {*map(type, decoded)} != {dict} or max(map(len, decoded)) > limits.columns:
        return None
    plain = _Plain(data)
    records = Records(range(first, first + len(decoded)))
    names = tuple(decoded[0])
    if any("" in row for row in decoded):
        return None
    if all(map(names.__eq__, map(tuple, decoded))):
        columns = zip(*map(dict.values, decoded), strict=True)
        records.columns = {name: plain.texts(c) for name, c in zip(names, columns, strict=True)}
    else:
        for row in decoded:
            row.update(zip(row, plain.texts(tuple(row.values())), strict=True))
        records.rows = decoded
    keys = sum(map(len, decoded))
    return records if plain.is_all(keys) else None


class _Plain:
    """Turns decoded values into text,
    and counts what their bytes must hold if they are all of it.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._strings = 0
        self._sound = True

    def texts(self, values: tuple[Any, ...]) -> Sequence[str]:
        """Return values as they are written."""
        limits = input_limits()
        try:
            # Joining takes nothing but texts, and is done sooner than asking each for its type.
            "".join(values)
        except TypeError:
            pass
        else:
            self._strings += len(values)
            if len(self._data) > limits.characters:
                self._sound &= max(map(len, values), default=0) <= limits.characters
            return values
        types = [*map(type, values)]
        strings = types.count(str)
        self._strings += strings
        if len(self._data) > limits.characters and strings:
            longest = max(len(value) for value in values if type(value) is str)
            self._sound &= longest <= limits.characters
        if not {*types} <= _TEXTS.keys():
            self._sound = False
            return values
        self._sound &= int not in types or 0 not in values or not _MINUS_ZERO.search(self._data)
        texts = [_TEXTS[kind](value) for kind, value in zip(types, values, strict=True)]
        longest = max(len(t) for t, kind in zip(texts, types, strict=True) if kind is not str)
        self._sound &= longest <= limits.digits
        return texts

    def is_all(self, keys: int) -> bool:
        """Whether the bytes hold just so many keys and the strings that were counted."""
        data = _ESCAPED.sub(b"", self._data) if b"\\" in self._data else self._data
        return self._sound and data.count(b'"') == 2 * (keys + self._strings)


def exact_row(data: bytes) -> tuple[Cells, RowFault | None]:
    """Return the cells of one row as they are written, and what is wrong with it, if anything is.

    Raises MalformedError for what is no JSON.
    """
    try:
        text, utf8 = data.decode(), True
    except UnicodeDecodeError:
        text, utf8 = data.decode(errors="replace"), False
    try:
        value = loads(text)
    except RecursionError:
        return {}, row_fault("format.row", messages.too_deep(input_limits().depth))
    if not isinstance(value, Object):
        return {}, row_fault("format.row", json_files.no_object(kind_of(value)))
    row = _Row()
    row.read("", value, 1)
    if not utf8:
        return row.cells, row_fault("format.row", json_files.not_utf8())
    return row.cells, row.fault()


@dataclass(slots=True)
class _Row:
    """A row that is taken apart: nested objects as `outer.inner`, and all that is wrong with it."""

    cells: Cells = field(default_factory=dict)
    faults: list[RowFault] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)

    def read(self, prefix: str, item: Object, depth: int) -> None:
        """Put an object's values under their dotted names."""
        limits = input_limits()
        if depth > limits.depth:
            self._add("format.row", messages.too_deep(limits.depth))
            return
        self.twice += [f"{prefix}{key}" for key in twice(item)]
        for key, value in item:
            name = self._name(f"{prefix}{key}")
            if not name:
                self._add("format.row", json_files.no_name())
                continue
            if isinstance(value, Object):
                self.read(f"{name}.", value, depth + 1)
                continue
            if name in self.cells:
                self.twice.append(name)
            elif isinstance(value, list):
                self.lists.append(name)
                self.cells[name] = ""
            else:
                self.cells[name] = self._text(name, value)
            if len(self.cells) > limits.columns:
                self._add("format.limit", messages.too_many_columns(limits.columns))
                return

    def fault(self) -> RowFault | None:
        """Return the gravest of what is wrong: what makes the columns doubtful comes first."""
        if self.twice:
            return row_fault("format.row", json_files.key_twice(dict.fromkeys(self.twice)))
        if self.lists:
            return row_fault("format.row", json_files.list_value(self.lists))
        return self.faults[0] if self.faults else None

    def _name(self, name: str) -> str:
        limits = input_limits()
        if len(name) > limits.characters:
            self._add("format.limit", messages.too_long(name, limits.characters))
            return name[:_NAME]
        if _SURROGATE.search(name):
            self._add("format.surrogate", json_files.surrogate(_SURROGATE.sub("\ufffd", name)))
            return _SURROGATE.sub("\ufffd", name)
        return name

    def _text(self, name: str, value: object) -> str:
        text = _TEXTS[type(value)](value)
        limits = input_limits()
        if type(value) is NoNumber:
            self._add("format.number", json_files.no_number(text))
        elif type(value) is Number and len(text) > limits.digits:
            self._add("format.limit", json_files.digits(name, limits.digits))
            return ""
        elif len(text) > limits.characters:
            self._add("format.limit", messages.too_long(name, limits.characters))
            return ""
        elif _SURROGATE.search(text):
            self._add("format.surrogate", json_files.surrogate(name))
            return _SURROGATE.sub("\ufffd", text)
        return text

    def _add(self, rule: str, text: Text) -> None:
        self.faults.append(row_fault(rule, text))
