"""Whether an answer without rows may be an error that looks like an empty list. Pure.

Absence of rows is no evidence of an empty list: the usual error of a service that answers 200 is an
object with a code and a message, and no rows.
"""

from collections.abc import Iterator, Mapping, Set

from lxml import etree

from adapters.result_codes import RESULT_CODES, TEXTS, TOTALS, good_values, plain
from adapters.xmlstream import local

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
    """Return what in an answer without rows suggests an error, as `name=value`, and counts that are not 0.

    Rows stand directly below `container` ("" for the answer itself): any other value there wants an
    explanation. Elsewhere only a result code that is not good does.
    """
    unknown: list[str] = []
    counts: list[str] = []
    bad: list[str] = []
    good = False
    for place, value in leaves.items():
        name = plain(place.rpartition(".")[2])
        if place in explained:
            continue
        if name in RESULT_CODES:
            well = value.lower() in good_values(name)
            good |= well
            if not well:
                bad.append(f"{place}={value}")
        elif name in TOTALS:
            if value.isdecimal() and int(value) > 0:
                counts.append(f"{place}={value}")
        elif name in _PAGING and name not in TEXTS:
            continue
        elif not container or place.startswith(f"{container}."):
            unknown.append(f"{place}={value}")
    return (bad if good else bad + unknown), counts
