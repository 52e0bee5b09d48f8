"""Reads YAML that people write: values as they stand, no anchors, aliases or tags, and never too
much of it.

Built on the parser's events alone. Its constructors make dates, octal numbers and objects, follow
aliases to any size and end in exceptions of many kinds; here each fault is a `YamlError` with its
line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from gateway.errors import GatewayError
from gateway.text import Text
from gateway.text import yaml_text as texts

#: Bytes, nodes and depth of the largest text that is read: a hundred times what any mapping has.
BYTES_LIMIT = 1_000_000
NODES_LIMIT = 100_000
DEPTH_LIMIT = 50
#: Digits of a number; what has more is a code, and belongs in quotes.
DIGITS_LIMIT = 100

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
#: A number that begins with a zero is a code, and stays a text.
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?")

Path = tuple[str | int, ...]


class YamlError(GatewayError):
    """A text cannot be read; `what` says why without its line, `line` counts from 1."""

    def __init__(self, reason: Text, line: int = 1) -> None:
        self.what = reason
        self.line = line
        text = texts.at_line(line, reason)
        super().__init__(text.zh, text.en)


@dataclass(frozen=True, slots=True)
class Document:
    """What a text says: tables, lists, texts, whole numbers, floats, truths and None.

    And on which lines.
    """

    tree: Any
    #: The line, from 1, of each key of a table and each item of a list, by its path.
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """Return the line of a part, or of the nearest part around it that there is."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def read_yaml(text: str) -> Any:
    """Return what a text says; None where it is empty. Raises YamlError."""
    return read_document(text).tree


def read_document(text: str) -> Document:
    """Return what a text says with its lines; raises YamlError."""
    if len(text.encode("utf-8", "surrogatepass")) > BYTES_LIMIT:
        raise YamlError(texts.too_long(BYTES_LIMIT))
    builder = _Builder()
    for event in _events(text):
        builder.take(event)
    return Document(builder.tree, builder.lines)


def _events(text: str) -> Iterator[Any]:
    """Yield the parser's events, each of its faults as a YamlError."""
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except YamlError:
        raise
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = error.problem or error.context or type(error).__name__
        raise YamlError(texts.not_well_formed(reason), mark.line + 1 if mark else 1) from None
    except Exception as error:  # noqa: BLE001
        # The parser fails in ways of its own on hostile texts; none of them may end a page or
        # command.
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise YamlError(texts.not_well_formed(reason)) from None


@dataclass(slots=True)
class _Open:
    """A table or list that has begun, and the key that its next value is for."""

    made: dict[str, Any] | list[Any]
    path: Path
    key: str | None = None


class _Builder:
    """Builds the tree from events, with its own stack: a deep text costs no recursion."""

    def __init__(self) -> None:
        self.tree: Any = None
        self.lines: dict[Path, int] = {}
        self._stack: list[_Open] = []
        self._nodes = 0
        self._documents = 0

    def take(self, event: Any) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        match event:
            case AliasEvent():
                raise YamlError(texts.no_alias(f"*{event.anchor}"), line)
            case ScalarEvent():
                self._count(event, line)
                self._scalar(event, line)
            case MappingStartEvent():
                self._begin({}, event, line)
            case SequenceStartEvent():
                self._begin([], event, line)
            case MappingEndEvent() | SequenceEndEvent():
                self._stack.pop()
            case DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise YamlError(texts.one_document(), line)

    def _count(self, event: Any, line: int) -> None:
        self._nodes += 1
        if self._nodes > NODES_LIMIT:
            raise YamlError(texts.too_many_parts(NODES_LIMIT), line)
        if event.anchor is not None:
            raise YamlError(texts.no_alias(f"&{event.anchor}"), line)
        if event.tag is not None:
            raise YamlError(texts.no_tag(str(event.tag)), line)

    def _begin(self, part: dict[str, Any] | list[Any], event: Any, line: int) -> None:
        self._count(event, line)
        if len(self._stack) >= DEPTH_LIMIT:
            raise YamlError(texts.too_deep(DEPTH_LIMIT), line)
        top = self._stack[-1] if self._stack else None
        if top is not None and isinstance(top.made, dict) and top.key is None:
            raise YamlError(texts.key_is_no_text(), line)
        path = self._put(part, line)
        self._stack.append(_Open(part, path))

    def _scalar(self, event: Any, line: int) -> None:
        top = self._stack[-1] if self._stack else None
        if top is not None and isinstance(top.made, dict) and top.key is None:
            if event.value in top.made:
                raise YamlError(texts.key_twice(event.value), line)
            top.key = event.value
            self.lines[*top.path, event.value] = line
            return
        plain = event.style in (None, "")
        self._put(_plain_value(event.value, line) if plain else event.value, line)

    def _put(self, value: Any, line: int) -> Path:
        """Put a value where it belongs; return its path."""
        if not self._stack:
            self.tree = value
            return ()
        top = self._stack[-1]
        if isinstance(top.made, list):
            top.made.append(value)
            path: Path = (*top.path, len(top.made) - 1)
            self.lines[path] = line
            return path
        key = top.key or ""
        top.made[key] = value
        top.key = None
        return (*top.path, key)


def _plain_value(text: str, line: int) -> Any:
    """Return what an unquoted text is: nothing, a truth, a number, or itself."""
    if text in _NULL:
        return None
    if text in _TRUTHS:
        return _TRUTHS[text]
    if _FLOAT.fullmatch(text):
        if len(text) > DIGITS_LIMIT:
            raise YamlError(texts.number_too_long(DIGITS_LIMIT), line)
        number = int(text) if _INTEGER.fullmatch(text) else float(text)
        return number if isfinite(number) else text
    return text
