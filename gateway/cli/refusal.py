"""Commands about records: refusals, and what is kept with those that travel."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, ParamSpec

import click

from gateway.cli.opening import mapping_finder, opened
from gateway.cli.output import (
    explained,
    json_option,
    print_json,
    print_table,
    settings_option,
)
from gateway.exchange import quality_notes, refusal_store
from gateway.exchange.quality_notes import Note
from gateway.exchange.refusal_store import Refusal
from gateway.mapping.disclosure import source_mask
from gateway.masking import masked_name, masked_text, source_name
from gateway.standard.disclosure import NOTHING_KNOWN, RowMask, record_mask

#: What every list takes, in the order in which help shows it.
_OPTIONS = (
    settings_option,
    click.option("--feed", "feed_name", help="只看一个数据项 / one feed only"),
    click.option("--limit", default=50, show_default=True),
    click.option("--after", default=0, help="上一页最后的编号 / the last id of the page before"),
    json_option,
)

_P = ParamSpec("_P")


def _listing(command: Callable[_P, None]) -> Callable[_P, None]:
    """Let a command list a page of one feed or of all, and explain its known errors."""
    made = explained(command)
    for option in reversed(_OPTIONS):
        made = option(made)
    return made


def _source(item: Refusal | Note) -> str:
    """Name the unit and row that something came from."""
    return f"{masked_name(source_name(item.unit))} {masked_text(item.ref)}"


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
@_listing
def refusal_list(
    settings_file: Path,
    feed_name: str | None,
    states: tuple[str, ...],
    limit: int,
    after: int,
    as_json: bool,
) -> None:
    """被退回的行、原因与出处 / Rows refused, why, and where they came from."""
    with opened(settings_file) as (settings, engine, box), engine.connect() as connection:
        found = refusal_store.refusals(connection, feed_name, states, limit, after)
        mapping_of = mapping_finder(settings, box, settings_file.resolve().parent)
        masks = {one.feed: source_mask(mapping_of(one.feed)) for one in found}
    if as_json:
        print_json([_refusal_data(item, masks[item.feed]) for item in found])
        return
    rows = [
        (
            r.id,
            r.feed,
            _source(r),
            f.field,
            f.rule,
            f"{f.text.zh}\n{f.text.en}",
        )
        for r in found
        for f in r.faults
    ]
    print_table(
        "退回 / Refusals",
        ("", "数据项 / feed", "出处 / source", "字段 / field", "规则 / rule", "原因 / reason"),
        rows,
    )


@click.group()
def note() -> None:
    """随记录保存的说明：改动与提醒 / What is kept with records: changed values and warnings."""


@note.command("cleanings")
@_listing
def note_cleanings(
    settings_file: Path, feed_name: str | None, limit: int, after: int, as_json: bool
) -> None:
    """未按原样发送的值 / Values that do not travel as they were received."""
    with opened(settings_file) as (settings, engine, box), engine.connect() as connection:
        found = quality_notes.cleanings(connection, feed_name, limit, after)
        mapping_of = mapping_finder(settings, box, settings_file.resolve().parent)
    shown = []
    for one in found:
        mapping = mapping_of(one.feed)
        mask = record_mask(mapping.kind) if mapping else NOTHING_KNOWN
        shown.append((one, mask.one(one.field, one.received), mask.one(one.field, one.kept)))
    if as_json:
        print_json(
            [
                {
                    **asdict(c),
                    "unit": masked_name(c.unit),
                    "ref": masked_text(c.ref),
                    "received": received,
                    "kept": kept,
                }
                for c, received, kept in shown
            ]
        )
        return
    print_table(
        "改动 / Changed values",
        (
            "",
            "数据项 / feed",
            "出处 / source",
            "字段 / field",
            "规则 / rule",
            "收到 / received",
            "发送 / sent",
        ),
        [
            (c.id, c.feed, _source(c), c.field, c.rule, received, kept)
            for c, received, kept in shown
        ],
    )


@note.command("warnings")
@_listing
def note_warnings(
    settings_file: Path, feed_name: str | None, limit: int, after: int, as_json: bool
) -> None:
    """提醒：记录照常发送 / Warnings; the records travel all the same."""
    with opened(settings_file) as (_, engine, _box), engine.connect() as connection:
        found = quality_notes.warnings(connection, feed_name, limit, after)
    if as_json:
        print_json(
            [{**asdict(w), "unit": masked_name(w.unit), "ref": masked_text(w.ref)} for w in found]
        )
        return
    print_table(
        "提醒 / Warnings",
        ("", "数据项 / feed", "出处 / source", "字段 / field", "规则 / rule", "提醒 / warning"),
        [(w.id, w.feed, _source(w), w.field, w.rule, f"{w.text.zh}\n{w.text.en}") for w in found],
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


COMMANDS = (refusal, note)
