"""RFC 8259, a character at a time."""

from typing import Any

from tests.oracles import NoDocument, Rows

_BLANK = " \t\n\r"
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_DIGITS = "0123456789"
_DEPTH = 100


class _Pairs(list):  # type: ignore[type-arg]
    """An object's members in order."""


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

    def number(self) -> str:
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
        return self.text[begin : self.at]

    def digits(self) -> None:
        begin = self.at
        while self.peek() and self.peek() in _DIGITS:
            self.at += 1
        if begin == self.at:
            raise NoDocument(f"number at {self.at}")


def read(data: bytes, settings: dict[str, Any]) -> Rows:
    """Return the rows of an array of objects, or of one object a line."""
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise NoDocument("not UTF-8") from None
    if settings.get("lines"):
        rows: Rows = {}
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip(_BLANK):
                try:
                    rows[number] = _row(_Parser(line).document())
                except NoDocument:
                    rows[number] = None
        return rows
    items = _Parser(text).document()
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


def _row(item: Any) -> dict[str, str] | None:
    cells: list[tuple[str, str]] = []
    if not isinstance(item, _Pairs) or not _flatten("", item, cells):
        return None
    names = [name for name, _ in cells]
    if len(set(names)) != len(names) or not any(value for _, value in cells):
        return None
    try:
        "".join(part for cell in cells for part in cell).encode()
    except UnicodeEncodeError:
        return None
    return dict(cells)


def _flatten(prefix: str, item: _Pairs, cells: list[tuple[str, str]]) -> bool:
    for key, value in item:
        name = prefix + key
        if isinstance(value, _Pairs):
            if not _flatten(f"{name}.", value, cells):
                return False
        elif isinstance(value, list):
            return False
        elif value is None:
            cells.append((name, ""))
        elif isinstance(value, bool):
            cells.append((name, "true" if value else "false"))
        else:
            cells.append((name, value))
    return True
