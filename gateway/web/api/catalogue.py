"""Operations of the catalogue in force."""

from dataclasses import dataclass
from datetime import datetime

from gateway.catalogue.keeper import issues
from gateway.catalogue.model import Item
from gateway.operations import ActRefusedError
from gateway.text import api as texts
from gateway.text import api_operations as summaries
from gateway.web.api.model import Call, Nothing, Operation


@dataclass(frozen=True, slots=True)
class CatalogueView:
    """The catalogue in force, and what each later issue changed: feed, what, before, after."""

    serial: int
    issued_at: datetime
    valid_until: datetime
    taken_at: datetime
    items: tuple[Item, ...]
    changed: list[tuple[int, list[tuple[str, str, str, str]]]]


def _catalogue(call: Call) -> CatalogueView:
    with call.engine.connect() as connection:
        latest = issues(connection, 6)
    if not latest:
        raise ActRefusedError.of(texts.no_catalogue())
    newest = latest[0].catalogue
    changed = [
        (issue.catalogue.serial, issue.changed) for issue in latest if issue.changed is not None
    ]
    return CatalogueView(
        newest.serial,
        newest.issued_at,
        newest.valid_until,
        latest[0].taken_at,
        newest.items,
        changed,
    )


CATALOGUE: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/catalogue",
        "read",
        summaries.catalogue(),
        Nothing,
        CatalogueView,
        _catalogue,
        everywhere=True,
    ),
)
