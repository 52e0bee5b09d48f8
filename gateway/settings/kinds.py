"""Installed adapter kinds: imported, and their settings checked."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from adapters import Adapter, AdapterError, kind_names, load_kind
from adapters import Settings as AnySettings
from adapters.local_paths import from_base
from gateway.errors import GatewayError
from gateway.settings.model import SettingsError, invalid_settings
from gateway.text import Text
from gateway.text import settings as setting_messages
from gateway.text import strangers as messages


def adapter_kind(name: str) -> type[Adapter]:
    """Return an installed adapter kind.

    Raises SettingsError where there is none, or it cannot be imported.
    """
    if name not in (names := kind_names()):
        raise SettingsError.of(setting_messages.no_adapter_kind(name, names))
    try:
        # Each kind brings a library of its own: only what is used is loaded.
        return load_kind(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # A stranger's package is imported here: it may raise anything.
        raise SettingsError.of(messages.kind_not_loaded(name, reason_of(error))) from error


def adapter_settings(
    kind: type[Adapter], values: dict[str, Any], base: Path, what: str
) -> AnySettings:
    """Return a kind's settings, checked, relative paths from `base`.

    Raises SettingsError, naming `what` they are of.
    """
    try:
        return kind.Settings.model_validate(from_base(kind.Settings, values, base))
    except ValidationError as error:
        raise invalid_settings(what, error) from None


def reason_of(error: BaseException) -> Text:
    """Return what is said of an error.

    Where nobody foresaw it, never its own words: they may hold a secret.
    """
    if isinstance(error, GatewayError):
        return error.text
    if isinstance(error, AdapterError):
        return Text(error.zh, error.en)
    if isinstance(error, ImportError):
        return messages.cannot_import(error.name or type(error).__name__)
    if isinstance(error, SystemExit):
        return messages.would_end_the_process()
    return messages.unforeseen(type(error).__name__)
