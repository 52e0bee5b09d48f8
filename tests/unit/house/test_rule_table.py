"""The page on refusals has every rule that a row or file can break, and no other."""

import ast
import re
from collections.abc import Iterator
from typing import get_args

import pytest

from gateway.mapping import no_value
from tests.support.places import ROOT

PAGE = ROOT / "docs" / "refusals.md"
AREAS = "change|database|drop|format|map|row|source|submission|text|value"
RULE = re.compile(rf"(?:{AREAS})\.[a-z_]+")
PREFIX = re.compile(rf"(?:{AREAS})\.[a-z_]*")
#: Texts of that form which are none: a template of a page, and lines of the centre's log.
NO_RULES = {"submission.html", "drop.odd"} | {
    f"drop.{name}"
    for name in ("away", "no_guid", "no_sender", "not_answered", "not_set_aside", "unread")
}
#: Rules that are put together, by what they begin with: what may follow.
PUT_TOGETHER = {"value.": set(get_args(no_value.Sort)) - {"word"}}
LINE = re.compile(r"^\| `([a-z_.]+)` \|(?: [行件次、]+ \|)? (.+) \| (.+) \|$", re.MULTILINE)


def rules_of(tree: ast.AST) -> Iterator[str]:
    """Yield every rule that a module's texts name; one that is put together must be known to be."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            first = node.values[0]
            head = str(first.value) if isinstance(first, ast.Constant) else ""
            if PREFIX.fullmatch(head):
                yield from (head + rest for rest in PUT_TOGETHER[head])
        elif isinstance(node, ast.Constant) and RULE.fullmatch(str(node.value)):
            yield str(node.value)


def rules_of_the_code() -> set[str]:
    modules = [path for top in ("adapters", "gateway") for path in (ROOT / top).rglob("*.py")]
    found = {rule for path in modules for rule in rules_of(ast.parse(path.read_text("utf-8")))}
    return found - NO_RULES


def lines_of_the_page() -> list[re.Match[str]]:
    return [*LINE.finditer(PAGE.read_text("utf-8"))]


def test_every_rule_of_the_code_stands_in_the_page_once() -> None:
    listed = [line[1] for line in lines_of_the_page()]

    assert sorted(listed) == sorted(rules_of_the_code())


@pytest.mark.parametrize("line", lines_of_the_page(), ids=lambda line: str(line[1]))
def test_a_rule_is_explained_in_both_languages(line: re.Match[str]) -> None:
    chinese, english = line[2], line[3]

    assert re.search(r"[\u4e00-\u9fff]{4}", chinese)
    assert re.search(r"[a-z]{3,} [a-z]{1,}", english)


def test_a_rule_that_is_put_together_is_found_or_fails() -> None:
    made = set(rules_of(ast.parse('rule = f"value.{sort}"')))

    assert "value.apostrophe" in made
    with pytest.raises(KeyError):
        list(rules_of(ast.parse('rule = f"format.{what}"')))
