"""The records and packages that one case sends, made from the names that the case gives them.

Pure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

import polars as pl

from gateway.clock import local_day
from gateway.conformance.cases import Send, Who
from gateway.protocol.header import Header
from gateway.protocol.package_writer import package_xml, record_xml, withdrawal_xml
from gateway.standard import VERSIONS, Kind, load_standard
from gateway.standard.digest import record_digests, short_digests
from gateway.standard.samples import Record, as_frame, nobodys, sound

KIND = "AdministrativePenalty"
#: Departments that the suite's two senders speak for, and nobody else.
DEPARTMENTS: dict[Who, str] = {"own": "conformance", "other": "conformance-other"}
#: A version that no standard has.
UNKNOWN = "999.0"

#: What is wrong with a record whose version has one of these names: each breaks the XSD in another
#: way.
_FAULTS: dict[str, Callable[[Kind], Record]] = {
    "bad": lambda _: {"PenaltyClass": "no such class"},
    "absent": lambda _: {"DocumentNumber": None},
    "empty": lambda _: {"Content": ""},
    "long": lambda kind: {"DocumentNumber": _longer_than_allowed(kind, "DocumentNumber")},
    "date": lambda _: {"DecisionDate": "2025-02-30"},
    "number": lambda _: {"FineAmount": "five"},
    "digits": lambda _: {"FineAmount": "1.123456789"},
    "form": lambda _: {"UnifiedCode": "91441300"},
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A package as it was made, the keys of its records in order, and the first receipt of it."""

    xml: bytes
    keys: list[str]
    receipt: bytes = b""


class Packages:
    """Makes the packages of one case: the same names, seed and moment give the same records.

    `begun` is when the packages are made, if they do not name another day; `version` is the newest
    version of the standard that the receiver must know.
    """

    def __init__(self, case_id: str, run: str, version: str, seed: int, begun: datetime) -> None:
        self.case_id = case_id
        self.seed = seed
        self.begun = begun
        name = f"{case_id.lower()}-{run}"
        self.feeds: dict[Who, str] = {
            "own": f"{DEPARTMENTS['own']}.{name}",
            "other": f"{DEPARTMENTS['other']}.{name}",
        }
        self._versions = {"tested": version, "oldest": VERSIONS[0], "unknown": UNKNOWN}
        #: What the records are made of: fields that every version has.
        self._kind = load_standard(VERSIONS[0]).kind(KIND)
        self._sequence = 0

    def make(self, send: Send, guid: str) -> Sent:
        """Return the package that a step sends, spoiled where the step says so."""
        names = send.records or tuple(f"n{n}" for n in range(send.many))
        parts = [name.removeprefix("-").partition(":")[::2] for name in names]
        keys = [self.key(name) for name, _ in parts]
        if any(name.startswith("-") for name in names):
            records = withdrawal_xml(pl.Series(keys, dtype=pl.String))
        else:
            frame = as_frame(self._kind, [self.record(n, version or "1") for n, version in parts])
            changes = pl.repeat("added", len(keys), dtype=pl.String, eager=True)
            records = record_xml(frame, self._kind, pl.Series(keys), changes)
        header = replace(
            self._header(guid, send.feed, len(keys) + (send.spoil == "count")),
            version=self._versions[send.version],
            created_at=self.begun - timedelta(days=send.days_ago),
        )
        if send.sequence is not None:
            header = replace(header, sequence=send.sequence)
        xml = package_xml(header, records)
        if send.spoil == "truncated":
            xml = xml[: len(xml) // 2]
        if send.spoil == "dtd":
            declaration, _, rest = xml.partition(b"\n")
            xml = declaration + b'\n<!DOCTYPE Package [<!ENTITY e "expanded">]>\n' + rest
        return Sent(xml, keys)

    def withdrawal(self, keys: Sequence[str], guid: str, party: Who) -> bytes:
        """Return the next package of a feed: it withdraws the records of some keys."""
        records = withdrawal_xml(pl.Series(keys, dtype=pl.String))
        return package_xml(self._header(guid, party, len(keys)), records)

    def _header(self, guid: str, party: Who, records: int) -> Header:
        self._sequence += 1
        return Header(
            guid=guid,
            department=DEPARTMENTS[party],
            feed=self.feeds[party],
            kind=KIND,
            version=self._versions["tested"],
            sequence=self._sequence,
            created_at=self.begun,
            records=records,
        )

    def key(self, name: str) -> str:
        """Return the key of a record by its name in the case: the same whoever sends it."""
        return short_digests([f"{self.feeds['own']} {name}"])[0]

    def record(self, name: str, version: str) -> Record:
        """Return the fields of a version of a record, with a fault where the version names one."""
        rng = Random(f"{self.seed} {self.case_id} {name} {version}")  # noqa: S311
        record = nobodys(self._kind, sound(self._kind, rng, local_day(self.begun)), rng)
        return record | _FAULTS[version](self._kind) if version in _FAULTS else record

    def digest(self, name: str, version: str) -> str:
        """Return the record digest that a receiver must hold of one version of a record."""
        frame = as_frame(self._kind, [self.record(name, version)])
        return str(record_digests(frame, self._kind)[0])

    def day(self, days_ago: int) -> date:
        """Return the local day that lies so many days before the packages were made."""
        return local_day(self.begun - timedelta(days=days_ago))


def altered(xml: bytes) -> bytes:
    """Return a package with one digit of the moment it was made changed: other bytes, as many."""
    at = xml.index(b".", xml.index(b"<CreatedAt>")) + 1
    digit = b"1" if xml[at : at + 1] == b"0" else b"0"
    return xml[:at] + digit + xml[at + 1 :]


def _longer_than_allowed(kind: Kind, name: str) -> str:
    [field] = [field for field in kind.fields if field.name == name]
    return "长" * ((field.max_length or 0) + 1)
