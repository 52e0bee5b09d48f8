"""The standard's versions: which there are, and which files make each.

A version's folder holds the files that it adds or changes. A version is made of the newest file of
each name up to it, so that what did not change is written once; all share one XML namespace, which
names the major version. Rule files add to those before them.
"""

from functools import cache
from pathlib import Path

import xsd
from gateway.errors import GatewayError
from gateway.text import standard as messages

_CREDIT = xsd.ROOT / "credit"


class StandardError(GatewayError):
    """The schema files cannot be read as a standard, or lack what was asked for."""


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


#: Every version, oldest first.
VERSIONS: tuple[str, ...] = tuple(
    sorted((path.name for path in _CREDIT.glob("[0-9]*.[0-9]*")), key=_number)
)
NEWEST = VERSIONS[-1]


def known_version(version: str) -> str:
    """Return a version; raises StandardError, which names those there are, when it is not one."""
    if version not in VERSIONS:
        raise StandardError.of(messages.no_version(version, VERSIONS))
    return version


def up_to(version: str) -> tuple[str, ...]:
    """Return the versions up to one, oldest first."""
    return VERSIONS[: VERSIONS.index(known_version(version)) + 1]


@cache
def schema_files(version: str) -> tuple[Path, ...]:
    """Return the credit schema files that make a version, common types first."""
    files = {path.name: path for v in up_to(version) for path in (_CREDIT / v).glob("*.xsd")}
    return tuple(sorted(files.values(), key=lambda path: (path.name != "common.xsd", path.name)))


def rule_files(version: str) -> tuple[Path, ...]:
    """Return the rule files that make a version: oldest version first, then by name."""
    return tuple(p for v in up_to(version) for p in sorted((_CREDIT / v / "rules").glob("*.yaml")))


def reading_file(version: str) -> Path:
    """Return the file that stores what was read from a version's schema files."""
    return _CREDIT / known_version(version) / "reading.json"


def rule_cache_file(version: str) -> Path:
    """Return the file that stores what a version's rule files say."""
    return _CREDIT / known_version(version) / "rules.json"


def conversion_file(version: str) -> Path:
    """Return the file that names, for a version's new codes, those of the version before."""
    return _CREDIT / known_version(version) / "conversion.yaml"


def exchange_versions() -> tuple[str, ...]:
    """Return the versions of package, receipt and catalogue, the oldest first."""
    return tuple(
        sorted(
            (path.name for path in (xsd.ROOT / "exchange").iterdir() if path.is_dir()), key=_number
        )
    )


@cache
def exchange_files(version: str = "") -> tuple[Path, ...]:
    """Return the schema files of package, receipt and catalogue of a version; "" is the newest.

    Of each name the newest that the version knows. Every later one also takes what is written by
    the one before it.
    """
    versions = exchange_versions()
    versions = versions[: versions.index(version) + 1] if version else versions
    newest = {
        path.name: path
        for name in versions
        for path in (xsd.ROOT / "exchange" / name).glob("*.xsd")
    }
    return tuple(sorted(newest.values(), key=lambda path: path.name))
