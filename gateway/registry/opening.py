"""Checks definitions, and makes adapters and feeds of their versions. A shell."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Engine

from adapters import Adapter, Settings
from adapters.local_paths import from_base
from adapters.transports.addresses import AddressError
from gateway.exchange.binding import bind, bound
from gateway.exchange.feed import Feed
from gateway.mapping import read_mapping
from gateway.registry import secrets, store
from gateway.registry.definition import (
    Definition,
    RegistryError,
    secret_names,
    without_secrets,
)
from gateway.registry.egress import Egress, check_egress
from gateway.registry.store import Version
from gateway.settings.kinds import adapter_kind, adapter_settings
from gateway.settings.model import invalid_settings
from gateway.settings.reach import ReachSettings
from gateway.text import registry as messages
from outbox import PayloadCipher


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens versions with their secrets, within what their departments may reach."""

    engine: Engine
    seal: PayloadCipher | None
    base: Path
    allowed: ReachSettings

    def adapter(self, version: Version) -> Adapter:
        """Return an adapter of a version that changes nothing by a fetch.

        Raises RegistryError or SettingsError.
        """
        kind = adapter_kind(version.definition.kind)
        adapter = kind(self._settings(version).read_only())
        bind(adapter, self.engine, version.definition.feed)
        return adapter

    def feed(self, version: Version) -> Feed:
        """Return the feed of a version in force.

        Raises RegistryError, SettingsError or MappingError.
        """
        definition = version.definition
        kind = adapter_kind(definition.kind)
        settings = self._settings(version)
        mapping = read_mapping(definition.mapping, f"{definition.feed} v{version.number}")
        feed = Feed(definition.feed, mapping, kind(settings), definition.kind, definition.drift)
        return bound(feed, self.engine)

    def feed_for_trial(self, version: Version) -> Feed:
        """Return a version's feed by an adapter that changes nothing; raises what `feed` raises."""
        definition = version.definition
        mapping = read_mapping(definition.mapping, definition.feed)
        adapter = self.adapter(version)
        return Feed(definition.feed, mapping, adapter, definition.kind, definition.drift)

    def _settings(self, version: Version) -> Settings:
        """Return a version's settings with its own secrets.

        Raises RegistryError where they name what its department may not reach.
        """
        definition = version.definition
        with self.engine.connect() as connection:
            stored = store.secrets(connection, definition.feed, version.number)
        values = definition.settings | secrets.opened(definition, stored, self.seal)
        kind = adapter_kind(definition.kind)
        settings = adapter_settings(kind, values, self.base, definition.feed)
        egress = Egress(definition.department, self.allowed)
        check_egress(settings, egress, opening=True)
        return settings.confined(egress)

    def check(self, definition: Definition) -> None:
        """Refuse what could never work; what only lacks settings may be kept as a draft.

        Raises RegistryError, SettingsError or MappingError.
        """
        kind = adapter_kind(definition.kind)
        if names := sorted(set(secret_names(kind)) & definition.settings.keys()):
            raise RegistryError.of(messages.secret_among_settings(names))
        try:
            local = from_base(kind.Settings, definition.settings, self.base)
            settings = without_secrets(kind, local)
            check_egress(settings, Egress(definition.department, self.allowed))
        except ValidationError as error:
            wrong = [fault for fault in error.errors() if fault["type"] != "missing"]
            invalid = invalid_settings(definition.feed, error)
            if any(isinstance(fault.get("ctx", {}).get("error"), AddressError) for fault in wrong):
                # Refused as what may not be reached is: it would be another address for who
                # connects.
                raise RegistryError.of(invalid.text) from None
            if wrong:
                raise invalid from None
        if definition.mapping:
            mapping = read_mapping(definition.mapping, definition.feed)
            if mapping.feed != definition.feed:
                raise RegistryError.of(messages.mapping_of_another(mapping.feed, definition.feed))
