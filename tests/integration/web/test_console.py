"""What operators, administrators and auditors do in the console, over a real town."""

import json
import re
from datetime import timedelta

import pytest

from adapters.text import Text as AdapterText
from gateway import audit
from gateway.events import store as event_store
from gateway.exchange import feed_store, source_units
from gateway.text import Text
from outbox import writing
from tests.support.site import FEED, Site, brought, said

#: One town for all of them, in one process.
pytestmark = pytest.mark.xdist_group("test_console")


def test_a_feed_is_fetched_now_confirmed_and_resumed_by_who_may(site: Site) -> None:
    operator = site.person("operator")
    answer = operator.post(f"/feeds/{FEED}/run")
    ran: list[str] = []
    site.gateway.fetching.answer_requests(ran.append)
    site.gateway.fetching.answer_requests(ran.append)
    with writing(site.gateway.engine) as connection:
        state = feed_store.feed_state(connection, FEED)
        feed_store.hold(connection, state.id, Text("清单缩减", "the list shrank"))
    standing = operator.get("/").text
    silent = operator.post(f"/feeds/{FEED}/resume", {"why": ""})
    resumed = operator.post(f"/feeds/{FEED}/resume", {"why": "looked at it"})

    assert "已请求立即采集" in said(answer.text)[0]
    assert ran == [FEED]
    assert "清单缩减" in standing
    assert "需要处理" in standing
    assert "请写明原因" in said(silent.text)[0]
    assert said(resumed.text) == ["已恢复采集"]
    with site.gateway.engine.connect() as connection:
        assert event_store.events(connection, 1, FEED)[0].name == "feed.resumed"


def test_what_is_set_aside_is_shown_and_read_again_by_who_may(site: Site) -> None:
    operator, viewer = site.person("operator"), site.person("viewer")
    now = site.gateway.clock()
    with writing(site.gateway.engine) as connection:
        state = feed_store.feed_state(connection, FEED)
        for _ in range(2):
            reason = AdapterText("收到信号 SIGSEGV", "signal SIGSEGV")
            source_units.strike(connection, state.id, "bad.csv@1-2", reason, now)
    shown = operator.get(f"/feeds/{FEED}/").text
    refused = viewer.post(f"/feeds/{FEED}/again", {"unit": "bad.csv", "why": "looked at it"})
    nothing = operator.post(f"/feeds/{FEED}/again", {"unit": "other.csv", "why": "looked at it"})
    answer = operator.post(f"/feeds/{FEED}/again", {"unit": "bad.csv@1-2", "why": "looked at it"})
    after = operator.get(f"/feeds/{FEED}/").text
    with site.gateway.engine.connect() as connection:
        acts = audit.entries(connection, target=FEED)
        [entry] = [entry for entry in acts if entry.act == "feed.again"]

    assert "bad.csv" in shown
    assert "收到信号 SIGSEGV" in shown
    assert refused.status_code == 403
    assert "没有搁置的单元" in said(nothing.text)[0]
    assert "将在下次采集时重新处理" in said(answer.text)[0]
    assert "收到信号 SIGSEGV" not in after
    assert (entry.person, entry.target) == ("operator", FEED)


def test_what_is_set_aside_is_given_up_with_a_reason_that_is_kept(site: Site) -> None:
    operator, editor = site.person("operator"), site.person("editor")
    now = site.gateway.clock()
    with writing(site.gateway.engine) as connection:
        state = feed_store.feed_state(connection, FEED)
        reason = AdapterText("意外错误（KeyError）", "an unforeseen error (KeyError)")
        progress = source_units.ReadSoFar(30, ("CF_WSH", "CF_XDR"))
        source_units.error_nowhere(
            connection, state.id, state.cursor, "view@1.0", reason, now, 1, progress
        )
        feed_store.hold(connection, state.id, Text("已暂停", "stopped"))
    shown = operator.get(f"/feeds/{FEED}/").text
    home = operator.get("/").text
    refused = editor.post(f"/feeds/{FEED}/give-up", {"unit": "view", "why": "x"})
    silent = operator.post(f"/feeds/{FEED}/give-up", {"unit": "view", "why": " "})
    answer = operator.post(f"/feeds/{FEED}/give-up", {"unit": "view", "why": "the view is gone"})
    with site.gateway.engine.connect() as connection:
        after = feed_store.peek(connection, FEED)
        acts = [e for e in audit.entries(connection, target=FEED) if e.act == "feed.give_up"]
        given_up = source_units.find(connection, state.id, source_units.NOWHERE)
    with writing(site.gateway.engine) as connection:
        source_units.went_through(connection, state.id)

    assert "意外错误（KeyError）" in shown
    assert "CF_WSH, CF_XDR" in shown
    assert "已暂停" in home
    assert refused.status_code == 403
    assert "请写明原因" in said(silent.text)[0]
    assert "已放弃 view" in said(answer.text)[0]
    assert after is not None
    assert after.hold is None
    assert given_up is not None
    assert given_up.state == "given_up"
    assert [(entry.person, entry.detail) for entry in acts] == [
        ("operator", "view: the view is gone")
    ]


def test_the_audit_log_is_searched_verified_and_exported(site: Site) -> None:
    auditor = site.person("auditor")
    package = brought(site, "audited.csv", 100)
    site.person("operator").post(f"/packages/{package.guid}/hold", {"why": "for the log"})
    found = auditor.get("/audit/?act=package&person=operator").text
    verified = auditor.post("/audit/verify")
    lines = auditor.get("/audit/export.jsonl").text.splitlines()

    assert "package.hold" in found
    assert "account.signed_in" not in found
    assert "审计日志完整" in said(verified.text)[0]
    assert [json.loads(line)["number"] for line in lines] == list(range(1, len(lines) + 1))
    with writing(site.gateway.engine) as connection:
        connection.exec_driver_sql("UPDATE audit SET detail = 'nothing' WHERE number = 3")
    assert "第 3 条" in said(auditor.post("/audit/verify").text)[0]


def test_an_administrator_keeps_accounts_and_alert_rules(site: Site) -> None:
    administrator = site.person("administrator")
    made = administrator.post(
        "/accounts/", {"name": "li.si", "role": "viewer", "departments": "customs"}
    ).text
    password = re.search(r'<code class="secret">([^<]+)</code>', made)[1]  # type: ignore[index]
    newcomer = site.app.test_client()
    entered = newcomer.post(
        "/sign-in",
        data={"name": "li.si", "password": password},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    wrong = administrator.post("/accounts/", {"name": "li.wu", "role": "viewer", "departments": ""})
    rule = administrator.post(
        "/alerts/rules/dead",
        {
            "threshold": "3",
            "enabled": "1",
            "to-mail": "1",
            "quiet_from": "22:00",
            "quiet_to": "07:00",
            "repeat_hours": "0.5",
        },
    )
    broken = administrator.post("/alerts/rules/dead", {"threshold": "many"})
    administrator.post("/accounts/li.si/disable")

    assert entered.headers["Location"] == "/sign-in/password"
    assert "部门角色须写明部门" in said(wrong.text)[0]
    assert said(rule.text) == ["已保存"]
    rules = administrator.get("/alerts/rules").text
    assert 'value="3"' in rules
    assert 'value="0.5"' in rules
    assert "小时数须为数字" in said(broken.text)[0]
    assert newcomer.get("/sign-in/password").status_code == 303


def test_an_own_token_is_made_shown_once_used_and_revoked(site: Site) -> None:
    editor = site.enter("editor")
    made = editor.post("/me/tokens", {"label": "script", "read": "1", "days": "30"}).text
    token = re.search(r'<code class="secret">([^<]+)</code>', made)[1]  # type: ignore[index]
    client = site.app.test_client()
    answer = client.get("/api/v1/adapters", headers={"Authorization": f"Bearer {token}"})
    number = re.search(r"/me/tokens/(\d+)/revoke", made)[1]  # type: ignore[index]
    editor.post(f"/me/tokens/{number}/revoke")

    assert answer.status_code == 200
    assert token not in editor.get("/me/").text
    assert (
        client.get("/api/v1/adapters", headers={"Authorization": f"Bearer {token}"}).status_code
        == 401
    )
    assert (
        "期限为 1 至 366 天"
        in said(editor.post("/me/tokens", {"label": "x", "read": "1", "days": "9" * 30}).text)[0]
    )
    assert "本人权利之内" in said(editor.post("/me/tokens", {"label": "x", "days": "30"}).text)[0]


def test_the_language_is_the_readers(site: Site) -> None:
    viewer = site.enter("viewer")
    zh = viewer.get("/").text
    changed = viewer.get("/language/en?next=/refusals/")
    away = viewer.get("/language/en?next=//evil.invalid")
    en = viewer.get("/").text
    viewer.get("/language/zh")

    assert 'lang="zh-CN"' in zh
    assert changed.headers["Location"] == "/refusals/"
    assert away.headers["Location"] == "/"
    assert "Open refusals" in viewer.get("/?lang=en").text or "Feeds" in en
    assert "Refusals" in en


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/packages/",
        "/refusals/",
        "/adapters/",
        "/catalogue",
        "/schedule",
        "/schedule?week=-5",
        "/alerts/",
        "/alerts/rules",
        "/me/",
    ],
)
def test_a_page_is_whole_in_both_languages(site: Site, path: str) -> None:
    operator = site.person("operator")
    join = "&" if "?" in path else "?"

    for lang, word in (("zh", "首页"), ("en", "Home")):
        answer = operator.get(f"{path}{join}lang={lang}")
        assert answer.status_code == 200
        assert word in answer.text
        assert "{{" not in answer.text
        assert ">None<" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/packages/?before=x|y",
        "/packages/?before=2026-01-01",
        "/packages/?since=never",
        "/audit/?before=x",
        "/refusals/market-regulator.penalty?after=x",
        "/schedule?week=x",
        "/schedule?week=99999999",
        "/packages/?feed='--",
        "/packages/?state=nothing",
        "/alerts/?before=x",
    ],
)
def test_nonsense_in_an_address_is_no_error_of_ours(site: Site, path: str) -> None:
    who = "auditor" if path.startswith("/audit") else "operator"

    assert site.person(who).get(path).status_code < 500


def test_a_page_that_updates_itself_does_not_keep_its_session_alive(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, other = site.enter("viewer"), site.enter("viewer")
    sessions = site.app.extensions["creditgate"].sessions
    now = site.gateway.clock()
    for minutes in range(5, 36, 5):
        monkeypatch.setattr(
            sessions, "_clock", lambda later=minutes: now + timedelta(minutes=later)
        )
        polled = person.get("/now", headers={"HX-Request": "true"})
        used = other.get("/now" if minutes % 10 else "/me/")

    assert polled.status_code == 401
    assert polled.headers["HX-Redirect"] == "/sign-in"
    assert used.status_code == 200
