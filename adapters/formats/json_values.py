"""Values of JSON with nothing repaired: numbers as they are written,
objects as all of their pairs.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from adapters.outcomes import Leaf, tells_of_all


class MalformedError(ValueError):
    """A text is no JSON at all; the message says why."""


class Number(str):
    """A number as it is written."""

    __slots__ = ()


class NoNumber(str):
    """NaN or an infinity, which JSON does not know."""

    __slots__ = ()


class Object(list[tuple[str, Any]]):
    """The pairs of an object, so that a key that comes twice is seen."""


_KINDS = {Object: "{…}", list: "[…]", str: "string", bool: "true/false", type(None): "null"}


def loads(text: str) -> Any:
    """Parse JSON; raises MalformedError, and RecursionError for what is nested without end."""
    try:
        return json.loads(
            text,
            object_pairs_hook=Object,
            parse_float=Number,
            parse_int=Number,
            parse_constant=NoNumber,
        )
    except json.JSONDecodeError as error:
        raise MalformedError(error.msg) from None


def kind_of(value: object) -> str:
    """Return what a value is, for a message."""
    return _KINDS.get(type(value), "number")


def is_array(value: object) -> bool:
    """Whether a value is an array: an object is a list of pairs, and so is no plain list."""
    return type(value) is list


def keys_of(value: object) -> list[str]:
    """Return the keys of an object; none of anything else."""
    return [key for key, _ in value] if isinstance(value, Object) else []


def twice(value: object) -> list[str]:
    """Return the keys that come twice in one object."""
    if not isinstance(value, Object) or len(dict(value)) == len(value):
        return []
    return [key for key, count in Counter(keys_of(value)).items() if count > 1]


def twice_anywhere(document: object) -> Iterator[str]:
    """Yield the keys that come twice in any object of a document."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        yield from twice(value)
        if isinstance(value, Object):
            waiting += [inner for _, inner in value]
        elif isinstance(value, list):
            waiting += value


def at_path(document: object, keys: list[str]) -> tuple[Any, int]:
    """Return the value at a path of keys, or the last that was met, and how many keys led there."""
    value: Any = document
    for place, key in enumerate(keys):
        members = dict(value) if isinstance(value, Object) else {}
        if key not in members:
            return value, place
        value = members[key]
    return value, len(keys)


def leaves_of(document: object, rows: list[str]) -> Iterator[Leaf]:
    """Yield the single values of a document but for its rows, by their paths with dots.

    Of an array that is not empty it says no more than that.
    """
    waiting: list[tuple[tuple[str, ...], bool, object]] = [((), True, document)]
    while waiting:
        names, near, value = waiting.pop()
        if isinstance(value, Object):
            near = tells_of_all(names, rows)
            waiting += [((*names, key), near, inner) for key, inner in reversed(value)]
        elif names and [*names] != rows:
            yield Leaf(".".join(names), names[-1], _leaf(value), near)


def _leaf(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.strip() if isinstance(value, str) else _KINDS[list] if value else ""
