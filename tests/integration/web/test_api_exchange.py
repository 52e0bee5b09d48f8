"""The REST API over a real town, and whatever schemathesis thinks of."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from sqlalchemy import delete
from werkzeug.test import TestResponse

from gateway import audit
from gateway.accounts import RIGHTS_OF, Principal
from gateway.alerts import store as alerts
from gateway.alerts.rules import Condition
from gateway.exchange import feed_store as feeds
from gateway.exchange import source_units
from gateway.exchange.tables import source_unit
from gateway.serving.server import WsgiServer
from gateway.text import Text
from gateway.web.api import OPERATIONS
from gateway.web.api.routes import document
from outbox import writing
from tests.support.reasons import with_reason
from tests.support.site import FEED, OTHERS, Site, site_over

#: One town for all of them, in one process.
pytestmark = pytest.mark.xdist_group("test_api_exchange")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with (
        site_over(tmp_path_factory.mktemp("site")) as console,
        pytest.MonkeyPatch.context() as patched,
    ):
        # That acts on accounts want a proof is tested by attacks; here it lasts.
        patched.setattr("gateway.accounts.model.FRESH", timedelta(days=1))
        console.tokens = {  # type: ignore[attr-defined]
            name: console.app.extensions["creditgate"].tokens.make(
                Principal(name, RIGHTS_OF[role], departments),
                "test",
                RIGHTS_OF[role],
                timedelta(days=1),
            )
            for name, role, departments in (
                ("editor", "editor", ("market-regulator",)),
                ("operator", "operator", None),
                ("administrator", "administrator", None),
                ("auditor", "auditor", None),
            )
        }
        tokens = console.app.extensions["creditgate"].tokens
        for token in console.tokens.values():  # type: ignore[attr-defined]
            tokens.prove(tokens.principal(token).token)
        yield console


def call(
    site: Site, method: str, path: str, who: str = "operator", body: Any = None
) -> TestResponse:
    headers = {"Authorization": f"Bearer {site.tokens[who]}"}  # type: ignore[attr-defined]
    body = with_reason(method, path, body)
    return site.app.test_client().open(f"/api/v1{path}", method=method, headers=headers, json=body)


def test_feeds_packages_and_refusals_are_told_to_whom_they_belong(site: Site) -> None:
    all_feeds = call(site, "GET", "/feeds").json
    own = call(site, "GET", "/feeds", "editor").json
    packages = call(site, "GET", "/packages?limit=2").json
    own_packages = call(site, "GET", "/packages", "editor").json
    one = packages["packages"][0]
    whole = call(site, "GET", f"/packages/{one['guid']}").json

    assert [feed["feed"] for feed in all_feeds] == [OTHERS, "housing-fund.payment", FEED]
    assert [feed["feed"] for feed in own] == [FEED]
    assert all_feeds[0]["light"] in ("good", "warn")
    assert {package["lane"] for package in own_packages["packages"]} == {FEED}
    assert whole["package"]["state"] == "settled"
    assert [step[1] for step in whole["history"]] == ["waiting", "sending", "settled"]
    assert whole["attempts"][0]["outcome"] == "settled"
    assert call(site, "GET", f"/packages/{uuid4()}").status_code == 404
    assert call(site, "GET", "/feeds/nothing.there").status_code == 409


def test_what_is_set_aside_is_told_tried_again_and_given_up_by_who_may(site: Site) -> None:
    engine, now = site.gateway.engine, site.gateway.clock()
    reason = source_units.Text("意外错误（KeyError）", "an unforeseen error (KeyError)")
    with writing(engine) as connection:
        state = feeds.feed_state(connection, FEED)
        for name in ("a.csv@1-2", "b.csv@1-2"):
            source_units.error(connection, state.id, name, reason, now, 1)
            source_units.refused(connection, state.id, name, 0)
    path = f"/feeds/{FEED}/set-aside"
    listed = call(site, "GET", path, "editor").json
    feed = call(site, "GET", f"/feeds/{FEED}").json
    forbidden = call(site, "POST", f"{path}/give-up", "editor", {"unit": "a.csv", "why": "x"})
    nobodys = call(site, "GET", f"/feeds/{OTHERS}/set-aside", "editor")
    no_reason = call(site, "POST", f"{path}/again", body={"unit": "a.csv", "why": "……"})
    unknown = call(site, "POST", f"{path}/again", body={"unit": "c.csv", "why": "x"})
    again = call(site, "POST", f"{path}/again", body={"unit": "a.csv", "why": "mended"})
    given_up = call(site, "POST", f"{path}/give-up", body={"unit": "b.csv@1-2", "why": "gone"})
    after = call(site, "GET", path).json
    with writing(engine) as connection:
        acts = [entry.act for entry in audit.entries(connection, target=FEED)]
        for name in ("a.csv@1-2", "b.csv@1-2"):
            connection.execute(delete(source_unit).where(source_unit.c.name == name))

    assert [(one["unit"], one["state"], one["errors"]) for one in listed] == [
        ("a.csv@1-2", "refused", 1),
        ("b.csv@1-2", "refused", 1),
    ]
    assert (feed["set_aside"], feed["light"]) == (2, "bad")
    assert [one.status_code for one in (forbidden, nobodys, no_reason, unknown)] == [
        403,
        404,
        422,
        409,
    ]
    assert again.json["en"].startswith("a.csv is taken once more")
    assert given_up.json["zh"].startswith("已放弃 b.csv")
    assert after == []
    assert {"feed.again", "feed.give_up"} <= set(acts)


def test_packages_are_paged_to_the_last(site: Site) -> None:
    seen: list[str] = []
    before = ""
    for _ in range(10):
        page = call(site, "GET", f"/packages?limit=1&before={before}").json
        seen += [package["guid"] for package in page["packages"]]
        before = (page["before"] or "").replace("+", "%2B")
        if not before:
            break

    assert len(seen) == len(set(seen)) == 3
    assert call(site, "GET", "/packages?before=yesterday").status_code == 422


def test_a_package_is_found_and_treated(site: Site) -> None:
    number = site.town.sources[OTHERS].rows[0]["XK_WSH"]
    found = call(site, "GET", f"/packages?has={number}&feed={OTHERS}").json["packages"]
    guid = found[0]["guid"]
    silent = call(site, "POST", f"/packages/{guid}/replay", body={"why": " "})
    replayed = call(site, "POST", f"/packages/{guid}/replay", body={"why": "asked for"})
    unknown = call(site, "POST", f"/packages/{guid}/burn", body={"why": "x"})
    held = call(site, "POST", f"/packages/{guid}/hold", body={"why": "wait"}).json
    waits = call(site, "GET", "/packages?state=held,dead").json["packages"]
    call(site, "POST", f"/packages/{guid}/release", body={"why": "go"})
    site.deliver()
    way = call(site, "GET", f"/records/{OTHERS}?has={number}").json

    assert (silent.status_code, replayed.status_code, unknown.status_code) == (422, 200, 422)
    assert held["en"] == "it is held and not sent"
    assert [package["guid"] for package in waits] == [guid]
    assert way[0]["guid"] == guid
    assert way[0]["state"] == "settled"
    assert site.town.sources[OTHERS].rows[0]["XK_XDR_SHXYM"] not in way[0]["source"].values()


def test_mended_rows_go_in_and_are_repeated_safely(site: Site) -> None:
    row = dict(site.town.sources[FEED].rows[0]) | {"CF_WSH": "接口〔2028〕1号"}
    first, second = (
        call(site, "POST", f"/refusals/{FEED}/mended", "editor", {"rows": [row], "id": "one"})
        for _ in range(2)
    )
    other = call(
        site, "POST", f"/refusals/{FEED}/mended", "editor", {"rows": [row, row], "id": "one"}
    )

    assert first.status_code == second.status_code == 202
    assert first.json == second.json
    assert other.status_code == 409
    assert call(site, "GET", f"/refusals/{FEED}/groups", "editor").json == []
    assert call(site, "GET", f"/refusals/{FEED}?rule=map.code&limit=5").json == []


def test_the_catalogue_events_units_and_runs_are_told(site: Site) -> None:
    catalogue = call(site, "GET", "/catalogue").json

    assert (catalogue["serial"], len(catalogue["items"])) == (1, 3)
    assert call(site, "GET", "/catalogue", "editor").status_code == 403
    assert call(site, "GET", "/events?limit=1").json[0]["level"] in ("info", "warning")
    assert call(site, "GET", f"/feeds/{FEED}/units").json[0]["state"] == "acknowledged"
    assert call(site, "GET", f"/feeds/{FEED}/runs").json == []
    assert call(site, "POST", f"/feeds/{FEED}/run").status_code == 202
    assert call(site, "POST", f"/feeds/{FEED}/resume", body={"why": "x"}).status_code == 409


def test_alerts_are_acknowledged_and_rules_set(site: Site) -> None:
    with writing(site.gateway.engine) as connection:
        number = alerts.open_one(
            connection, Condition("dead", FEED, Text("死信", "dead"), "/"), site.gateway.clock()
        )
        alerts.open_one(
            connection, Condition("breaker", "", Text("断开", "away"), "/"), site.gateway.clock()
        )
    mine = call(site, "GET", "/alerts", "editor").json
    seen = call(site, "POST", f"/alerts/{number}/acknowledge").json
    rules = call(
        site,
        "PUT",
        "/alert-rules/dead",
        "administrator",
        {
            "threshold": 5,
            "channels": ["pager"],
            "quiet_from": "22:00",
            "quiet_to": "07:00",
            "repeat_hours": 12,
        },
    ).json

    assert [one["kind"] for one in mine] == ["dead"]
    assert {one["id"]: one["acknowledged_by"] for one in seen}[number] == "operator/test"
    [dead] = [rule for rule in rules if rule["kind"] == "dead"]
    assert (dead["threshold"], dead["repeat_hours"]) == (5, 12)
    assert call(site, "PUT", "/alert-rules/nothing", "administrator", {}).status_code == 422
    assert (
        call(site, "PUT", "/alert-rules/dead", "administrator", {"channels": ["x"]}).status_code
        == 422
    )
    assert call(site, "POST", "/alerts/99999999999/acknowledge").status_code == 404


def test_accounts_are_kept_and_the_audit_log_is_read(site: Site) -> None:
    made = call(
        site,
        "POST",
        "/accounts",
        "administrator",
        {"name": "li.si", "role": "viewer", "departments": ["customs"]},
    )
    reset = call(site, "POST", "/accounts/li.si/reset", "administrator").json
    role = call(site, "PUT", "/accounts/li.si/role", "administrator", {"role": "operator"}).json
    call(site, "POST", "/accounts/li.si/disable", "administrator")
    listed = {one["name"]: one for one in call(site, "GET", "/accounts", "administrator").json}
    entries = call(site, "GET", "/audit?act=account&target=li.si", "auditor").json
    verified = call(site, "POST", "/audit/verify", "auditor").json

    assert made.status_code == 201
    assert made.json["password"] != reset["password"]
    assert role["role"] == "operator"
    assert (listed["li.si"]["disabled"], listed["li.si"]["password"]) == (True, None)
    assert [entry["act"] for entry in entries] == [
        "account.disabled",
        "account.role",
        "account.reset",
        "account.added",
    ]
    assert verified["whole"]
    assert (
        call(
            site, "POST", "/accounts", "administrator", {"name": "X", "role": "viewer"}
        ).status_code
        == 422
    )
    assert call(site, "GET", "/audit", "operator").status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/packages?since=never",
        "/packages?limit=many",
        "/packages?feed=%00",
        "/records/x.y",
        "/audit?before=-1",
        "/events?limit=99999999999",
    ],
)
def test_what_is_no_argument_is_said(site: Site, path: str) -> None:
    who = "auditor" if path.startswith("/audit") else "operator"

    assert call(site, "GET", path, who).status_code in (400, 404, 422)


@pytest.fixture(scope="module")
def schema(site: Site) -> Iterator[Any]:
    server = WsgiServer(site.app).start()
    found = schemathesis.openapi.from_dict(document())
    found.config.update(base_url=f"http://127.0.0.1:{server.port}")
    yield found
    server.stop()


def test_no_request_that_schemathesis_makes_is_answered_by_an_error_of_ours(
    site: Site, schema: Any
) -> None:
    tried, operations = 0, 0
    reached: dict[str, set[int]] = {}
    for result in schema.get_all_operations():
        operation = result.ok()
        operations += 1
        who = {"administer": "administrator", "audit": "auditor"}.get(_right(operation), "operator")
        headers = {"Authorization": f"Bearer {site.tokens[who]}"}  # type: ignore[attr-defined]

        @settings(
            max_examples=10,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @schemathesis_given(operation)
        def run(case: Any) -> None:
            nonlocal tried
            tried += 1
            answer = case.call(headers=headers, timeout=30)  # noqa: B023
            # 502 says that a department's system does not answer.
            assert answer.status_code < 500 or answer.status_code == 502, (
                case.method,
                case.path,
                case.body,
                answer.text,
            )
            documented = operation.definition.raw["responses"]  # noqa: B023
            assert str(answer.status_code) in documented, (case.method, case.path, answer.text)
            reached.setdefault(operation.label, set()).add(answer.status_code)  # noqa: B023

        run()

    assert operations == len(OPERATIONS)
    assert tried > 300
    shut = {name for name, statuses in reached.items() if statuses <= {401, 403}}
    assert shut == set(), "the rights of these were not met"


#: What no query of a person has in it, as URLs write it.
CONTROLS = ("%00", "%01", "%0a", "%1b", "%7f", "%c2%80", "%ed%a0%80", "%ff")


@pytest.mark.parametrize("place", range(len(OPERATIONS)))
def test_control_characters_in_a_query_are_answered_as_documented(site: Site, place: int) -> None:
    operation = OPERATIONS[place]
    path = re.sub(r"{\w+}", "x.y", operation.path)
    documented = document()["paths"][f"/api/v1{operation.path}"][operation.method.lower()]
    who = {"administer": "administrator", "audit": "auditor"}.get(operation.right, "operator")
    names = [query.name for query in operation.query] or ["other"]

    for name in names:
        for control in CONTROLS:
            answer = call(site, operation.method, f"{path}?{name}={control}", who, {})
            said = f"{name}={control}: {answer.status_code} {answer.text}"
            assert str(answer.status_code) in documented["responses"], said
            assert answer.status_code not in (401, 403) or operation.right == "own", said
            if control == "%00":
                assert answer.status_code == 400, said


def _right(operation: Any) -> str:
    return str(operation.definition.raw["description"]).split(";")[0].removeprefix("right: ")


def schemathesis_given(operation: Any) -> Any:
    """Make hypothesis give cases of one operation, valid and not."""
    strategy = operation.as_strategy(
        generation_mode=GenerationMode.POSITIVE
    ) | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    return given(case=strategy)
