"""A console over a small store, with people, one feed to push to, and a clock that is set."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from gateway import audit
from gateway.accounts import Accounts, secrets
from gateway.accounts import store as accounts
from gateway.audit.anchoring import Anchoring
from gateway.audit.anchors import AnchorKeys
from gateway.events import store as event_store
from gateway.exchange.binding import bound
from gateway.exchange.feed import open_feed
from gateway.mapping.start import starting_mapping
from gateway.runtime.audit_anchoring import witnesses_of
from gateway.settings.model import AdapterSettings
from gateway.settings.web import WebSettings
from gateway.standard import NEWEST, load_standard
from gateway.store.open import open_store
from gateway.web import create_app
from outbox import Outbox, PayloadCipher, writing
from tests.support.reasons import REASON, with_reason

OURS = {"Sec-Fetch-Site": "same-origin"}
PASSWORD = "Correct-horse-7"
FEED, TOKEN = "water.licence", "made-up-token-of-water"
KEY = bytes(32)


@dataclass
class Person:
    """Somebody at a browser."""

    client: FlaskClient
    address: str = "10.0.0.1"
    csrf: str = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, environ_base={"REMOTE_ADDR": self.address}, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        return self.client.post(
            path,
            data={"csrf": self.csrf, "why": REASON, **(data or {})},
            headers={**OURS, **more.pop("headers", {})},
            environ_base={"REMOTE_ADDR": self.address},
            **more,
        )


@dataclass
class House:
    """The console, its people, and the moment that its clock shows."""

    engine: Engine
    app: Flask
    anchoring: Anchoring
    settings: WebSettings
    now: list[datetime]
    seconds: dict[str, str] = field(default_factory=dict)

    def wait(self, **time: float) -> None:
        self.now[0] += timedelta(**time)

    def browser(self, address: str = "10.0.0.1") -> Person:
        return Person(self.app.test_client(), address)

    def try_to_enter(
        self, name: str, password: str = PASSWORD, at: Person | None = None
    ) -> TestResponse:
        person = at or self.browser()
        return person.post("/sign-in", {"name": name, "password": password})

    def enter(self, name: str, address: str = "10.0.0.1", at: Person | None = None) -> Person:
        """Sign somebody in, by a code too where they have a second factor."""
        person = at or self.browser(address)
        assert self.try_to_enter(name, at=person).status_code == 303
        if name in self.seconds:
            person.csrf = csrf_of(person.get("/sign-in/code"))
            assert person.post("/sign-in/code", {"code": self.code(name)}).status_code == 303
        person.csrf = csrf_of(person.get("/me/"))
        return person

    def code(self, name: str) -> str:
        return pyotp.TOTP(self.seconds[name]).at(self.now[0])

    def token_of(self, person: Person, *rights: str) -> str:
        """Have somebody make an API token of some of their rights."""
        page = person.post(
            "/me/tokens", {"label": "script", "days": "30", **dict.fromkeys(rights, "1")}
        )
        return re.findall(r"cgt_[\w-]+", page.text)[0]

    def api(
        self, token: str, path: str = "/adapters", method: str = "GET", **more: Any
    ) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"}
        if method != "GET":
            more["json"] = with_reason(method, path, more.get("json"))
        return self.app.test_client().open(f"/api/v1{path}", method=method, headers=headers, **more)

    def acts(self) -> list[tuple[str, str, str]]:
        with self.engine.connect() as connection:
            return [(entry.person, entry.act, entry.detail) for entry in audit.entries(connection)]

    def events(self) -> list[str]:
        with self.engine.connect() as connection:
            return [event.name for event in event_store.events(connection)]


def csrf_of(answer: TestResponse) -> str:
    match = re.search(r'name="csrf" value="([^"]+)"', answer.text)
    return match[1] if match else ""


@contextmanager
def house_over(folder: Path, **web: Any) -> Iterator[House]:
    """Open a console for editor, operators op1 and op2, administrators ad1 and ad2, auditor."""
    engine = open_store(f"sqlite:///{folder / 'gateway.db'}")
    kind = load_standard(NEWEST).kind("AdministrativeLicence")
    mapping = folder / "mapping.yaml"
    mapping.write_text(starting_mapping(kind, FEED, ("DocumentNumber", "OrganCode"), "en"), "utf-8")
    entry = AdapterSettings(feed=FEED, mapping=mapping, kind="push", settings={"token": TOKEN})
    now = [datetime(2026, 4, 1, 2, tzinfo=UTC)]
    seal = PayloadCipher({"k1": KEY}, "k1")
    keys = AnchorKeys(at_rest={"k1": KEY}, current="k1")
    anchoring = Anchoring(engine, folder / "anchors.jsonl", keys, "", lambda: now[0], witnesses_of)
    feeds = {FEED: bound(open_feed(entry, folder), engine)}
    registry = SimpleNamespace(every=lambda *_: [])
    gateway: Any = SimpleNamespace(
        engine=engine,
        outbox=Outbox(engine, seal),
        keeper=SimpleNamespace(held=None),
        clock=lambda: now[0],
        fetching=SimpleNamespace(feeds=feeds, registry=registry, paused=False, due=[]),
        anchoring=anchoring,
    )
    settings = WebSettings(**{"requests_per_minute": 100_000, **web})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            secrets, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        )
        made = House(engine, create_app(gateway, settings), anchoring, settings, now)
        people = Accounts(engine, lambda: now[0])
        for name, role in (
            ("op1", "operator"),
            ("op2", "operator"),
            ("ad1", "administrator"),
            ("ad2", "administrator"),
            ("auditor", "auditor"),
            ("editor", "editor"),
        ):
            people.add(name, role, ["water"] if role == "editor" else [], "test", "a reason")  # type: ignore[arg-type]
            with writing(engine) as connection:
                kept = secrets.hashed(PASSWORD)
                accounts.change(connection, name, must_change=False, password=kept)
        yield made
    engine.dispose()


def with_second_factor(house: House, name: str) -> Person:
    """Have somebody set up a second factor; return them, signed in."""
    person = house.enter(name)
    page = person.get("/sign-in/second-factor")
    secret = re.search(r"<code[^>]*>([A-Z2-7]{32})</code>", page.text)
    assert secret is not None
    done = person.post("/sign-in/second-factor", {"code": pyotp.TOTP(secret[1]).at(house.now[0])})
    assert done.status_code == 200
    house.seconds[name] = secret[1]
    person.csrf = csrf_of(person.get("/me/"))
    house.wait(minutes=1)
    return person
