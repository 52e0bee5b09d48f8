"""Conformance cases as data: read and checked. Pure but for reading the package's own files."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from ruamel.yaml import YAML

from gateway.text import Text

Verdict = Literal["accepted", "duplicate", "superseded", "refused"]
Spoil = Literal["truncated", "dtd", "count", "bomb"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Credential = Literal["good", "none", "wrong"]
Who = Literal["own", "other"]


class Send(_Strict):
    """A package to send: its records, or the very bytes of before, or `many` made-up records."""

    package: str
    records: tuple[str, ...] = ()
    many: int = Field(default=0, ge=0, le=1000)
    sequence: int | None = None
    again: bool = False
    #: Sent again with one character changed: as many bytes, and not the same.
    altered: bool = False
    #: As the gateway's destinations send every package.
    compressed: bool = False
    #: Days before the run at which the package says that it was made.
    days_ago: int = Field(default=0, ge=0, le=30)
    spoil: Spoil | None = None
    #: The version of the standard that the package names.
    version: Literal["tested", "oldest", "unknown"] = "tested"
    credential: Credential = "good"
    #: Who sends, and whose feed the header names: the suite's first sender or its second.
    who: Who = "own"
    feed: Who = "own"


class Read(_Strict):
    """A question about the feed to ask."""

    path: Literal["/records", "/totals", "/digests"]
    #: What is asked beside the feed, as it is written.
    query: dict[str, str] = {}
    credential: Credential = "good"
    who: Who = "own"
    feed: Who = "own"


class Step(_Strict):
    """One thing to do or to look at, and what must be true of it."""

    send: Send | None = None
    read: Read | None = None
    status: tuple[int, ...] = ()
    verdicts: dict[str, tuple[Verdict, ...]] = {}
    same_receipt: bool = False
    #: By record name: the version that must be there, or "absent".
    stored: dict[str, str] = {}
    stored_once: tuple[str, ...] = ()
    stored_count: int | None = None
    #: Present and withdrawn records by days before the run: all that GET /totals may say.
    totals: dict[int, tuple[int, int]] = {}
    #: By days before the run, the records that must be in the set of the day, where digests are
    #: given.
    digests: dict[int, tuple[str, ...]] = {}
    #: Whose feed is looked at, by its own sender.
    of: Who = "own"
    #: The second sender's rights end, by the command that the suite was given.
    revoke: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> "Step":
        looks = bool(
            self.stored
            or self.stored_once
            or self.stored_count is not None
            or self.totals
            or self.digests
        )
        asks = self.send is not None or self.read is not None
        if [asks, looks, self.revoke].count(True) != 1 or asks is not bool(self.status):
            raise ValueError(
                "a step either sends or reads and names the status, looks at what is stored,"
                " or revokes"
            )
        return self


class Duty(_Strict):
    """What a sender or receiver must do."""

    id: str
    zh: str
    en: str


class Case(Duty):
    """One duty of a receiver, and the steps that show it."""

    steps: tuple[Step, ...]

    @property
    def wants_second(self) -> bool:
        """Whether the case needs a second sender."""
        actions = (step.send or step.read for step in self.steps)
        return any(
            action is not None and "other" in (action.who, action.feed) for action in actions
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """One duty and what was wrong; passed where nothing was."""

    duty: Duty
    findings: tuple[Text, ...]

    @property
    def passed(self) -> bool:
        """Whether the duty was done."""
        return not self.findings


@cache
def receiver_cases() -> tuple[Case, ...]:
    """Return the cases of the receiver's suite, in its order.

    Raises pydantic.ValidationError when it is malformed.
    """
    return tuple(TypeAdapter(list[Case]).validate_python(_entries("receiver.yaml")))


@cache
def sender_duties() -> tuple[Duty, ...]:
    """Return the duties of the sender's suite, in its order.

    Raises pydantic.ValidationError when it is malformed.
    """
    return tuple(TypeAdapter(list[Duty]).validate_python(_entries("sender.yaml")))


def _entries(name: str) -> object:
    return YAML(typ="safe").load(Path(__file__).with_name(name).read_text("utf-8"))
