"""Commands on settings: whether gateway.yaml can be used, and what this machine allows."""

from pathlib import Path

import click
from sqlalchemy.engine import make_url

from adapters.reader.pool import close, configure, pool
from gateway.cli.output import explained, json_option, print_json, settings_option
from gateway.clock import local_text
from gateway.exchange import journal
from gateway.exchange.journal import PROXY_UNNAMED
from gateway.feeds import GatewaySettings, load_settings
from gateway.messages import Text
from gateway.settings.unprotected import unprotected
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
    warnings = [*(one.text for one in unprotected(loaded)), *_proxy_met(loaded)]
    if as_json:
        print_json({
            "settings": str(settings_file), "reader": {"network": network},
            "warnings": [{"zh": text.zh, "en": text.en} for text in warnings],
        })  # fmt: skip
        return
    for text in (messages.sound(str(settings_file)), messages.reader_network(network)):
        click.echo(f"{text.zh}\n{text.en}")
    for text in warnings:
        click.echo(f"! {text.zh}\n  {text.en}")


def _proxy_met(loaded: GatewaySettings) -> list[Text]:
    """Return that requests came through a proxy while no setting knows of one, where the store says so."""
    if loaded.web is None or loaded.web.proxies or not _is_there(loaded.store):
        return []
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from outbox import open_engine  # noqa: PLC0415

    engine = open_engine(loaded.store)
    try:
        with engine.connect() as connection:
            met = journal.newest(connection, PROXY_UNNAMED)
    except SQLAlchemyError:
        # A store that cannot be asked, or is of another version, is told by the commands on it.
        return []
    finally:
        engine.dispose()
    return [] if met is None else [messages.proxy_met(local_text(met.at), met.text)]


def _is_there(store: str) -> bool:
    """Whether a store can be asked without making it."""
    url = make_url(store)
    return url.get_backend_name() != "sqlite" or Path(str(url.database)).is_file()


COMMANDS = (settings,)
