"""Attacks at the doors of programs and browsers: other sites, guessed tokens, other hosts."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from werkzeug.test import TestResponse

from gateway.protocol.shared_secret import bearer_ok, same_secret
from gateway.registry.secret_rules import check_adapter_secret
from gateway.serving.server import WsgiServer
from gateway.settings.model import SettingsError
from gateway.settings.web import ApiToken, WebSettings
from gateway.submissions.adapter import PushAdapter, PushSettings
from gateway.web.kit.token_failures import LIMIT, TOLD
from tests.support import http_client
from tests.support.people_console import FEED, PASSWORD, TOKEN, House, house_over

ROWS = {"rows": [{"DocumentNumber": "forged"}]}
RECEIPTS = "made-up-token-of-the-centre"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One console for whatever is refused at its doors."""
    with house_over(tmp_path_factory.mktemp("doors"), receipt_token=RECEIPTS) as console:
        yield console


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[House]:
    """A console of its own, for a test that counts what is on record."""
    with house_over(tmp_path, receipt_token=RECEIPTS) as house:
        yield house


def push(
    house: House, headers: dict[str, str], path: str = "submissions", **body: Any
) -> TestResponse:
    given = body or {"json": ROWS}
    return house.app.test_client().post(f"/push/{FEED}/{path}", headers=headers, **given)


def submissions(house: House) -> int:
    with house.engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM submission")).scalar_one())


# --- trust 10: another site's page posts in the department's name ---------------------------------


@pytest.mark.parametrize(
    "marks",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ],
    ids=str,
)
def test_what_a_page_of_another_site_sends_is_not_taken(
    house: House, marks: dict[str, str]
) -> None:
    before = submissions(house)
    answers = [
        push(house, BEARER | marks),
        push(house, BEARER | marks, "soap", data=b"<a/>", content_type="text/xml"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert submissions(house) == before


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "",
    ],
)
@pytest.mark.parametrize("door", ["submissions", "soap"])
def test_a_type_that_a_form_can_send_is_refused_and_the_header_to_add_is_named(
    house: House, door: str, kind: str
) -> None:
    headers = BEARER | ({"Content-Type": kind} if kind else {})
    answer = push(house, headers, door, data=b'{"rows": [{"a": "1"}]}')

    assert answer.status_code == 415
    wanted = "application/json" if door == "submissions" else "text/xml"
    assert f"Content-Type: {wanted}" in answer.json["title"]  # type: ignore[index]


def test_the_password_that_a_browser_keeps_opens_no_push(house: House) -> None:
    client = house.app.test_client()
    answers = [
        client.post(f"/push/{FEED}/submissions", json=ROWS, auth=("water", TOKEN)),
        client.get(f"/push/{FEED}/soap?wsdl", auth=("water", TOKEN)),
    ]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert "Basic" not in answers[0].headers["WWW-Authenticate"]
    # By hand it goes on as before.
    assert client.get(f"/form/{FEED}/", auth=("water", TOKEN)).status_code == 200


def test_a_program_pushes_as_before(house: House) -> None:
    assert push(house, BEARER).status_code == 202


class _Evil(BaseHTTPRequestHandler):
    """A page of another site that posts a form to the address in its path, and one that fetches."""

    def do_GET(self) -> None:
        target = self.path.partition("?to=")[2]
        page = f"""<form id=f method=post enctype=text/plain action="{target}">
            <input name='{{"rows": [{{"DocumentNumber": "forged' value='"}}]}}'></form>
            <script>document.getElementById("f").submit()</script>"""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_a_clerks_real_browser_is_not_made_to_push(house: House) -> None:
    sync = pytest.importorskip("playwright.sync_api")
    import shutil

    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    before = submissions(house)
    server = WsgiServer(house.app).start()
    evil = HTTPServer(("127.0.0.1", 0), _Evil)
    threading.Thread(target=evil.serve_forever, daemon=True).start()
    ours = f"http://localhost:{server.port}"
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context(http_credentials={"username": "water", "password": TOKEN})
        page = context.new_page()
        by_hand = page.goto(f"{ours}/form/{FEED}/")
        assert by_hand is not None
        assert by_hand.status == 200
        with page.expect_response(f"{ours}/push/{FEED}/submissions") as pushed:
            page.goto(f"http://127.0.0.1:{evil.server_port}/?to={ours}/push/{FEED}/submissions")
        status = pushed.value.status
        browser.close()
    evil.shutdown()
    evil.server_close()
    server.stop()

    assert status in (401, 403)
    assert submissions(house) == before


# --- trust 9, 23, 32: empty, short, guessed and oddly shown tokens --------------------------------


@pytest.mark.parametrize(
    "token", ["", " ", "x", "fifteen-signs-x", " " * 20, "口令口令口令口令口令口令口令口令"]
)
def test_an_empty_or_short_token_opens_no_door_from_a_file_or_a_secret(token: str) -> None:
    for made in (
        lambda: WebSettings(receipt_token=token),
        lambda: ApiToken(name="x", token=token),
        lambda: PushSettings(token=token),
    ):
        with pytest.raises(ValidationError):
            made()
    with pytest.raises(SettingsError):
        check_adapter_secret(PushAdapter, "token", token)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic eDp5", "x"])
def test_without_a_token_nothing_opens_whatever_the_secret(header: str | None) -> None:
    for secret in ("", "x", "Basic eDp5"):
        assert not bearer_ok(header, secret)
    assert not same_secret("", "")


@pytest.mark.parametrize("scheme", ["", "Token ", "Basic ", "bearer:", "Bearer"])
def test_a_token_without_the_scheme_bearer_opens_nothing(house: House, scheme: str) -> None:
    token = house.token_of(house.enter("op1"), "read")
    client = house.app.test_client()
    answers = [
        client.get("/api/v1/adapters", headers={"Authorization": f"{scheme}{token}"}),
        client.post(
            f"/push/{FEED}/submissions", json=ROWS, headers={"Authorization": f"{scheme}{TOKEN}"}
        ),
        client.put(
            "/receipts/00000000-0000-0000-0000-000000000000",
            headers={"Authorization": f"{scheme}made-up-token-of-the-centre"},
        ),
    ]

    assert [answer.status_code for answer in answers] == [401] * 3
    assert house.api(token).status_code == 200


@pytest.mark.parametrize("door", ["push", "api", "receipts"])
def test_who_guesses_tokens_waits_is_told_of_and_locks_nobody_out(
    counting: House, door: str
) -> None:
    client = counting.app.test_client()
    token = counting.token_of(counting.enter("op1"), "read")

    def ask(shown: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {shown}"}
        if door == "push":
            return client.post(f"/push/{FEED}/submissions", json=ROWS, headers=headers)
        if door == "api":
            return client.get("/api/v1/adapters", headers=headers)
        return client.put("/receipts/00000000-0000-0000-0000-000000000000", headers=headers)

    answers = [ask(f"guessed-token-{number:04}") for number in range(LIMIT + 5)]
    right = {"push": TOKEN, "api": token, "receipts": RECEIPTS}[door]

    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert ask(right).status_code in (200, 202, 404)
    assert "token.refused" in counting.events()
    assert [act for _, act, _ in counting.acts()].count("token.refused") == TOLD


# --- trust 31, 32: other hosts' names -------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8750",
        "127.0.0.1.evil.example",
        "[::2]",
        "a@b",
        "localhost.evil",
    ],
)
def test_a_request_by_another_hosts_name_is_answered_nothing(house: House, host: str) -> None:
    client = house.app.test_client()
    for path in ("/sign-in", f"/push/{FEED}/soap?wsdl", "/api/v1/openapi.json"):
        answer = client.get(path, headers=BEARER | {"Host": host})
        assert answer.status_code in (400, 421)
        assert "evil" not in answer.text
    # Machines that watch ask by whatever name they have.
    assert client.get("/healthz", headers={"Host": host}).status_code in (200, 400)


def test_the_wsdl_and_the_provider_are_told_the_public_address_alone(tmp_path: Path) -> None:
    with house_over(tmp_path, public_url="https://gate.city.example", hosts=("inner",)) as house:
        wsdl = house.app.test_client().get(f"/push/{FEED}/soap", headers=BEARER | {"Host": "inner"})

    assert wsdl.status_code == 200
    assert f'location="https://gate.city.example/push/{FEED}/soap"' in wsdl.text
    with pytest.raises(ValidationError):
        WebSettings(oidc={"issuer": "https://idp.example", "client_id": "x", "client_secret": "y"})


def test_a_proxy_that_the_settings_forget_is_told_once(counting: House) -> None:
    for _ in range(3):
        counting.app.test_client().get("/sign-in", headers={"X-Forwarded-For": "203.0.113.9"})

    assert counting.events().count("web.proxy_unnamed") == 1


@pytest.mark.parametrize("proxies", [0, 1])
def test_behind_a_proxy_people_count_by_their_own_addresses(tmp_path: Path, proxies: int) -> None:
    """By the server as it runs, which once took the proxy's headers away."""
    with house_over(tmp_path, proxies=proxies) as house:
        server = WsgiServer(house.app).start()
        for _ in range(2):
            http_client.get(
                f"http://127.0.0.1:{server.port}/sign-in",
                headers={"X-Forwarded-For": "203.0.113.9"},
            )
        http_client.post(
            f"http://127.0.0.1:{server.port}/sign-in",
            data={"name": "op1", "password": "wrong"},
            headers={"X-Forwarded-For": "203.0.113.9", "Sec-Fetch-Site": "same-origin"},
        )
        server.stop()
        refused = [detail for _, act, detail in house.acts() if act == "account.refused"]

        assert refused == [f"{'203.0.113.9' if proxies else '127.0.0.1'}: password"]
        assert house.events().count("web.proxy_unnamed") == (0 if proxies else 1)


def test_cookies_are_secure_where_the_browser_is_here_by_tls(tmp_path: Path) -> None:
    with house_over(tmp_path, proxies=1) as house:
        client = house.app.test_client()
        answer = client.post(
            "/sign-in",
            data={"name": "editor", "password": PASSWORD},
            headers={
                "Sec-Fetch-Site": "same-origin",
                "X-Forwarded-Proto": "https",
                "X-Forwarded-For": "203.0.113.9",
            },
        )
        cookies = answer.headers.getlist("Set-Cookie")

    assert cookies
    assert all("Secure" in one and "HttpOnly" in one for one in cookies)
    assert any(one.startswith("__Host-creditgate=") for one in cookies)


# --- trust 33: texts without end ------------------------------------------------------------------


def test_a_text_without_end_is_cut_before_it_is_recorded(house: House) -> None:
    from gateway import audit
    from gateway.events import store as event_store
    from gateway.serving.logs import _cut
    from gateway.text import Text
    from outbox import writing

    long = "列" * 300_000
    with writing(house.engine) as connection:
        audit.append(connection, house.now[0], "x", "y", long, f"\x1b[2J{long}")
        event_store.note_event(
            connection, event_store.Event(house.now[0], "info", "x", "", Text(long, long))
        )
        noted = event_store.events(connection, 1)[0]
    [(_, _, detail)] = [one for one in house.acts() if one[1] == "y"]

    assert len(noted.text.zh) < 5_000
    assert "(+" in noted.text.zh
    assert len(detail) < 3_000
    assert "\x1b" not in detail
    assert all(
        len(str(value)) < 3_000
        for value in _cut(
            None, "", {"columns": [long], "text": long, "names": ["列"] * 300_000}
        ).values()
    )
