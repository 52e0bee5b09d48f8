"""Code lists too large for a schema that people read, kept as files beside it (xsd/codes).

A list may have a history: a code that is listed no more still tells where an old record belongs.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache

import xsd
from gateway.standard.versions import StandardError
from gateway.standard.xsd_reader import Code, load_standard
from gateway.text import standard as messages
from gateway.yaml_text import read_yaml

_FOLDER = xsd.ROOT / "codes"


@dataclass(frozen=True, slots=True)
class ListedCode(Code):
    """One code under one name; `last_listed` is empty while it stands.

    Months (YYYY-MM) are of the first and last issue that has it; empty where there is no history.
    """

    first_listed: str = ""
    last_listed: str = ""
    successors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeList:
    """A code list with its source and edition; `note` says how it was put together."""

    name: str
    zh: str
    en: str
    source: str
    edition: str
    codes: tuple[ListedCode, ...]
    note: str = ""

    @property
    def known(self) -> frozenset[str]:
        """Return every code that is or was listed."""
        return frozenset(code.value for code in self.codes)

    @property
    def current(self) -> frozenset[str]:
        """Return the codes that stand."""
        return frozenset(code.value for code in self.codes if not code.last_listed)


@cache
def code_lists() -> dict[str, CodeList]:
    """Return every list that is kept as a file, by its name."""
    entries = read_yaml((_FOLDER / "lists.yaml").read_text("utf-8"))
    return {entry["name"]: CodeList(**entry, codes=_codes(entry["name"])) for entry in entries}


def code_list(name: str) -> CodeList:
    """Return a list; raises StandardError, which names those there are, when it is not one."""
    lists = code_lists()
    if name not in lists:
        raise StandardError.of(messages.no_code_list(name, list(lists)))
    return lists[name]


def enumerations(version: str) -> list[CodeList]:
    """Return the lists that stand in the schemas of a version themselves, in order of name."""
    lists: dict[str, CodeList] = {}
    for kind in load_standard(version).kinds.values():
        for field in kind.fields:
            if field.codes:
                codes = tuple(ListedCode(code.value, code.zh, code.en) for code in field.codes)
                en = re.sub("(?<=[a-z])(?=[A-Z])", " ", field.type).capitalize()
                lists[field.type] = CodeList(
                    field.type, field.type_zh, en, field.type_source, version, codes
                )
    return [lists[name] for name in sorted(lists)]


def every_list(version: str) -> dict[str, CodeList]:
    """Return all lists of a version by name: those kept as files first."""
    return {**code_lists(), **{code_list.name: code_list for code_list in enumerations(version)}}


def _codes(name: str) -> tuple[ListedCode, ...]:
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(
            ListedCode(
                row["code"],
                row["zh"],
                row["en"],
                row.get("first_listed", ""),
                row.get("last_listed", ""),
                tuple(row.get("successors", "").split()),
            )
            for row in csv.DictReader(stream)
        )
