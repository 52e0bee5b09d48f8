"""Entries of the platform's catalogue."""

from datetime import timedelta

from gateway.catalogue.model import Item


def item(**changes: object) -> Item:
    values: dict[str, object] = {
        "feed": "demo.feed",
        "name_zh": "",
        "name_en": "",
        "department": "demo",
        "kind": "X",
        "version": "1.0",
        "mode": "file",
        "fetch_every": timedelta(minutes=15),
        "deliver_from": "00:00",
        "deliver_to": "24:00",
        "due_within": timedelta(hours=1),
    }
    return Item(**{**values, **changes})  # type: ignore[arg-type]
