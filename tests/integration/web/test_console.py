"""What operators, administrators and auditors do in the console, over a real town."""

import json
import re
from datetime import timedelta

import pytest

from adapters.text import Text as AdapterText
from gateway import audit
from gateway.accounts import RIGHTS_OF, Principal
from gateway.events import store as event_store
from gateway.exchange import feed_store, source_units, unit_store
from gateway.exchange.blind_index import make_some
from gateway.text import Text
from outbox import writing
from tests.support.site import FEED, OTHERS, Site, brought, newest, said

#: One town for all of them, in one process.
pytestmark = pytest.mark.xdist_group("test_console")


def verdicts(site: Site, file: str) -> str:
    """Read the result file beside a dropped one."""
    site.gateway.fetching.acknowledge()
    [path] = [
        path
        for path in site.town.sftp.folder.iterdir()
        if path.name.startswith(file) and "result" in path.name
    ]
    return path.read_bytes().decode("gb18030")


def test_a_package_is_held_released_and_delivered(site: Site) -> None:
    operator = site.person("operator")
    package = brought(site, "held.csv", 10)
    held = operator.post(f"/packages/{package.guid}/hold", {"why": "wait for the centre"})
    site.deliver()
    while_held = newest(site).state
    listed = operator.get("/packages/?state=held").text
    operator.post(f"/packages/{package.guid}/release", {"why": "it is back"})
    site.deliver()
    page = operator.get(f"/packages/{package.guid}").text

    assert said(held.text) == ["已搁置，不会发送"]
    assert while_held == "held"
    assert package.guid in listed
    assert newest(site).state == "settled"
    assert "operator: wait for the centre" in page
    assert "送达" in page


def test_a_drop_wants_a_second_person_and_its_rows_are_told_as_refused(site: Site) -> None:
    operator, second = site.person("operator"), site.person("second")
    package = brought(site, "dropped.csv", 20)
    operator.post(f"/packages/{package.guid}/hold", {"why": "looks wrong"})
    asked = operator.post(f"/packages/{package.guid}/drop", {"why": "test rows"})
    same = operator.post(f"/packages/{package.guid}/drop", {"why": "again"})
    before = newest(site).state
    offered = [one.get(f"/packages/{package.guid}").text for one in (operator, second)]
    waits = second.get("/").text
    done = second.post(f"/packages/{package.guid}/drop", {"why": "agreed"})

    assert said(asked.text)[0] == "已记录，须另一人同意后作废"
    assert "须由另一人同意" in said(same.text)[0]
    assert ["同意作废" in page for page in offered] == [False, True]
    assert before == "held"
    assert package.guid in waits
    assert "作废" in said(done.text)[0]
    assert newest(site).state == "dropped"
    # Grey, and nothing is offered: what two persons did is undone by nobody.
    page = operator.get(f"/packages/{package.guid}").text
    assert '<span class="light idle">已作废</span>' in page
    assert f"/packages/{package.guid}/" not in page
    again = operator.post(f"/packages/{package.guid}/replay", {"why": "send it after all"})
    assert "已作废" in said(again.text)[0]
    assert newest(site).state == "dropped"
    assert package.guid in operator.get("/packages/?state=dropped").text
    assert package.guid not in operator.get("/packages/?state=settled").text
    assert "operator, second" in verdicts(site, "dropped.csv")
    with site.gateway.engine.connect() as connection:
        totals = {one.feed: one for one in feed_store.totals(connection)}[FEED]
        acts = [entry.act for entry in audit.entries(connection, target=package.guid)]
    assert totals.waiting == 0
    assert acts == ["package.hold", "package.drop_asked", "package.drop"]


def test_nobody_is_a_second_person_by_a_token_of_their_own(site: Site) -> None:
    operator = site.person("operator")
    package = brought(site, "alone.csv", 110)
    rights = RIGHTS_OF["operator"]
    token = site.app.extensions["creditgate"].tokens.make(
        Principal("operator", rights, None), "script", rights, timedelta(days=1)
    )
    operator.post(f"/packages/{package.guid}/drop", {"why": "mine"})
    answer = site.app.test_client().post(
        f"/api/v1/packages/{package.guid}/drop",
        json={"why": "mine too"},
        headers={"Authorization": f"Bearer {token}"},
    )

    assert answer.status_code == 409
    assert newest(site).state == "waiting"
    operator.post(f"/packages/{package.guid}/keep", {"why": "done"})
    site.deliver()


def test_what_was_dropped_travels_when_it_comes_again(site: Site) -> None:
    operator, second = site.person("operator"), site.person("second")
    package = brought(site, "again-1.csv", 30)
    for person in (operator, second):
        person.post(f"/packages/{package.guid}/drop", {"why": "too early"})
    again = brought(site, "again-2.csv", 30)
    site.deliver()

    assert again.guid != package.guid
    assert newest(site).guid == again.guid
    assert newest(site).state == "settled"
    with site.gateway.engine.connect() as connection:
        assert "again-2.csv" in unit_store.latest(connection, FEED, 1)[0].name


def test_a_wish_to_drop_is_taken_back(site: Site) -> None:
    operator = site.person("operator")
    package = brought(site, "kept.csv", 40)
    operator.post(f"/packages/{package.guid}/drop", {"why": "mistake"})
    kept = operator.post(f"/packages/{package.guid}/keep", {"why": "no, it is right"})
    site.deliver()

    assert said(kept.text) == ["已撤回作废请求"]
    assert newest(site).state == "settled"


def test_an_act_without_a_reason_or_out_of_place_changes_nothing(site: Site) -> None:
    operator = site.person("operator")
    package = newest(site, state="settled")

    assert (
        "请写明原因"
        in said(operator.post(f"/packages/{package.guid}/replay", {"why": " "}).text)[0]
    )
    for what in ("retry", "hold", "release", "drop"):
        refused = said(operator.post(f"/packages/{package.guid}/{what}", {"why": "x"}).text)[0]
        assert "状态为“已结清”，不能如此处理" in refused
    kept = operator.post(f"/packages/{package.guid}/keep", {"why": "x"})
    assert "没有人请求作废" in said(kept.text)[0]
    assert operator.post(f"/packages/{package.guid}/burn", {"why": "x"}).status_code == 404


@pytest.mark.parametrize("how", ["guid", "number", "key", "identifier"])
def test_a_package_is_found_by_what_it_has(site: Site, how: str) -> None:
    operator = site.person("operator")
    site.gateway.fetching.mark()
    guid = newest(site, OTHERS).guid
    page = operator.get(f"/packages/{guid}").text
    text = {
        "guid": guid.upper(),
        "number": site.town.sources[OTHERS].rows[0]["XK_WSH"],
        "key": re.findall(r"<code>([0-9a-f]{32})</code>", page)[0],
        "identifier": f" {site.town.sources[OTHERS].rows[0]['XK_XDR_SHXYM'].lower()} ",
    }[how]

    found = operator.get("/packages/", query_string={"q": text}).text
    nothing = operator.get("/packages/", query_string={"q": f"{text}0"}).text

    assert "/packages/" + (guid if how in ("guid", "key") else "") in found
    assert "<tbody><tr>" in found.replace("\n", "").replace(" ", "")
    assert "没有符合的数据包" in nothing


def test_identifiers_are_masked_on_every_page(site: Site) -> None:
    operator = site.person("operator")
    row = next(row for row in site.town.sources[OTHERS].rows if row["XK_XDR_SHXYM"])
    number = row["XK_WSH"]
    pages = [
        operator.get(f"/packages/{newest(site, OTHERS).guid}").text,
        operator.get(f"/records/{OTHERS}", query_string={"q": number}).text,
    ]

    for text in pages:
        # A licence's own number may begin with it.
        assert f">{row['XK_XDR_SHXYM']}<" not in text
    assert number in pages[1]
    assert "原行与记录" in pages[1]


def test_a_records_way_tells_where_it_came_from_and_what_became_of_it(site: Site) -> None:
    brought(site, "way.csv", 50)
    site.deliver()
    make_some(site.gateway.engine, site.gateway.outbox, {FEED: ("DocumentNumber",)})

    # Typed as it is printed, and in full-width digits with a space.
    for number in ("惠市监处罚〔2028〕50号", "惠市监处罚〔２０２８〕 ５０号"):
        text = site.person("viewer").get(f"/records/{FEED}", query_string={"q": number}).text
        for part in ("way.csv", "行 2", newest(site).guid, "送达", "已接收"):
            assert part in text


def test_a_feed_is_fetched_now_confirmed_and_resumed_by_who_may(site: Site) -> None:
    operator = site.person("operator")
    asked = operator.post(f"/feeds/{FEED}/run")
    ran: list[str] = []
    site.gateway.fetching.answer_requests(ran.append)
    site.gateway.fetching.answer_requests(ran.append)
    with writing(site.gateway.engine) as connection:
        state = feed_store.feed_state(connection, FEED)
        feed_store.hold(connection, state.id, Text("清单缩减", "the list shrank"))
    standing = operator.get("/").text
    silent = operator.post(f"/feeds/{FEED}/resume", {"why": ""})
    resumed = operator.post(f"/feeds/{FEED}/resume", {"why": "looked at it"})

    assert "已请求立即采集" in said(asked.text)[0]
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
    done = operator.post(f"/feeds/{FEED}/again", {"unit": "bad.csv@1-2", "why": "looked at it"})
    after = operator.get(f"/feeds/{FEED}/").text
    with site.gateway.engine.connect() as connection:
        acts = audit.entries(connection, target=FEED)
        [entry] = [entry for entry in acts if entry.act == "feed.again"]

    assert "bad.csv" in shown
    assert "收到信号 SIGSEGV" in shown
    assert refused.status_code == 403
    assert "没有搁置的单元" in said(nothing.text)[0]
    assert "将在下次采集时重新处理" in said(done.text)[0]
    assert "收到信号 SIGSEGV" not in after
    assert (entry.person, entry.target) == ("operator", FEED)


def test_what_is_set_aside_is_given_up_with_a_reason_that_is_kept(site: Site) -> None:
    operator, editor = site.person("operator"), site.person("editor")
    now = site.gateway.clock()
    with writing(site.gateway.engine) as connection:
        state = feed_store.feed_state(connection, FEED)
        reason = AdapterText("意外错误（KeyError）", "an unforeseen error (KeyError)")
        read = source_units.ReadSoFar(30, ("CF_WSH", "CF_XDR"))
        source_units.error_nowhere(
            connection, state.id, state.cursor, "view@1.0", reason, now, 1, read
        )
        feed_store.hold(connection, state.id, Text("已暂停", "stopped"))
    shown = operator.get(f"/feeds/{FEED}/").text
    home = operator.get("/").text
    refused = editor.post(f"/feeds/{FEED}/give-up", {"unit": "view", "why": "x"})
    silent = operator.post(f"/feeds/{FEED}/give-up", {"unit": "view", "why": " "})
    done = operator.post(f"/feeds/{FEED}/give-up", {"unit": "view", "why": "the view is gone"})
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
    assert "已放弃 view" in said(done.text)[0]
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
    asked = client.get("/api/v1/adapters", headers={"Authorization": f"Bearer {token}"})
    number = re.search(r"/me/tokens/(\d+)/revoke", made)[1]  # type: ignore[index]
    editor.post(f"/me/tokens/{number}/revoke")

    assert asked.status_code == 200
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
