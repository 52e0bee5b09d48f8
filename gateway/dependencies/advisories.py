"""Compares installed packages with the least sound versions of a table of advisories."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from packaging.version import InvalidVersion, Version
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator

from gateway.yaml_text import read_yaml

TABLE = Path(__file__).with_name("advisories.yaml")


class Advisory(BaseModel):
    """A published fault of a package, and the least version that does not have it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    package: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    least: str
    names: tuple[str, ...] = Field(min_length=1)
    date: date
    #: The page on which name and version were read.
    source: str = Field(pattern="^https://")
    what_zh: str
    what_en: str
    #: What the page does not say itself; None where it says all.
    unverified: str | None = None

    @field_validator("least")
    @classmethod
    def _comparable(cls, least: str) -> str:
        # A version that compares with nothing would pass everything.
        try:
            return str(Version(least))
        except InvalidVersion as error:
            raise ValueError(str(error)) from None


class AdvisoryTable(BaseModel):
    """All advisories that are known here, and when they were looked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    made: date
    looked_for: tuple[str, ...]
    advisories: tuple[Advisory, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Unsound:
    """An installed package that has a published fault.

    `comparable` False where its version is none.
    """

    package: str
    installed: str
    advisory: Advisory
    comparable: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the table says of installed packages, and of which it says nothing."""

    made: date
    age_days: int
    unsound: tuple[Unsound, ...]
    #: Installed packages that are sound by the table, and installed ones that the table does not
    #: have.
    compared: tuple[str, ...]
    unknown: tuple[str, ...]


def read_table(path: Path = TABLE) -> AdvisoryTable:
    """Return the table that comes with the program."""
    return TypeAdapter(AdvisoryTable).validate_python(read_yaml(path.read_text("utf-8")))


def compare(table: AdvisoryTable, installed: Iterable[tuple[str, str]], today: date) -> Comparison:
    """Return what a table says of packages by their names and versions; one may be there twice."""
    packages = sorted({(normal_name(name), version) for name, version in installed})
    named = {advisory.package for advisory in table.advisories}
    names = {name for name, _ in packages}
    return Comparison(
        made=table.made,
        age_days=(today - table.made).days,
        unsound=tuple(
            unsound
            for name, version in packages
            for advisory in table.advisories
            if advisory.package == name and (unsound := _unsound(advisory, version)) is not None
        ),
        compared=tuple(sorted(names & named)),
        unknown=tuple(sorted(names - named)),
    )


def normal_name(name: str) -> str:
    """Return a package's name as PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _unsound(advisory: Advisory, installed: str) -> Unsound | None:
    try:
        sound = Version(installed) >= Version(advisory.least)
    except InvalidVersion:
        return Unsound(advisory.package, installed, advisory, comparable=False)
    return None if sound else Unsound(advisory.package, installed, advisory, comparable=True)
