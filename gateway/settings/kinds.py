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
from gateway.text import strangers as messages
from gateway.text import strangers as stranger_messages


def adapter_kind(name: str) -> type[Adapter]:
    """Return an installed adapter kind; raises SettingsError where there is none, or it cannot be imported."""
    if name not in (names := kind_names()):
        known = ", ".join(names)
        raise SettingsError(
            f"没有适配器类型 {name}，已有：{known}",
            f"there is no adapter kind {name}; installed: {known}",
        )
    try:
        # Each kind brings a library of its own: only what is used is loaded.
        return load_kind(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # A stranger's package is imported here: it may raise anything.
        raise SettingsError.of(stranger_messages.kind_not_loaded(name, reason_of(error))) from error


def adapter_settings(
    kind: type[Adapter], given: dict[str, Any], base: Path, what: str
) -> AnySettings:
    """Check a kind's settings, relative paths from `base`; raises SettingsError, naming `what` they are of."""
    try:
        return kind.Settings.model_validate(from_base(kind.Settings, given, base))
    except ValidationError as error:
        raise invalid_settings(what, error) from None


def reason_of(error: BaseException) -> Text:
    """Return what is said of an error; never its own words where nobody foresaw it: they may hold a secret."""
    if isinstance(error, GatewayError):
        return error.text
    if isinstance(error, AdapterError):
        return Text(error.zh, error.en)
    if isinstance(error, ImportError):
        return messages.cannot_import(error.name or type(error).__name__)
    if isinstance(error, SystemExit):
        return messages.would_end_the_process()
    return messages.unforeseen(type(error).__name__)
