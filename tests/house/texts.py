"""Texts for people that stand in the logic, and lines that the formatter is kept from."""

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from tests.house.source import House, Place, Source

#: Where texts belong.
CATALOGUES = ("gateway/text/", "adapters/text/")
#: Ideographs, and the signs of punctuation that go with them.
_CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
_LATIN = re.compile("[A-Za-z]{2}")
_BOTH = re.compile("[\u3400-\u9fff].* / .*[A-Za-z]", re.DOTALL)


def inline_pairs(house: House) -> list[Place]:
    """Return where Chinese and English stand beside each other, as two values or in one."""
    return [
        place
        for source in house.product
        if not source.path.startswith(CATALOGUES)
        for place in _pairs(source)
    ]


def _pairs(source: Source) -> Iterator[Place]:
    docstrings = _docstrings(source)
    for node in source.nodes:
        match node:
            case ast.Call(args=args, keywords=keywords):
                values = [*args, *(keyword.value for keyword in keywords)]
            case ast.Tuple(elts=values) | ast.List(elts=values):
                pass
            case ast.Constant(value=str(text)) if node not in docstrings and _BOTH.search(text):
                yield source.place(node, _short(text))
                continue
            case _:
                continue
        texts = [_literal(value) for value in values]
        for zh, en in pairwise(texts):
            if _CHINESE.search(zh) and _LATIN.search(en) and not _CHINESE.search(en):
                yield source.place(node, f"{_short(zh)} | {_short(en)}")


def _literal(node: ast.expr) -> str:
    """Return the text that stands literally in an expression, "" where it is no text."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(map(_literal, values))
        case ast.BinOp():
            return _literal(node.left) + _literal(node.right)
        case ast.IfExp(body=body, orelse=orelse):
            return _literal(body) + _literal(orelse)
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            return _literal(value)
        case _:
            return ""


def _docstrings(source: Source) -> set[ast.AST]:
    """Return the texts that stand alone as statements: docstrings, also those of commands."""
    return {node.value for node in source.nodes if isinstance(node, ast.Expr)}


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:39]}…"


def fmt_skips(sources: Iterable[Source]) -> list[Place]:
    """Return lines that the formatter is kept from."""
    mark = re.compile(r"#\s*(fmt|yapf)\s*:\s*(skip|off|disable)\b")
    return [
        Place(source.path, number, line.strip()[:60])
        for source in sources
        for number, line in enumerate(source.lines, 1)
        if mark.search(line)
    ]
