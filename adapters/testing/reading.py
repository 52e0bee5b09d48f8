"""Reads a kind as the gateway does, and looks at each thing that it yields."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

import polars as pl

from adapters import Adapter, AdapterError, BadUnit, Batch, Fetched, Opening, Remark
from adapters.testing.failure import ContractBrokenError, require
from adapters.text import Text
from adapters.text import contract as messages

_CHINESE, _LATIN = re.compile("[\u4e00-\u9fff]"), re.compile("[A-Za-z]")
_TRACEBACK = re.compile(r"Traceback|File \"|, line \d+, in |<[\w.]+ object at 0x")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it was read: its rows, refs and marks, and what is wrong with some."""

    name: str
    rows: list[dict[str, str | None]] = field(default_factory=list)
    refs: list[str] = field(default_factory=list)
    marks: list[str | None] = field(default_factory=list)
    faults: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Reading:
    """What one fetch yielded."""

    cursor: str
    units: dict[str, Unit] = field(default_factory=dict)
    refused: list[BadUnit] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)

    @property
    def rows(self) -> list[dict[str, str | None]]:
        """Return the rows of all units in the order in which they came."""
        return [row for unit in self.units.values() for row in unit.rows]


def read(
    adapter: Adapter,
    cursor: str = "",
    *,
    keep: bool = False,
    batches: int | None = None,
    secrets: Iterable[str] = (),
) -> Reading:
    """Fetch from a cursor, all or so many batches; raises ContractBrokenError, AdapterError."""
    reading = Reading(cursor)
    open_unit = ""
    count = 0
    items = iter(foreseen(adapter.fetch(cursor)))
    for each in items:
        item = _looked_at(each, secrets)
        if isinstance(item, Remark | Opening):
            reading.remarks += [item] if isinstance(item, Remark) else []
            continue
        fresh = item.unit != open_unit
        require(not (fresh and open_unit), messages.unit_in_pieces(open_unit))
        require(not fresh or item.unit not in reading.units, messages.unit_in_pieces(item.unit))
        if isinstance(item, BadUnit):
            reading.refused.append(item)
        else:
            _add(reading, item)
            open_unit = "" if item.last else item.unit
            if item.last:
                # One that was begun before is counted from its beginning.
                begun = bool(cursor) and len(reading.units) == 1
                _check_unit(reading.units[item.unit], item, begun=begun)
            if keep:
                for _ in range(2):
                    # The gateway may die before it knows that it was heard.
                    foreseen_call(partial(adapter.keep, item))
            count += 1
        reading.cursor = item.cursor
        if count == batches:
            _abandon(items)
            return reading
    require(not open_unit, messages.unit_in_pieces(open_unit))
    return reading


def foreseen(items: Iterable[object]) -> Iterator[object]:
    """Yield what an adapter yields; an error that is no AdapterError breaks the contract."""
    try:
        yield from items
    except (AdapterError, ContractBrokenError, GeneratorExit, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise ContractBrokenError(messages.unforeseen_error(type(error).__name__)) from error


def foreseen_call(call: Callable[[], object]) -> None:
    """Call something; an error that is no AdapterError breaks the contract."""

    def items() -> Iterator[object]:
        call()
        yield None

    for _ in foreseen(items()):
        pass


def check_text(text: Text, secrets: Iterable[str] = ()) -> None:
    """Raise ContractBrokenError unless a text can be shown to people."""
    for secret in secrets:
        require(secret not in text.zh + text.en, messages.secret_shown("zh, en"))
    both = _CHINESE.search(text.zh) and _LATIN.search(text.en) and text.zh != text.en
    require(both, messages.not_both_languages(text.zh, text.en))
    for words in text:
        require(not _TRACEBACK.search(words), messages.traceback_shown(words))


def _abandon(items: Iterator[object]) -> None:
    """Stop a fetch half-way, as the gateway does when its store is away."""
    close = getattr(items, "close", None)
    if close is not None:
        close()


def _looked_at(item: object, secrets: Iterable[str]) -> Fetched:
    """Return an item of a fetch; raises ContractBrokenError where it is not as it must be."""
    if isinstance(item, Remark | BadUnit):
        check_text(Text(item.zh, item.en), secrets)
    if isinstance(item, Remark):
        return item
    if not isinstance(item, Batch | BadUnit | Opening):
        raise ContractBrokenError(messages.no_item(type(item).__name__))
    require(isinstance(item.unit, str) and item.unit, messages.malformed(str(item.unit), "unit"))
    if isinstance(item, Opening):
        return item
    require(isinstance(item.cursor, str), messages.malformed(item.unit, "cursor"))
    if isinstance(item, Batch):
        _look_at_batch(item, secrets)
    return item


def _look_at_batch(batch: Batch, secrets: Iterable[str]) -> None:
    def wrong(part: str) -> Text:
        return messages.malformed(batch.unit, part)

    require(isinstance(batch.rows, pl.DataFrame), wrong("rows"))
    require(set(batch.rows.dtypes) <= {pl.String}, wrong("rows.dtypes"))
    height = batch.rows.height if batch.rows.width else batch.refs.len()
    for name, series in (("refs", batch.refs), ("marks", batch.marks)):
        if name == "refs" or series is not None:
            require(isinstance(series, pl.Series) and series.len() == height, wrong(name))
            require(series is None or not height or series.dtype == pl.String, wrong(name))
    require(not batch.refs.null_count(), wrong("refs"))
    for fault in batch.faults:
        require(0 <= fault.row < height and fault.rule, wrong("faults"))
        check_text(Text(fault.zh, fault.en), secrets)


def _add(reading: Reading, batch: Batch) -> None:
    unit = reading.units.setdefault(batch.unit, Unit(batch.unit))
    start = len(unit.rows)
    unit.rows.extend(batch.rows.to_dicts())
    unit.refs.extend(batch.refs)
    unit.marks.extend([None] * batch.refs.len() if batch.marks is None else batch.marks)
    unit.faults.update({start + fault.row: fault.rule for fault in batch.faults})
    reading.columns = reading.columns or batch.rows.columns


def _check_unit(unit: Unit, last: Batch, *, begun: bool) -> None:
    """Raise ContractBrokenError where a unit's counts and refs are not those of its rows."""
    require(len(set(unit.refs)) == len(unit.refs), messages.refs_repeated(unit.name))
    if begun:
        return
    rows, tally = len(unit.rows), last.tally
    if last.declared is not None:
        require(last.declared == rows, messages.count_differs(unit.name, last.declared, rows))
    if tally is not None and tally.counted is not None:
        told = rows + tally.left_out + tally.blank + tally.deleted
        require(tally.counted == told, messages.count_differs(unit.name, tally.counted, told))
