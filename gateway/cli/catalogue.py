"""The command `creditgate catalogue`: the platform's catalogue in force."""

from dataclasses import asdict
from pathlib import Path

import click

from gateway.catalogue.keeper import CatalogueKeeper, newest_document
from gateway.catalogue.model import read_catalogue
from gateway.cli.opening import opened
from gateway.cli.output import (
    FAILED,
    explained,
    json_option,
    print_json,
    print_table,
    settings_option,
)
from gateway.clock import utc_now
from gateway.text import columns, command_output, option_help


@click.group()
def catalogue() -> None:
    """目录 / The catalogue."""


@catalogue.command("show")
@settings_option
@click.option("--refresh", is_flag=True, help=str(option_help.catalogue_refresh()))
@json_option
@explained
def catalogue_show(settings_file: Path, refresh: bool, as_json: bool) -> None:
    """现行目录 / The catalogue in force."""
    with opened(settings_file) as (settings, engine, _box):
        if refresh:
            CatalogueKeeper(engine, settings.catalogue, utc_now).refresh()
        with engine.connect() as connection:
            document = newest_document(connection)
    if document is None:
        click.echo("尚未取得目录\nno catalogue was taken yet", err=True)
        raise SystemExit(FAILED)
    current = read_catalogue(document)
    if as_json:
        print_json(asdict(current))
        return
    print_table(
        command_output.catalogue_title(current.serial, current.valid_until),
        (
            columns.feed(),
            columns.name(),
            columns.mode(),
            columns.every(),
            columns.window(),
            columns.due_within(),
        ),
        [
            (
                i.feed,
                f"{i.name_zh} / {i.name_en}",
                i.mode,
                i.fetch_every,
                f"{i.deliver_from}–{i.deliver_to}",
                i.due_within,
            )
            for i in current.items
        ],
    )


COMMANDS = (catalogue,)
