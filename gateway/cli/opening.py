"""What commands open: the gateway's own store, its registry, one feed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy import Engine

from adapters.reader.pool import configure
from gateway.cli.person import check_person
from gateway.clock import utc_now
from gateway.errors import GatewayError
from gateway.exchange.binding import bound
from gateway.exchange.feed import Feed, open_read_only
from gateway.mapping import Mapping, MappingError, load_mapping, read_mapping
from gateway.registry import NotRegisteredError, Registry, open_registry
from gateway.settings.load import load_settings
from gateway.settings.model import GatewaySettings
from gateway.store.open import open_outbox
from gateway.text import command_output
from outbox import Outbox

if TYPE_CHECKING:
    from gateway.runtime.process import GatewayProcess


class UnusableError(GatewayError):
    """A feed's adapter does not open."""


@contextmanager
def opened(settings_file: Path) -> Iterator[tuple[GatewaySettings, Engine, Outbox]]:
    """Open the gateway's own store for a command; raises SettingsError, or AccountError of whom it
    names.
    """
    settings = load_settings(settings_file)
    configure(settings.reading.limits())
    box = open_outbox(settings)
    try:
        check_person(box.engine)
        yield settings, box.engine, box
    finally:
        box.engine.dispose()


@contextmanager
def registry_of(settings_file: Path) -> Iterator[Registry]:
    """Open the registry for a command; raises SettingsError."""
    with opened(settings_file) as (settings, _, box):
        yield open_registry(settings, box, settings_file.resolve().parent, utc_now)


@contextmanager
def harmless_feed(settings_file: Path, name: str) -> Iterator[tuple[Feed, Engine]]:
    """Yield a feed, opened so that a fetch changes nothing at its source, and the store.

    The feed is one of the settings file, or the newest version in the registry.

    Its adapter changes nothing at the source by a fetch. Raises click.BadParameter where there is
    no such feed, SettingsError, MappingError or RegistryError.
    """
    with opened(settings_file) as (settings, engine, box):
        base = settings_file.resolve().parent
        registry = open_registry(settings, box, base, utc_now)
        entry = next((item for item in settings.adapters if item.feed == name), None)
        try:
            feed = (
                bound(open_read_only(entry, base), engine) if entry else registry.open_newest(name)
            )
        except NotRegisteredError:
            names = [item.feed for item in settings.adapters] + [
                item.feed for item in registry.every()
            ]
            raise unknown_feed(name, names) from None
        try:
            yield feed, engine
        finally:
            feed.adapter.close()


def mapping_finder(
    settings: GatewaySettings, box: Outbox, base: Path
) -> Callable[[str], Mapping | None]:
    """Return a function that finds a feed's mapping, to mask its rows by.

    It returns None where the feed has no mapping that can be read.
    """
    registry = open_registry(settings, box, base, utc_now)

    @cache
    def find(feed: str) -> Mapping | None:
        entry = next((item for item in settings.adapters if item.feed == feed), None)
        try:
            if entry is not None:
                return load_mapping(base / entry.mapping)
            return read_mapping(registry.show(feed).newest.definition.mapping, feed)
        except (NotRegisteredError, MappingError):
            return None

    return find


def check_usable(gateway: "GatewayProcess", feed: str) -> None:
    """Raise click.BadParameter for an unknown feed, UnusableError where it does not open."""
    if (
        problem := gateway.fetching.unusable.get(feed)
    ) is not None and feed not in gateway.fetching.feeds:
        raise UnusableError.of(problem)
    if feed not in gateway.fetching.feeds:
        raise unknown_feed(feed, list(gateway.fetching.feeds))


def unknown_feed(name: str, feeds: list[str]) -> click.BadParameter:
    """Return the error that there is no such feed, with those that there are."""
    names = ", ".join(feeds)
    return click.BadParameter(str(command_output.no_such_feed(name, names)))
