"""How the trial of a mapping is shown: as data, or to a person, masked unless there is a
warrant.
"""

from dataclasses import asdict, dataclass
from typing import Any

import click

from gateway.cli.output import (
    print_table,
)
from gateway.mapping import Mapping
from gateway.mapping.disclosure import source_mask
from gateway.masking import Personal, Warrant
from gateway.registry.trial import Trial, TrialRow
from gateway.standard.disclosure import record_mask
from gateway.text import columns, command_output

#: Rows, faults and kinds shown to a person.
_ROWS_SHOWN = 5
#: Signs of a cell that are shown in a table.
_CELL = 40


@dataclass(frozen=True, slots=True)
class Rows:
    """How rows of a trial are shown: masked, or whole to who has a warrant."""

    mapping: Mapping
    warrant: Warrant | None

    def source(self, row: TrialRow) -> dict[str, Any]:
        """Return a row as received."""
        if self.warrant is not None:
            return dict(row.source.reveal(self.warrant))
        return source_mask(self.mapping).row(row.source)

    def record(self, row: TrialRow) -> dict[str, Any]:
        """Return the record that was made of a row."""
        if self.warrant is not None:
            return dict(row.record.reveal(self.warrant))
        return record_mask(self.mapping.kind).row(row.record)

    def cleaned(self, row: TrialRow) -> list[tuple[str, str, str]]:
        """Return what cleaning changed: field, received, kept."""
        return [
            (field, self._value(field, received), self._value(field, sent_value))
            for field, received, sent_value in row.cleaned
        ]

    def _value(self, field: str, value: Personal[str]) -> str:
        if self.warrant is not None:
            return value.reveal(self.warrant)
        return record_mask(self.mapping.kind).one(field, value)


def trial_data(trial: Trial, rows: Rows) -> dict[str, Any]:
    """Return a trial as data."""
    return {
        "rows": len(trial.rows),
        "refused": trial.refused,
        "keyless": trial.keyless,
        "key": trial.key,
        "replaced": trial.replaced,
        "repeated": trial.repeated,
        "passed": trial.why_not is None,
        "why_not": trial.why_not and asdict(trial.why_not),
        "extra": trial.extra and asdict(trial.extra),
        "reasons": [{**asdict(fault), "count": count} for fault, count in trial.reasons],
        "sample": [
            {
                "number": row.number,
                "source": rows.source(row),
                "record": rows.record(row),
                "faults": [asdict(fault) for fault in row.faults],
                "cleaned": rows.cleaned(row),
            }
            for row in trial.rows
        ],
    }


def show_trial(trial: Trial, rows: Rows) -> None:
    """Show a trial to a person: refused rows first, then some that pass."""
    if trial.reached:
        click.echo(f"{trial.passed_text.zh}\n{trial.passed_text.en}")
        return
    first_rows = sorted(trial.rows, key=lambda row: not row.faults)[:_ROWS_SHOWN]
    print_table(
        str(command_output.sample_result(len(trial.rows), trial.refused)),
        (columns.row(), columns.source_of_list(), columns.record(), columns.refusal()),
        [
            (
                row.number,
                _cells(rows.source(row)),
                _cells(rows.record(row)),
                "\n".join(f"{f.field} {f.rule}\n{f.text.zh}\n{f.text.en}" for f in row.faults)
                or "✓",
            )
            for row in first_rows
        ],
    )
    for fault, count in trial.reasons[:_ROWS_SHOWN]:
        click.echo(f"  {count} × {fault.field} {fault.rule}: {fault.text}")
    if trial.extra is not None:
        click.echo(str(trial.extra))
    if trial.rows:
        click.echo(str(command_output.record_key(", ".join(trial.key), trial.key_text)))
    if trial.keyless:
        click.echo(str(command_output.keyless(trial.keyless)))
    problem = trial.why_not
    click.echo(
        str(command_output.sample_passes())
        if problem is None
        else f"✗ {problem.zh}\n  {problem.en}"
    )


def _cells(row: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {str(value)[:_CELL]}" for name, value in row.items() if value)
