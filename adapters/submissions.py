"""Reads the JSON bodies that departments push to the gateway;
those by SOAP are read in `soap_submissions`.

What is there is read exactly as it stands, or the submission is refused with the record and the
key: nothing is left out. An object without a value is a row: its verdict says what is wrong. Pure.
"""

import json
from collections.abc import Iterable
from typing import Any

from adapters.formats import FormatError
from adapters.input_limits import input_limits
from adapters.text import Text
from adapters.text import submissions as messages

#: One record: its columns as text, None where the sender says that there is no value.
Row = dict[str, str | None]

#: Rules by which a submission is refused whole: it is not JSON or XML at all, it is too large, or
#: something in it cannot be read as it stands.
SYNTAX = "submission.syntax"
SIZE = "submission.size"
CONTENT = "submission.content"
EMPTY = "row.empty"


class _Number(str):
    """A number as it is written."""


class _NoNumber(str):
    """NaN or an infinity, which Python reads and JSON does not have."""


class _Object(list[tuple[str, Any]]):
    """An object as it is written: a key that stands twice is here twice."""


def json_rows(data: bytes, most: int) -> list[Row]:
    """Return the records of `{"rows": [{name: text, number, true, false or null}, ...]}`,
    at most `most`.

    Raises FormatError, whose rule is SYNTAX, SIZE, CONTENT or EMPTY.
    """
    tree = _tree(_text(data), most)
    if not isinstance(tree, _Object):
        raise FormatError(CONTENT, *messages.no_rows())
    _check_keys(0, tree)
    for name, _ in tree:
        if name != "rows":
            raise FormatError(CONTENT, *messages.unknown_key(name))
    listed = dict(tree).get("rows")
    if not isinstance(listed, list) or isinstance(listed, _Object):
        raise FormatError(CONTENT, *messages.no_rows())
    shapes: set[tuple[str, ...]] = set()
    return checked_rows((_row(record, item, shapes) for record, item in enumerate(listed, 1)), most)


def checked_rows(rows: Iterable[Row], most: int) -> list[Row]:
    """Return rows that are a table of a believable size; raises FormatError for any other."""
    limits = input_limits()
    columns: set[str] = set()
    checked: list[Row] = []
    for record, row in enumerate(rows, 1):
        if record > most:
            raise FormatError(SIZE, *messages.too_many_records(most))
        columns |= row.keys()
        if len(columns) > limits.columns:
            raise FormatError(CONTENT, *messages.too_many_columns(record, limits.columns))
        if max(map(len, filter(None, row.values())), default=0) > limits.characters:
            name = next(n for n, v in row.items() if v and len(v) > limits.characters)
            raise FormatError(CONTENT, *messages.too_long(record, name, limits.characters))
        checked.append(row)
    if not checked:
        raise FormatError(CONTENT, *messages.no_records())
    if not columns:
        raise FormatError(EMPTY, *messages.no_value_at_all())
    if len(checked) * len(columns) > limits.grid:
        raise FormatError(SIZE, *messages.too_large_a_table(len(checked), len(columns)))
    return checked


def is_empty(row: Row) -> bool:
    """Whether no column of a record has a value: a character that is no blank."""
    return not any(value is not None and value.strip() for value in row.values())


def _text(data: bytes) -> str:
    """Decode a body; a mark at its very start is read off. JSON is UTF-8 (RFC 8259)."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FormatError(SYNTAX, *messages.not_utf8(_guess(data))) from None


def _guess(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "GBK / GB18030"


def _tree(text: str, most: int) -> Any:
    objects = 0

    def counted(pairs: list[tuple[str, Any]]) -> _Object:
        """Keep an object as it is written; more than there may be are not kept at all."""
        nonlocal objects
        objects += 1
        if objects > most + 1:
            raise FormatError(SIZE, *messages.too_many_records(most))
        return _Object(pairs)

    try:
        return json.loads(
            text,
            parse_float=_Number,
            parse_int=_Number,
            parse_constant=_NoNumber,
            object_pairs_hook=counted,
        )
    except json.JSONDecodeError as error:
        raise FormatError(SYNTAX, *messages.not_json(error.lineno, error.colno)) from None
    except RecursionError:
        raise FormatError(SYNTAX, *messages.too_deep(input_limits().depth)) from None


def _row(record: int, item: Any, shapes: set[tuple[str, ...]]) -> Row:
    """Return a record; `shapes` has the keys of records before it, which are looked at once."""
    if not isinstance(item, _Object):
        raise FormatError(CONTENT, *messages.not_flat(record))
    shape = tuple([name for name, _ in item])
    if shape not in shapes:
        _check_keys(record, item)
        shapes.add(shape)
    row = {
        name: value if type(value) is str else _cell(record, name, value) for name, value in item
    }
    try:
        "".join([*row, *(value for value in row.values() if value)]).encode()
    except UnicodeEncodeError:
        raise FormatError(CONTENT, *_half_character(record, row)) from None
    return row


def _check_keys(record: int, item: _Object) -> None:
    """Raise FormatError where a key stands twice in an object, or has no name."""
    seen: set[str] = set()
    for name, _ in item:
        if name in seen:
            raise FormatError(CONTENT, *messages.key_twice(record, name))
        if not name.strip():
            raise FormatError(CONTENT, *messages.unnamed_key(record))
        seen.add(name)


def _cell(record: int, name: str, value: Any) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "1" if value else "0"
        case _NoNumber():
            raise FormatError(CONTENT, *messages.no_number(record, name, value))
        case _Number():
            most = input_limits().digits
            if len(value) > most:
                raise FormatError(CONTENT, *messages.too_many_digits(record, name, most))
            return str(value)
        case str():
            return value
        case _:
            raise FormatError(CONTENT, *messages.not_flat(record))


def _half_character(record: int, row: Row) -> Text:
    for name, value in row.items():
        try:
            f"{name}{value}".encode()
        except UnicodeEncodeError:
            return messages.half_character(record, name)
    raise AssertionError("no half of a character")
