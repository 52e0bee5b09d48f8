"""No secret and no person's number leaves by any door but its own. Case F8."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
import structlog
from structlog.testing import capture_logs

from gateway.demo.market_regulator import drop_file
from gateway.settings.load import load_settings
from gateway.web.access_rules import RULES
from tests.support.command import in_this_process
from tests.support.site import API_TOKEN, Site, site_over

FEED = "market-regulator.penalty"
#: A made-up person's number with a right check digit.
PERSON = "441302199003078515"


#: One town for all of them, in one process.
pytestmark = pytest.mark.xdist_group("test_secrets")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_over(tmp_path_factory.mktemp("site")) as console:
        yield console


def secrets_of(site: Site) -> list[str]:
    """Name every secret that there is: the settings', the accounts', the sessions'."""
    held = site.town.secrets
    return [
        held.centre,
        held.platform,
        held.soap,
        held.sftp,
        held.at_rest,
        API_TOKEN,
        *site.passwords.values(),
    ]


def with_a_person(site: Site) -> list[str]:
    """Bring a person's right and refused penalty in; return what was logged."""
    row = dict(site.town.sources[FEED].rows[0]) | {
        "CF_XDR_SFZ": PERSON,
        "CF_XDR_SHXYM": "",
        "CF_XDR_GSDJ": "",
        "CF_XDR_ZDM": "",
        "CF_XDR_SWDJ": "",
        "CF_XDR_MC": "张三",
        "CF_FR": "",
    }
    bad = row | {"CF_WSH": "人〔2028〕2号", "CF_CFLB1": "没有这种"}
    drop_file(site.town.sftp.folder, "person.csv", [row | {"CF_WSH": "人〔2028〕1号"}, bad])
    structlog.reset_defaults()
    with capture_logs() as logged:
        site.exchange()
    return [json.dumps(one, ensure_ascii=False, default=str) for one in logged]


def test_no_page_log_figure_export_or_backup_shows_a_secret_or_a_persons_number(site: Site) -> None:
    said = with_a_person(site)
    settings = str(site.town.settings_file)
    paths = [
        route.rule
        for route in site.app.url_map.iter_rules()
        if "GET" in (route.methods or ())
        and RULES[route.endpoint].by == "session"
        and not route.arguments
    ]
    for who in ("operator", "administrator", "auditor", "editor"):
        said += [site.person(who).get(path).text for path in paths]
    said += [
        site.person("editor").get(path).text
        for path in (
            f"/feeds/{FEED}/",
            f"/refusals/{FEED}",
            f"/records/{FEED}?q={PERSON}".replace(PERSON, "人〔2028〕1号"),
        )
    ]
    metrics = site.app.test_client().get(
        "/metrics", headers={"Authorization": f"Bearer {API_TOKEN}"}
    )
    said += [
        metrics.text,
        repr(load_settings(site.town.settings_file)),
        repr(site.gateway.settings),
    ]
    said += [
        in_this_process(*command, "--settings", settings).output
        for command in (
            ("refusal", "list", "--json"),
            ("audit", "list"),
            ("adapter", "list"),
            ("account", "list"),
            ("outbox", "list"),
        )
    ]

    everything = "\n".join(said)
    assert metrics.status_code == 200
    assert "人〔2028〕1号" in everything
    for secret in (*secrets_of(site), PERSON):
        assert secret not in everything


def test_who_takes_the_store_has_no_password_token_or_session(site: Site) -> None:
    site.person("operator")
    with closing(sqlite3.connect(site.town.folder / "gateway.db")) as connection:
        dumped = "\n".join(connection.iterdump())

    for secret in secrets_of(site):
        assert secret not in dumped
    cookie = site.person("operator").client.get_cookie("creditgate")
    assert cookie is not None
    assert cookie.value not in dumped
    assert re.search(r"\$argon2id\$", dumped)


def test_a_download_of_refused_rows_is_whole_for_its_own_department_and_on_record(
    site: Site,
) -> None:
    assert site.person("viewer").get(f"/refusals/{FEED}/rows.xlsx").status_code == 403
    assert site.person("stranger").get(f"/refusals/{FEED}/rows.xlsx").status_code == 404
    assert site.person("editor").get(f"/refusals/{FEED}/rows.xlsx").status_code == 200


def test_a_browser_is_told_to_keep_nothing(site: Site) -> None:
    page = site.app.test_client().get("/sign-in")
    entered = site.app.test_client().post(
        "/sign-in",
        data={"name": "viewer", "password": site.passwords["viewer"]},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    cookie = entered.headers["Set-Cookie"]

    assert page.headers["Cache-Control"] == "no-store"
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
