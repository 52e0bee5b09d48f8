"""The command `creditgate note`: what is kept with records that travel."""

from dataclasses import asdict
from pathlib import Path

import click

from gateway.cli.listing import listing, source_of
from gateway.cli.opening import mapping_finder, opened
from gateway.cli.output import (
    print_json,
    print_table,
)
from gateway.exchange import quality_notes
from gateway.masking import masked_name, masked_text
from gateway.standard.disclosure import NOTHING_KNOWN, record_mask
from gateway.text import columns, table_titles


@click.group()
def note() -> None:
    """随记录保存的说明：改动与提醒 / What is kept with records: changed values and warnings."""


@note.command("cleanings")
@listing
def note_cleanings(
    settings_file: Path, feed_name: str | None, limit: int, after_id: int, as_json: bool
) -> None:
    """未按原样发送的值 / Values that do not travel as they were received."""
    with opened(settings_file) as (settings, engine, box), engine.connect() as connection:
        cleanings = quality_notes.cleanings(connection, feed_name, limit, after_id)
        mapping_of = mapping_finder(settings, box, settings_file.resolve().parent)
    masked_cleanings = []
    for cleaning in cleanings:
        mapping = mapping_of(cleaning.feed)
        mask = record_mask(mapping.kind) if mapping else NOTHING_KNOWN
        masked_cleanings.append(
            (
                cleaning,
                mask.one(cleaning.field, cleaning.received),
                mask.one(cleaning.field, cleaning.kept),
            )
        )
    if as_json:
        print_json(
            [
                {
                    **asdict(c),
                    "unit": masked_name(c.unit),
                    "ref": masked_text(c.ref),
                    "received": received,
                    "kept": sent_value,
                }
                for c, received, sent_value in masked_cleanings
            ]
        )
        return
    print_table(
        table_titles.changed_values_title(),
        (
            "",
            columns.feed(),
            columns.source(),
            columns.field(),
            columns.rule(),
            columns.received(),
            columns.sent_column(),
        ),
        [
            (c.id, c.feed, source_of(c), c.field, c.rule, received, sent_value)
            for c, received, sent_value in masked_cleanings
        ],
    )


@note.command("warnings")
@listing
def note_warnings(
    settings_file: Path, feed_name: str | None, limit: int, after_id: int, as_json: bool
) -> None:
    """提醒：记录照常发送 / Warnings; the records travel all the same."""
    with opened(settings_file) as (_, engine, _box), engine.connect() as connection:
        warnings = quality_notes.warnings(connection, feed_name, limit, after_id)
    if as_json:
        print_json(
            [
                {**asdict(w), "unit": masked_name(w.unit), "ref": masked_text(w.ref)}
                for w in warnings
            ]
        )
        return
    print_table(
        table_titles.warnings_title(),
        ("", columns.feed(), columns.source(), columns.field(), columns.rule(), columns.warning()),
        [
            (w.id, w.feed, source_of(w), w.field, w.rule, f"{w.text.zh}\n{w.text.en}")
            for w in warnings
        ],
    )


COMMANDS = (note,)
