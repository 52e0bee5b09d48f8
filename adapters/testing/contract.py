"""The contract itself: a test for each thing that the gateway relies on an adapter kind for."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import ClassVar

import polars as pl
import pytest
from pydantic import ValidationError

from adapters import Adapter, AdapterError, SourceRefusedError, SourceUnavailableError, Step
from adapters import Settings as AnySettings
from adapters.testing.failure import ContractBrokenError, require
from adapters.testing.reading import Reading, check_text, foreseen, foreseen_call, read
from adapters.testing.samples import (
    StoreAwayError,
    broken_off,
    some_rows,
    values_of,
    verdicts_on,
)
from adapters.testing.source import Row, SourceUnderTest, Trait, hard_rows
from adapters.text import Text
from adapters.text import contract as messages


class AdapterContract:
    """Subclass it, name the class `Test...`, give it a fixture `source`: pytest does the rest.

    >>> class TestMyKind(AdapterContract):
    ...     @pytest.fixture
    ...     def source(self, tmp_path):
    ...         return MySource(tmp_path)
    """

    #: A unit keeps its name however often it is read. False: each fetch is a statement of its own,
    #: under a name that never comes again (the moment in it, say).
    stable_names: ClassVar[bool] = True
    #: As what a null of the source comes. "" only where the way in itself has no null, as files.
    null: ClassVar[str | None] = None
    #: What the source cannot do or hold, and why; a check that needs it is skipped with the reason.
    cannot: ClassVar[Mapping[Trait, str]] = {}
    #: Names in CLERICAL_VALUES of values that the way in cannot carry, such as what XML forbids.
    not_carried: ClassVar[Sequence[str]] = ()

    @pytest.fixture
    def source(self) -> SourceUnderTest:
        """Return the source; a subclass says which."""
        raise ContractBrokenError(messages.not_supported("the fixture `source`"))

    @pytest.fixture(autouse=True)
    def _closed(self, source: SourceUnderTest) -> Iterator[None]:
        self._source = source
        self._opened: list[Adapter] = []
        yield
        for adapter in self._opened:
            adapter.close()
        source.close()

    # --- values -------------------------------------------------------------------------------

    def test_every_value_comes_as_it_stands_in_the_order_of_the_columns(self) -> None:
        rows = hard_rows(self.not_carried)
        self._source.put(rows)

        reading = self._read()

        self._same_columns(rows, reading)
        self._same_rows(rows, reading)

    def test_null_is_no_text(self) -> None:
        self._needs("null")
        rows: list[Row] = [
            {"a": "1", "b": None, "c": "None"},
            {"a": None, "b": "2", "c": "null"},
            {"a": "3", "b": "NULL", "c": None},
        ]
        self._source.put(rows)

        reading = self._read()

        self._same_rows(
            [{k: self.null if v is None else v for k, v in row.items()} for row in rows], reading
        )

    def test_columns_come_in_the_order_of_the_source(self) -> None:
        rows: list[Row] = [{name: name for name in ("丙", "甲", "z", "乙", "A", "b", "编号")}]
        self._source.put(rows)

        self._same_columns(rows, self._read())

    def test_of_two_columns_of_one_name_none_is_lost_in_silence(self) -> None:
        self._needs("repeated column")
        self._source.put_repeated_column("名称")

        with suppress(AdapterError):
            reading = self._read()
            refused = reading.refused or any(unit.faults for unit in reading.units.values())
            require(refused or len(reading.columns) > 1, messages.column_swallowed("名称"))

    def test_a_row_that_cannot_be_read_is_refused_with_a_reason_and_never_dropped(self) -> None:
        self._needs("unreadable row")
        rows = some_rows(5)
        self._source.put_unreadable(rows, 2)

        try:
            reading = self._read()
        except AdapterError as error:
            self._check(error)
            return
        if reading.refused:
            return
        require(len(reading.rows) == len(rows), messages.row_dropped(2))
        faults = {place for unit in reading.units.values() for place in unit.faults}
        require(2 in faults, messages.row_dropped(2))
        for place, (row, came) in enumerate(zip(rows, reading.rows, strict=True)):
            # A row beside it may be doubtful too; one that passes is whole.
            sound = place in faults or values_of([row]) == values_of([came])
            require(sound, messages.row_dropped(place))

    # --- units, cursors and what is kept ------------------------------------------------------

    def test_a_unit_that_is_read_again_has_its_name_its_rows_and_its_refs(self) -> None:
        rows = some_rows(25)
        self._source.put(rows)

        first, again = self._read(), self._read()

        self._same_rows(rows, first)
        self._same_rows(rows, again)
        shared = first.units.keys() & again.units.keys()
        if self.stable_names:
            names = list(first.units), list(again.units)
            require(names[0] == names[1], messages.name_changed(*names))
        else:
            require(not shared, messages.name_reused(sorted(shared)))
        for name in shared:
            require(first.units[name].refs == again.units[name].refs, messages.refs_changed(name))

    def test_nothing_is_marked_at_the_source_before_it_is_kept(self) -> None:
        rows = some_rows(25)
        self._source.put(rows)
        self._read(batches=1)
        half = self._read()
        whole = self._read()

        for reading in (half, whole):
            came = len(reading.rows)
            require(came == len(rows), messages.marked_too_early(len(rows), came))

    def test_what_was_not_reached_comes_from_the_cursor_of_what_was_kept(self) -> None:
        rows = some_rows(25)
        self._source.put(rows)

        begun = self._read(keep=True, batches=1)
        rest = self._read(begun.cursor, keep=True)

        came = values_of([*begun.rows, *rest.rows])
        for row in values_of(rows):
            require(row in came, messages.lost_on_going_on(row))

    def test_rows_that_come_or_change_later_are_fetched(self) -> None:
        rows = some_rows(12)
        self._source.put(rows)
        adapter = self._adapter()
        cursor = read(adapter, keep=True, secrets=self._source.secrets).cursor
        changed = [{**row, "名称": f"改 {row['名称']}"} for row in rows[:4]]
        self._source.put(changed)

        later = read(adapter, cursor, keep=True, secrets=self._source.secrets)

        for row in values_of(changed):
            require(row in values_of(later.rows), messages.later_lost(row))

    # --- what the department is told ----------------------------------------------------------

    def test_the_department_sees_each_verdict_once_it_is_given_and_not_before(self) -> None:
        rows = some_rows(12)
        self._source.put(rows)
        reading = self._read(keep=True)
        tells = "verdicts" not in self.cannot
        if tells:
            before = dict(self._source.verdicts())
            require(not before, messages.told_too_early(before))
        given = verdicts_on(reading)

        # By another process, and once more: the answer may have been lost on its way.
        for adapter in (self._adapter(), self._adapter()):
            self._tell(adapter, given)

        if tells:
            self._same_verdicts(given)
        self._source.put(later := [{**row, "编号": f"9{row['编号']}"} for row in rows[:3]])
        came = values_of(self._read(reading.cursor, keep=True).rows)
        for row in values_of(later):
            require(row in came, messages.later_lost(row))

    def test_verdicts_that_break_off_are_no_answer(self) -> None:
        self._needs("verdicts")
        self._source.put(some_rows(12))
        reading = self._read(keep=True)
        given = verdicts_on(reading)
        adapter = self._adapter()

        for unit, frame in given.items():
            try:
                adapter.acknowledge(unit, broken_off(frame))
            except StoreAwayError:
                continue
            raise ContractBrokenError(messages.error_swallowed())

        self._tell(adapter, given)
        self._same_verdicts(given)

    # --- a source that has nothing, says nothing, is not there ---------------------------------

    def test_a_source_that_is_empty_says_so_by_no_row_and_no_error(self) -> None:
        self._needs("empty")
        self._source.put([])

        try:
            reading = self._read()
        except AdapterError:
            raise ContractBrokenError(messages.refused_though_empty()) from None

        require(not reading.rows, messages.rows_from_nowhere(len(reading.rows)))
        require(not reading.refused, messages.refused_though_empty())

    def test_an_answer_that_says_nothing_is_no_empty_list(self) -> None:
        self._needs("silence")
        self._source.say_nothing()

        try:
            reading = self._read()
        except AdapterError as error:
            self._check(error)
            return
        require(reading.refused and not reading.units, messages.silence_taken_for_empty())

    def test_a_source_that_is_away_is_an_error_for_people_and_passes(self) -> None:
        self._needs("absence")
        rows = some_rows(3)
        self._source.put(rows)
        adapter = self._adapter()
        self._source.go_away()

        try:
            read(adapter, secrets=self._source.secrets)
        except (SourceUnavailableError, SourceRefusedError) as error:
            self._check(error)
        except AdapterError as error:
            raise ContractBrokenError(messages.unforeseen_error(type(error).__name__)) from error
        else:
            raise ContractBrokenError(messages.absence_unnoticed())
        self._source.come_back()
        try:
            again = read(adapter, secrets=self._source.secrets)
        except AdapterError:
            raise ContractBrokenError(messages.stays_away()) from None
        self._same_rows(rows, again)

    # --- the connection test, settings, the end -------------------------------------------------

    def test_the_connection_test_shows_the_rows_that_a_fetch_brings_and_changes_nothing(
        self,
    ) -> None:
        rows = some_rows(5)
        self._source.put(rows)

        steps = self._steps(self._adapter())

        require(steps and all(step.ok for step in steps), messages.probe_not_well())
        sample = steps[-1].sample if steps else None
        if sample is None:
            raise ContractBrokenError(messages.probe_shows_others())
        reading = self._read()
        require(reading.rows[: sample.height] == sample.to_dicts(), messages.probe_shows_others())
        require(sample.height, messages.probe_shows_others())
        self._same_rows(rows, reading)

    def test_the_connection_test_does_not_call_well_what_is_away(self) -> None:
        self._needs("absence")
        self._source.put(some_rows(3))
        self._source.go_away()

        try:
            steps = self._steps(self._adapter())
        except AdapterError as error:
            self._check(error)
            return
        require(steps and not steps[-1].ok, messages.probe_not_well())
        require(steps[-1].sample is None, messages.probe_shows_others())

    def test_settings_refuse_what_they_do_not_know_and_show_no_secret(self) -> None:
        kind = self._source.kind.Settings
        require(issubclass(kind, AnySettings), messages.settings_of_their_own())
        given = self._source.settings()
        settings = kind.model_validate(given)
        try:
            kind.model_validate({**given, "nobody_knows_this": 1})
        except ValidationError:
            pass
        else:
            raise ContractBrokenError(messages.settings_loose())
        kind.model_json_schema()
        bound = set(kind.bound_by or ())
        require(bound <= kind.model_fields.keys(), messages.bound_to_nothing())
        list(settings.reaches())
        require(isinstance(settings.read_only(), kind), messages.harmless_wrong())
        for secret in self._source.secrets:
            require(secret not in f"{settings!r}{settings}", messages.secret_shown("repr"))

    def test_making_and_closing_an_adapter_reaches_nothing_and_closing_is_safe_to_repeat(
        self,
    ) -> None:
        self._source.put(some_rows(3))
        if "absence" not in self.cannot:
            self._source.go_away()
        never_used = self._adapter()
        for _ in range(2):
            foreseen_call(never_used.close)
        if "absence" not in self.cannot:
            self._source.come_back()
        used = self._adapter()
        read(used, batches=1, secrets=self._source.secrets)
        for _ in range(2):
            foreseen_call(used.close)

    # --- helpers ----------------------------------------------------------------------------------

    def _needs(self, trait: Trait) -> None:
        if trait in self.cannot:
            pytest.skip(self.cannot[trait])

    def _adapter(self) -> Adapter:
        """Return an adapter of a process of its own, as far as it can tell."""
        kind = self._source.kind
        settings = kind.Settings.model_validate(self._source.settings())
        adapter = self._source.prepare(_made(kind, settings))
        self._opened.append(adapter)
        return adapter

    def _read(self, cursor: str = "", *, keep: bool = False, batches: int | None = None) -> Reading:
        secrets = self._source.secrets
        return read(self._adapter(), cursor, keep=keep, batches=batches, secrets=secrets)

    def _steps(self, adapter: Adapter) -> list[Step]:
        steps = [step for step in foreseen(adapter.test()) if isinstance(step, Step)]
        for step in steps:
            check_text(Text(step.name_zh, step.name_en), self._source.secrets)
            for secret in self._source.secrets:
                require(secret not in step.detail, messages.secret_shown("detail"))
        return steps

    def _check(self, error: AdapterError) -> None:
        check_text(Text(error.zh, error.en), self._source.secrets)

    def _tell(self, adapter: Adapter, given: Mapping[str, pl.DataFrame]) -> None:
        for unit, frame in given.items():
            foreseen_call(partial(adapter.acknowledge, unit, iter([frame])))

    def _same_verdicts(self, given: Mapping[str, pl.DataFrame]) -> None:
        expected = {
            ref: verdict == "refused"
            for frame in given.values()
            for ref, verdict in frame.select("ref", "verdict").iter_rows()
        }
        seen = {ref: verdict == "refused" for ref, verdict in self._source.verdicts().items()}
        require(expected == seen, messages.verdicts_differ(expected, seen))

    def _same_columns(self, rows: Sequence[Row], reading: Reading) -> None:
        columns = list(rows[0])
        require(reading.columns == columns, messages.columns_differ(columns, reading.columns))

    def _same_rows(self, rows: Sequence[Row], reading: Reading) -> None:
        require(not reading.refused, messages.rows_differ(len(rows), len(reading.rows)))
        came = reading.rows
        require(len(came) == len(rows), messages.rows_differ(len(rows), len(came)))
        for expected, row in zip(rows, came, strict=True):
            for name, value in expected.items():
                same = name in row and row[name] == value
                require(same, messages.value_differs(name, value, row.get(name)))
        faults = [rule for unit in reading.units.values() for rule in unit.faults.values()]
        require(not faults, messages.rows_differ(len(rows), len(rows) - len(faults)))


def _made(kind: type[Adapter], settings: AnySettings) -> Adapter:
    """Return an adapter; whatever its making raises breaks the contract."""
    try:
        return kind(settings)
    except Exception as error:
        raise ContractBrokenError(messages.unforeseen_error(type(error).__name__)) from error
