"""One SELECT of a person's, made fit to stand in brackets; anything else is named before it is run.

Pure.
"""

import re
from collections.abc import Iterator

from adapters import SourceRefusedError
from adapters.text import database as messages

#: Quoted text, names and comments; what stands in them is no part of the statement's shape.
_SHARED = r"(?P<block>/\*)|(?P<quote>['\"`])|(?P<end>;)|(?P<open>\()|(?P<close>\))"
_TOKENS = {
    "mysql": re.compile(r"(?P<line>(?:--|\#)[^\n]*)|" + _SHARED),
    "postgresql": re.compile(r"(?P<line>--[^\n]*)|(?P<dollar>\$(?:[A-Za-z_]\w*)?\$)|" + _SHARED),
}
_TOKENS["mariadb"] = _TOKENS["mysql"]
_OTHERS = re.compile(r"(?P<line>--[^\n]*)|" + _SHARED)


def one_select(query: str, dialect: str) -> str:
    """Return a query without its last semicolon and trailing comments, to be put in brackets.

    Raises SourceRefusedError where something follows a semicolon, where a quote, comment or bracket
    does not pair, and where there is nothing in it.
    """
    depth = last = 0
    ended = False
    for piece, end in _pieces(query, dialect):
        if piece == ";":
            ended = True
            continue
        if ended:
            raise SourceRefusedError(*messages.several_statements())
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if depth < 0:
            raise SourceRefusedError(*messages.unclosed("( )"))
        last = end
    if depth:
        raise SourceRefusedError(*messages.unclosed("( )"))
    if not last:
        raise SourceRefusedError(*messages.empty_query())
    return query[:last].rstrip()


def _pieces(query: str, dialect: str) -> Iterator[tuple[str, int]]:
    """Yield brackets, semicolons, quoted and other text with where each ends;
    comments are passed over.
    """
    token = _TOKENS.get(dialect, _OTHERS)
    place = 0
    while (match := token.search(query, place)) is not None:
        if query[place : match.start()].strip():
            yield "text", match.start()
        place = match.end()
        match match.lastgroup:
            case "line":
                continue
            case "block":
                place = _after_block(query, place, nested=dialect == "postgresql")
                continue
            case "quote":
                place = _after_quote(query, place, match[0], _escapes(query, match, dialect))
            case "dollar":
                place = _after(query, place, match[0])
        yield match[0], place
    if query[place:].strip():
        yield "text", len(query)


def _after(query: str, place: int, ending: str) -> int:
    end = query.find(ending, place)
    if end < 0:
        raise SourceRefusedError(*messages.unclosed(ending))
    return end + len(ending)


def _after_block(query: str, place: int, *, nested: bool) -> int:
    depth = 1
    for edge in re.compile(r"/\*|\*/").finditer(query, place):
        if edge[0] == "*/":
            depth -= 1
        elif nested:
            depth += 1
        if not depth:
            return edge.end()
    raise SourceRefusedError(*messages.unclosed("/* */"))


def _escapes(query: str, match: re.Match[str], dialect: str) -> bool:
    """Whether a backslash inside this quoted text takes the next character with it."""
    if dialect == "postgresql":
        return match["quote"] == "'" and query[: match.start()][-1:] in ("E", "e")
    return dialect in ("mysql", "mariadb") and match["quote"] != "`"


def _after_quote(query: str, place: int, quote: str, backslash: bool) -> int:
    """Return where a quoted text ends; a doubled quote begins another at once,
    which comes to the same.
    """
    while place < len(query):
        if query[place] == "\\" and backslash:
            place += 2
            continue
        if query[place] == quote:
            return place + 1
        place += 1
    raise SourceRefusedError(*messages.unclosed(quote))
