"""Every route with every role, generated from the route table: who may, who may not, whose things
are not there.

Cases F1, F2 and F6 of the fault catalogue.
"""

from collections.abc import Iterator
from urllib.parse import unquote
from uuid import uuid4

import pytest
from werkzeug.routing import Rule as Route

from gateway.accounts import RIGHTS_OF
from gateway.demo.market_regulator import drop_file
from gateway.settings.web import WebSettings
from gateway.web import create_app
from gateway.web.access_rules import RULES
from gateway.web.kit.guard import MissingRuleError
from outbox import Wanted
from tests.support.site import API_TOKEN, FEED, OTHERS, OURS, PEOPLE, Site, site_over

ROLES = {name: (role, departments) for name, role, departments in PEOPLE}
#: What a request must not do to the others of this module: end the session it is made with.
_ENDS = ("sign.out", "sign.set_password", "sign.set_second")


#: One town for all of them, in one process.
pytestmark = pytest.mark.xdist_group("test_rules")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_over(tmp_path_factory.mktemp("site")) as console:
        yield console


def routes() -> list[tuple[str, str]]:
    """Name every route and method that rules speak of, without an application."""
    return [(endpoint, method) for endpoint in RULES for method in ("GET", "POST", "PUT")]


def guid_of(site: Site, feed: str) -> str:
    with site.gateway.engine.connect() as connection:
        return site.gateway.outbox.search(connection, Wanted(lanes=(feed,)), 1)[0].guid


def path_of(site: Site, endpoint: str, method: str, feed: str) -> str | None:
    """Return a route's address with one feed's things in it; None: it has no such method."""
    found = [
        route
        for route in site.app.url_map.iter_rules()
        if route.endpoint == endpoint and method in (route.methods or ())
    ]
    if not found:
        return None
    route: Route = found[0]
    values = {
        "feed": feed,
        "guid": guid_of(site, feed),
        "alert": 1,
        "what": "retry",
        "kind": "late",
        "name": "zh",
        "receipt": str(uuid4()),
        "act": "retry",
        "number": 1,
        "filename": "creditgate.css",
    }
    built = site.app.url_map.bind("localhost").build(
        endpoint, {name: values[name] for name in route.arguments}, method=method
    )
    return f"{built}?old=1&new=1" if endpoint.startswith("api.") else built


@pytest.mark.parametrize(("endpoint", "method"), routes(), ids=str)
def test_every_route_lets_in_who_may_and_nobody_else(
    site: Site, endpoint: str, method: str
) -> None:
    rule = RULES[endpoint]
    path = path_of(site, endpoint, method, FEED)
    if path is None or endpoint in _ENDS:
        return
    status = {}
    for name in ROLES:
        person = site.person(name)
        sent = (
            person.get(path)
            if method == "GET"
            else person.post(path, follow_redirects=False)
            if method == "POST"
            else person.client.put(path, headers=OURS)
        )
        status[name] = sent.status_code
        sent.close()
    with site.app.test_client().open(path, method=method, headers=OURS) as answer:
        anonymous = answer.status_code

    assert not any(code >= 500 and code != 502 for code in (*status.values(), anonymous)), status
    if rule.by == "nobody":
        assert anonymous in (200, 303, 401, 404, 429, 502, 503)
        return
    if rule.by != "session":
        # By token, feed or receipt: a session opens nothing. On the way in: the stage says who may.
        assert anonymous in (401, 303)
        if endpoint.startswith("form."):
            # An editor of the department may use the form too; this feed has none.
            may = {name: "edit" in RIGHTS_OF[role] for name, (role, _) in ROLES.items()}
            assert status == {name: 404 if may[name] else 403 for name in ROLES}
        elif rule.by != "way":
            assert set(status.values()) == {401}
        return
    assert anonymous == 303
    for name, (role, departments) in ROLES.items():
        may = rule.right is None or rule.right in RIGHTS_OF[role]
        may = may and not (rule.everywhere and departments)
        if not may:
            assert status[name] == 403, (name, status)
        elif "forestry" in departments and _about_a_thing(site, endpoint):
            assert status[name] == 404, (name, status)
        else:
            assert status[name] not in (401, 403), (name, status)


def _about_a_thing(site: Site, endpoint: str) -> bool:
    """Tell whether a route's address names a feed or a package."""
    arguments = {
        name
        for route in site.app.url_map.iter_rules()
        if route.endpoint == endpoint
        for name in route.arguments
    }
    return bool(arguments & {"feed", "guid"})


@pytest.mark.parametrize("endpoint", [name for name, rule in RULES.items() if rule.by == "token"])
def test_every_route_of_the_api_asks_for_a_token_and_its_right(site: Site, endpoint: str) -> None:
    [method] = [m for m in ("GET", "POST", "PUT") if path_of(site, endpoint, m, FEED)]
    path = path_of(site, endpoint, method, FEED)
    client = site.app.test_client()

    def ask(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return client.open(
            path, method=method, headers=headers, json=None if method == "GET" else {}
        ).status_code

    right = RULES[endpoint].right
    assert {ask(""), ask("wrong")} == {401}
    # The program of these tests may read, and nothing else.
    if right in (None, "read"):
        assert ask(API_TOKEN) not in (401, 403)
    else:
        assert ask(API_TOKEN) == 403


@pytest.mark.parametrize(
    ("endpoint", "method"),
    [(name, m) for name, m in routes() if m == "POST" and RULES[name].by in ("session", "way")],
    ids=str,
)
def test_no_state_changes_by_a_request_that_another_site_makes(
    site: Site, endpoint: str, method: str
) -> None:
    path = path_of(site, endpoint, method, FEED)
    if path is None:
        return
    person = site.person(
        "administrator"
        if RULES[endpoint].right == "administer"
        else "auditor"
        if RULES[endpoint].right == "audit"
        else "operator"
    )
    foreign = [
        # Without the form's token, with a wrong one, and with the right one by a browser that says
        # whence.
        person.client.post(path, headers=OURS),
        person.client.post(path, data={"csrf": "x" * 43}, headers=OURS),
        person.client.post(
            path, data={"csrf": person.csrf}, headers={"Sec-Fetch-Site": "cross-site"}
        ),
        person.client.post(
            path, data={"csrf": person.csrf}, headers={"Origin": "http://evil.invalid"}
        ),
        person.client.post(path, data={"csrf": person.csrf}),
    ]

    assert {answer.status_code for answer in foreign} <= {403, 303}
    assert all(answer.status_code == 403 or RULES[endpoint].by == "way" for answer in foreign)
    assert person.get("/me/").status_code == 200


def test_a_get_changes_nothing(site: Site) -> None:
    reads = {
        route.endpoint for route in site.app.url_map.iter_rules() if "GET" in (route.methods or ())
    }
    writes = {
        route.endpoint for route in site.app.url_map.iter_rules() if "POST" in (route.methods or ())
    }

    assert not reads & writes


def test_signing_in_by_another_site_is_refused(site: Site) -> None:
    client = site.app.test_client()
    given = {"name": "viewer", "password": site.passwords["viewer"]}

    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.invalid"}, {}):
        assert client.post("/sign-in", data=given, headers=headers).status_code == 403


def test_what_is_not_there_looks_like_what_is_anothers(site: Site) -> None:
    stranger = site.person("stranger")
    pairs = [
        (f"/feeds/{OTHERS}/", "/feeds/environment.nothing/"),
        (f"/packages/{guid_of(site, OTHERS)}", f"/packages/{uuid4()}"),
        (f"/refusals/{OTHERS}", "/refusals/environment.nothing"),
        (f"/records/{OTHERS}?q=1", "/records/environment.nothing?q=1"),
    ]

    for there, missing in pairs:
        answers = [stranger.get(path) for path in (there, missing)]
        assert [answer.status_code for answer in answers] == [404, 404]
        texts = [
            answer.text.replace(path.split("/")[2].split("?")[0], "").replace(path, "")
            for answer, path in zip(answers, (there, missing), strict=True)
        ]
        assert len(texts[0]) == pytest.approx(len(texts[1]), abs=120)


def test_a_department_is_shown_nothing_of_another_in_any_list(site: Site) -> None:
    viewer = site.person("viewer")

    for path in (
        "/",
        "/now",
        "/packages/",
        f"/packages/?feed={OTHERS}",
        "/refusals/",
        f"/refusals/?feed={OTHERS}",
        "/adapters/",
        "/alerts/",
    ):
        # The address itself is in the links that change the language.
        text = unquote(viewer.get(path).text).replace(f"feed={OTHERS}", "")
        assert "environment.licence" not in text
        assert "housing-fund" not in text


def test_who_has_not_signed_in_is_not_told_what_there_is(site: Site) -> None:
    client = site.app.test_client()

    for path in (
        "/nothing",
        "/packages/",
        "/../etc/passwd",
        "/static/../rules.py",
        "/accounts/x/role",
    ):
        answer = client.get(path)
        assert answer.status_code in (303, 404)
        assert "sign-in" in answer.headers.get("Location", "sign-in")


def test_a_route_without_a_rule_keeps_the_application_from_starting(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = {name: rule for name, rule in RULES.items() if name != "packages.act"}
    monkeypatch.setattr("gateway.web.RULES", lacking)

    with pytest.raises(MissingRuleError, match=r"packages\.act"):
        create_app(site.gateway, WebSettings())


def test_every_answer_is_hardened(site: Site) -> None:
    answers = [
        site.person("operator").get("/"),
        site.app.test_client().get("/sign-in"),
        site.app.test_client().get("/nothing"),
        site.app.test_client().get("/api/v1/adapters"),
    ]

    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "<script>" not in answer.text
        assert " style=" not in answer.text
        assert "onclick" not in answer.text


def test_names_and_rows_from_departments_are_text_on_every_page(site: Site) -> None:
    """Case F6: what a department's file brings never runs in the console."""
    rows = [dict(row) for row in site.town.sources[FEED].rows[:2]]
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}\"'`"
    rows[0] |= {"CF_WSH": "惠市监处罚〔2027〕1号", "CF_XDR_MC": hostile, "CF_SY": hostile}
    rows[1] |= {"CF_WSH": "惠市监处罚〔2027〕2号", "CF_XDR_SHXYM": hostile}
    drop_file(site.town.sftp.folder, "x<svg onload=alert(3)>.csv", rows)
    drop_file(site.town.sftp.folder, "hostile.csv", rows)
    site.exchange()
    operator = site.person("operator")
    pages = [
        "/",
        "/refusals/",
        f"/refusals/{FEED}",
        f"/feeds/{FEED}/",
        f"/records/{FEED}?q=惠市监处罚〔2027〕1号",
        f"/packages/{guid_of(site, FEED)}",
    ]
    texts = [operator.get(path).text for path in pages]

    assert any("&lt;script&gt;alert(1)" in text for text in texts)
    for text in texts:
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<svg onload" not in text
        assert "49" not in text.split("{{7*7}}")[0][-3:]
