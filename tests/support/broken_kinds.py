"""Adapter kinds that break one duty each, as somebody could well have written them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, ClassVar
from uuid import uuid4

import polars as pl
from pydantic import BaseModel, ConfigDict

from adapters import Batch, Fetched, SourceUnavailableError, Step, Tally
from adapters.testing import Row
from tests.support.box_kind import BoxAdapter, BoxSettings

_VALUES = "test_every_value_comes_as_it_stands_in_the_order_of_the_columns"
_NULL = "test_null_is_no_text"
_COLUMNS = "test_columns_come_in_the_order_of_the_source"
_TWICE = "test_of_two_columns_of_one_name_none_is_lost_in_silence"
_UNREADABLE = "test_a_row_that_cannot_be_read_is_refused_with_a_reason_and_never_dropped"
_AGAIN = "test_a_unit_that_is_read_again_has_its_name_its_rows_and_its_refs"
_MARKED = "test_nothing_is_marked_at_the_source_before_it_is_kept"
_CURSOR = "test_what_was_not_reached_comes_from_the_cursor_of_what_was_kept"
_LATER = "test_rows_that_come_or_change_later_are_fetched"
_VERDICTS = "test_the_department_sees_each_verdict_once_it_is_given_and_not_before"
_BROKEN_OFF = "test_verdicts_that_break_off_are_no_answer"
_EMPTY = "test_a_source_that_is_empty_says_so_by_no_row_and_no_error"
_SILENCE = "test_an_answer_that_says_nothing_is_no_empty_list"
_AWAY = "test_a_source_that_is_away_is_an_error_for_people_and_passes"
_PROBE = "test_the_connection_test_shows_the_rows_that_a_fetch_brings_and_changes_nothing"
_PROBE_AWAY = "test_the_connection_test_does_not_call_well_what_is_away"
_SETTINGS = "test_settings_refuse_what_they_do_not_know_and_show_no_secret"
_CLOSING = "test_making_and_closing_an_adapter_reaches_nothing_and_closing_is_safe_to_repeat"


def _of(change: Any) -> Any:
    """Return a frame's method that changes each value."""

    def frame(self: BoxAdapter, rows: Sequence[Row]) -> pl.DataFrame:
        return BoxAdapter.frame(self, [{k: change(v) for k, v in row.items()} for row in rows])

    return frame


def _number(value: str | None) -> str | None:
    with suppress(ValueError):
        return str(float(value or ""))
    return value


def _values(name: str, change: Any) -> type[BoxAdapter]:
    return type(name, (BoxAdapter,), {"frame": _of(change)})


class SortsColumns(BoxAdapter):
    def frame(self, rows: Sequence[Row]) -> pl.DataFrame:
        made = super().frame(rows)
        return made.select(sorted(made.columns))


class LastColumnWins(BoxAdapter):
    def reach(self) -> None:
        self._box.columns_twice = False
        super().reach()


class DropsUnreadable(BoxAdapter):
    def batches(self, number: int, name: str, rows: list[Row], start: int) -> Iterator[Batch]:
        bad = self._box.unreadable.get(name, len(rows))
        kept = [row for place, row in enumerate(rows) if place != bad]
        for batch in super().batches(number, name, kept, start):
            yield replace(batch, faults=())


class RepairsUnreadable(BoxAdapter):
    def batches(self, number: int, name: str, rows: list[Row], start: int) -> Iterator[Batch]:
        for batch in super().batches(number, name, rows, start):
            yield replace(batch, faults=())


class NamesAtRandom(BoxAdapter):
    def batches(self, number: int, name: str, rows: list[Row], start: int) -> Iterator[Batch]:
        unit = str(uuid4())
        for batch in super().batches(number, name, rows, start):
            yield replace(batch, unit=unit)


class RefsAtRandom(BoxAdapter):
    def batches(self, number: int, name: str, rows: list[Row], start: int) -> Iterator[Batch]:
        for batch in super().batches(number, name, rows, start):
            refs = [str(uuid4()) for _ in range(batch.refs.len())]
            yield replace(batch, refs=pl.Series("ref", refs))


class RefsAlike(BoxAdapter):
    def batches(self, number: int, name: str, rows: list[Row], start: int) -> Iterator[Batch]:
        for batch in super().batches(number, name, rows, start):
            yield replace(batch, refs=pl.Series("ref", ["1"] * batch.refs.len()))


class CountsTooMany(BoxAdapter):
    def batches(self, number: int, name: str, rows: list[Row], start: int) -> Iterator[Batch]:
        for batch in super().batches(number, name, rows, start):
            yield replace(batch, tally=Tally(len(rows) + 1)) if batch.last else batch


class NeverEnds(BoxAdapter):
    def batches(self, number: int, name: str, rows: list[Row], start: int) -> Iterator[Batch]:
        for batch in super().batches(number, name, rows, start):
            yield replace(batch, last=False)


class NoItems(BoxAdapter):
    def fetch(self, cursor: str) -> Iterator[Fetched]:
        for batch in super().fetch(cursor):
            yield batch.rows.to_dicts()  # type: ignore[union-attr,misc]


class MarksWhileReading(BoxAdapter):
    def fetch(self, cursor: str) -> Iterator[Fetched]:
        unread = [name for name in self._box.statements if name not in self._box.kept]
        self._box.statements = {name: self._box.statements[name] for name in unread}
        for item in super().fetch(cursor):
            self._box.kept.add(item.unit)  # type: ignore[union-attr]
            yield item


class CursorTooFar(BoxAdapter):
    def batches(self, number: int, name: str, rows: list[Row], start: int) -> Iterator[Batch]:
        for batch in super().batches(number, name, rows, start):
            yield replace(batch, cursor=f"[{number + 1}, 0]")


class RemembersInItself(BoxAdapter):
    def fetch(self, cursor: str) -> Iterator[Fetched]:
        if cursor:
            return
        yield from super().fetch(cursor)


class TellsAtKeep(BoxAdapter):
    def keep(self, batch: Batch) -> None:
        self._box.verdicts |= dict.fromkeys(batch.refs, "accepted")


class KeepsOnce(BoxAdapter):
    def keep(self, batch: Batch) -> None:
        if batch.unit in self._box.kept and batch.last:
            raise KeyError(batch.unit)
        self._box.kept.add(batch.unit)


class TellsNoRefusal(BoxAdapter):
    def acknowledge(self, unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        accepted = [frame.with_columns(verdict=pl.lit("accepted")) for frame in verdicts]
        super().acknowledge(unit, accepted)


class TellsOnce(BoxAdapter):
    def acknowledge(self, unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        if self._box.verdicts:
            raise KeyError(unit)
        super().acknowledge(unit, verdicts)


class Swallows(BoxAdapter):
    def acknowledge(self, unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        with suppress(Exception):
            super().acknowledge(unit, verdicts)


class MakesUpARow(BoxAdapter):
    def fetch(self, cursor: str) -> Iterator[Fetched]:
        if not self._box.statements:
            row: list[Row] = [{"a": ""}]
            yield from self.batches(0, "none", row, 0)
        yield from super().fetch(cursor)


class RefusesEmpty(BoxAdapter):
    def reach(self) -> None:
        super().reach()
        if not self._box.statements:
            raise SourceUnavailableError("没有数据", "no data")


class TakesSilenceForEmpty(BoxAdapter):
    def reach(self) -> None:
        if not self._box.silent:
            super().reach()


class TakesAbsenceForEmpty(BoxAdapter):
    def fetch(self, cursor: str) -> Iterator[Fetched]:
        with suppress(SourceUnavailableError):
            yield from super().fetch(cursor)


class RaisesItsOwn(BoxAdapter):
    def reach(self) -> None:
        if self._box.away:
            raise ConnectionError("[Errno 111]")
        super().reach()


class SpeaksEnglish(BoxAdapter):
    def reach(self) -> None:
        if self._box.away:
            raise SourceUnavailableError("the box is away", "the box is away")
        super().reach()


class TellsItsPassword(BoxAdapter):
    def reach(self) -> None:
        if self._box.away:
            password = self._settings.password.get_secret_value()
            raise SourceUnavailableError(f"登录失败 {password}", f"no login with {password}")
        super().reach()


class ShowsATraceback(BoxAdapter):
    def reach(self) -> None:
        if self._box.away:
            inside = 'Traceback (most recent call last):\n  File "x.py", line 1, in f'
            raise SourceUnavailableError(f"出错：{inside}", f"it failed: {inside}")
        super().reach()


class NeverComesBack(BoxAdapter):
    def reach(self) -> None:
        self._gone = getattr(self, "_gone", False) or self._box.away
        if self._gone:
            raise SourceUnavailableError("盒子不在", "the box is not there")


class ShowsOtherRows(BoxAdapter):
    def test(self) -> Iterator[Step]:
        *_, step = super().test()
        yield replace(step, sample=pl.DataFrame({"编号": ["1"]}))


class ShowsNoRows(BoxAdapter):
    def test(self) -> Iterator[Step]:
        yield Step("连接", "connection", ok=True)


class TestsByTaking(BoxAdapter):
    def test(self) -> Iterator[Step]:
        yield from list(super().test())
        self._box.statements.clear()


class AlwaysWell(BoxAdapter):
    def test(self) -> Iterator[Step]:
        yield Step("连接", "connection", ok=True)


class LooseSettings(BoxSettings):
    model_config = ConfigDict(extra="ignore")


class Loose(BoxAdapter):
    Settings = LooseSettings


class OpenSettings(BoxSettings):
    password: str  # type: ignore[assignment]


class ShowsItsPassword(BoxAdapter):
    Settings = OpenSettings


class WrongBoundSettings(BoxSettings):
    bound_by = ("host",)


class BoundToNothing(BoxAdapter):
    Settings = WrongBoundSettings


class OwnSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    box: str
    password: str


class NoSettings(BoxAdapter):
    Settings: ClassVar[Any] = OwnSettings


class ConnectsAtOnce(BoxAdapter):
    def __init__(self, settings: BoxSettings) -> None:
        super().__init__(settings)
        self.reach()


class ClosesOnce(BoxAdapter):
    def close(self) -> None:
        del self._box


#: By check, the kinds that it must refuse.
BROKEN: dict[str, tuple[type[BoxAdapter], ...]] = {
    _VALUES: (
        _values("Numbers", _number),
        _values("Strips", lambda v: v and v.strip()),
        _values("NoMark", lambda v: v and v.replace("\ufeff", "")),
        _values("Narrows", lambda v: v and v.replace("Ａ", "A")),
        _values("Cuts", lambda v: v and v[:4000]),
        _values("GuessesNull", lambda v: None if v in ("None", "null") else v),
        _values("GuessesDates", lambda v: v and v.replace("2026/3/5", "2026-03-05")),
        _values("PlaneZero", lambda v: v and "".join(c for c in v if ord(c) < 0x10000)),
        _values("Composes", lambda v: v and v.replace("e\u0301", "é")),
        RefsAlike,
        CountsTooMany,
        NeverEnds,
        NoItems,
    ),
    _NULL: (_values("WritesNone", str), _values("NullIsEmpty", lambda v: v or "")),
    _COLUMNS: (SortsColumns,),
    _TWICE: (LastColumnWins,),
    _UNREADABLE: (DropsUnreadable, RepairsUnreadable),
    _AGAIN: (NamesAtRandom, RefsAtRandom),
    _MARKED: (MarksWhileReading,),
    _CURSOR: (CursorTooFar,),
    _LATER: (RemembersInItself, KeepsOnce),
    _VERDICTS: (TellsAtKeep, TellsNoRefusal, TellsOnce),
    _BROKEN_OFF: (Swallows,),
    _EMPTY: (MakesUpARow, RefusesEmpty),
    _SILENCE: (TakesSilenceForEmpty,),
    _AWAY: (
        TakesAbsenceForEmpty,
        RaisesItsOwn,
        SpeaksEnglish,
        TellsItsPassword,
        ShowsATraceback,
        NeverComesBack,
    ),
    _PROBE: (ShowsOtherRows, ShowsNoRows, TestsByTaking),
    _PROBE_AWAY: (AlwaysWell,),
    _SETTINGS: (Loose, ShowsItsPassword, BoundToNothing, NoSettings),
    _CLOSING: (ConnectsAtOnce, ClosesOnce),
}
