"""What became of mutants, as people read it: a table by area, and each survivor with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.mutants.operators import Site
from tests.mutants.running import Fate

#: Of a hundred mutants, how many must be caught.
AIM = 0.95
EQUIVALENT = Path(__file__).with_name("equivalent.yaml")


@dataclass(frozen=True)
class Mutant:
    """One change of one module; `number` is its place among the module's mutations."""

    area: str
    module: str
    path: Path
    number: int
    site: Site

    @property
    def name(self) -> str:
        """What it is known by while the lines around it move: file, function, change."""
        return f"{self.path}: {self.site.scope}: {self.site.before} -> {self.site.after}"


@dataclass(frozen=True)
class Result:
    """What became of a mutant: which test caught it, of how many chosen, of how many that enter."""

    mutant: Mutant
    fate: Fate
    by: str
    chosen: int
    entering: int

    @property
    def caught(self) -> bool:
        """Whether the tests noticed it."""
        return self.fate in ("caught", "caught by time")

    @property
    def reason(self) -> str:
        """Why it changes nothing, where somebody has said so."""
        return reasons().get(self.mutant.name, "")

    @property
    def line(self) -> str:
        """The mutant and its fate in one line."""
        site = self.mutant.site
        where = f"{self.mutant.path}:{site.line} {site.scope}"
        return (
            f"{self.fate}: {where}: {site.operator}: {site.before[:90]} -> {site.after[:90]} "
            f"[{self.chosen} of {self.entering} tests] {self.by}"
        )


@cache
def reasons() -> dict[str, str]:
    """Return why mutants change nothing, by their names."""
    entries: list[dict[str, Any]] = yaml.safe_load(EQUIVALENT.read_text("utf-8")) or []
    return {f"{e['file']}: {e['in']}: {e['before']} -> {e['after']}": e["why"] for e in entries}


def share_caught(results: Sequence[Result]) -> float:
    """Return the share that was caught of those that change something."""
    counted = [result for result in results if result.caught or not result.reason]
    return sum(result.caught for result in counted) / max(1, len(counted))


def report(results: Sequence[Result], seed: int, seconds: float) -> str:
    """Return the table by area, and the survivors."""
    lines = [
        f"Seed {seed}: {len(results)} mutants in {seconds / 60:.0f} min;"
        f" {share_caught(results):.1%} of those that change something were caught.",
        "",
        "| area | mutants | caught | survived | of these equivalent |",
        "|---|---:|---:|---:|---:|",
    ]
    for area in dict.fromkeys(result.mutant.area for result in results):
        of_area = [result for result in results if result.mutant.area == area]
        left = [result for result in of_area if not result.caught]
        known = sum(bool(result.reason) for result in left)
        lines.append(
            f"| {area} | {len(of_area)} | {len(of_area) - len(left)} | {len(left)} | {known} |"
        )
    survivors = [result for result in results if not result.caught]
    if survivors:
        lines += ["", "| survivor | change | why it changes nothing |", "|---|---|---|"]
        lines += map(_survivor, survivors)
    return "\n".join(lines)


def _survivor(result: Result) -> str:
    site = result.mutant.site
    change = f"`{_cell(site.before)}` → `{_cell(site.after)}`"
    why = result.reason or (
        "no test runs it" if not result.entering else "**not known: a test is missing**"
    )
    return f"| `{result.mutant.path}:{site.line}` {site.scope} | {change} | {why} |"


def _cell(text: str) -> str:
    shown = text if len(text) <= 120 else f"{text[:120]}…"
    return shown.replace("|", "\\|").replace("`", "'")
