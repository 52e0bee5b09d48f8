"""YAML that people write: values as they stand, bounded, every fault a sentence with its line."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

import mappings
import xsd
from gateway.yaml_text import YamlError, read_document, read_yaml

FILES = sorted([*mappings.ROOT.glob("*/*.yaml"), *xsd.ROOT.rglob("*.yaml")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_our_own_files_say_what_any_reader_of_yaml_makes_of_them(path: Any) -> None:
    text = path.read_text("utf-8")

    assert read_yaml(text) == YAML(typ="safe").load(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("# nothing", None),
        ("a: 1", {"a": 1}),
        ("a: 1.5", {"a": 1.5}),
        ("a: true", {"a": True}),
        ("a: ~", {"a": None}),
        ("a:", {"a": None}),
        ("a: 'true'", {"a": "true"}),
        # Codes keep their zeros, days and hours stay what was written.
        ("a: 0755", {"a": "0755"}),
        ("a: 2026-03-05", {"a": "2026-03-05"}),
        ("a: 08:30", {"a": "08:30"}),
        ("a: 1e999", {"a": "1e999"}),
        ("01: x", {"01": "x"}),
        ("a: [x, {b: [1]}]", {"a": ["x", {"b": [1]}]}),
        ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
    ],
)
def test_a_value_is_read_as_it_stands(text: str, value: Any) -> None:
    assert read_yaml(text) == value


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("x: 1\na: &n 1", 2, "&n"),
        ("x: 1\na: *n", 2, "*n"),
        ("a: !!int zz", 1, "tags are not used"),
        ("a: !x y", 1, "tags are not used"),
        ("a: 1\nb: 2\na: 3", 3, "a stands twice"),
        ("? [a]\n: 1", 1, "a key must be a text"),
        ("{[a]: 1}", 1, "a key must be a text"),
        ("--- 1\n--- 2", 2, "one document"),
        ("a: " + "9" * 101, 1, "100 digits"),
        ("[" * 51, 1, "nested more than 50"),
        ("- a\n" * 100_000, 100_000, "100000 nodes"),
        ("a" * 1_000_001, 1, "1000000 bytes"),
        ("惠" * 400_000, 1, "1000000 bytes"),
        ("a: [", 1, "not well-formed"),
        ("a: \x07", 1, "not well-formed"),
        ("a: \ud83d", 1, "not well-formed"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(YamlError, match=r"^第 ") as refused:
        read_yaml(text)

    assert refused.value.line == line
    assert says in refused.value.what.en
    assert len(str(refused.value)) < 600


@settings(deadline=None)
@given(st.text(alphabet="ab01 :-[]{},'\"&*!|>?#%@\n\t~.惠\ufeff\x85", max_size=60))
def test_any_text_is_read_or_refused_and_never_ends_in_another_way(text: str) -> None:
    lines = {1}
    try:
        lines = set(read_document(text).lines.values())
    except YamlError as error:
        lines = {error.line}

    assert min(lines, default=1) >= 1


def test_each_part_knows_its_line() -> None:
    document = read_document("a: 1\nb:\n  - x\n  - c: 2\n")

    assert document.line(("b", 1, "c")) == 4
    assert document.line(("b", 0)) == 3
    assert document.line(("b", 7, "none")) == 2
    assert document.line(("none",)) == 1
