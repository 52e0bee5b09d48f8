"""Departments that the town of the demo does not have: they correct what they brought before."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import mappings
from gateway.standard import load_standard
from tests.faults.ledger import Ledger

#: The record kind of every feed here.
KIND = "AdministrativeLicence"
#: Records that a release brings anew, and older ones that it corrects.
NEW, CORRECTED = 8, 4
#: Records that a list loses with each release.
REMOVED = 2


@dataclass
class Told:
    """What a department was told: each verdict of each version, in the order of their coming.

    Where a department can only be told of a record, it is that of its newest version.
    """

    verdicts: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    #: What is wrong with an answer as a whole, such as a receipt with more verdicts than rows.
    wrong: list[str] = field(default_factory=list)


class Department(Protocol):
    """One of them: it brings versions by its ledger, and says what it was told."""

    ledger: Ledger
    #: Whether it is told of each version, of each record's newest, or of nothing.
    tells: str
    #: Mode in the catalogue.
    mode: str

    def start(self) -> None:
        """Make what is needed before the gateway is configured."""
        ...

    def adapter(self, folder: Path) -> dict[str, Any]:
        """Return its entry of the gateway's settings, its mapping written under a folder."""
        ...

    def release(self) -> None:
        """Bring the next versions."""
        ...

    def told(self) -> Told:
        """Return what it was told up to now."""
        ...

    def stop(self) -> None:
        """End what was started."""
        ...


def mapping_by_code(folder: Path, feed: str) -> Path:
    """Write a mapping for columns named by the national codes, as the environment bureau's."""
    own = (mappings.ROOT / "environment" / "licence.yaml").read_text("utf-8")
    department = feed.partition(".")[0]
    own = own.replace("feed: environment.licence", f"feed: {feed}")
    return _written(
        folder, feed, own.replace("department: environment", f"department: {department}")
    )


def mapping_by_name(folder: Path, feed: str) -> Path:
    """Write a mapping for columns named by the standard's element names."""
    names = ", ".join(load_standard().kind(KIND).field_names)
    return _written(
        folder,
        feed,
        (
            f"feed: {feed}\ndepartment: {feed.partition('.')[0]}\nkind: {KIND}\nstandard: '1.0'\n"
            f"key: [OrganCode, DocumentNumber]\nchange:\n  mode: update\nautomatic: true\n"
            f"columns: [{names}]\n"
        ),
    )


def _written(folder: Path, feed: str, text: str) -> Path:
    path = folder / f"{feed}.yaml"
    path.write_text(text, "utf-8")
    return path
