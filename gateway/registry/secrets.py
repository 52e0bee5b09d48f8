"""Secrets of registered adapters: each belongs to a version, and to where that version sends it.

A secret that was set for one address is never sent to another: it is stored with what it was set
for (kind, host, user, host key: `Settings.bound_by`), and a version that says anything else must
have it set anew. A draft has secrets of its own, which go into force with it.
"""

import hashlib
import json
from collections.abc import Mapping

from sqlalchemy import Connection

from adapters import Settings
from gateway.registry import store
from gateway.registry.definition import Definition, Difference, RegistryError, secret_names
from gateway.registry.store import Registered, StoredSecret
from gateway.settings.kinds import adapter_kind
from gateway.text import Text
from gateway.text import registry as messages
from outbox import DecryptionError, PayloadCipher

#: What a secret was set for: a digest for each setting that says where it is sent.
Binding = Mapping[str, str]


def binding_of(definition: Definition) -> dict[str, str]:
    """Return what a secret of a definition is set for, by setting; raises SettingsError.

    It goes by the settings as they are written, so that it is there for a draft that lacks some.
    """
    settings = adapter_kind(definition.kind).Settings
    secrets = secret_names(adapter_kind(definition.kind))
    if settings.bound_by is None:
        named = {name: value for name, value in definition.settings.items() if name not in secrets}
    else:
        named = {
            name: definition.settings.get(name, _default(settings, name))
            for name in settings.bound_by
        }
    return {
        name: _digest(name, value) for name, value in {"kind": definition.kind, **named}.items()
    }


def _default(settings: type[Settings], name: str) -> object:
    field = settings.model_fields[name]
    return None if field.is_required() else field.default


def _digest(name: str, value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(f"{name}={text}".encode()).hexdigest()


def changed_since(stored: StoredSecret, binding: Binding) -> list[str]:
    """Return the settings by which a version sends a secret elsewhere than it was set for."""
    names = stored.bound.keys() | binding.keys()
    return sorted(name for name in names if stored.bound.get(name) != binding.get(name))


def carry(
    connection: Connection, registered: Registered, definition: Definition, number: int
) -> None:
    """Write the secrets of earlier versions, the newest and the one in force, to a new version.

    One that was set for the same address is its own from now on. One that was not goes along as it
    is, so that people can be told why it is asked for anew; nobody opens it.
    """
    binding = binding_of(definition)
    sources = [
        store.secrets(connection, registered.feed, version)
        for version in (registered.version, registered.live_version)
    ]
    for name in secret_names(adapter_kind(definition.kind)):
        candidates = [source[name] for source in sources if name in source]
        fitting = [secret for secret in candidates if not changed_since(secret, binding)]
        if candidates:
            store.keep_secret(connection, registered.feed, number, name, (fitting or candidates)[0])


def asked_anew(definition: Definition, stored: Mapping[str, StoredSecret]) -> dict[str, Text]:
    """Return why each secret that was set for something else must be set again, by name."""
    binding = binding_of(definition)
    return {
        name: messages.secret_asked_anew(definition.feed, name, changed)
        for name, secret in stored.items()
        if (changed := changed_since(secret, binding))
    }


def differences(
    connection: Connection, registered: Registered, old: int, new: int
) -> list[Difference]:
    """Return which secrets a version does not share with the one in force, never what they are.

    Whoever approves a version has to see that one was changed. Those of versions that are over are
    gone, and nothing is told of them.
    """
    if old != registered.live_version:
        return []
    old_secrets, new_secrets = (
        store.secrets(connection, registered.feed, number) for number in (old, new)
    )
    return [
        Difference(
            f"secrets.{name}",
            _mark(old_secrets, name),
            _mark(new_secrets, name, changed=name in old_secrets),
        )
        for name in sorted(old_secrets.keys() | new_secrets.keys())
        if old_secrets.get(name) != new_secrets.get(name)
    ]


def _mark(stored: Mapping[str, StoredSecret], name: str, *, changed: bool = False) -> str:
    text = messages.secret_changed() if changed else messages.secret_set()
    return str(text) if name in stored else ""


def opened(
    definition: Definition, stored: Mapping[str, StoredSecret], seal: PayloadCipher | None
) -> dict[str, str]:
    """Return a version's secrets in clear.

    Raises RegistryError where one is not for this version.
    """
    feed = definition.feed
    for text in asked_anew(definition, stored).values():
        raise RegistryError.of(text)
    if stored and seal is None:
        raise RegistryError.of(messages.secrets_without_keys(feed))
    try:
        return {
            name: (seal or PayloadCipher())
            .open(secret.sealed, feed, store.secret_place(name), secret.key_id)
            .decode()
            for name, secret in stored.items()
        }
    except DecryptionError as error:
        raise RegistryError.of(messages.secret_does_not_open(feed, str(error))) from None


def put(
    connection: Connection,
    definition: Definition,
    number: int,
    name: str,
    value: str,
    seal: PayloadCipher | None,
) -> None:
    """Store a version's secret, sealed, for where the version sends it; raises RegistryError."""
    if seal is None or not seal.current:
        raise RegistryError.of(messages.no_sealing_keys())
    sealed = seal.close(value.encode(), definition.feed, store.secret_place(name))
    secret = StoredSecret(sealed, seal.current, binding_of(definition))
    store.keep_secret(connection, definition.feed, number, name, secret)


def take_away(connection: Connection, feed: str, number: int, name: str) -> None:
    """Remove a version's secret; raises RegistryError where it has none of that name."""
    if name not in store.secrets(connection, feed, number):
        raise RegistryError.of(messages.secret_not_set(feed, name))
    store.forget_secret(connection, feed, number, name)


def demand_name(definition: Definition, name: str) -> None:
    """Raise RegistryError where a kind has no secret of a name."""
    names = secret_names(adapter_kind(definition.kind))
    if name not in names:
        raise RegistryError.of(messages.no_such_secret(definition.kind, name, names))
