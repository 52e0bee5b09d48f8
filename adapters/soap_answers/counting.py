"""Counts an answer's row elements by a plain scan of tags: shares nothing with what reads the rows.

Pure.
"""

import re
from collections.abc import Iterator, Sequence

_HIDDEN = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_TAG = re.compile(rb"""<(/?)([^\s<>/!?"'=]++)((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>""")
_REST = re.compile(rb"""(?:[^<>"']++|"[^"]*+"|'[^']*+')*+>""")
#: Envelope, Body and the answer's own element stand above every path.
ABOVE = 3
_LT, _SLASH, _COLON, _GT = b"</:>"
#: Longest prefix of a name that is looked back for.
_PREFIX = 80


def count_rows(data: bytes, path: Sequence[str], read: int) -> int:
    """Return how many elements stand at a path below an answer's own element.

    The quick way looks only at tags with the names of the path; where it does not come to what was
    `read`, or cannot be gone, every tag is looked at, with where it stands.
    """
    data = _HIDDEN.sub(b"", data) if b"<!" in data or b"<?" in data else data
    names = [name.encode() for name in path]
    if b"*" not in names and len(set(names)) == len(names):
        quick = _quick(data, names)
        if quick == read:
            return quick
    return _thorough(data, names)


def _quick(data: bytes, names: list[bytes]) -> int:
    if len(names) == 1:
        tokens: Iterator[tuple[int, bytes, int]] = _tokens(data, names[0])
    else:
        tokens = iter(sorted(token for name in names for token in _tokens(data, name)))
    count = level = 0
    nested = 0
    for _, name, kind in tokens:
        if level and name == names[level - 1]:
            # The element that was entered last: its end, or another of its name within.
            if kind == _OPEN:
                nested += 1
            elif kind == _CLOSE and nested:
                nested -= 1
            elif kind == _CLOSE:
                level -= 1
        elif level < len(names) and name == names[level] and not nested and kind != _CLOSE:
            if level + 1 == len(names):
                count += 1
            if kind == _OPEN:
                level += 1
    return count


_OPEN, _CLOSE, _BOTH = 0, 1, 2


def _tokens(data: bytes, name: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Yield where tags of one name stand, and whether they open, close, or do both."""
    for match in re.finditer(re.escape(name) + rb"(?=[\s/>])", data):
        start, end = match.span()
        before = data[start - 1] if start else 0
        if before == _COLON:
            at = data.rfind(b"<", max(0, start - _PREFIX), start)
            prefix = data[at + 1 : start - 1].removeprefix(b"/")
            if at < 0 or not prefix or re.search(rb"[\s<>/:]", prefix):
                continue
            before, start = data[at + 1], at + 1
            closing = before == _SLASH
        elif before == _SLASH and start > 1 and data[start - 2] == _LT:
            closing = True
        elif before == _LT:
            closing = False
        else:
            continue
        if closing:
            yield start, name, _CLOSE
        elif data[end] == _GT:
            yield start, name, _OPEN
        else:
            rest = _REST.match(data, end)
            both = rest is not None and data[rest.end() - 2] == _SLASH
            yield start, name, _BOTH if both else _OPEN


def _thorough(data: bytes, names: list[bytes]) -> int:
    count = 0
    stack: list[bytes] = []
    for match in _TAG.finditer(data):
        if match[1]:
            if stack:
                stack.pop()
            continue
        name = match[2].rpartition(b":")[2]
        if len(stack) == ABOVE + len(names) - 1 and stack[1] == b"Body":
            count += all(
                wanted in (b"*", name)
                for wanted, name in zip(names, [*stack[ABOVE:], name], strict=True)
            )
        if not match[3].endswith(b"/"):
            stack.append(name)
    return count
