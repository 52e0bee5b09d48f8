"""What an adapter is in the registry: its definition, its states, its differences. Pure."""

import difflib
import json
from dataclasses import dataclass
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from adapters import Adapter, Settings
from gateway.errors import GatewayError
from gateway.settings.model import DriftPolicy, FeedName
from gateway.text import registry as messages

#: draft: being written; testing: tried on samples; live: fetched by the catalogue; paused: answered
#: but not fetched; retired: over.
State = Literal["draft", "testing", "live", "paused", "retired"]
STATES: tuple[State, ...] = get_args(State)
#: From which state a person may bring an adapter to which.
TRANSITIONS: dict[State, tuple[State, ...]] = {
    "draft": ("testing", "retired"),
    "testing": ("live", "draft", "retired"),
    "live": ("paused", "retired"),
    "paused": ("live", "retired"),
    "retired": (),
}


class RegistryError(GatewayError):
    """The registry cannot do what was asked; nothing was changed."""


class NotRegisteredError(RegistryError):
    """There is no such adapter, or not for who asks."""

    def __init__(self, feed: str) -> None:
        text = messages.not_registered(feed)
        super().__init__(text.zh, text.en)


class Definition(BaseModel):
    """One version of an adapter: everything but its secrets."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    feed: FeedName = Field(description=messages.about_feed())
    kind: str = Field(description=messages.about_kind())
    settings: dict[str, Any] = Field(default_factory=dict, description=messages.about_settings())
    mapping: str = Field(default="", max_length=200_000, description=messages.about_mapping())
    drift: DriftPolicy = Field(default="pause", description=messages.about_drift())
    owner: str = Field(default="", max_length=100, description=messages.about_owner())

    @property
    def department(self) -> str:
        """Return the department's identifier."""
        return self.feed.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting, or one part of the mapping as a unified diff, that two versions do not share."""

    place: str
    old: str
    new: str


def secret_names(kind: type[Adapter]) -> tuple[str, ...]:
    """Return the names of a kind's secret settings: those of type SecretStr, or with one in it.

    One within a list or a mapping is named too: what cannot be set apart must not be kept in clear.
    """
    fields = kind.Settings.model_fields
    return tuple(name for name, field in fields.items() if _is_secret(field.annotation))


def _is_secret(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, SecretStr):
        return True
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(_is_secret(field.annotation) for field in annotation.model_fields.values())
    return any(map(_is_secret, get_args(annotation)))


def check_transition(feed: str, old: State, new: State) -> None:
    """Raise RegistryError where a person may not bring an adapter from one state to the other."""
    if new not in TRANSITIONS[old]:
        allowed = "、".join(TRANSITIONS[old]) or "—"
        raise RegistryError.of(messages.transition_refused(feed, old, new, allowed))


def differences(old: Definition, new: Definition) -> list[Difference]:
    """Return what differs between two versions, by setting; of the mapping, a unified diff."""
    old_values, new_values = _flat(old), _flat(new)
    changes = [
        Difference(place, old_values.get(place, ""), new_values.get(place, ""))
        for place in sorted(old_values.keys() | new_values.keys())
        if old_values.get(place) != new_values.get(place)
    ]
    if old.mapping != new.mapping:
        lines = difflib.unified_diff(
            old.mapping.splitlines(), new.mapping.splitlines(), lineterm="", n=1
        )
        changes.append(Difference("mapping", "", "\n".join(list(lines)[2:])))
    return changes


def _flat(definition: Definition) -> dict[str, str]:
    parts = {f"settings.{name}": value for name, value in definition.settings.items()}
    parts |= {"kind": definition.kind, "drift": definition.drift, "owner": definition.owner}
    return {
        place: json.dumps(value, ensure_ascii=False, sort_keys=True)
        for place, value in parts.items()
    }


def without_secrets(kind: type[Adapter], settings: dict[str, Any]) -> Settings:
    """Return settings whose secrets are set apart, and later; raises ValidationError.

    A rule of the kind may ask for a secret ("digest needs password"), or for one only of several:
    settings are good where they are without any secret or with all of them.
    """
    try:
        return kind.Settings.model_validate(settings)
    except ValidationError as error:
        secrets = dict.fromkeys(secret_names(kind), "-")
        try:
            return kind.Settings.model_validate(secrets | settings)
        except ValidationError:
            raise error from None
