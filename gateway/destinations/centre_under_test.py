"""A centre as the contract of destinations sees it, with its packages and receipts."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import uuid4
from xml.sax.saxutils import quoteattr

import zstandard

from gateway.destinations import Destination
from gateway.text import Text
from gateway.text import destination_contract as messages
from outbox import Claim

#: What a way to a centre may be unable to meet; `DestinationContract.cannot` says why.
Trait = Literal["failure", "lost answer", "hang", "absence"]
_NOW = datetime(2026, 4, 1, 2, 0, tzinfo=UTC)
_RECEIPT = '<?xml version="1.0" encoding="UTF-8"?>\n<Receipt xmlns="urn:creditgate:exchange:1">'


class DestinationBrokenError(AssertionError):
    """A destination does not do what delivery relies on; says what, in both languages."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(f"{text.zh}\n{text.en}")


@dataclass(frozen=True, slots=True)
class Reply:
    """How the centre answers a package.

    `receipt`: it takes the package and gives `body`, which may be no receipt of it. `refusal`: it
    refuses the package whole with HTTP's `status`. `failure`: it answers that it cannot now.
    `lost`: it takes the package and the answer never arrives. `hang`: it does not answer at all.
    `drip`: its answer comes a byte now and then, and does not end.
    """

    kind: Literal["receipt", "refusal", "failure", "lost", "hang", "drip"]
    body: bytes = b""
    status: int = 422


@dataclass(frozen=True, slots=True)
class Package:
    """A package as a destination is handed it, with its own bytes."""

    xml: bytes
    keys: list[str]
    claim: Claim

    @property
    def digest(self) -> str:
        """Return the SHA-256 of its bytes."""
        return hashlib.sha256(self.xml).hexdigest()

    def receipt(self, *verdicts: str, **changes: str) -> bytes:
        """Return the centre's receipt: all accepted by default; `changes` make it another's."""
        values = {"guid": self.claim.guid, "digest": self.digest, **changes}
        lines = [
            f'<Verdict key={quoteattr(key)} verdict="{verdict}"{_REASON.get(verdict, "")}/>\n'
            for key, verdict in zip(self.keys, verdicts or ["accepted"] * 3, strict=True)
        ]
        return (
            f"{_RECEIPT}\n<PackageGuid>{values['guid']}</PackageGuid>\n"
            f"<PackageDigest>{values['digest']}</PackageDigest>\n"
            f"<ReceivedAt>{_NOW.isoformat()}</ReceivedAt>\n{''.join(lines)}</Receipt>\n"
        ).encode()


_REASON = {"refused": ' field="Organ" rule="centre.organ" reasonZh="机关不符" reasonEn="no organ"'}


def make_package(feed: str = "tests.licence") -> Package:
    """Return a package of three records that no other is like."""
    guid = str(uuid4())
    keys = [hashlib.sha256(f"{guid}{number}".encode()).hexdigest()[:32] for number in range(3)]
    records = "".join(f'<Record key="{key}">惠州 𠮷 👩 &amp;\t1.10</Record>' for key in keys)
    xml = f'<?xml version="1.0" encoding="UTF-8"?>\r\n<Package>{guid}{records}</Package>\n'.encode()
    payload = zstandard.compress(xml)
    until = _NOW + timedelta(minutes=5)
    claim = Claim(
        guid=guid,
        lane=feed,
        sequence=1,
        part=0,
        payload=payload,
        context=b"",
        records=3,
        attempts=1,
        strikes=0,
        replays=0,
        created_at=_NOW,
        token=str(uuid4()),
        until=until,
    )
    return Package(xml, keys, claim)


def no_receipts(package: Package) -> dict[str, bytes]:
    """Return by name what is not the receipt of a package, though a centre may answer it."""
    other_package = make_package()
    right = package.receipt()
    doctype = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>'
    return {
        "nothing": b"",
        "a page": b"<html><body>OK</body></html>",
        "a bare OK": b'{"code": 200, "success": true}',
        "an empty receipt": b'<Receipt xmlns="urn:creditgate:exchange:1"/>',
        "cut off": right[: len(right) // 2],
        "another package's": other_package.receipt(),
        "another package's by its GUID": package.receipt(guid=other_package.claim.guid),
        "of other bytes": package.receipt(digest=other_package.digest),
        "a record missing": right.replace(right[right.index(b"<Verdict") :].split(b"\n")[0], b""),
        "a word that nobody knows": package.receipt("accepted", "maybe", "accepted"),
        "a document type": doctype,
    }


class CentreUnderTest(ABC):
    """A centre, or what stands in its place, and the way to it. Made anew for each check."""

    #: The kind of destination under test.
    kind: type[Destination]
    #: Values of settings that must never be seen: passwords, tokens.
    secrets: Sequence[str] = ()
    #: Seconds in which a call has ended by these settings, though no answer ends.
    patience: float = 5.0

    @abstractmethod
    def settings(self) -> Mapping[str, Any]:
        """Return the settings by which a destination reaches this centre; let timeouts be short."""

    @abstractmethod
    def answer_with(self, guid: str, reply: Reply) -> None:
        """Let the centre answer a package so from now on."""

    @abstractmethod
    def packages(self) -> Mapping[str, bytes]:
        """Return by GUID the packages that the centre was brought, unpacked."""

    def look(self) -> None:  # noqa: B027
        """Let a centre that looks for packages by itself do so now; it answers what it finds."""

    def go_away(self) -> None:
        """Let the centre be out of reach."""
        raise DestinationBrokenError(messages.not_supported("go_away"))

    def close(self) -> None:  # noqa: B027
        """Let go of what the centre holds."""
