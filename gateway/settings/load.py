"""Reads gateway.yaml and the secrets.yaml beside it."""

import re
from collections.abc import Mapping as Dict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from adapters import Settings as AnySettings
from gateway.settings.inline_secrets import inline_secrets, key_files, readable_by_others
from gateway.settings.kinds import adapter_kind
from gateway.settings.model import GatewaySettings, SettingsError, invalid_settings
from gateway.text import secrets as secrets_texts
from gateway.text import settings as messages
from gateway.text import yaml_text as yaml_texts
from gateway.yaml_text import YamlError, read_yaml

#: The password of a URL that stands in the secrets file:
#: `postgresql+psycopg://gate:secret:NAME@host/db`.
_SECRET_IN_URL = re.compile(r"([a-z][a-z0-9+]*://[^:/@?#]*):secret:([^:/@?#]+)@")


def load_settings(path: Path) -> GatewaySettings:
    """Return the settings of a file, with the `secrets.yaml` beside it; raises SettingsError."""
    tree = _yaml(path)
    secrets_path = path.with_name("secrets.yaml")
    secrets = _yaml(secrets_path) if secrets_path.exists() else {}
    if secrets and secrets_path.stat().st_mode & 0o077:
        raise SettingsError.of(secrets_texts.file_open_to_others(str(secrets_path)))
    _refuse_open_secrets(tree, path)
    try:
        tree = _with_secrets(tree, secrets, path)
        for name in ("catalogue", "centre", "totals"):
            if isinstance(tree.get(name), dict):
                tree[name] = _absolute(tree[name], path.resolve().parent)
        settings = GatewaySettings.model_validate(tree)
    except ValidationError as error:
        raise invalid_settings(path, error) from None
    base = path.parent
    adapters = [
        entry.model_copy(update={"mapping": base / entry.mapping}) for entry in settings.adapters
    ]
    return settings.model_copy(update={"adapters": tuple(adapters)})


def _refuse_open_secrets(tree: Any, path: Path) -> None:
    """Raise SettingsError where others can read a secret.

    It stands in the settings themselves, or in a key file that they name.
    """
    if readable_by_others(path) and (
        places := inline_secrets(tree, GatewaySettings, _settings_of_kind)
    ):
        raise SettingsError.of(messages.secrets_open(str(path), places))
    base = path.resolve().parent
    if exposed := [str(file) for file in key_files(tree, base) if readable_by_others(file)]:
        raise SettingsError.of(messages.keys_open(exposed))


def _settings_of_kind(name: str) -> type[AnySettings] | None:
    """Return the settings of an adapter kind; None where it is not there or cannot be used."""
    try:
        return adapter_kind(name).Settings
    except SettingsError:
        # Said where its feed is opened; until then its settings are judged by their names.
        return None


def _absolute(settings: dict[str, Any], base: Path) -> dict[str, Any]:
    """Return settings whose paths start at a folder, those in tables of keys too."""
    paths = ("wsdl", "private_key", "ca", "certificate", "key", "server_certificate")
    tables = ("signing_key", "trusted_keys")
    absolute: dict[str, Any] = {
        k: str(base / v) if k in paths and isinstance(v, str) else v for k, v in settings.items()
    }
    for name in tables:
        keys = absolute.get(name)
        if isinstance(keys, dict):
            absolute[name] = {k: str(base / str(v)) for k, v in keys.items()}
    return absolute


def _yaml(path: Path) -> Any:
    try:
        return read_yaml(path.read_text("utf-8")) or {}
    except YamlError as error:
        raise SettingsError(f"{path} {error.text.zh}", f"{path} {error.text.en}") from None
    except UnicodeDecodeError as error:
        text = yaml_texts.no_text(str(path), error)
        raise SettingsError.of(text) from None
    except OSError as error:
        raise SettingsError.of(messages.unreadable(str(path), error.strerror)) from None


def _with_secrets(node: Any, secrets: Dict[str, str], path: Path) -> Any:
    if isinstance(node, dict):
        return {key: _with_secrets(value, secrets, path) for key, value in node.items()}
    if isinstance(node, list):
        return [_with_secrets(value, secrets, path) for value in node]
    if isinstance(node, str) and node.startswith("secret:"):
        return _secret(node.removeprefix("secret:"), secrets, path)
    if isinstance(node, str) and (url := _SECRET_IN_URL.match(node)):
        password = quote(str(_secret(url[2], secrets, path)), safe="")
        return f"{url[1]}:{password}@{node[url.end() :]}"
    return node


def _secret(name: str, secrets: Dict[str, str], path: Path) -> str:
    if name not in secrets:
        raise SettingsError.of(messages.secret_missing(path.name, name))
    return secrets[name]
