"""The command `creditgate refusal`: rows that were refused, and why."""

from pathlib import Path
from typing import Any

import click

from gateway.cli.listing import listing, source_of
from gateway.cli.opening import mapping_finder, opened
from gateway.cli.output import (
    print_json,
    print_table,
)
from gateway.exchange import refusal_store
from gateway.exchange.refusal_store import Refusal
from gateway.mapping.disclosure import source_mask
from gateway.masking import masked_name, masked_text
from gateway.standard.disclosure import RowMask
from gateway.text import columns, table_titles


@click.group()
def refusal() -> None:
    """退回 / Refusals."""


@refusal.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    default=("open",),
    type=click.Choice(("open", "mended", "replaced")),
)
@listing
def refusal_list(
    settings_file: Path,
    feed_name: str | None,
    states: tuple[str, ...],
    limit: int,
    after_id: int,
    as_json: bool,
) -> None:
    """被退回的行、原因与出处 / Rows refused, why, and where they came from."""
    with opened(settings_file) as (settings, engine, box), engine.connect() as connection:
        refusals = refusal_store.refusals(connection, feed_name, states, limit, after_id)
        mapping_of = mapping_finder(settings, box, settings_file.resolve().parent)
        masks = {row.feed: source_mask(mapping_of(row.feed)) for row in refusals}
    if as_json:
        print_json([_refusal_data(item, masks[item.feed]) for item in refusals])
        return
    rows = [
        (
            r.id,
            r.feed,
            source_of(r),
            f.field,
            f.rule,
            f"{f.text.zh}\n{f.text.en}",
        )
        for r in refusals
        for f in r.faults
    ]
    print_table(
        table_titles.refusals_title(),
        ("", columns.feed(), columns.source(), columns.field(), columns.rule(), columns.reason()),
        rows,
    )


def _refusal_data(item: Refusal, mask: RowMask) -> dict[str, Any]:
    return {
        "id": item.id,
        "feed": item.feed,
        "unit": masked_name(item.unit),
        "ref": masked_text(item.ref),
        "refused_by": item.refused_by,
        "state": item.state,
        "opened_at": item.opened_at.isoformat(),
        "closed_at": item.closed_at and item.closed_at.isoformat(),
        "mended_by": item.mended_by,
        "faults": [
            {"field": f.field, "rule": f.rule, "zh": f.text.zh, "en": f.text.en}
            for f in item.faults
        ],
        "row": mask.row(item.row),
        "sealed": item.sealed,
    }


COMMANDS = (refusal,)
