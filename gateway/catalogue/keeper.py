"""Keeps the catalogue in force: asks the exchange platform, keeps the last good one. A shell."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import httpx
from sqlalchemy import Connection, Engine, select

from gateway.catalogue.model import (
    Catalogue,
    CatalogueRefusedError,
    Item,
    changes,
    check_successor,
    read_catalogue,
)
from gateway.catalogue.tables import catalogue as catalogue_table
from gateway.clock import Clock
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.http_client import open_http, trust
from gateway.settings.model import Endpoint
from gateway.standard import XmlRefusedError
from gateway.text import Text
from gateway.text import catalogue as texts
from gateway.workdays.model import Calendar
from gateway.workdays.store import load_calendar
from outbox import insert_new, writing

#: Largest catalogue that is read, in bytes.
MAX_BYTES = 16_000_000


class CatalogueKeeper:
    """The catalogue in force; `refresh` may replace it, nothing takes it away."""

    def __init__(self, engine: Engine, platform: Endpoint, clock: Clock) -> None:
        self._engine = engine
        self._platform = platform
        self._clock = clock
        with engine.connect() as connection:
            self._document = newest_document(connection)
            self._calendar = load_calendar(connection)
        self._catalogue = None if self._document is None else read_catalogue(self._document)

    @property
    def held(self) -> Catalogue | None:
        """Return the catalogue in force; None when none was ever taken."""
        return self._catalogue

    @property
    def calendar(self) -> Calendar:
        """Return the workdays by which windows open."""
        return self._calendar

    def item(self, feed: str) -> Item | None:
        """Return a feed's item in the catalogue in force, or None."""
        return None if self._catalogue is None else self._catalogue.item(feed)

    def refresh(self) -> bool:
        """Ask the platform for the catalogue; return whether a newer one was taken.

        Every failure is an event. What another process has stored since, a calendar for instance,
        is taken over too.
        """
        self.reload()
        try:
            data = self._get()
            catalogue = read_catalogue(data)
            news = check_successor(catalogue, self._catalogue, same_bytes=data == self._document)
        except httpx.HTTPError as error:
            self._note(
                "error",
                "catalogue.unreachable",
                texts.not_fetched(error),
            )
            return False
        except (XmlRefusedError, CatalogueRefusedError) as error:
            self._note("error", "catalogue.refused", error.text)
            return False
        if catalogue.valid_until < self._clock():
            text = texts.expired(catalogue.valid_until.isoformat())
            self._note("warning", "catalogue.expired", text)
        if not news:
            return False
        values = {"serial": catalogue.serial, "document": data, "taken_at": self._clock()}
        with writing(self._engine) as connection:
            insert_new(connection, catalogue_table, values)
        digest = hashlib.sha256(data).hexdigest()[:12]
        self._catalogue, self._document = catalogue, data
        self._note(
            "info",
            "catalogue.taken",
            texts.in_force(catalogue.serial, len(catalogue.items), digest),
        )
        return True

    def reload(self) -> None:
        """Load the newest catalogue and calendar of the store, asking nobody else."""
        with self._engine.connect() as connection:
            document = newest_document(connection)
            self._calendar = load_calendar(connection)
        if document is not None and document != self._document:
            self._catalogue, self._document = read_catalogue(document), document

    def _get(self) -> bytes:
        verify = trust(self._platform)
        token = self._platform.token.get_secret_value()
        with open_http(MAX_BYTES, verify=verify, timeout=self._platform.timeout) as http:
            answer = http.get(self._platform.url, headers={"Authorization": f"Bearer {token}"})
            return answer.raise_for_status().content

    def _note(self, level: str, name: str, text: Text) -> None:
        event_store.say(self._engine, Event(self._clock(), level, name, "", text))


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue of the catalogue that was taken, and what it changed.

    `None` stands for the changes of the oldest issue that was asked for.
    """

    catalogue: Catalogue
    taken_at: datetime
    changed: list[tuple[str, str, str, str]] | None


def issues(connection: Connection, limit: int) -> list[Issue]:
    """Return the newest issues that were taken, the newest first."""
    query = select(catalogue_table.c.document, catalogue_table.c.taken_at)
    rows = connection.execute(query.order_by(catalogue_table.c.serial.desc()).limit(limit))
    catalogues = [(read_catalogue(row.document), row.taken_at) for row in rows]
    # Where none was taken yet, there is none before it either.
    older = [*(catalogue for catalogue, _ in catalogues[1:]), None][: len(catalogues)]
    return [
        Issue(catalogue, at, None if older_one is None else changes(older_one, catalogue))
        for (catalogue, at), older_one in zip(catalogues, older, strict=True)
    ]


def newest_document(connection: Connection) -> bytes | None:
    """Return the newest catalogue document that was taken, or None."""
    query = select(catalogue_table.c.document).order_by(catalogue_table.c.serial.desc()).limit(1)
    return connection.execute(query).scalar_one_or_none()
