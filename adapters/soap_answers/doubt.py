"""Whether an answer may be an error that looks like a list, or like an empty one. Pure.

Absence of rows is no evidence of an empty list: the usual error of a service that answers 200 is an
object with a code and a message, and no rows.
"""

from collections.abc import Iterable, Iterator, Mapping, Set

from lxml import etree

from adapters.formats.alike import is_alike
from adapters.outcomes import (
    Leaf,
    doubts,
    failures,
    is_count,
    may_count,
    says_well,
    tells_of_all,
)
from adapters.result_codes import plain
from adapters.soap_answers.envelope import Tree
from adapters.soap_answers.trouble import UnusableAnswerError
from adapters.text import envelope as envelope_messages
from adapters.xml_stream import local

#: What elements that only say which page this is are called.
_PAGING = frozenset(
    {
        "page",
        "pageno",
        "pagenum",
        "pagenumber",
        "pageindex",
        "pagesize",
        "size",
        "pages",
        "totalpage",
        "totalpages",
        "pagecount",
        "current",
        "currentpage",
        "limit",
        "offset",
        "next",
        "nextcursor",
        "cursor",
        "more",
        "hasmore",
        "hasnext",
        "first",
        "last",
        "timestamp",
        "requestid",
        "traceid",
        "version",
        "schema",
        "rownum",
        "num",
    }
)


def bare_leaves(answer: etree._Element, path: list[str]) -> dict[str, str]:
    """Return the single values of an answer by path, but for those of rows."""
    rows = ".".join(path)
    return {
        place: text
        for place, text in _leaves(answer, "")
        if place != rows and not place.startswith(f"{rows}.")
    }


def shown(answer: etree._Element) -> list[str]:
    """Return what stands in an answer without rows: names, and single values with them."""
    shown = []
    for child in answer:
        text = "" if len(child) else (child.text or "").strip()
        shown.append(f"{local(child.tag)}={text}" if text else local(child.tag))
    return shown


def _leaves(node: etree._Element, prefix: str) -> Iterator[tuple[str, str]]:
    for child in node:
        place = f"{prefix}{local(child.tag)}"
        if len(child):
            yield from _leaves(child, f"{place}.")
        elif child.text and child.text.strip():
            yield place, child.text.strip()


def doubtful(
    leaves: Mapping[str, str], explained: Set[str], container: str
) -> tuple[list[str], list[str]]:
    """Return what in an answer without rows suggests an error, as `name=value`,
    and counts that are not 0.

    Rows stand directly below `container` ("" for the answer itself): any other value there wants an
    explanation. Elsewhere only what tells how all went does.
    """
    way = container.split(".") if container else []
    beside = [
        Leaf(place, place.rpartition(".")[2], value, tells_of_all(place.split(".")[:-1], way))
        for place, value in leaves.items()
        if place not in explained
    ]
    near = [leaf for leaf in beside if leaf.near]
    bad = doubts(near)
    if not says_well(near):
        bad += [leaf for leaf in beside if _wants_reason(leaf, container) and leaf not in bad]
    return _shown(bad), _shown(filter(is_count, near))


def failing(answer: etree._Element, path: list[str], explained: Set[str]) -> list[str]:
    """Return what beside the rows of an answer can mean nothing but a failure, as `name=value`."""
    beside = (
        Leaf(place, place.rpartition(".")[2], text, tells_of_all(place.split(".")[:-1], path[:-1]))
        for place, text in _beside(answer, "", path)
        if place not in explained
    )
    return _shown(failures(leaf for leaf in beside if leaf.near))


def _beside(node: etree._Element, prefix: str, way: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the single values around what stands at the end of a way."""
    for child in node:
        name = local(child.tag)
        if not way or name != way[0]:
            if len(child):
                yield from _leaves(child, f"{prefix}{name}.")
            elif child.text and child.text.strip():
                yield f"{prefix}{name}", child.text.strip()
        elif len(way) > 1:
            yield from _beside(child, f"{prefix}{name}.", way[1:])


def _wants_reason(leaf: Leaf, container: str) -> bool:
    """Whether a value stands where rows do and says nothing that is known."""
    name = plain(leaf.name)
    known = name in _PAGING or (leaf.near and may_count(leaf.name))
    return not known and (not container or leaf.path.startswith(f"{container}."))


def _shown(leaves: Iterable[Leaf]) -> list[str]:
    return [f"{leaf.path}={leaf.value}" for leaf in leaves]


def check_alike(tree: Tree, answer: etree._Element, path: list[str]) -> None:
    """Raise UnusableAnswerError where other elements are on the way to the
    rows but for how their letters are written.
    """
    for depth, name in enumerate(path):
        tags = {child.tag for place in tree.below(answer, path[:depth]) for child in place}
        for other in map(local, tags):
            if is_alike(other, name):
                text = envelope_messages.rows_alike(other, ".".join(path), "rows_path")
                raise UnusableAnswerError("refused", "soap.answer", text)
