"""A destination in memory that keeps the contract, and others that break one duty each."""

import hashlib
import time
from collections.abc import Mapping
from typing import Any, ClassVar

import zstandard
from pydantic import ConfigDict, SecretStr

from gateway.destinations import (
    Failed,
    Outcome,
    Parcel,
    Pending,
    Rejected,
    Settled,
    Signing,
    refused_whole,
)
from gateway.destinations.testing import CentreUnderTest, Reply
from gateway.protocol.receipt_reader import Receipt, read_receipt
from gateway.settings.model import DestinationSettings
from gateway.text import Text
from outbox import Claim

TOKEN = "made-up-token-of-ours"
TABLES: dict[str, "TableCentre"] = {}
_AWAY = Text("中心不在", "the centre is away")


class TableSettings(DestinationSettings):
    """Which table."""

    table: str
    token: SecretStr


class TableDestination:
    """Puts packages into a table; the answer stands beside them at once."""

    Settings: ClassVar[type[DestinationSettings]] = TableSettings

    def __init__(self, settings: TableSettings) -> None:
        self.signing = Signing(settings)
        self.token = settings.token.get_secret_value()
        self.table = TABLES[settings.table]

    def send(self, claim: Claim, keys: list[str]) -> Outcome:
        """Put a package and read its answer."""
        parcel = self.signing.parcel(claim, keys)
        if self.table.away:
            return self.silence()
        reply = self.table.replies[claim.guid]
        if reply.kind in ("hang", "drip"):
            return self.hang()
        if reply.kind == "failure":
            return self.failure()
        self.table.brought[claim.guid] = self.bytes_of(parcel)
        if reply.kind == "lost":
            return self.lost()
        if reply.kind == "refusal":
            return self.refusal(reply)
        return self.receipt(parcel, reply)

    def bytes_of(self, parcel: Parcel) -> bytes:
        return zstandard.decompress(parcel.payload)

    def silence(self) -> Outcome:
        return Failed(_AWAY, answered=False)

    def hang(self) -> Outcome:
        return Failed(Text("超时", "no answer in time"), answered=False)

    def failure(self) -> Outcome:
        return Failed(Text("中心出错", "the centre failed"), answered=True)

    def lost(self) -> Outcome:
        return Failed(Text("应答丢失", "the answer was lost"), answered=False)

    def refusal(self, reply: Reply) -> Outcome:
        return refused_whole("不收 / no", reply.status)

    def receipt(self, parcel: Parcel, reply: Reply) -> Outcome:
        return self.signing.judge(parcel, reply.body, None)

    def close(self) -> None:
        """Nothing to close."""


class TableCentre(CentreUnderTest):
    """A table under test."""

    secrets = (TOKEN,)
    patience = 0.5

    def __init__(self, kind: Any = TableDestination) -> None:
        self.kind = kind
        self.replies: dict[str, Reply] = {}
        self.brought: dict[str, bytes] = {}
        self.away = False
        self.name = f"table-{len(TABLES)}"
        TABLES[self.name] = self

    def settings(self) -> dict[str, Any]:
        return {"table": self.name, "token": TOKEN}

    def answer_with(self, guid: str, reply: Reply) -> None:
        self.replies[guid] = reply

    def packages(self) -> Mapping[str, bytes]:
        return self.brought

    def go_away(self) -> None:
        self.away = True


class Reformats(TableDestination):
    def bytes_of(self, parcel: Parcel) -> bytes:
        return super().bytes_of(parcel).replace(b"\r\n", b"\n")


class AcceptsAll(TableDestination):
    def receipt(self, parcel: Parcel, reply: Reply) -> Outcome:
        return Settled(Receipt(("accepted",) * len(parcel.keys), ()))


class TrustsTheWord(TableDestination):
    def receipt(self, parcel: Parcel, reply: Reply) -> Outcome:
        if b"OK" in reply.body or b"success" in reply.body:
            return Settled(Receipt(("accepted",) * len(parcel.keys), ()))
        return super().receipt(parcel, reply)


class TakesAnothersReceipt(TableDestination):
    def receipt(self, parcel: Parcel, reply: Reply) -> Outcome:
        body = reply.body
        for tag, value in (("PackageGuid", parcel.guid), ("PackageDigest", parcel.digest)):
            before, begins, rest = body.partition(f"<{tag}>".encode())
            body = before + begins + value.encode() + rest[rest.find(b"</") :] if begins else body
        return self.signing.judge(parcel, body, None)


class DropsRefusals(TableDestination):
    def receipt(self, parcel: Parcel, reply: Reply) -> Outcome:
        outcome = super().receipt(parcel, reply)
        if isinstance(outcome, Settled):
            return Settled(Receipt(outcome.receipt.verdicts, ()))
        return outcome


class RejectsWhatItCannotRead(TableDestination):
    def receipt(self, parcel: Parcel, reply: Reply) -> Outcome:
        outcome = super().receipt(parcel, reply)
        return outcome if isinstance(outcome, Settled) else Rejected(_AWAY)


class RaisesOnNoReceipt(TableDestination):
    def receipt(self, parcel: Parcel, reply: Reply) -> Outcome:
        digest = hashlib.sha256(self.bytes_of(parcel)).hexdigest()
        return Settled(read_receipt(reply.body, parcel.guid, digest, parcel.keys))


class TriesRefusedAgain(TableDestination):
    def refusal(self, reply: Reply) -> Outcome:
        return self.failure()


class SplitsNothing(TableDestination):
    def refusal(self, reply: Reply) -> Outcome:
        return Rejected(Text("不收", "refused"))


class GivesUpOnFailure(TableDestination):
    def failure(self) -> Outcome:
        return Rejected(Text("中心出错", "the centre failed"))


class CallsSilenceAnAnswer(TableDestination):
    def silence(self) -> Outcome:
        return Failed(_AWAY, answered=True)


class TellsItsToken(TableDestination):
    def silence(self) -> Outcome:
        return Failed(Text(f"中心不在 {self.token}", f"away for {self.token}"), answered=False)


class SpeaksEnglish(TableDestination):
    def silence(self) -> Outcome:
        return Failed(Text("away", "away"), answered=False)


class RaisesOnSilence(TableDestination):
    def silence(self) -> Outcome:
        raise ConnectionRefusedError


class TakesLostForYes(TableDestination):
    def lost(self) -> Outcome:
        return Settled(Receipt(("accepted",) * 3, ()))


class TakesLostForNo(TableDestination):
    def lost(self) -> Outcome:
        return Rejected(Text("应答丢失", "the answer was lost"))


class WaitsForGood(TableDestination):
    def hang(self) -> Outcome:
        time.sleep(0.6)
        return super().hang()


class PendsForGood(TableDestination):
    def receipt(self, parcel: Parcel, reply: Reply) -> Outcome:
        return Pending(Text("等待回执", "its receipt is to come"), float("inf"))


class SharesItsState(TableDestination):
    def send(self, claim: Claim, keys: list[str]) -> Outcome:
        self.first = getattr(self, "first", None) or (claim, keys)
        return super().send(*self.first)


class LooseSettings(TableSettings):
    model_config = ConfigDict(extra="ignore")


class Loose(TableDestination):
    Settings = LooseSettings


class OpenSettings(TableSettings):
    token: str  # type: ignore[assignment]


class ShowsItsToken(TableDestination):
    Settings = OpenSettings

    def __init__(self, settings: Any) -> None:
        self.signing, self.table = Signing(settings), TABLES[settings.table]


class ClosesOnce(TableDestination):
    def close(self) -> None:
        del self.table


class ConnectsAtOnce(TableDestination):
    def __init__(self, settings: TableSettings) -> None:
        super().__init__(settings)
        if self.table.away:
            raise ConnectionRefusedError


_SETTLED = "test_a_package_arrives_byte_for_byte_and_is_settled_by_its_receipt"
_VERDICTS = "test_each_record_has_the_verdict_that_the_receipt_gives_it"
_AGAIN = "test_a_package_that_is_sent_again_is_the_same_and_is_there_once"
_REFUSED = "test_a_refusal_of_the_whole_package_is_for_good"
_FAILURE = "test_a_centre_that_cannot_now_is_tried_again"
_SILENCE = "test_a_centre_that_is_away_is_silence"
_LOST = "test_of_an_answer_that_is_lost_nobody_knows_and_the_receipt_is_fetched_later"
_NO_RECEIPT = "test_what_is_no_receipt_of_this_package_is_no_answer"
_IN_TIME = "test_a_call_ends_in_time_though_no_answer_ends"
_THREADS = "test_threads_that_share_it_each_get_their_own_receipt"
_SETTINGS = "test_settings_refuse_what_they_do_not_know_and_show_no_secret"
_CLOSING = "test_making_it_reaches_nothing_and_closing_it_is_safe_to_repeat"
#: By check, the destinations that it must refuse, with the check's own parameters.
BROKEN: list[tuple[str, type[TableDestination], tuple[Any, ...]]] = [
    (_SETTLED, Reformats, ()),
    (_SETTLED, PendsForGood, ()),
    (_VERDICTS, AcceptsAll, ()),
    (_VERDICTS, DropsRefusals, ()),
    (_AGAIN, Reformats, ()),
    (_REFUSED, TriesRefusedAgain, (422, True)),
    (_REFUSED, SplitsNothing, (422, True)),
    (_FAILURE, GivesUpOnFailure, ()),
    (_SILENCE, CallsSilenceAnAnswer, ()),
    (_SILENCE, TellsItsToken, ()),
    (_SILENCE, SpeaksEnglish, ()),
    (_SILENCE, RaisesOnSilence, ()),
    (_LOST, TakesLostForYes, ()),
    (_LOST, TakesLostForNo, ()),
    (_NO_RECEIPT, AcceptsAll, ("nothing",)),
    (_NO_RECEIPT, TrustsTheWord, ("a page",)),
    (_NO_RECEIPT, TrustsTheWord, ("a bare OK",)),
    (_NO_RECEIPT, TakesAnothersReceipt, ("another package's by its GUID",)),
    (_NO_RECEIPT, TakesAnothersReceipt, ("of other bytes",)),
    (_NO_RECEIPT, RejectsWhatItCannotRead, ("cut off",)),
    (_NO_RECEIPT, RaisesOnNoReceipt, ("a word that nobody knows",)),
    (_IN_TIME, WaitsForGood, ("hang",)),
    (_IN_TIME, WaitsForGood, ("drip",)),
    (_THREADS, SharesItsState, ()),
    (_SETTINGS, Loose, ()),
    (_SETTINGS, ShowsItsToken, ()),
    (_CLOSING, ClosesOnce, ()),
    (_CLOSING, ConnectsAtOnce, ()),
]
