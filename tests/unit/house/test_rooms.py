"""Each room says what it is for, and where its tests are; README and architecture lead to it."""

import ast
import re
from pathlib import Path

import pytest

from tests.support.drawing import floors, shown_name
from tests.support.places import ROOT

#: Folders of modules that are rooms of their own: those of the drawing, and the rooms within three.
ROOMS = sorted(
    {
        *(f"gateway/{room}" for floor in floors() for room in floor if shown_name(room)[-1] == "/"),
        *(
            path.parent.relative_to(ROOT).as_posix()
            for parent in ("adapters", "gateway/central", "gateway/web")
            for path in (ROOT / parent).glob("*/__init__.py")
            if path.parent.name not in {"text", "translations"}
        ),
        "adapters",
        "adapters/text",
        "outbox",
    }
)
TESTS = re.compile(r"tests/[\w./]+\w")


def docstring(room: str) -> str:
    return ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text("utf-8"))) or ""


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_says_what_it_is_for_and_where_its_tests_are(room: str) -> None:
    text = docstring(room)
    tests = TESTS.findall(text)

    assert text.count("\n") >= 1
    assert tests
    assert [path for path in tests if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_readme_leads_to_each_room_of_the_drawing(page: str) -> None:
    named = set(re.findall(r"`([\w./-]+/)`", (ROOT / page).read_text("utf-8")))
    rooms = {f"gateway/{room}/" for floor in floors() for room in floor} & {
        f"{path}/" for path in ROOMS
    }

    assert sorted(rooms - named) == []


def test_the_drawing_names_every_module_of_the_gateway_once() -> None:
    drawn = [shown_name(room) for floor in floors() for room in floor]
    modules = [
        f"{path.name}/" if path.is_dir() else path.name
        for path in Path(ROOT / "gateway").iterdir()
        if (path / "__init__.py").exists() or path.suffix == ".py"
    ]

    assert sorted(drawn) == sorted(name for name in modules if name != "__init__.py")
