"""A gateway over a real town, its console, and people of every role who sign in."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.test import TestResponse

from adapters.formats.spreadsheet import Spreadsheet, SpreadsheetSettings
from gateway.accounts import Accounts, Role, secrets
from gateway.accounts import store as accounts
from gateway.demo.market_regulator import drop_file
from gateway.demo.town import Town
from gateway.runtime.process import GatewayProcess
from gateway.settings.load import load_settings
from gateway.settings.web import ApiToken, WebSettings
from gateway.web import create_app
from outbox import Message, Wanted, writing
from tests.support.reasons import REASON

#: Who there is: name, role, departments.
PEOPLE: tuple[tuple[str, Role, tuple[str, ...]], ...] = (
    ("viewer", "viewer", ("market-regulator",)),
    ("editor", "editor", ("market-regulator",)),
    ("stranger", "editor", ("forestry",)),
    ("operator", "operator", ()),
    ("second", "operator", ()),
    ("administrator", "administrator", ()),
    ("auditor", "auditor", ()),
)
#: The feed of files that tests bring.
FEED = "market-regulator.penalty"
#: A feed of another department.
OTHERS = "environment.licence"
#: What a browser says of a request that our own page makes.
OURS = {"Sec-Fetch-Site": "same-origin"}
API_TOKEN = "made-up-token-of-a-program"


@dataclass
class Person:
    """Somebody signed in, with a client that sends the form's token along."""

    client: FlaskClient
    csrf: str = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Post a form as the page does, and follow to the page that says what was done."""
        headers = more.pop("headers", OURS)
        more.setdefault("follow_redirects", True)
        return self.client.post(
            path, data={"csrf": self.csrf, "why": REASON, **(data or {})}, headers=headers, **more
        )


@dataclass
class Site:
    town: Town
    gateway: GatewayProcess
    app: Flask
    passwords: dict[str, str] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    #: A package that a test has brought about.
    guid: str = ""

    def enter(self, name: str, password: str | None = None) -> Person:
        """Sign somebody in."""
        client = self.app.test_client()
        given = {"name": name, "password": password or self.passwords[name]}
        answer = client.post("/sign-in", data=given, headers=OURS)
        assert answer.status_code == 303, answer.text
        return Person(client, csrf_of(client))

    def person(self, name: str) -> Person:
        """Give somebody who is signed in already, or sign them in."""
        if name not in self.people:
            self.people[name] = self.enter(name)
        return self.people[name]

    def exchange(self) -> None:
        """Fetch every feed, deliver, acknowledge, mark."""
        for name in self.gateway.fetching.due:
            self.gateway.fetching.fetch(name)
        self.deliver()
        self.gateway.fetching.mark()

    def deliver(self) -> None:
        """Deliver what waits, and acknowledge."""
        while self.gateway._deliverer.step(self.gateway.lanes_now()):
            pass
        self.gateway.fetching.acknowledge()


def csrf_of(client: FlaskClient) -> str:
    """Read the form's token from a page."""
    match = re.search(r'name="csrf" value="([^"]+)"', client.get("/me/").text)
    return match[1] if match else ""


@contextmanager
def site_over(folder: Path, rows: int = 60, **web: Any) -> Iterator[Site]:
    """Start a town and its gateway, exchange once, and make the console."""
    settings = WebSettings(
        requests_per_minute=100_000,
        api_tokens=(ApiToken(name="program", token=SecretStr(API_TOKEN)),),
        **web,
    )
    with Town(folder, rows=rows) as town, pytest.MonkeyPatch.context() as patched:
        # A small hash: who gets in is tested here, and often; how long a guess takes is not.
        patched.setattr(
            secrets, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        )
        gateway = GatewayProcess(load_settings(town.settings_file), town.settings_file.parent)
        gateway.keeper.refresh()
        made = Site(town, gateway, create_app(gateway, settings, ("mail", "pager")))
        people = Accounts(gateway.engine, gateway.clock)
        for name, role, departments in PEOPLE:
            made.passwords[name] = people.add(name, role, departments, "test", "a reason")
            with writing(gateway.engine) as connection:
                accounts.change(connection, name, must_change=False)
        made.exchange()
        yield made
        gateway.close()


def mended_workbook(data: bytes, **changes: str) -> bytes:
    """Mend every row of a downloaded workbook, as a person would in Excel."""
    [chunk] = Spreadsheet(SpreadsheetSettings()).read(io.BytesIO(data), 1000)
    frame = chunk.rows.with_columns(pl.lit(value).alias(name) for name, value in changes.items())
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for place, name in enumerate(frame.columns):
        sheet.write_string(0, place, name)
        for line, value in enumerate(frame[name], 1):
            sheet.write_string(line, place, value or "")
    book.close()
    return out.getvalue()


def newest(site: Site, feed: str = FEED, state: str | None = None) -> Message:
    with site.gateway.engine.connect() as connection:
        states = None if state is None else (state,)
        return site.gateway.outbox.search(connection, Wanted(lanes=(feed,), states=states), 1)[0]


def brought(site: Site, name: str, first: int, count: int = 2, **changes: str) -> Message:
    """Let the market regulator drop a file, fetch it, and give the package that waits."""
    rows = [
        {**row, "CF_WSH": f"惠市监处罚〔2028〕{first + n}号", **changes}
        for n, row in enumerate(dict(r) for r in site.town.sources[FEED].rows[:count])
    ]
    drop_file(site.town.sftp.folder, name, rows)
    site.gateway.fetching.fetch(FEED)
    return newest(site)


def said(text: str) -> list[str]:
    """Read what a page says at its top."""
    return [unescape(one) for one in re.findall(r'<p class="said[^>]*>([^<]*)<', text)]
