"""Whether all is well, by the API."""

from datetime import datetime
from typing import Any

from pydantic.dataclasses import dataclass

from gateway.text import api_operations as summaries
from gateway.web.api.model import Call, Nothing, Operation


@dataclass(frozen=True, slots=True)
class PartView:
    """Centre, catalogue, feeds or alerts: good, unknown, warn or bad, and why."""

    part: str
    light: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class OverallView:
    """Whether all is well: the worst of the parts; `unknown` is not well."""

    well: bool
    light: str
    zh: str
    en: str
    at: datetime
    parts: list[PartView]


def overall_view(gateway: Any, principal: Any) -> OverallView:
    """Return how all of it stands that somebody sees, as JSON has it."""
    # Not at the top: what pages show imports the table of operations.
    from gateway.operations.overall import overall  # noqa: PLC0415

    state, _ = overall(gateway, principal)
    return OverallView(
        state.light == "good",
        state.light,
        state.text.zh,
        state.text.en,
        gateway.clock(),
        [PartView(part.name, part.light, part.text.zh, part.text.en) for part in state.parts],
    )


def _status(call: Call) -> OverallView:
    return overall_view(call.console.gateway, call.principal)


OVERALL: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/status",
        "read",
        summaries.overall_status(),
        Nothing,
        OverallView,
        _status,
    ),
)
