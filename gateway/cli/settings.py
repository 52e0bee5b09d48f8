"""Commands on settings: whether gateway.yaml can be used, and what this machine allows."""

from pathlib import Path

import click

from adapters.reader.pool import close, configure, pool
from gateway.cli.output import explained, json_option, print_json, settings_option
from gateway.feeds import load_settings
from gateway.text import settings as messages


@click.group()
def settings() -> None:
    """配置 / Settings."""


@settings.command("check")
@settings_option
@json_option
@explained
def check(settings_file: Path, as_json: bool) -> None:
    """检查配置，并说明本机允许什么 / Check gateway.yaml, and say what this machine allows."""
    loaded = load_settings(settings_file)
    configure(loaded.reading.limits())
    with pool().reader("door") as reader:
        network = reader.network
    close()
    if as_json:
        print_json({"settings": str(settings_file), "reader": {"network": network}})
        return
    for text in (messages.sound(str(settings_file)), messages.reader_network(network)):
        click.echo(f"{text.zh}\n{text.en}")


COMMANDS = (settings,)
