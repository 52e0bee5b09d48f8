"""An adapter kind's settings as a form, and the form read back. Pure.

It is made from their JSON Schema.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from adapters import Adapter
from gateway.errors import GatewayError
from gateway.protocol.problem import read_json
from gateway.registry.definition import secret_names
from gateway.text import console as texts

Shape = Literal["text", "number", "flag", "choice", "json"]


@dataclass(frozen=True, slots=True)
class Box:
    """One setting of the form. `note` is what the kind says of it, in Chinese / English."""

    name: str
    shape: Shape
    value: str
    required: bool
    note: str
    choices: tuple[str, ...] = ()


def boxes(kind: type[Adapter], values: Mapping[str, Any]) -> list[Box]:
    """Return a box for each setting that is no secret, the required ones first."""
    schema = kind.Settings.model_json_schema()
    secrets = secret_names(kind)
    required = set(schema.get("required", ()))
    all_boxes = [
        _box(name, _resolved(property_schema, schema), values.get(name), required=name in required)
        for name, property_schema in schema.get("properties", {}).items()
        if name not in secrets
    ]
    return sorted(all_boxes, key=lambda box: not box.required)


def _resolved(property_schema: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a schema's property is, without "or null" and references."""
    resolved = dict(property_schema)
    options = [option for option in resolved.pop("anyOf", ()) if option.get("type") != "null"]
    if len(options) == 1:
        resolved |= options[0]
    elif options:
        resolved["type"] = "object"
    if "$ref" in resolved:
        resolved |= schema.get("$defs", {}).get(str(resolved["$ref"]).rsplit("/", 1)[-1], {})
    return resolved


def _box(name: str, property_schema: Mapping[str, Any], value: Any, *, required: bool) -> Box:
    kind, note = property_schema.get("type"), str(property_schema.get("description", ""))
    default = property_schema.get("default")
    content = default if value is None else value
    if "enum" in property_schema:
        choices = tuple(str(choice) for choice in property_schema["enum"])
        return Box(name, "choice", "" if content is None else str(content), required, note, choices)
    if kind == "boolean":
        return Box(name, "flag", "1" if content else "", required, note)
    if kind in ("integer", "number"):
        return Box(name, "number", "" if content is None else str(content), required, note)
    if kind == "string":
        return Box(name, "text", "" if content is None else str(content), required, note)
    text = "" if content in (None, [], {}, ()) else json.dumps(content, ensure_ascii=False)
    return Box(name, "json", text, required, note)


def settings_of(kind: type[Adapter], form: Mapping[str, str]) -> dict[str, Any]:
    """Read the settings that differ from their defaults from a form; raises GatewayError."""
    schema = kind.Settings.model_json_schema()
    defaults = {
        name: property_schema.get("default")
        for name, property_schema in schema.get("properties", {}).items()
    }
    settings: dict[str, Any] = {}
    for box in boxes(kind, {}):
        value = _value(box, form.get(f"s.{box.name}", "").strip())
        if value is not None and value != defaults.get(box.name):
            settings[box.name] = value
    return settings


def _value(box: Box, text: str) -> Any:
    if box.shape == "flag":
        return bool(text)
    if not text:
        return None
    try:
        match box.shape:
            case "number":
                return int(text) if text.lstrip("-").isdigit() else float(text)
            case "json":
                # As the API reads it: a key once, no NaN, no half of a character.
                return read_json(text.encode())
            case _:
                return text
    except (ValueError, RecursionError):
        text_of = texts.no_number if box.shape == "number" else texts.no_json
        raise GatewayError.of(text_of(box.name)) from None
