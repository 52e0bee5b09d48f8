"""One feed, ready to be fetched: its mapping and its adapter, opened by the settings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from adapters import Adapter
from adapters import Settings as AnySettings
from gateway.mapping import Mapping, load_mapping
from gateway.settings.kinds import adapter_kind, adapter_settings
from gateway.settings.model import AdapterSettings, DriftPolicy, SettingsError
from gateway.text import exchange as messages


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed, ready to be fetched."""

    name: str
    mapping: Mapping
    adapter: Adapter = field(repr=False)
    kind: str = ""
    drift: DriftPolicy = "warn"


def open_feed(entry: AdapterSettings, base: Path) -> Feed:
    """Return a feed with its mapping and adapter; relative paths in its settings start at `base`.

    Raises SettingsError, MappingError or adapters.AdapterError.
    """
    return _open(entry, base, lambda settings: settings)


def open_read_only(entry: AdapterSettings, base: Path) -> Feed:
    """Return a feed as `open_feed` does; a fetch by its adapter changes nothing at the source."""
    return _open(entry, base, lambda settings: settings.read_only())


def _open(entry: AdapterSettings, base: Path, suited: Callable[[AnySettings], AnySettings]) -> Feed:
    mapping = load_mapping(entry.mapping)
    if mapping.feed != entry.feed:
        raise SettingsError.of(messages.mapping_of_another(entry.mapping, mapping.feed, entry.feed))
    kind = adapter_kind(entry.kind)
    settings = adapter_settings(kind, entry.settings, base, entry.feed)
    return Feed(entry.feed, mapping, kind(suited(settings)), entry.kind, entry.drift)
