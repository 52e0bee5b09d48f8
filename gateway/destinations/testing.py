"""The contract of destinations as tests: subclass it, hand it a centre, run pytest.

It has a test for each thing that delivery relies on a destination for. Needs pytest, which
creditgate itself does not. docs/how-to/a-kind-of-your-own.md shows it in use.
"""

import math
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ClassVar, Literal, TypeVar

import pytest
from pydantic import ValidationError

from gateway.destinations import Destination, Failed, Outcome, Pending, Rejected, Settled
from gateway.destinations.centre_under_test import (
    CentreUnderTest,
    DestinationBrokenError,
    Package,
    Reply,
    Trait,
    make_package,
    no_receipts,
)
from gateway.text import Text
from gateway.text import destination_contract as messages

__all__ = (
    "CentreUnderTest",
    "DestinationBrokenError",
    "DestinationContract",
    "Package",
    "Reply",
    "Trait",
    "make_package",
)

T = TypeVar("T")
#: How often a receipt that is to come is looked for.
_LOOKS = 3
_CHINESE, _LATIN = re.compile("[\u4e00-\u9fff]"), re.compile("[A-Za-z]")
_TRACEBACK = re.compile(r"Traceback|File \"|<[\w.]+ object at 0x")
#: What is no receipt, each by its name; a package is needed to make them.
_NO_RECEIPTS = sorted(no_receipts(make_package()))


class DestinationContract:
    """Subclass it, name the class `Test...`, give it a fixture `centre`: pytest does the rest."""

    #: What the way to the centre cannot meet, and why; a check that needs it is skipped.
    cannot: ClassVar[Mapping[Trait, str]] = {}

    @pytest.fixture
    def centre(self) -> CentreUnderTest:
        """Return the centre; a subclass says which."""
        raise DestinationBrokenError(messages.not_supported("the fixture `centre`"))

    @pytest.fixture(autouse=True)
    def _close_destinations(self, centre: CentreUnderTest) -> Iterator[None]:
        self._centre = centre
        self._destinations: list[Destination] = []
        yield
        for destination in self._destinations:
            destination.close()
        centre.close()

    def test_a_package_arrives_byte_for_byte_and_is_settled_by_its_receipt(self) -> None:
        package = make_package()
        self._centre.answer_with(package.claim.guid, Reply("receipt", package.receipt()))

        outcome = self._exchange(self._destination(), package)

        settled = self._settled(outcome)
        require(settled.receipt.accepted == 3, messages.verdicts_differ(3, settled.receipt))
        self._has(package)

    def test_each_record_has_the_verdict_that_the_receipt_gives_it(self) -> None:
        package = make_package()
        verdicts = "duplicate", "refused", "superseded"
        self._centre.answer_with(package.claim.guid, Reply("receipt", package.receipt(*verdicts)))

        receipt = self._settled(self._exchange(self._destination(), package)).receipt

        require(receipt.verdicts == verdicts, messages.verdicts_differ(verdicts, receipt.verdicts))
        refused = [(record.key, record.rule) for record in receipt.turned_down]
        expected = [(package.keys[1], "centre.organ")]
        require(refused == expected, messages.verdicts_differ(expected, refused))

    def test_a_package_that_is_sent_again_is_the_same_and_is_there_once(self) -> None:
        package = make_package()
        self._centre.answer_with(package.claim.guid, Reply("receipt", package.receipt()))
        destination = self._destination()
        for _ in range(2):
            self._exchange(destination, package)

        outcome = self._exchange(self._destination(), package)

        self._settled(outcome)
        self._has(package)

    @pytest.mark.parametrize(("status", "divisible"), [(422, True), (409, False)])
    def test_a_refusal_of_the_whole_package_is_for_good(self, status: int, divisible: bool) -> None:
        package = make_package()
        self._centre.answer_with(package.claim.guid, Reply("refusal", b"", status))

        outcome = self._exchange(self._destination(), package)

        if not isinstance(outcome, Rejected):
            raise DestinationBrokenError(messages.wrong_outcome("Rejected", repr(outcome)))
        right = outcome.divisible is divisible
        require(right, messages.wrong_outcome(f"divisible={divisible}", repr(outcome)))

    def test_a_centre_that_cannot_now_is_tried_again(self) -> None:
        self._needs("failure")
        package = make_package()
        self._centre.answer_with(package.claim.guid, Reply("failure"))

        outcome = self._exchange(self._destination(), package)

        right = isinstance(outcome, Failed) and outcome.answered
        require(right, messages.wrong_outcome("Failed(answered=True)", repr(outcome)))

    def test_a_centre_that_is_away_is_silence(self) -> None:
        self._needs("absence")
        package = make_package()
        destination = self._destination()
        self._centre.go_away()

        outcome = self._send(destination, package)

        right = isinstance(outcome, Failed) and not outcome.answered
        require(right, messages.wrong_outcome("Failed(answered=False)", repr(outcome)))

    def test_of_an_answer_that_is_lost_nobody_knows_and_the_receipt_is_fetched_later(self) -> None:
        self._needs("lost answer")
        package = make_package()
        guid = package.claim.guid
        self._centre.answer_with(guid, Reply("lost"))
        destination = self._destination()

        outcome = self._send(destination, package)
        unknown = isinstance(outcome, Pending) or (
            isinstance(outcome, Failed) and not outcome.answered
        )
        require(unknown, messages.wrong_outcome("Failed(answered=False)", repr(outcome)))

        self._centre.answer_with(guid, Reply("receipt", package.receipt()))
        self._settled(self._exchange(destination, package))
        self._has(package)

    @pytest.mark.parametrize("name", _NO_RECEIPTS)
    def test_what_is_no_receipt_of_this_package_is_no_answer(self, name: str) -> None:
        package = make_package()
        body = no_receipts(package)[name]
        self._centre.answer_with(package.claim.guid, Reply("receipt", body))

        outcome = self._exchange(self._destination(), package)

        neither = isinstance(outcome, Failed | Pending)
        require(neither, messages.yes_by_default(type(outcome).__name__))

    @pytest.mark.parametrize("how", ["hang", "drip"])
    def test_a_call_ends_in_time_though_no_answer_ends(self, how: Literal["hang", "drip"]) -> None:
        self._needs("hang")
        package = make_package()
        self._centre.answer_with(package.claim.guid, Reply(how))
        destination = self._destination()

        outcome = self._in_time(destination, package)

        right = isinstance(outcome, Failed) and not outcome.answered
        require(right, messages.wrong_outcome("Failed(answered=False)", repr(outcome)))

    def test_threads_that_share_it_each_get_their_own_receipt(self) -> None:
        destination = self._destination()
        packages = [make_package() for _ in range(4)]
        for number, package in enumerate(packages):
            verdict = ("accepted", "refused")[number % 2]
            receipt = package.receipt(verdict, "accepted", "accepted")
            self._centre.answer_with(package.claim.guid, Reply("receipt", receipt))

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda package: self._send(destination, package), packages))
        self._centre.look()
        outcomes = [self._exchange(destination, package) for package in packages]

        refused = [len(self._settled(outcome).receipt.turned_down) for outcome in outcomes]
        require(refused == [0, 1, 0, 1], messages.verdicts_differ([0, 1, 0, 1], refused))

    def test_settings_refuse_what_they_do_not_know_and_show_no_secret(self) -> None:
        kind = self._centre.kind.Settings
        values = self._centre.settings()
        settings = kind.model_validate(values)
        try:
            kind.model_validate({**values, "nobody_knows_this": 1})
        except ValidationError:
            pass
        else:
            raise DestinationBrokenError(messages.settings_loose())
        for secret in self._centre.secrets:
            require(secret not in f"{settings!r}{settings}", messages.secret_shown("repr"))

    def test_making_it_reaches_nothing_and_closing_it_is_safe_to_repeat(self) -> None:
        package = make_package()
        self._centre.answer_with(package.claim.guid, Reply("receipt", package.receipt()))
        used, never_used = self._destination(), self._destination()
        self._send(used, package)
        if "absence" not in self.cannot:
            self._centre.go_away()
            self._destination()
        for destination in (used, never_used):
            for _ in range(2):
                _foreseen(destination.close)

    # --- helpers ------------------------------------------------------------------------------

    def _needs(self, trait: Trait) -> None:
        if trait in self.cannot:
            pytest.skip(self.cannot[trait])

    def _destination(self) -> Destination:
        kind = self._centre.kind
        settings = kind.Settings.model_validate(self._centre.settings())
        destination = _foreseen(partial(kind, settings))
        self._destinations.append(destination)
        return destination

    def _exchange(self, destination: Destination, package: Package) -> Outcome:
        """Send a package, and look for its receipt some times where that is to come."""
        outcome = self._send(destination, package)
        for _ in range(_LOOKS):
            if not isinstance(outcome, Pending):
                break
            self._centre.look()
            outcome = self._send(destination, package)
        return outcome

    def _send(self, destination: Destination, package: Package) -> Outcome:
        outcome = _foreseen(partial(destination.send, package.claim, package.keys))
        if isinstance(outcome, Settled):
            return outcome
        if not isinstance(outcome, Failed | Rejected | Pending):
            raise DestinationBrokenError(messages.wrong_outcome("Outcome", type(outcome).__name__))
        self._look_at(outcome.why)
        if isinstance(outcome, Pending):
            sound = math.isfinite(outcome.wait) and outcome.wait > 0
            require(sound, messages.wait_malformed(outcome.wait))
        return outcome

    def _in_time(self, destination: Destination, package: Package) -> Outcome:
        """Send a package; a call that does not end is left to itself, so that the check ends."""
        outcomes: list[Outcome | DestinationBrokenError] = []

        def send() -> None:
            try:
                outcomes.append(self._send(destination, package))
            except DestinationBrokenError as error:
                outcomes.append(error)

        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        thread.join(self._centre.patience)
        if not outcomes:
            raise DestinationBrokenError(messages.too_late(self._centre.patience))
        if isinstance(outcomes[0], DestinationBrokenError):
            raise outcomes[0]
        return outcomes[0]

    def _look_at(self, reason: Text) -> None:
        for secret in self._centre.secrets:
            require(secret not in reason.zh + reason.en, messages.secret_shown("why"))
        both = _CHINESE.search(reason.zh) and _LATIN.search(reason.en) and reason.zh != reason.en
        plain = not _TRACEBACK.search(reason.zh + reason.en)
        require(both and plain, messages.not_both_languages(reason.zh, reason.en))

    def _settled(self, outcome: Outcome) -> Settled:
        if not isinstance(outcome, Settled):
            raise DestinationBrokenError(messages.wrong_outcome("Settled", repr(outcome)))
        return outcome

    def _has(self, package: Package) -> None:
        same = self._centre.packages().get(package.claim.guid) == package.xml
        require(same, messages.bytes_differ())


def _foreseen(call: Callable[[], T]) -> T:
    """Return what a call returns; whatever it raises breaks the contract."""
    try:
        return call()
    except Exception as error:
        raise DestinationBrokenError(messages.raised(type(error).__name__)) from error


def require(holds: object, text: Text) -> None:
    """Raise DestinationBrokenError unless something holds."""
    if not holds:
        raise DestinationBrokenError(text)
