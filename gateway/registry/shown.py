"""An adapter as it may be shown: never a secret, only which there are and which must be set."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from gateway.registry import secrets, store
from gateway.registry.definition import secret_names
from gateway.registry.store import Registered, Version
from gateway.settings.kinds import adapter_kind
from gateway.text import Text


@dataclass(frozen=True, slots=True)
class Shown:
    """Where an adapter stands, its newest version, and which secrets that has and lacks."""

    about: Registered
    newest: Version
    secrets: tuple[str, ...]
    lacking: tuple[str, ...]
    #: Why secrets that were set for something else must be set anew.
    asked_anew: tuple[Text, ...] = ()


def shown_of(connection: Connection, feed: str) -> Shown:
    """Return an adapter as it may be shown; raises NotRegisteredError."""
    registered = store.find(connection, feed)
    newest = store.version(connection, feed, registered.version)
    stored = store.secrets(connection, feed, newest.number)
    kind = adapter_kind(newest.definition.kind)
    anew = secrets.asked_anew(newest.definition, stored)
    usable = tuple(name for name in stored if name not in anew)
    needed = {name for name in secret_names(kind) if kind.Settings.model_fields[name].is_required()}
    lacking = tuple(sorted((needed | anew.keys()) - set(usable)))
    return Shown(registered, newest, usable, lacking, tuple(anew.values()))


def only_secrets_changed(connection: Connection, adapter: Shown) -> bool:
    """Whether the newest version is the one in force but for its secrets, and lacks none."""
    number = adapter.about.live_version
    if number is None or adapter.lacking:
        return False
    return (
        store.version(connection, adapter.about.feed, number).definition
        == adapter.newest.definition
    )


def exported(adapter: Shown) -> dict[str, Any]:
    """Return an adapter as it is written to a file for git: secrets cannot be in it."""
    return adapter.newest.definition.model_dump(mode="json")
