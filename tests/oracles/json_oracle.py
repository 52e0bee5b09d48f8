"""RFC 8259, a character at a time."""

from typing import Any

from tests.oracles import NoDocument, Rows
from tests.oracles.text_oracle import unpadded

_BLANK = " \t\n\r"
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_DIGITS = "0123456789"
_DEPTH = 100
#: Characters of a value and digits of a number, at most.
_LONGEST, _DIGITS_MOST = 1_000_000, 1_000


class _Pairs(list):  # type: ignore[type-arg]
    """An object's members in order."""


class _Number(str):
    """A number as it is written."""


#: NaN and the infinities, which other writers put in: they cost their row.
_NO_NUMBER = object()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def document(self) -> Any:
        value = self.value(1)
        self.blank()
        if self.at != len(self.text):
            raise NoDocument("more after the document")
        return value

    def blank(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in _BLANK:
            self.at += 1

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self, expected: str) -> None:
        if not self.text.startswith(expected, self.at):
            raise NoDocument(f"{expected!r} at {self.at}")
        self.at += len(expected)

    def value(self, depth: int) -> Any:
        if depth > _DEPTH + 3:
            raise NoDocument("depth")
        self.blank()
        character = self.peek()
        if character == "{":
            return self.object(depth)
        if character == "[":
            return self.array(depth)
        if character == '"':
            return self.string()
        for word, value in (("true", True), ("false", False), ("null", None)):
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        for word in ("NaN", "Infinity", "-Infinity"):
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return _NO_NUMBER
        return self.number()

    def object(self, depth: int) -> _Pairs:
        pairs = _Pairs()
        self.take("{")
        self.blank()
        if self.peek() == "}":
            self.take("}")
            return pairs
        while True:
            self.blank()
            key = self.string()
            self.blank()
            self.take(":")
            pairs.append((key, self.value(depth + 1)))
            self.blank()
            if self.peek() == "}":
                self.take("}")
                return pairs
            self.take(",")

    def array(self, depth: int) -> list[Any]:
        items: list[Any] = []
        self.take("[")
        self.blank()
        if self.peek() == "]":
            self.take("]")
            return items
        while True:
            items.append(self.value(depth + 1))
            self.blank()
            if self.peek() == "]":
                self.take("]")
                return items
            self.take(",")

    def string(self) -> str:
        self.take('"')
        characters: list[str] = []
        while True:
            character = self.peek()
            if not character or ord(character) < 0x20:
                raise NoDocument("string")
            self.at += 1
            if character == '"':
                # Halves of a pair that stand together are one character.
                text = "".join(characters)
                return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
            if character != "\\":
                characters.append(character)
                continue
            escape = self.peek()
            self.at += 1
            if escape == "u":
                digits = self.text[self.at : self.at + 4]
                if len(digits) != 4 or any(d not in "0123456789abcdefABCDEF" for d in digits):
                    raise NoDocument("escape")
                characters.append(chr(int(digits, 16)))
                self.at += 4
            elif escape in _ESCAPES and escape:
                characters.append(_ESCAPES[escape])
            else:
                raise NoDocument("escape")

    def number(self) -> _Number:
        begin = self.at
        if self.peek() == "-":
            self.at += 1
        if self.peek() == "0":
            self.at += 1
        else:
            self.digits()
        if self.peek() == ".":
            self.at += 1
            self.digits()
        if self.peek() in ("e", "E") and self.peek():
            self.at += 1
            if self.peek() in ("+", "-") and self.peek():
                self.at += 1
            self.digits()
        return _Number(self.text[begin : self.at])

    def digits(self) -> None:
        begin = self.at
        while self.peek() and self.peek() in _DIGITS:
            self.at += 1
        if begin == self.at:
            raise NoDocument(f"number at {self.at}")


def read(data: bytes, settings: dict[str, Any]) -> Rows:
    """Return the rows of an array of objects, or of one object a line.

    A byte that is no UTF-8 stands as half of a pair: it refuses its row.
    """
    text = unpadded(data.removeprefix(b"\xef\xbb\xbf")).decode("utf-8", "surrogateescape")
    if settings.get("lines"):
        rows = {
            number: _line(line)
            for number, line in enumerate(text.split("\n"), 1)
            if line.strip(_BLANK)
        }
        if not rows:
            raise NoDocument("no rows")
        return rows
    document = _Parser(text).document()
    if _twice(document, settings.get("rows", "")):
        raise NoDocument("a key twice above the rows")
    items = document
    for key in settings.get("rows", "").split(".") if settings.get("rows") else []:
        if not isinstance(items, _Pairs):
            raise NoDocument("path")
        values = [value for name, value in items if name == key]
        if len(values) != 1:
            raise NoDocument("path")
        items = values[0]
    if not isinstance(items, list) or isinstance(items, _Pairs):
        raise NoDocument("no array")
    return {number: _row(item) for number, item in enumerate(items, 1)}


def _line(line: str) -> dict[str, str] | None:
    try:
        return _row(_Parser(line).document())
    except NoDocument:
        return None


def _twice(value: Any, path: str) -> bool:
    """Whether a key stands twice in an object that is not within the rows at a path."""
    if isinstance(value, _Pairs):
        names = [name for name, _ in value]
        if len(set(names)) != len(names):
            return True
        key, _, rest = path.partition(".")
        return any(_twice(inner, rest if name == key else "\0") for name, inner in value)
    return bool(path) and isinstance(value, list) and any(_twice(inner, "\0") for inner in value)


def _row(item: Any) -> dict[str, str] | None:
    cells: list[tuple[str, str]] = []
    if not isinstance(item, _Pairs) or not _flatten("", item, cells):
        return None
    names = [name for name, _ in cells]
    if len(set(names)) != len(names) or not any(value.strip() for _, value in cells):
        return None
    try:
        "".join(part for cell in cells for part in cell).encode()
    except UnicodeEncodeError:
        return None
    return dict(cells)


def _too_long(value: Any) -> bool:
    return isinstance(value, str) and len(value) > _LONGEST


def _flatten(prefix: str, item: _Pairs, cells: list[tuple[str, str]]) -> bool:
    names = [key for key, _ in item]
    if len(set(names)) != len(names):
        return False
    for key, value in item:
        name = prefix + key
        if not name or value is _NO_NUMBER or _too_long(value):
            return False
        if isinstance(value, _Number) and len(value) > _DIGITS_MOST:
            return False
        if isinstance(value, _Pairs):
            if prefix.count(".") + 2 > _DEPTH or not _flatten(f"{name}.", value, cells):
                return False
        elif isinstance(value, list):
            return False
        elif value is None:
            cells.append((name, ""))
        elif isinstance(value, bool):
            cells.append((name, "true" if value else "false"))
        else:
            cells.append((name, str(value)))
    return True
