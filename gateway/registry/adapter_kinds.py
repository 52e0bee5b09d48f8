"""What adapter kinds are installed, as people are shown them."""

from typing import Any

from adapters import kind_names
from gateway.errors import GatewayError
from gateway.exchange.foreign_code import contained
from gateway.settings.kinds import adapter_kind
from gateway.text import Text


def described_kinds() -> tuple[dict[str, dict[str, Any]], dict[str, Text]]:
    """Return the JSON Schema of each installed kind's settings, and why others cannot be used."""
    described: dict[str, dict[str, Any]] = {}
    unusable: dict[str, Text] = {}
    for name in kind_names():
        try:
            with contained():
                described[name] = adapter_kind(name).Settings.model_json_schema()
        except GatewayError as error:
            unusable[name] = error.text
    return described, unusable
