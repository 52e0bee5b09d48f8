"""A registry of adapters over a store, and a definition of a department's database."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

import mappings
from gateway.registry import Definition, Registry
from gateway.settings.reach import ReachSettings
from outbox import PayloadCipher, writing
from tests.support.clock import NOW

FEED = "water.penalty"
MAPPING = (
    (mappings.ROOT / "market-regulator" / "penalty.yaml")
    .read_text("utf-8")
    .replace("market-regulator.penalty", FEED)
)
PASSWORD = "canary-password"
SEAL = PayloadCipher({"k1": bytes(range(32))}, "k1")
_ROWS = {"table": "t", "key_column": "id", "mode": "full"}
_URL = "mysql+pymysql://gate@db.water.invalid/permits"


def registry_of(engine: Engine, base: Path, *, two_persons: bool = False) -> Registry:
    own = {"folders": [str(base)], "networks": ["127.0.0.0/8"]}
    reach = ReachSettings.model_validate({"departments": {"water": own}})
    return Registry(engine, SEAL, base, reach, lambda: NOW, two_persons=two_persons)


def definition(kind: str = "database", **settings: Any) -> Definition:
    given = settings or {"url": _URL, **_ROWS}
    return Definition(feed=FEED, kind=kind, settings=given, mapping=MAPPING)


def make_live(registry: Registry, engine: Engine, number: int, person: str = "wang") -> None:
    """Bring the newest version on air as if its sample had passed: no source is asked here."""
    with writing(engine) as connection:
        state = "testing" if number == 1 else "live"
        connection.execute(
            text("UPDATE adapter SET passed_version = :n, state = :s"), {"n": number, "s": state}
        )
    registry.set_state(FEED, "live", person, "a reason", version=number)
