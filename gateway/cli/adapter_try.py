"""The commands `adapter try` and `adapter dry-run`: what a mapping makes of rows, nothing sent."""

from dataclasses import asdict
from pathlib import Path

import click

from gateway.cli.opening import harmless_feed, opened
from gateway.cli.output import (
    FAILED,
    explained,
    json_option,
    print_json,
    print_table,
    settings_option,
)
from gateway.cli.person import person_option
from gateway.cli.trial_view import Rows, show_trial, trial_data
from gateway.clock import utc_now
from gateway.exchange.dry_run import rehearsal_view, rehearse
from gateway.mapping import read_mapping
from gateway.masking import masked_name
from gateway.operations.disclosure import disclosed
from gateway.registry import open_registry
from gateway.text import columns, command_output, option_help, table_titles
from gateway.text import disclosure as messages

#: Rows, faults and kinds shown to a person.
_ROWS_SHOWN = 5
whole_option = click.option(
    "--whole",
    "unmasked",
    is_flag=True,
    help=str(option_help.adapter_whole()),
)


@click.command("try")
@click.argument("feed")
@whole_option
@person_option
@settings_option
@json_option
@explained
def adapter_try(feed: str, unmasked: bool, person: str, settings_file: Path, as_json: bool) -> None:
    """样例试映射：逐行并列记录与退回 / Map a sample: rows, records and refusals side by side; it
    must pass to go live.
    """
    with opened(settings_file) as (settings, engine, box):
        registry = open_registry(settings, box, settings_file.resolve().parent, utc_now)
        text = registry.show(feed).newest.definition.mapping
        reason = messages.trial().en
        warrant = (
            disclosed(engine, utc_now(), person, "adapter.trial", feed, reason)
            if unmasked
            else None
        )
        trial = registry.trial(feed, person)
        rows = Rows(read_mapping(text, feed), warrant)
    if as_json:
        print_json(trial_data(trial, rows))
    else:
        show_trial(trial, rows)
    if trial.why_not is not None:
        raise SystemExit(FAILED)


@click.command("dry-run")
@click.argument("feed")
@click.option(
    "--rows",
    default=1000,
    show_default=True,
    type=click.IntRange(1, 1_000_000),
    help=str(option_help.adapter_rows()),
)
@whole_option
@person_option
@settings_option
@json_option
@explained
def adapter_dry_run(
    feed: str, rows: int, unmasked: bool, person: str, settings_file: Path, as_json: bool
) -> None:
    """预演下次采集：将送出什么，什么也不送 / What the next fetch would send; nothing is sent, kept
    or told.
    """
    with harmless_feed(settings_file, feed) as (tried, engine):
        reason = messages.dry_run().en
        warrant = (
            disclosed(engine, utc_now(), person, "adapter.dry_run", feed, reason)
            if unmasked
            else None
        )
        view = rehearsal_view(rehearse(engine, tried, utc_now(), rows), warrant)
    if as_json:
        print_json(
            {
                "feed": feed,
                "rows": view.rows,
                "counts": view.counts,
                "more": view.more,
                "records": view.records,
                "remarks": [asdict(item) for item in view.remarks],
                "complaints": [asdict(item) for item in view.complaints],
            }
        )
        return
    counts = "  ".join(f"{name} {count:,}" for name, count in view.counts.items())
    counts = counts or str(command_output.nothing_new())
    click.echo(f"{feed}  {counts}{'  …' if view.more else ''}")
    for remark in view.remarks:
        click.echo(str(remark))
    print_table(
        table_titles.would_be_refused_title(),
        (columns.unit(), columns.row(), columns.field(), columns.rule(), columns.reason()),
        [
            (
                masked_name(item.unit.partition("@")[0]),
                item.ref,
                item.field,
                item.rule,
                f"{item.text.zh}\n{item.text.en}",
            )
            for item in view.complaints[: 4 * _ROWS_SHOWN]
        ],
    )
    click.echo(str(command_output.would_be_sent()))
    for record in view.records[:_ROWS_SHOWN]:
        click.echo(f"  {record[:300]}")


COMMANDS = (adapter_try, adapter_dry_run)
