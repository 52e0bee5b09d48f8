"""Every operation of the API as every role of every department, about its own things and another's.

The cases are made from `OPERATIONS` and `RULES`: a new operation is asked in all of them, and what
it lets in that its rule does not allow fails. Pages are asked alike by
tests/integration/web/test_rules.py.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from flask import Flask
from pydantic import SecretStr

from gateway.accounts import RIGHTS_OF, Accounts, Principal, secrets
from gateway.accounts import store as accounts
from gateway.accounts.model import DEPARTMENT_ROLES, ROLES
from gateway.alerts import store as alerts
from gateway.alerts.rules import Condition
from gateway.audit.anchoring import Anchoring
from gateway.audit.anchors import AnchorKeys
from gateway.catalogue.keeper import CatalogueKeeper
from gateway.clock import utc_now
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.registry.definition import Definition
from gateway.runtime.audit_anchoring import witnesses_of
from gateway.settings.model import Endpoint
from gateway.text import Text
from gateway.web.access_rules import RULES
from gateway.web.api import OPERATIONS, Operation, endpoint_of
from gateway.web.kit.access import Rule
from outbox import Draft, writing
from outbox.breaker import Breaker
from tests.support.reasons import with_reason
from tests.support.site import OURS, csrf_of
from tests.support.stub_gateway import StubGateway, console_of, stub_gateway

FEEDS = {"water": "water.penalty", "forestry": "forestry.felling"}
#: Who there is, by name: the role and the department, "" for all of them; `unproved` has not shown
#: anew who it is.
CALLERS = {
    **{f"{role}.water": (role, "water") for role in DEPARTMENT_ROLES},
    **{role: (role, "") for role in ROLES if role not in DEPARTMENT_ROLES},
    "administrator.unproved": ("administrator", ""),
}
#: What a request may carry beside its path, and whether it names a thing that is some department's.
#: A new name fails until it is said here which it is, and asked for below where it names a thing.
NAMES_A_THING = {"definition", "feed"}
NAMES_NOTHING = {
    "act",
    "after",
    "asked_at",
    "before",
    "change",
    "channels",
    "code",
    "departments",
    "enabled",
    "field",
    "has",
    "id",
    "limit",
    "name",
    "new",
    "number",
    "old",
    "organ",
    "password",
    "person",
    "quiet_from",
    "quiet_to",
    "record",
    "repeat_hours",
    "role",
    "rows",
    "rule",
    "since",
    "state",
    "subject",
    "target",
    "threshold",
    "unit",
    "until",
    "value",
    "version",
    "why",
}
#: What stands in a path, and whose thing it is; `name` is an account or a secret of the feed before
#: it.
IN_A_PATH = {"feed", "guid", "alert", "name", "kind", "act"}
#: Of what another's things are known by, wherever they would show.
MARK = "planted-in-"
#: One gateway for all of them, in one process.
pytestmark = pytest.mark.xdist_group("attacks_gateway_matrix")


class World:
    def __init__(self, gateway: StubGateway, folder: Path) -> None:
        self.gateway = gateway
        made: Any = gateway
        made.keeper = CatalogueKeeper(
            gateway.engine,
            Endpoint(url="http://platform.invalid", token=SecretStr("made-up")),
            utc_now,
        )
        made.breaker = Breaker
        made.anchoring = Anchoring(
            gateway.engine, folder / "anchors.jsonl", AnchorKeys(), "", utc_now, witnesses_of
        )
        self.app: Flask = console_of(gateway)
        self.passwords: dict[str, str] = {}
        self.tokens = {name: self._token(name, *who) for name, who in CALLERS.items()}
        self.things = {department: self._plant(department) for department in FEEDS}

    def _token(self, name: str, role: Any, department: str) -> str:
        """Return the token of somebody who has proved who they are, but for `unproved`."""
        departments = (department,) if department else ()
        password = Accounts(self.gateway.engine, utc_now).add(
            name, role, departments, "test", "a reason"
        )
        self.passwords[name] = password
        tokens = self.app.extensions["creditgate"].tokens
        principal = Principal(name, RIGHTS_OF[role], departments or None)
        token: str = tokens.make(principal, "test", RIGHTS_OF[role], timedelta(days=1))
        if "unproved" not in name:
            tokens.prove(tokens.principal(token).token)
        return token

    def _plant(self, department: str) -> dict[str, str]:
        """Return a feed with a package, an event and an alert, as a path names them."""
        feed, now, text = FEEDS[department], utc_now(), Text(MARK + department, MARK + department)
        self.gateway.fetching.registry.create(
            Definition(feed=feed, kind="push"), "test", "a reason"
        )
        guid = str(uuid4())
        with writing(self.gateway.engine) as connection:
            sequence = self.gateway.outbox.reserve(connection, feed, 1, now, ordered=True)
            draft = Draft(guid, sequence, b"x", b"", 1)
            self.gateway.outbox.put(connection, feed, [draft], now)
            event_store.note_event(connection, Event(now, "warning", "test", feed, text))
            alert = alerts.open_one(connection, Condition("late", feed, text, "/"), now)
        return {"feed": feed, "guid": guid, "alert": str(alert)}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("matrix")
    # A small hash: who gets in is tested here; how long a guess takes is not.
    with pytest.MonkeyPatch.context() as patched, stub_gateway(folder) as gateway:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patched.setattr(secrets, "_HASHER", quick)
        yield World(gateway, folder)


def let_in(operation: Operation, caller: str, department: str) -> int | None:
    """Return the status by which the table refuses a caller; None where it lets in."""
    role, own = CALLERS[caller]
    rule: Rule = RULES[f"api.{endpoint_of(operation)}"]
    if rule.everywhere and own:
        return 403
    if rule.right is not None and rule.right not in RIGHTS_OF[role]:  # type: ignore[index]
        return 403
    if about_a_thing(operation) and own not in ("", department):
        return 404
    return 403 if rule.fresh and "unproved" in caller else None


def about_a_thing(operation: Operation) -> bool:
    """Whether the path of an operation, or its body, names a thing that is some department's."""
    named = set(re.findall(r"{(\w+)}", operation.path)) | operation.body.model_fields.keys()
    return bool(named & {"feed", "guid", "alert", "definition"})


def ask(world: World, operation: Operation, caller: str, department: str) -> tuple[int, str]:
    """Ask for an operation about a department's things; return the status, and what it says."""
    things = {**world.things[department], "name": "nobody", "kind": "late", "act": "hold"}
    path = re.sub(r"{(\w+)}", lambda found: things[found[1]], operation.path)
    query = {"old": "1", "new": "1", "feed": things["feed"], "has": MARK}
    asked = {
        parameter.name: query[parameter.name]
        for parameter in operation.query
        if parameter.name in query
    }
    body: dict[str, Any] = {}
    if "definition" in operation.body.model_fields:
        feed = (
            things["feed"]
            if "{feed}" in path or operation.method == "PUT"
            else f"{department}.made"
        )
        body = {"definition": {"feed": feed, "kind": "push"}, "why": "test"}
    if operation.body.__name__ == "Rows":
        body = {"rows": 10}
    body = with_reason(operation.method, operation.path, body)
    headers = {"Authorization": f"Bearer {world.tokens[caller]}"} if caller else {}
    answer = world.app.test_client().open(
        f"/api/v1{path}", method=operation.method, headers=headers, query_string=asked, json=body
    )
    return answer.status_code, answer.text


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_every_role_of_every_department_does_what_the_table_allows_and_nothing_else(
    world: World, operation: Operation
) -> None:
    assert ask(world, operation, "", "water")[0] == 401
    # Who sees every department is asked about one.
    asked = [
        (caller, name)
        for caller, name in product(CALLERS, FEEDS)
        if CALLERS[caller][1] or name == "water"
    ]
    for caller, department in asked:
        status, text = ask(world, operation, caller, department)
        refused = let_in(operation, caller, department)
        if refused is None:
            assert status not in (401, 403), (caller, department, text)
            assert status < 500, (caller, department, text)
        else:
            assert status == refused, (caller, department, text)
        # Wherever it comes out: another department's things are in no answer.
        others = [MARK + name for name in FEEDS if CALLERS[caller][1] not in ("", name)]
        assert not [mark for mark in others if mark in text], (caller, department, text)


def test_what_is_anothers_is_answered_as_what_is_not_there(world: World) -> None:
    about = [operation for operation in OPERATIONS if "{feed}" in operation.path]
    answers = []
    for operation in about:
        status, text = ask(world, operation, "editor.water", "forestry")
        with pytest.MonkeyPatch.context() as patched:
            patched.setitem(
                world.things, "nowhere", {**world.things["forestry"], "feed": "forestry.nothing"}
            )
            there = ask(world, operation, "editor.water", "nowhere")
        answers.append(
            (
                operation.path,
                (status, text.replace("forestry.felling", "forestry.nothing")) == there,
            )
        )

    assert [path for path, same in answers if not same] == []


def test_a_body_cannot_name_another_feed_than_its_path(world: World) -> None:
    headers = {"Authorization": f"Bearer {world.tokens['editor.water']}"}
    named = {"feed": FEEDS["forestry"], "kind": "push"}
    answer = world.app.test_client().put(
        f"/api/v1/adapters/{FEEDS['water']}",
        headers=headers,
        json={"definition": named, "why": "test"},
    )

    assert answer.status_code == 404
    assert world.gateway.fetching.registry.show(FEEDS["forestry"]).newest.number == 1


def test_a_page_cannot_name_another_departments_feed_either(world: World) -> None:
    with writing(world.gateway.engine) as connection:
        accounts.change(connection, "editor.water", must_change=False)
    client = world.app.test_client()
    given = {"name": "editor.water", "password": world.passwords["editor.water"]}
    client.post("/sign-in", data=given, headers=OURS)
    form = {"csrf": csrf_of(client), "kind": "push", "owner": "x", "why": "test"}
    made = {
        feed: client.post(
            "/adapters/", data={**form, "feed": feed}, headers=OURS, follow_redirects=True
        )
        for feed in ("water.by-page", "forestry.by-page", FEEDS["forestry"])
    }
    known = {one.feed for one in world.gateway.fetching.registry.every(None)}

    assert "water.by-page" in known
    assert "forestry.by-page" not in known
    # Of another department, what is there and what is not look the same.
    shown = {feed: page.text.replace(feed, "FEED") for feed, page in made.items()}
    assert shown["forestry.by-page"] == shown[FEEDS["forestry"]]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_whatever_a_request_names_is_known_here_as_somebodys_or_nobodys(
    operation: Operation,
) -> None:
    named = operation.body.model_fields.keys() | {parameter.name for parameter in operation.query}
    in_path = set(re.findall(r"{(\w+)}", operation.path))

    assert named <= NAMES_A_THING | NAMES_NOTHING, (
        "say above whether it names some department's thing"
    )
    assert in_path <= IN_A_PATH, "say above what it names, and how the guard knows whose that is"
