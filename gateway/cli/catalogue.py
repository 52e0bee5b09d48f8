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
from gateway.clock import local_text, utc_now


@click.group()
def catalogue() -> None:
    """目录 / The catalogue."""


@catalogue.command("show")
@settings_option
@click.option("--refresh", is_flag=True, help="先向平台取 / ask the platform first")
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
    held = read_catalogue(document)
    if as_json:
        print_json(asdict(held))
        return
    print_table(
        f"目录 / Catalogue {held.serial}，至 / until {local_text(held.valid_until)}",
        (
            "数据项 / feed",
            "名称 / name",
            "方式 / mode",
            "采集间隔 / every",
            "交付窗口 / window",
            "时限 / due within",
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
            for i in held.items
        ],
    )


COMMANDS = (catalogue,)
