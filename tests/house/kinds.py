"""Every kind that is counted, by its name in `counts.toml`."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import grimp

from tests.house import circles, docstrings, layout, names, texts
from tests.house.source import TESTS, House, Place, Source


@dataclass(frozen=True, slots=True)
class Measure:
    """What a kind comes to as the tree stands, and the places that were counted."""

    count: float
    places: list[Place]


def measures(house: House, graph: grimp.ImportGraph) -> dict[str, Measure]:
    """Return each kind's count: of places, or a share in per cent, rounded up to a tenth."""
    lines = layout.long_lines(house)
    lines_of_tests = [place for folder in TESTS for place in lines.pop(folder)]
    places = {
        "fmt_skip": texts.fmt_skips(house.product),
        "fmt_skip_in_tests": texts.fmt_skips(house.tests),
        "long_lines": [place for folder in lines.values() for place in folder],
        "long_lines_in_tests": lines_of_tests,
        "inline_pairs": texts.inline_pairs(house),
        "silent_functions": docstrings.silent(house),
        "give_or_tell": docstrings.former([*house.product, *house.tests]),
        "exceptions_without_error": names.exceptions_without_suffix(house),
        "cyclic_files": circles.cyclic_files(graph),
        "cyclic_areas": circles.cyclic_areas(graph),
        "loose_modules": layout.loose(house, "gateway"),
        "long_files": layout.long_files(house.product),
        "long_files_in_tests": layout.long_files(house.tests),
        "loose_test_helpers": layout.loose(house, "tests"),
        "imports_of_test_modules": layout.from_test_modules(house),
    }
    return {
        **_names("vague_names", house.product),
        **_names("vague_names_in_tests", house.tests),
        **{kind: Measure(len(counted), sorted(counted)) for kind, counted in places.items()},
    }


def _names(kind: str, sources: Iterable[Source]) -> dict[str, Measure]:
    vague, bound = names.vague(sources)
    share = math.ceil(1000 * len(vague) / max(bound, 1)) / 10
    return {
        kind: Measure(len(vague), sorted(vague)),
        f"{kind}_share": Measure(share, sorted(vague)),
    }
