"""XML read with everything off that could reach out; in a stream,
rows are let go of as they are read.
"""

import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from lxml import etree

#: Most attributes of an element: lxml looks each of them up from the first on.
MOST_ATTRIBUTES = 1_000
#: Bytes read at a time.
_BLOCK = 1 << 16
#: Longest token that a block may end in the middle of: a reference with its leading zeros.
_TOKEN = 64
#: Control characters that XML 1.0 knows neither as themselves nor as a reference.
_CONTROLS = bytes({*range(0x20)} - {0x09, 0x0A, 0x0D})
_RAW = rb"[\x00-\x08\x0b\x0c\x0e-\x1f]"
#: What ends each state of a document, and what in it is to be replaced.
_CONTENT, _CDATA, _COMMENT, _INSTRUCTION = b"", b"]]>", b"-->", b"?>"
_OPENS = {b"<![CDATA[": _CDATA, b"<!--": _COMMENT, b"<?": _INSTRUCTION}
_TOKENS = {
    _CONTENT: re.compile(rb"<!\[CDATA\[|<!--|<\?|&#x?[0-9a-fA-F]{1,40};|" + _RAW),
    _CDATA: re.compile(rb"\]\]>|" + _RAW),
    _COMMENT: re.compile(rb"-->|" + _RAW),
    _INSTRUCTION: re.compile(rb"\?>|" + _RAW),
}
_REPLACEMENT = b"&#xFFFD;"

#: What keeps a parser to the bytes that it is given. What is outside of a document never counts,
#: and a comment cuts no text in two.
CLOSED_PARSER: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "huge_tree": False,
    "load_dtd": False,
    "remove_comments": True,
    "remove_pis": True,
}


def events(stream: BinaryIO) -> Iterator[tuple[str, etree._Element]]:
    """Yield the start and end of each element; no DTD, entity or network is ever used.

    Raises lxml's XMLSyntaxError. Whoever reads refuses a document that has a DTD at its first
    element.
    """
    found: Iterator[tuple[str, etree._Element]] = etree.iterparse(
        stream, events=("start", "end"), **CLOSED_PARSER
    )
    return found


def tree(data: bytes) -> etree._Element:
    """Parse a document whole, as closed as the stream; raises lxml's XMLSyntaxError."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False
    )
    return etree.fromstring(data, parser)


def forget(element: etree._Element) -> None:
    """Let go of an element that was read, and of what stands before it: memory stays the same."""
    element.clear()
    while (before := element.getprevious()) is not None:
        before.getparent().remove(before)


def local(tag: object) -> str:
    """Return an element's or attribute's name without its namespace."""
    return str(tag).rpartition("}")[2]


def without_forbidden(stream: BinaryIO) -> BinaryIO:
    """Return a stream in which every character that XML 1.0 forbids stands as U+FFFD.

    .NET and others write control characters as `&#x1;`, and one of them makes a parser refuse the
    whole document; so only the row that holds it is refused. For encodings in which ASCII is
    ASCII (UTF-8, GB18030, Big5, not UTF-16): `to_utf8` makes one of the others.
    """
    return cast(BinaryIO, io.BufferedReader(Blocks(_allowed(stream)), _BLOCK))


class Blocks(io.RawIOBase):
    """A readable file over blocks of bytes."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""

    def readable(self) -> bool:
        """Return True: this file is for reading."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill a buffer as far as one block goes; return the number of bytes, 0 at the end."""
        view = memoryview(cast(bytearray, buffer)).cast("B")
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = block
        size = min(len(view), len(self._rest))
        view[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def _allowed(stream: BinaryIO) -> Iterator[bytes]:
    """Yield blocks without forbidden characters; none of them ends in the middle of a token."""
    state = _CONTENT
    rest = b""
    while block := stream.read(_BLOCK):
        data = rest + block
        if state is _CONTENT and _plain(data):
            cut = _before_token(data)
        else:
            data, cut, state = _replaced(data, state, len(data) - _TOKEN)
        yield data[:cut]
        rest = data[cut:]
    data, _, _ = _replaced(rest, state, len(rest))
    yield data


def _plain(data: bytes) -> bool:
    """Whether there is nothing to look at in content: no reference, no control,
    no change of state.
    """
    return (
        b"&#" not in data
        and b"<!" not in data
        and b"<?" not in data
        and len(data.translate(None, _CONTROLS)) == len(data)
    )


def _before_token(data: bytes) -> int:
    """Return where to cut plain content so that no token is cut: before what may begin one."""
    begins = [at for at in (data.rfind(b"<", -_TOKEN), data.rfind(b"&", -_TOKEN)) if at >= 0]
    return min(begins, default=len(data))


def _replaced(data: bytes, state: bytes, until: int) -> tuple[bytes, int, bytes]:
    """Replace what is forbidden in the tokens that begin before `until`.

    Return all of the data, how far it is finished, and the state of the document there.
    """
    pieces: list[bytes] = []
    at = 0
    while (token := _TOKENS[state].search(data, at)) and token.start() < until:
        pieces.append(data[at : token.start()])
        text = token[0]
        at = token.end()
        if text in _OPENS and state is _CONTENT:
            state = _OPENS[text]
        elif text == state:
            state = _CONTENT
        elif not text.startswith(b"&") or _forbidden(text):
            # No reference is read inside CDATA, so it is closed and opened again.
            text = b"]]>" + _REPLACEMENT + b"<![CDATA[" if state is _CDATA else _REPLACEMENT
        pieces.append(text)
    end = max(at, until)
    done = b"".join(pieces) + data[at:end]
    return done + data[end:], len(done), state


def _forbidden(reference: bytes) -> bool:
    """Whether a character reference names what is no character of XML 1.0."""
    digits = reference[2:-1]
    try:
        code = int(digits[1:], 16) if digits.startswith(b"x") else int(digits)
    except ValueError:
        # Hexadecimal digits without their x: no reference at all, the parser refuses it.
        return False
    return not (
        code in (0x09, 0x0A, 0x0D)
        or 0x20 <= code <= 0xD7FF
        or 0xE000 <= code <= 0xFFFD
        or 0x10000 <= code <= 0x10FFFF
    )
