"""The REST API of the registry, over HTTP: each route with each kind of token, a whole story."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from gateway.clock import utc_now
from gateway.registry import Registry
from gateway.serving.server import WsgiServer
from gateway.settings.reach import DepartmentReach, ReachSettings
from gateway.settings.web import ApiToken, WebSettings
from gateway.web import create_app
from gateway.web.api import OPERATIONS, Operation
from gateway.web.api.registry import REGISTRY
from gateway.web.api.routes import PREFIX, document
from outbox import Outbox, PayloadCipher
from tests.support import http_client
from tests.support.penalty_rows import ORGAN, ROWS
from tests.support.reasons import with_reason
from tests.support.stores import gateway_store

FEED = "water.penalty"
TOKENS = {
    "reader": {"departments": ("water",), "rights": {"read"}},
    "editor": {"departments": ("water",), "rights": {"read", "edit"}},
    "operator": {"departments": None, "rights": {"read", "edit", "operate"}},
    "stranger": {"departments": ("forestry",), "rights": {"read", "edit", "operate"}},
}
SECRET = "made-up-token-of-the-"


class FeedRunner:
    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.feeds: dict[str, Any] = {}
        self.paused = False


class Gateway:
    def __init__(self, engine: Engine, registry: Registry) -> None:
        self.engine, self.outbox, self.keeper = engine, Outbox(engine), None
        self.fetching = FeedRunner(registry)
        self.clock = utc_now


@dataclass
class Api:
    url: str
    folder: Path

    def call(
        self, method: str, path: str, who: str = "editor", body: Any = None, **more: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {SECRET}{who}"} if who else {}
        return http_client.request(
            method,
            f"{self.url}{PREFIX}{path}",
            headers=headers,
            json=with_reason(method, path, body),
            timeout=60,
            **more,
        )

    def definition(self, **changes: Any) -> dict[str, Any]:
        return {
            "feed": FEED,
            "kind": "folder",
            "settings": {"folder": str(self.folder), "settle": 0},
            **changes,
        }


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    engine = gateway_store(tmp_path / "gateway.db")
    folder = tmp_path / "drop"
    folder.mkdir()
    registry = Registry(
        engine,
        PayloadCipher({"k1": bytes(32)}, "k1"),
        tmp_path,
        ReachSettings(departments={"water": DepartmentReach(folders=(folder,))}),
        utc_now,
    )
    tokens = [
        ApiToken(name=name, token=SecretStr(SECRET + name), **about)
        for name, about in TOKENS.items()
    ]  # type: ignore[arg-type]
    server = WsgiServer(
        create_app(
            Gateway(engine, registry),
            WebSettings(api_tokens=tuple(tokens), requests_per_minute=100_000),
        )
    ).start()  # type: ignore[arg-type]
    yield Api(f"http://127.0.0.1:{server.port}", folder)
    server.stop()
    engine.dispose()


def put(api: Api, name: str, rows: list[dict[str, str]]) -> None:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    (api.folder / name).write_bytes(out.getvalue().encode("gb18030"))
    (api.folder / f"{name}.ok").touch()


def test_an_adapter_is_registered_tried_brought_on_air_and_rolled_back_by_http(api: Api) -> None:
    put(api, "a.csv", ROWS[:30])
    made = api.call("POST", "/adapters", body={"definition": api.definition(), "why": "new"})
    steps = api.call("POST", f"/adapters/{FEED}/test").json()
    proposed = api.call("POST", f"/adapters/{FEED}/proposal", body={"organ": ORGAN}).json()
    changed = api.call(
        "PUT", f"/adapters/{FEED}", body={"definition": api.definition(mapping=proposed["mapping"])}
    )
    trial = api.call("POST", f"/adapters/{FEED}/trial").json()
    dry = api.call("POST", f"/adapters/{FEED}/dry-run", "reader", {"rows": 100}).json()
    not_mine = api.call("PUT", f"/adapters/{FEED}/state", "editor", {"state": "live"})
    live = api.call(
        "PUT", f"/adapters/{FEED}/state", "operator", {"state": "live", "why": "looked at it"}
    ).json()
    back = api.call("POST", f"/adapters/{FEED}/rollback", body={"number": 1, "why": "no"}).json()
    history = api.call("GET", f"/adapters/{FEED}/history", "reader").json()

    assert made.status_code == 201
    assert steps[-1]["sample"][0]["决定书文号"] == ROWS[0]["决定书文号"]
    assert next(iter(proposed["kinds"])) == "AdministrativePenalty"
    assert changed.json() == {"version": 2}
    assert (
        (trial["refused"], len(trial["rows"])) == (0, 30)
        if "refused" in trial
        else len(trial["rows"]) == 30
    )
    assert dry["counts"]["packed"] == 30
    assert not_mine.status_code == 403
    assert (live["about"]["state"], live["about"]["live_version"]) == ("live", 2)
    assert back == {"version": 3}
    assert [(act["what"], act["person"]) for act in history][:2] == [
        ("rolled_back", "settings:editor"),
        ("state", "settings:operator"),
    ]
    assert [one["number"] for one in api.call("GET", f"/adapters/{FEED}/versions").json()] == [
        3,
        2,
        1,
    ]
    differences = api.call("GET", f"/adapters/{FEED}/differences?old=1&new=2").json()
    assert [one["place"] for one in differences] == ["mapping"]


def test_secrets_go_in_and_never_come_out(api: Api) -> None:
    definition = {"feed": FEED, "kind": "sftp", "settings": {"host": "sftp.invalid"}}
    api.call("POST", "/adapters", body={"definition": definition})
    answer = api.call(
        "PUT", f"/adapters/{FEED}/secrets/password", body={"value": "canary-password"}
    )

    everything = answer.text + "".join(
        api.call("GET", path).text
        for path in (
            f"/adapters/{FEED}",
            f"/adapters/{FEED}/history",
            f"/adapters/{FEED}/versions",
            "/adapters",
        )
    )
    assert answer.json()["secrets"] == ["password"]
    assert "canary-password" not in everything


def path_of(operation: Operation) -> str:
    path = re.sub("{feed}", FEED, operation.path).replace("{name}", "password")
    return f"{path}?old=1&new=1" if operation.query else path


@pytest.mark.parametrize("operation", REGISTRY, ids=lambda one: f"{one.method} {one.path}")
def test_every_route_asks_for_a_token_its_right_and_its_department(
    api: Api, operation: Operation
) -> None:
    api.call("POST", "/adapters", body={"definition": api.definition()})
    answers = {
        who: api.call(operation.method, path_of(operation), who, body={})
        for who in ("", "nobody", *TOKENS)
    }

    assert {who: answers[who].status_code for who in ("", "nobody")} == {"": 401, "nobody": 401}
    if operation.right != "read":
        assert answers["reader"].status_code == 403
    if operation.right == "operate":
        assert answers["editor"].status_code == 403
    if "{feed}" in operation.path:
        missing = api.call(
            operation.method,
            path_of(operation).replace(FEED, "water.nothing"),
            "stranger",
            body={},
        )
        # Of another department, what is there and what is not look the same but for the name asked
        # for.
        assert answers["stranger"].status_code in (404, 422)
        assert missing.status_code == answers["stranger"].status_code
        assert answers["stranger"].text.replace(FEED, "water.nothing") == missing.text
    assert all(answer.status_code < 500 for answer in answers.values())


def test_an_adapter_of_another_department_is_not_listed_and_cannot_be_made(api: Api) -> None:
    api.call("POST", "/adapters", body={"definition": api.definition()})

    assert api.call("GET", "/adapters", "stranger").json() == []
    assert (
        api.call(
            "POST", "/adapters", "stranger", {"definition": api.definition(feed="water.other")}
        ).status_code
        == 404
    )
    assert [one["feed"] for one in api.call("GET", "/adapters", "operator").json()] == [FEED]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 422),
        (b"[1]", 422),
        (b'{"definition": {}}', 422),
        (b'{"definition": 1, "x": 2}', 422),
        (b"[" * 100_000, 422),
        (
            json.dumps(
                {"why": "x", "definition": {"feed": "water.x", "kind": "telepathy"}}
            ).encode(),
            422,
        ),
        (
            json.dumps(
                {"why": "x", "definition": {"feed": "../../x.y", "kind": "folder"}}
            ).encode(),
            422,
        ),
        (
            json.dumps(
                {
                    "why": "x",
                    "definition": {
                        "feed": "water.x",
                        "kind": "folder",
                        "settings": {"folder": "/etc"},
                    },
                }
            ).encode(),
            409,
        ),
        (
            json.dumps(
                {
                    "why": "x",
                    "definition": {
                        "feed": "water.x",
                        "kind": "database",
                        "settings": {
                            "url": "sqlite:////etc/passwd",
                            "table": "t",
                            "key_column": "k",
                            "mode": "full",
                        },
                    },
                }
            ).encode(),
            409,
        ),
        (
            json.dumps(
                {
                    "why": "x",
                    "definition": {
                        "feed": "water.x",
                        "kind": "sftp",
                        "settings": {"host": "127.1", "username": "u", "host_key": "k"},
                    },
                }
            ).encode(),
            409,
        ),
        (
            json.dumps(
                {
                    "why": "x",
                    "definition": {
                        "feed": "water.x",
                        "kind": "sftp",
                        "mapping": "!!python/object/apply:os.system [id]",
                    },
                }
            ).encode(),
            422,
        ),
        *(
            (
                json.dumps(
                    {"why": "x", "definition": {"feed": "water.x", "kind": "sftp", "mapping": text}}
                ).encode(),
                422,
            )
            for text in (
                "feed: 2001-99-99",
                "feed: !!int zz",
                "feed: " + "9" * 5_000,
                "[" * 20_000,
                "a: &a [x]\nb: *a",
                "# nothing",
            )
        ),
        (b'{"why": "\\ud800"}', 422),
        (b'{"why": "\\u0000"}', 422),
        (b"\xff\xfe", 422),
        (b'{"x": "' + b"x" * 2_000_000 + b'"}', 413),
    ],
    ids=[
        "no JSON",
        "a list",
        "empty",
        "wrong",
        "deep",
        "kind",
        "name",
        "folder",
        "sqlite",
        "loopback",
        "yaml tag",
        "no such day",
        "int tag",
        "long number",
        "nested",
        "alias",
        "empty mapping",
        "half a sign",
        "null sign",
        "no text",
        "large",
    ],
)
def test_hostile_definitions_are_refused_with_a_problem_document(
    api: Api, body: bytes, status: int
) -> None:
    answer = http_client.post(
        f"{api.url}{PREFIX}/adapters",
        content=body,
        headers={"Authorization": f"Bearer {SECRET}operator"},
        timeout=30,
    )

    assert answer.status_code == status
    if status != 413:
        assert answer.headers["content-type"].startswith("application/problem+json")
    assert "root:" not in answer.text


def test_the_openapi_document_names_every_operation_and_is_whole(api: Api) -> None:
    found = api.call("GET", "/openapi.json", "reader").json()

    assert found == document()
    assert {
        (path.removeprefix(PREFIX), method.upper())
        for path, methods in found["paths"].items()
        for method in methods
    } == {(operation.path, operation.method) for operation in OPERATIONS}
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(found)))
    assert references <= set(found["components"]["schemas"])
    assert api.call("GET", "/openapi.json", "").status_code == 401
