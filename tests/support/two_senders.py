"""A centre with two senders and a reader: what attacks on it start from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy import Engine, text

from gateway.central.app import create_app
from gateway.central.centre import Centre, Terms
from gateway.protocol.header import Header
from gateway.protocol.package_writer import package_xml, withdrawal_xml
from tests.support.clock import NOW, Clock
from tests.support.packages import KEYS, KIND, package
from tests.support.senders import add_sender, empty_centre

#: Each speaks for a department of its own; both departments send the same kind of record.
TOKENS = {"air": "made-up-token-of-the-air", "water": "made-up-token-of-water"}
FEEDS = {"air": "environment.licence", "water": "water.licence"}


@dataclass
class Two:
    """The centre, and what its two senders ask of it."""

    engine: Engine
    clock: Clock
    centre: Centre
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = create_app(self.centre).test_client()

    def ask(self, method: str, path: str, who: str, **more: Any) -> Any:
        """Ask with a sender's token."""
        headers = {"Authorization": f"Bearer {TOKENS[who]}", **more.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **more)

    def post(self, who: str, data: bytes, **headers: str) -> Any:
        """Send a package."""
        return self.ask("POST", "/packages", who, data=data, headers=headers)

    def stored(self) -> list[tuple[Any, ...]]:
        """Return all that the centre has of records, packages and how far feeds are."""
        rows: list[tuple[Any, ...]] = []
        with self.engine.connect() as connection:
            for query in (
                (
                    "SELECT key, sequence, digest, package, withdrawn FROM "
                    "administrative_licence ORDER BY feed_id, key"
                ),
                "SELECT guid, digest, sender FROM received_package ORDER BY guid",
                "SELECT name, highest FROM feed WHERE highest > 0 ORDER BY name",
            ):
                rows += map(tuple, connection.execute(text(query)))
        return rows


def two_senders(folder: Path, terms: Terms | None = None, **keys: Sequence[Any]) -> Two:
    """Make the centre."""
    engine = empty_centre(folder / "centre.db")
    for who, token in TOKENS.items():
        pattern = FEEDS[who].partition(".")[0] + ".*"
        add_sender(engine, who, token, (pattern,), keys=keys.get(who, ()))
    clock = Clock()
    return Two(engine, clock, Centre(engine, clock, terms or Terms()))


def of(who: str, sequence: int = 1, **changes: Any) -> bytes:
    """Return a package of a sender's own feed."""
    named = {"department": FEEDS[who].partition(".")[0], "feed": FEEDS[who]}
    return package(sequence, **{**named, **changes})


def withdrawal_of(who: str, sequence: int, **changes: Any) -> bytes:
    """Return the withdrawal of a sender's first record."""
    values: Mapping[str, Any] = {
        "guid": str(uuid4()),
        "department": FEEDS[who].partition(".")[0],
        "feed": FEEDS[who],
        "kind": KIND,
        "version": "1.0",
        "sequence": sequence,
        "created_at": NOW,
        "records": 1,
        **changes,
    }
    return package_xml(Header(**values), withdrawal_xml(KEYS[:1]))


def guid_in(xml: bytes) -> str:
    """Return the GUID that a package has."""
    return str(etree.fromstring(xml)[0][0].text)


def miscounted(who: str, **changes: Any) -> bytes:
    """Return a sender's package that is refused whole: it has another count than it says."""
    return of(who, **changes).replace(b"<RecordCount>3<", b"<RecordCount>7<")
