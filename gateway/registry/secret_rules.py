"""The rules that a secret is held to when it is set: its kind's own on that one setting."""

from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from adapters import Adapter
from gateway.settings.model import SettingsError, invalid_settings
from gateway.text import doors as messages


def check_adapter_secret(kind: type[Adapter], name: str, value: str) -> None:
    """Raise SettingsError where a kind's setting would not take a secret; an empty one is none."""
    if not value.strip():
        raise SettingsError.of(messages.secret_empty(name))
    field = kind.Settings.model_fields[name]
    rules: Any = field.annotation
    for rule in field.metadata:
        rules = Annotated[rules, rule]
    try:
        TypeAdapter(rules).validate_python(value)
    except ValidationError as error:
        raise invalid_settings(name, error) from None
