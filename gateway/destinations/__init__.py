"""Destinations: how a package reaches the centre, and what became of it.

A kind is a class that fulfils `Destination`, registered under the entry-point group
`creditgate.destinations`; the built-in kinds register in the same way as a stranger's. May import
protocol and settings, nothing of the exchange. Tests: tests/unit/destinations,
tests/integration/destinations; a stranger's kind runs `gateway.destinations.testing`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, ClassVar, Protocol

import zstandard
from pydantic import ValidationError

from adapters.local_paths import from_base
from gateway.clock import Clock, utc_now
from gateway.protocol.evidence import Proof
from gateway.protocol.receipt_reader import Receipt, ReceiptRefusedError, read_receipt
from gateway.protocol.signing import (
    Scope,
    SignatureRefusedError,
    Statement,
    check_scope,
    package_statement,
    receipt_statement,
    refusal_statement,
)
from gateway.settings.model import DestinationSettings, SettingsError, invalid_settings
from gateway.standard import XmlRefusedError
from gateway.text import Text
from gateway.text import delivery as messages
from gateway.text import destinations as ways
from outbox import Claim

#: What a destination of somebody else's may rely on: docs/how-to/a-kind-of-your-own.md.
__all__ = (
    "DESTINATION_GROUP",
    "Claim",
    "Destination",
    "DestinationSettings",
    "Failed",
    "Outcome",
    "Parcel",
    "Pending",
    "Rejected",
    "Settled",
    "Signing",
    "Text",
    "open_destination",
    "refused_whole",
    "unfinished",
)

DESTINATION_GROUP = "creditgate.destinations"


@dataclass(frozen=True, slots=True)
class Settled:
    """The centre has taken the package and answered for each record.

    `proof` is there where either side signs.
    """

    receipt: Receipt
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The package must be sent again; `answered`: the centre said so. Waits are seconds."""

    why: Text
    answered: bool
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The centre refuses the package whole; sending it again is of no use.

    `divisible`: what is wrong may be one record's, so that the others should go without it.
    """

    why: Text
    divisible: bool = False
    #: As HTTP has it, and as the centre signs it; 0 where we refuse it ourselves.
    status: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Pending:
    """The centre has the package, or will find it; its receipt is to come.

    `wait` is seconds.
    """

    why: Text
    wait: float


Outcome = Settled | Failed | Rejected | Pending


#: Statuses of a refusal that one record may have caused: it is too large, or the centre cannot take
#: it in.
DIVISIBLE = (413, 422)


def refused_whole(reason: object, status: object) -> Rejected | Failed:
    """Return that the centre refuses a package whole, in its own words.

    A refusal is a no for good: without a status from 400 to 499 the answer is none, and the package
    waits for a proper one.
    """
    if type(status) is not int or not 400 <= status < 500:
        return Failed(messages.refusal_malformed(status), answered=True)
    return Rejected(messages.refused_whole(str(reason or "")), status in DIVISIBLE, status)


def unfinished(error: Exception) -> Failed:
    """Return that a call broke off: whether the centre has the package is unknown."""
    return Failed(ways.unfinished(type(error).__name__), answered=False)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed package as destinations send it: compressed by zstd, with our signature."""

    guid: str
    lane: str
    sequence: int
    payload: bytes
    #: SHA-256 of the package's own bytes, in hexadecimal.
    digest: str
    keys: list[str]
    signature: str | None


class Signing:
    """Our key and the centre's, where either side signs; shared by every kind of destination."""

    def __init__(self, settings: DestinationSettings, clock: Clock = utc_now) -> None:
        self.clock = clock
        self._signer = settings.signer()
        self._verifier = settings.verifier()
        #: Our name at the centre and the centre's own; "" where statements are of exchange 1.0.
        self._sender, self._centre = settings.sender, settings.centre
        self._tolerance = timedelta(seconds=settings.clock_tolerance)

    def parcel(self, claim: Claim, keys: list[str]) -> Parcel:
        """Return a claimed package ready to be sent; `keys` are its records' keys in order."""
        digest = hashlib.sha256(zstandard.decompress(claim.payload)).hexdigest()
        signature = None
        if self._signer is not None:
            scope = Scope(self._sender, self._centre, self.clock()) if self._sender else None
            signature = str(self._signer.sign(package_statement(claim.guid, digest), scope))
        return Parcel(
            claim.guid, claim.lane, claim.sequence, claim.payload, digest, keys, signature
        )

    def judge(self, parcel: Parcel, receipt: bytes, given: str | None) -> Settled | Failed:
        """Return Settled where bytes are the signed receipt of this very package, else Failed.

        `given` is the signature that came with them.
        """
        try:
            self._check(receipt_statement(parcel.guid, parcel.digest, receipt), given)
            receipt_read = read_receipt(
                receipt, parcel.guid, parcel.digest, parcel.keys, self._sender
            )
        except (ReceiptRefusedError, SignatureRefusedError, XmlRefusedError) as error:
            return Failed(messages.no_receipt(error.text), answered=True)
        if parcel.signature is None and not given:
            return Settled(receipt_read)
        return Settled(receipt_read, Proof(parcel.signature or "", receipt, given or ""))

    def refused(
        self, parcel: Parcel, refusal: Rejected | Failed, answer: bytes, given: str | None
    ) -> Rejected | Failed:
        """Return a refusal where it is the centre's own; else that there is no answer yet.

        `answer` are the bytes that say why, `given` is the signature that came with them. A centre
        of exchange 1.0 signs no refusal: none is asked of it.
        """
        if self._sender and isinstance(refusal, Rejected):
            try:
                statement = refusal_statement(parcel.guid, parcel.digest, refusal.status, answer)
                self._check(statement, given)
            except SignatureRefusedError as error:
                return Failed(messages.refusal_not_signed(error.text), answered=True)
        return refusal

    def _check(self, statement: Statement, signature: str | None) -> None:
        """Raise SignatureRefusedError unless a statement is signed by the centre.

        Nothing is checked where the centre's key is not known.

        Who signs by exchange 1.1 is answered so: an older form would be of no centre and no time.
        """
        if self._verifier is None:
            return
        scope = self._verifier.check(statement, signature).scope
        if not self._sender:
            return
        if scope is None:
            raise SignatureRefusedError.of(messages.answer_without_scope())
        check_scope(scope, self._sender, self._centre, self.clock(), self._tolerance)


class Destination(Protocol):
    """A configured way to the centre; safe to share among threads."""

    Settings: ClassVar[type[DestinationSettings]]
    signing: Signing

    def __init__(self, settings: Any) -> None:
        """Take settings that `Settings` has checked; raises SettingsError or KeyRefusedError."""

    def send(self, claim: Claim, keys: list[str]) -> Outcome:
        """Bring a package to the centre, or look for its receipt if it is there; never raises for
        what the network or the centre does. Sending the same package again is harmless."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


def open_destination(settings: Mapping[str, Any], base: Path | None = None) -> Destination:
    """Return the destination that the settings' `kind` names; raise SettingsError.

    Without a kind it is http.

    Relative paths in its settings start at `base`.
    """
    tree = dict(settings)
    name = tree.pop("kind", "http")
    points = entry_points(group=DESTINATION_GROUP)
    if name not in points.names:
        raise SettingsError.of(ways.kind_unknown(name, ", ".join(sorted(points.names))))
    try:
        # Only this one: another kind may need a package that is not here.
        kind: type[Destination] = points[name].load()
    except ImportError as error:
        raise SettingsError.of(ways.kind_wants_package(name, error.name)) from None
    try:
        return kind(kind.Settings.model_validate(from_base(kind.Settings, tree, base or Path())))
    except ValidationError as error:
        raise invalid_settings("centre", error) from None
