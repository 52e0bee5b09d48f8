"""The drawing of the rooms in docs/architecture.md, made from the contracts of import-linter.

A room that moves to another floor, a new room, or one that the centre may now use, changes the
drawing by `make docs`; a page that shows the old one fails `test_generated.py`.
"""

import tomllib
from typing import Any

from tests.support.places import ROOT

PAGE = ROOT / "docs" / "architecture.md"
#: The drawing stands between these lines of the page.
BEGIN, END = "<!-- drawing: made by `make docs` -->", "<!-- drawing: end -->"

_LAYERS = "arrows run down"
_NOT_FOR_THE_CENTRE = "the centre knows nothing of the gateway's half"
_TITLES = ("not for the centre", "the centre, and what it may use")


def contracts() -> dict[str, dict[str, Any]]:
    """Return the contracts of pyproject.toml by their names."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return {
        contract["name"]: contract for contract in settings["tool"]["importlinter"]["contracts"]
    }


def floors() -> list[list[str]]:
    """Return the rooms and loose modules of gateway/ by floor, the highest floor first."""
    return [layer.split(" | ") for layer in contracts()[_LAYERS]["layers"]]


def drawing() -> str:
    """Return the floors of gateway/ as a table of text, with outbox/ and adapters/ below it.

    The left column is forbidden to the centre; the right one is the centre and what it may use.
    """
    rows = [_TITLES, *(_sides(floor) for floor in floors())]
    width, other_width = (max(len(row[column]) for row in rows) for column in (0, 1))
    head, *below = [
        f"│ {forbidden:<{width}} │ {allowed:<{other_width}} │" for forbidden, allowed in rows
    ]
    lines = [
        f"┌─{'─' * width}─┬─{'─' * other_width}─┐",
        head,
        f"├─{'─' * width}─┼─{'─' * other_width}─┤",
        *below,
        f"└─{'─' * width}─┴─{'─' * other_width}─┘",
        "  outbox/  |  adapters/     (neither uses the other, or anything of gateway/)",
    ]
    return "\n".join(["```", *lines, "```"])


def page_with_drawing() -> str:
    """Return the text of docs/architecture.md with the drawing as it should be."""
    head, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{drawing()}\n{END}{tail}"


def shown_name(room: str) -> str:
    """Return how a room (`exchange/`) or a loose module (`clock.py`) of gateway/ is written."""
    return f"{room}/" if (ROOT / "gateway" / room).is_dir() else f"{room}.py"


def _sides(floor: list[str]) -> tuple[str, str]:
    """Return the rooms of one floor: forbidden to the centre, and the others."""
    not_for_the_centre = contracts()[_NOT_FOR_THE_CENTRE]["forbidden_modules"]
    sides: tuple[list[str], list[str]] = ([], [])
    for room in floor:
        sides[f"gateway.{room}" not in not_for_the_centre].append(shown_name(room))
    return " | ".join(sides[0]), " | ".join(sides[1])
