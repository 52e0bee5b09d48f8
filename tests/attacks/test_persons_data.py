"""Who may only look tries to see people's data; what goes out whole is on record."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from sqlalchemy import Engine

from gateway import audit
from gateway.accounts.model import RIGHTS_OF, ROLES, Role, by_token
from gateway.demo.market_regulator import drop_file
from gateway.exchange import feed_store as feeds
from gateway.exchange import source_units
from gateway.masking import mask
from gateway.operations import feeds as feed_acts
from gateway.settings.web import ApiToken, WebSettings
from gateway.submissions import store as submissions
from gateway.text import Text
from gateway.web import create_app
from gateway.web.access_rules import RULES
from gateway.web.api import OPERATIONS, Operation
from outbox import writing
from tests.support import planted
from tests.support.site import FEED as SITE_FEED
from tests.support.site import Site, newest, site_over
from tests.support.stub_gateway import StubGateway, console_of, stub_gateway

#: Operations that give rows whole to who may change the feed, and that write it down.
WHOLE = {"/adapters/{feed}/test", "/adapters/{feed}/trial", "/adapters/{feed}/dry-run"}
TOKEN = "made-up-token-of-the-"
#: A file that is named after a person, on a day and with a batch's number that are nobody's.
FILE = f"202604010001234567-{planted.NAMED_AFTER}.csv"
SHOWN = FILE.replace(planted.NAMED_AFTER, mask(planted.NAMED_AFTER))
#: One town for all of them, in one process.
pytestmark = pytest.mark.xdist_group("attacks_persons_data")


def tokens(department: str | None) -> tuple[ApiToken, ...]:
    return tuple(
        ApiToken(
            name=role,
            token=SecretStr(TOKEN + role),
            rights=set(RIGHTS_OF[role]) & {"read", "edit", "operate"},
            departments=None if department is None else (department,),
        )
        for role in ROLES
    )


def call(client: FlaskClient, operation: Operation, role: Role, path: dict[str, str]) -> str:
    """Call an operation as a role does, and return its whole answer."""
    route = re.sub(r"{(\w+)}", lambda name: path.get(name[1], "x"), operation.path)
    bodies: dict[str, Any] = {"rows": {"rows": 100}, "Wish": {}, "Rows": {"rows": 100}}
    given = {
        parameter.name: path.get(parameter.name, "")
        for parameter in operation.query
        if parameter.required
    }
    answer = client.open(
        f"/api/v1{route}",
        method=operation.method,
        headers={"Authorization": f"Bearer {TOKEN}{role}"},
        query_string=given,
        json=bodies.get(operation.body.__name__, {}),
    )
    return answer.text


def entries(engine: Engine, act: str) -> list[str]:
    with engine.connect() as connection:
        return [entry.detail for entry in audit.entries(connection) if entry.act == act]


@pytest.fixture
def registered(tmp_path: Path) -> Iterator[StubGateway]:
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "first.csv").write_bytes(planted.as_csv(planted.rows()))
    (drop / "first.csv.ok").touch()
    with stub_gateway(tmp_path, drop) as gateway:
        app = console_of(gateway, api_tokens=tokens(None))
        definition = {
            "feed": planted.FEED,
            "kind": "folder",
            "settings": {"folder": str(drop), "settle": 0},
            "mapping": planted.mapping(),
        }
        answer = app.test_client().post(
            "/api/v1/adapters",
            headers={"Authorization": f"Bearer {TOKEN}editor"},
            json={"definition": definition, "why": "test"},
        )
        assert answer.status_code == 201, answer.text
        gateway.app = app  # type: ignore[attr-defined]
        yield gateway


REGISTRY = [operation for operation in OPERATIONS if "/adapters/" in operation.path]
ORDER = sorted(REGISTRY, key=lambda one: (one.method == "PUT", one.path))


@pytest.mark.parametrize("role", ROLES)
def test_no_role_sees_a_persons_data_in_any_answer_about_adapters_but_by_the_audited_exit(
    registered: StubGateway, role: Role
) -> None:
    client = registered.app.test_client()  # type: ignore[attr-defined]
    path = {"feed": planted.FEED, "name": "token", "old": "1", "new": "1"}
    for operation in ORDER:
        before = len(audited(registered.engine))
        answer = call(client, operation, role, path)
        seen = planted.seen_in(answer)
        if operation.path in WHOLE and "edit" in RIGHTS_OF[role]:
            assert planted.ID_NUMBER in answer or operation.path.endswith("/test"), answer
            [entry] = [
                entry for entry in audited(registered.engine)[before:] if "unmasked" in entry[2]
            ]
            assert entry[:2] == (
                by_token(role),
                f"adapter.{operation.path.rsplit('/', 1)[1].replace('-', '_')}",
            )
        else:
            assert not seen, (operation.path, seen)


def audited(engine: Engine) -> list[tuple[str, str, str]]:
    with engine.connect() as connection:
        return [(entry.person, entry.act, entry.detail) for entry in audit.entries(connection)]


@pytest.mark.parametrize("role", ["viewer", "administrator", "auditor"])
def test_a_dry_run_shows_masks_to_who_may_only_look_and_is_written_down(
    registered: StubGateway, role: Role
) -> None:
    client = registered.app.test_client()  # type: ignore[attr-defined]
    dry_run = next(operation for operation in OPERATIONS if operation.path.endswith("/dry-run"))
    answer = json.loads(call(client, dry_run, role, {"feed": planted.FEED}))

    assert answer["masked"] is True
    assert answer["counts"]["packed"] == 1
    assert "<c:SubjectName>欧****</c:SubjectName>" in answer["records"][0]
    assert not planted.seen_in(json.dumps(answer, ensure_ascii=False))
    assert entries(registered.engine, "adapter.dry_run") == ["masked: dry run of a fetch"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_over(tmp_path_factory.mktemp("site"), rows=5) as console:
        drop_file(console.town.sftp.folder, FILE, planted.rows())
        console.gateway.fetching.fetch(SITE_FEED)
        guid = newest(console).guid
        # Rows that the department mends go another way in, and come to the same refusals.
        with writing(console.gateway.engine) as connection:
            rows = [dict(row) for row in planted.rows()]
            submissions.take(connection, SITE_FEED, rows, "one", console.gateway.clock())
        console.exchange()
        console.guid = guid
        yield console


def test_an_attacker_with_the_stores_files_finds_no_person_in_a_whole_run(site: Site) -> None:
    assert site.gateway.outbox.seal.current, "the town has keys at rest"
    data = planted.bytes_of_store(site.town.settings_file.parent)

    assert site.guid.encode() in data
    assert planted.seen_in_bytes(data) == []


@pytest.fixture(scope="module")
def app(site: Site) -> Flask:
    return create_app(
        site.gateway, WebSettings(requests_per_minute=100_000, api_tokens=tokens(None))
    )


@pytest.mark.parametrize("role", ROLES)
def test_no_role_sees_a_persons_data_in_any_other_answer_of_the_api(
    site: Site, app: Flask, role: Role
) -> None:
    client = app.test_client()
    path = {
        "feed": SITE_FEED,
        "guid": site.guid,
        "alert": "1",
        "act": "hold",
        "has": planted.ID_NUMBER,
        "name": "x",
        "receipt": "x",
    }
    answers = {
        f"{operation.method} {operation.path}": call(client, operation, role, path)
        for operation in OPERATIONS
        if "/adapters" not in operation.path
    }

    assert SHOWN in answers["GET /feeds/{feed}/units"]
    assert "示例罚〔2026〕1号" in answers["GET /records/{feed}"]
    assert "某*" in answers["GET /refusals/{feed}"] or "map.date" in answers["GET /refusals/{feed}"]
    assert {name: seen for name, text in answers.items() if (seen := planted.seen_in(text))} == {}


@pytest.mark.parametrize("role", ROLES)
def test_no_role_sees_a_persons_data_on_any_page_but_by_the_audited_download(
    site: Site, role: Role
) -> None:
    person = site.person(role)
    given = {"feed": SITE_FEED, "guid": site.guid, "alert": 1, "receipt": "x"}
    pages = {}
    with site.app.test_request_context():
        for rule in site.app.url_map.iter_rules():
            if RULES[rule.endpoint].by != "session" or "GET" not in (rule.methods or ()):
                continue
            if rule.arguments <= given.keys():
                pages[rule.endpoint] = rule.build({n: given[n] for n in rule.arguments}) or ("", "")
    seen = {}
    for endpoint, (_, address) in pages.items():
        answer = person.get(address, query_string={"q": "示例罚〔2026〕1号"})
        text = unzipped(answer.data) if endpoint == "refusals.download" else answer.text
        if found := planted.seen_in(text):
            seen[endpoint] = found

    assert "示例罚〔2026〕1号" in person.get(f"/records/{SITE_FEED}?q=示例罚〔2026〕1号").text
    # The town's editor may take refused rows whole, to mend them; and it is on record.
    may = "edit" in RIGHTS_OF[role]
    assert set(seen) == ({"refusals.download"} if may else set())
    taken = [
        entry for entry in audited(site.gateway.engine) if entry[:2] == (role, "refusals.download")
    ]
    assert bool(taken) == may


def test_a_sample_is_masked_in_the_editor_of_its_mapping_and_in_the_preview(site: Site) -> None:
    feed, editor = "market-regulator.sample", site.person("editor")
    editor.post("/adapters/", {"feed": feed, "kind": "push", "owner": "x", "why": "test"})
    file = (io.BytesIO(planted.as_csv(planted.rows())), "sample.csv")
    answers = [
        editor.post(f"/adapters/{feed}/sample", {"action": "upload", "file": file}),
        editor.get(f"/adapters/{feed}/mapping"),
        editor.post(f"/adapters/{feed}/mapping", {"yaml": planted.mapping(feed), "why": "test"}),
        editor.get(f"/adapters/{feed}/mapping"),
        editor.post(f"/adapters/{feed}/preview"),
        editor.post(f"/adapters/{feed}/sample", {"action": "propose"}),
        editor.post(f"/adapters/{feed}/test"),
        editor.get(f"/adapters/{feed}"),
    ]

    assert [answer.status_code for answer in answers] == [200] * len(answers)
    assert "欧****" in answers[3].text
    assert "欧****" in answers[4].text
    # What is harmless helps to map it.
    assert "2026/03/05" in answers[3].text
    assert [planted.seen_in(answer.text) for answer in answers] == [[]] * len(answers)


def unzipped(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    except zipfile.BadZipFile:
        return ""


def test_nobody_finds_out_a_masked_value_sign_by_sign_by_searching_for_its_parts(
    site: Site,
) -> None:
    viewer = site.person("viewer")
    whole = viewer.get(f"/records/{SITE_FEED}", query_string={"q": planted.ID_NUMBER}).text
    part = viewer.get(f"/records/{SITE_FEED}", query_string={"q": planted.ID_NUMBER[:17]}).text

    assert "含有它的退回行" in whole
    assert "含有它的退回行" not in part


def test_a_unit_that_is_set_aside_is_acted_on_by_the_name_that_is_shown(site: Site) -> None:
    engine, now = site.gateway.engine, site.gateway.clock()
    reason = Text("意外错误", "an unforeseen error")
    names = [f"aside-{planted.NAMED_AFTER}.csv@1-2", "aside-plain.csv@1-2"]
    with writing(engine) as connection:
        state = feeds.feed_state(connection, SITE_FEED)
        for name in names:
            source_units.error(connection, state.id, name, reason, now, 1)
            source_units.refused(connection, state.id, name, 0)
    operator = site.person("operator")
    page = operator.get(f"/feeds/{SITE_FEED}/").text
    [shown] = re.findall(r'name="unit" value="(aside-\d{3}[^"]*)"', page)[:1]
    answer = operator.post(f"/feeds/{SITE_FEED}/again", {"unit": shown, "why": "mended"})

    assert planted.NAMED_AFTER not in page
    assert answer.status_code == 200
    assert planted.NAMED_AFTER not in answer.text
    with engine.connect() as connection:
        left = [one.name for one in source_units.set_aside(connection, SITE_FEED)]
        said = [entry.detail for entry in audit.entries(connection, target=SITE_FEED)]
    assert left == names[1:]
    assert planted.NAMED_AFTER not in "".join(said)
    with writing(engine) as connection:
        feed_acts.give_up(connection, SITE_FEED, "aside-plain.csv", "operator", "gone", now)
