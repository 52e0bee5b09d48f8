"""Commands on settings: whether gateway.yaml can be used, what this machine allows, and how old its
packages are.
"""

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import click
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from adapters import AdapterError
from adapters.reader.pool import close, configure, pool
from gateway.cli.output import FAILED, explained, json_option, print_json, settings_option
from gateway.clock import local_text, utc_now
from gateway.dependencies.advisories import compare, normal_name, read_table
from gateway.dependencies.report import comparison_texts, comparison_view
from gateway.errors import GatewayError
from gateway.events import store as event_store
from gateway.events.store import PROXY_UNNAMED
from gateway.exchange.feed import open_read_only
from gateway.exchange.foreign_code import contained
from gateway.registry import open_registry
from gateway.settings.kinds import reason_of
from gateway.settings.load import load_settings
from gateway.settings.model import GatewaySettings
from gateway.settings.unprotected import unprotected
from gateway.store.open import check_store, is_made, open_outbox
from gateway.text import Text
from gateway.text import settings as messages
from gateway.text import strangers as stranger_messages


@click.group()
def settings() -> None:
    """配置 / Settings."""


@settings.command("check")
@settings_option
@json_option
@explained
def check(settings_file: Path, as_json: bool) -> None:
    """检查配置与适配器，并说明本机允许什么 / Check gateway.yaml and its adapters, and say what this
    machine allows.
    """
    loaded = load_settings(settings_file)
    configure(loaded.reading.limits())
    with pool().reader("door") as reader:
        network = reader.network
    close()
    checked = list(_opened_feeds(loaded, settings_file.resolve().parent))
    usable = [name for name, problem in checked if problem is None]
    unusable = {name: problem for name, problem in checked if problem is not None}
    warnings = [*(way.text for way in unprotected(loaded)), *_proxy_met(loaded)]
    if as_json:
        print_json(
            {
                "settings": str(settings_file),
                "reader": {"network": network},
                "usable": usable,
                "unusable": {
                    name: {"zh": problem.zh, "en": problem.en} for name, problem in unusable.items()
                },
                "warnings": [{"zh": text.zh, "en": text.en} for text in warnings],
            }
        )
    else:
        texts = [messages.sound(str(settings_file)), messages.reader_network(network)]
        texts += [stranger_messages.can_be_used(name) for name in usable]
        texts += [
            stranger_messages.cannot_be_used(name, problem) for name, problem in unusable.items()
        ]
        for text in texts:
            click.echo(f"{text.zh}\n{text.en}")
        for text in warnings:
            click.echo(f"! {text.zh}\n  {text.en}")
    if unusable:
        raise SystemExit(FAILED)


@settings.command("dependencies")
@json_option
@explained
def dependencies(as_json: bool) -> None:
    """把已安装的软件包与漏洞公告表比较，不联网 / Hold installed packages against a table of
    advisories, offline.
    """
    comparison = compare(read_table(), _installed(), utc_now().date())
    if as_json:
        print_json(comparison_view(comparison))
    else:
        for text in comparison_texts(comparison):
            click.echo(f"{text.zh}\n{text.en}")
    if comparison.unsound:
        raise SystemExit(FAILED)


def _installed() -> list[tuple[str, str]]:
    """Return every installed package with its version, "?" where that cannot be read."""
    named = [
        (distribution.name or "?", distribution.version or "?")
        for distribution in metadata.distributions()
    ]
    return [(name, version) for name, version in named if normal_name(name) != "creditgate"]


def _opened_feeds(loaded: GatewaySettings, base: Path) -> Iterator[tuple[str, Text | None]]:
    """Yield every feed, registered ones too, and the reason where its adapter does not open."""
    for entry in loaded.adapters:
        try:
            with contained():
                open_read_only(entry, base).adapter.close()
        except (GatewayError, AdapterError) as error:
            yield entry.feed, reason_of(error)
        else:
            yield entry.feed, None
    try:
        if not is_made(loaded.store):
            return
    except SQLAlchemyError as error:
        text = stranger_messages.registry_not_seen(type(error).__name__)
        click.echo(str(text), err=True)
        return
    box = open_outbox(loaded)
    try:
        check_store(box.engine)
        registry = open_registry(loaded, box, base, utc_now)
        for feed in registry.in_force():
            try:
                with contained():
                    registry.open(feed).adapter.close()
            except (GatewayError, AdapterError) as error:
                yield feed, stranger_messages.registered_not_opened(reason_of(error))
            else:
                yield feed, None
    finally:
        box.engine.dispose()


def _proxy_met(loaded: GatewaySettings) -> list[Text]:
    """Return that requests came through a proxy while no setting knows of one."""
    if loaded.web is None or loaded.web.proxies or not _is_there(loaded.store):
        return []
    from outbox import open_engine  # noqa: PLC0415

    engine = open_engine(loaded.store)
    try:
        with engine.connect() as connection:
            met = event_store.newest(connection, PROXY_UNNAMED)
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
