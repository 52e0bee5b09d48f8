"""Ways in: what an adapter kind is, and what passes between it and the gateway.

A kind is a class that fulfils `Adapter`, registered under the entry-point group
`creditgate.adapters`; the built-in kinds register in the same way as a stranger's. Nothing here
imports `gateway` or `outbox`. What strangers may rely on: docs/how-to/public-names.txt.
Tests: tests/unit/adapters, tests/integration/adapters.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, Self, TypeAlias

import polars as pl
from pydantic import BaseModel, ConfigDict, PrivateAttr

from adapters.text import Text

if TYPE_CHECKING:
    from adapters.transports.access import Access

#: What a kind of somebody else's may rely on: docs/how-to/a-kind-of-your-own.md says what may
#: change when.
__all__ = (
    "ADAPTER_GROUP",
    "FORMAT_GROUP",
    "SAMPLE_ROWS",
    "VERDICT_SCHEMA",
    "Adapter",
    "AdapterError",
    "BadUnit",
    "Batch",
    "Fetched",
    "LeavesMarks",
    "LooksThrough",
    "Opening",
    "Reach",
    "Remark",
    "RowFault",
    "Settings",
    "SourceMemory",
    "SourceRefusedError",
    "SourceUnavailableError",
    "Step",
    "Tally",
    "TellsTally",
    "Text",
    "adapter_kinds",
    "kind_names",
    "load_kind",
)

ADAPTER_GROUP = "creditgate.adapters"
FORMAT_GROUP = "creditgate.formats"
#: Most rows of a sample, such as a connection test ends with.
SAMPLE_ROWS = 200


class AdapterError(Exception):
    """Root of what adapters raise: what happened at the source and what to do,
    in both languages.
    """

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(f"{zh} / {en}")


class SourceUnavailableError(AdapterError):
    """The source did not answer or broke off: the next fetch may well succeed."""


class SourceRefusedError(AdapterError):
    """The source, its credentials or the settings are wrong: a person must act."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Something outside that settings would have the gateway reach.

    A host, a file or folder, an option or the name of a database driver, or a private key's file:
    the name of its setting and that of the secret to use instead, as `private_key:key_text`.
    """

    what: Literal["host", "file", "option", "driver", "key_file"]
    value: str


class Settings(BaseModel):
    """Settings of an adapter kind; its JSON Schema is the description of the kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: The settings that a secret is set for: where it is sent, as whom, by whose key. A secret must
    #: be set anew where one of them changes. None: all that are no secrets, for who says nothing.
    bound_by: ClassVar[tuple[str, ...] | None] = None
    #: Whether every connection is opened and every file read by `access`, which looks up and judges
    #: at that moment. Of other kinds a host that cannot be looked up beforehand is refused.
    uses_access: ClassVar[bool] = False

    _access: Any = PrivateAttr(default=None)

    @property
    def access(self) -> "Access":
        """Return by what these settings reach the outside: anything, unless they are confined."""
        from adapters.transports.access import ANY_ACCESS  # noqa: PLC0415

        access: Access = self._access or ANY_ACCESS
        return access

    def confined(self, access: "Access") -> Self:
        """Return these settings held to what may be reached."""
        held = self.model_copy()
        held._access = access
        return held

    def reaches(self) -> Iterator[Reach]:
        """Yield what these settings reach; an operator's policy allows it or not."""
        yield from ()

    def read_only(self) -> Self:
        """Return these settings changed so that a fetch alone changes nothing at the source."""
        return self


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row the format could not read as one; `row` counts rows of the batch from 0."""

    row: int
    rule: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What a unit holds beside its rows, held against a count that does not come from their reader.

    counted = rows + left_out + blank + deleted; where it is not, rows were lost or made up.
    """

    #: Records by the second count; None where there is none ("not counted").
    counted: int | None = None
    #: Ends of lines, where the source has lines.
    lines: int | None = None
    #: Records left out by a declared rule: headings, titles, explanations, footers.
    left_out: int = 0
    #: Records without a character but separators, blanks and quotes.
    blank: int = 0
    #: Records that the source itself marks as deleted (DBF).
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one unit. A unit is what is acknowledged as a whole: a file, a page, a table read.

    A unit is taken once: the same rows under the same name are passed over. Other rows under a name
    that was taken are a unit of their own, and the newest that the feed has said.

    `rows` holds text columns, `refs` how the department finds each row (row number, key), and
    `marks` what the adapter wants back with the verdicts; all have the same height. `cursor` is
    where the next fetch begins once this batch is kept.
    """

    unit: str
    rows: pl.DataFrame
    refs: pl.Series
    cursor: str
    #: The unit ends with this batch.
    last: bool
    marks: pl.Series | None = None
    #: Rows that the source says the unit has; known with the last batch, if at all.
    declared: int | None = None
    #: A ref means the same row in every later fetch.
    stable_refs: bool = False
    faults: tuple[RowFault, ...] = ()
    #: Columns with their types as the source names them, where it has types.
    types: tuple[tuple[str, str], ...] = ()
    #: Of the whole unit; comes with its last batch.
    tally: Tally | None = None
    #: It stands marked as taken at the source, by this store, which did not know it.
    again: bool = False


@dataclass(frozen=True, slots=True)
class BadUnit:
    """A unit that cannot be read at all: it is refused whole."""

    unit: str
    rule: str
    zh: str
    en: str
    cursor: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something at the source that a person should know and that changes nothing."""

    name: str
    zh: str
    en: str


@dataclass(slots=True)
class Opening:
    """A unit's bytes are about to be read; whoever fetches fills in the answer before it goes on.

    An adapter that can pass over a unit yields one before each, so that what ends a reader twice,
    or fails again and again, is set aside and the next unit is read.
    """

    unit: str
    #: Read it in a fresh reader that has nothing else to do.
    alone: bool = False
    #: Why the unit is not to be read again: yield it as a BadUnit with this text and this rule, and
    #: let the cursor not pass it: a person may have it read once more.
    set_aside: Text | None = None
    rule: str = "format.reader_ended"
    #: It is set aside and refused already: pass it over.
    passed_over: bool = False


#: What a fetch yields.
Fetched: TypeAlias = Batch | BadUnit | Remark | Opening


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a connection test."""

    name_zh: str
    name_en: str
    ok: bool
    detail: str = ""
    sample: pl.DataFrame | None = field(default=None, repr=False)


#: Columns of the frames that `Adapter.acknowledge` takes. verdict: accepted, unchanged,
#: superseded or refused; field, rule, zh and en only with a refusal.
VERDICT_SCHEMA: dict[str, type[pl.DataType]] = dict.fromkeys(
    ("ref", "mark", "verdict", "field", "rule", "zh", "en"), pl.String
)


class Adapter(Protocol):
    """A configured way into one department's system."""

    Settings: ClassVar[type[Settings]]

    def __init__(self, settings: Any) -> None:
        """Take settings that `Settings` has checked; connect to nothing yet."""

    def fetch(self, cursor: str) -> Iterator[Fetched]:
        """Yield what is new since the cursor ("" at first); raises AdapterError."""
        ...

    def keep(self, batch: Batch, /) -> None:
        """Hear that a batch is safe in the gateway's store; safe to repeat or to miss."""
        ...

    def acknowledge(self, unit: str, verdicts: Iterable[pl.DataFrame], /) -> None:
        """Report to the department what became of each row of a unit; safe to repeat."""
        ...

    def test(self) -> Iterator[Step]:
        """Yield the steps of a connection test, the last one with sample rows; changes nothing."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class TellsTally(Protocol):
    """What an adapter may have besides: it also tells its department of records that were no rows.

    Where an adapter has this method, the gateway calls it instead of `Adapter.acknowledge`.
    """

    def acknowledge_with_tally(
        self, unit: str, verdicts: Iterable[pl.DataFrame], tally: Tally, /
    ) -> None:
        """Report to the department what became of each row, and the unit's tally;
        safe to repeat.
        """
        ...


class SourceMemory(Protocol):
    """What the gateway's store tells an adapter that leaves marks at its source.

    A mark outlives the store that made it: one that was restored does not know what it has marked
    since the backup.
    """

    def mark(self) -> tuple[str, int]:
        """Return what marks the store's own: eight characters of its identity,
        and its generation.
        """
        ...

    def knows(self, units: Collection[str], /) -> frozenset[str]:
        """Return those of some units that the store has whole: read to their end, or refused.

        One that is set aside is not among them while a person is to decide.
        """
        ...

    def passes_over(self, units: Collection[str], /) -> frozenset[str]:
        """Return those of some units whose `Opening` would be passed over:
        they need not be copied.
        """
        ...

    def restored(self) -> bool:
        """Whether the source was not looked through since the store was restored."""
        ...

    def known_until(self) -> datetime | None:
        """Return up to when a restored store knows, while its source is to be looked through."""
        ...


class LeavesMarks(Protocol):
    """What an adapter may have besides: it marks at its source what is in the gateway.

    What stands marked by this store and is unknown to it, it offers again, as batches with `again`.
    """

    def remember_by(self, memory: SourceMemory, /) -> None:
        """Take what the store tells; called once, before the first fetch."""
        ...


class LooksThrough(Protocol):
    """What an adapter that leaves marks may have besides: it tells what it could not look at."""

    def looked_through(self) -> bool:
        """Whether the last fetch saw all that may stand marked; not where something was denied.

        Where it did not, a restored store goes on to look at the next fetch.
        """
        ...


def adapter_kinds() -> dict[str, type[Adapter]]:
    """Return every installed adapter kind by name; loads them all."""
    return {point.name: point.load() for point in entry_points(group=ADAPTER_GROUP)}


def kind_names() -> list[str]:
    """Return the names of the installed adapter kinds; loads none of them."""
    return sorted(point.name for point in entry_points(group=ADAPTER_GROUP))


def load_kind(name: str) -> type[Adapter]:
    """Load one installed adapter kind; raises KeyError where there is none."""
    [*points] = entry_points(group=ADAPTER_GROUP, name=name)
    if not points:
        raise KeyError(name)
    kind: type[Adapter] = points[0].load()
    return kind
