"""What people do in the console, over a real town: operators treat packages, departments mend and register."""

import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from lxml import html

from gateway import audit
from gateway.demo.market_regulator import drop_file
from gateway.exchange import journal, store, units
from gateway.exchange.marks import make_some
from gateway.exchange.refusals import open_counts
from gateway.messages import Text
from outbox import Message, Wanted, writing
from tests.site import Person, Site, mended_workbook, site_over

FEED, OTHERS = "market-regulator.penalty", "environment.licence"


#: One town for all of them, in one process.
pytestmark = pytest.mark.xdist_group("test_console")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_over(tmp_path_factory.mktemp("site"), two_persons=True) as made:
        yield made


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


def verdicts(site: Site, file: str) -> str:
    """Read the result file beside a dropped one."""
    site.gateway.fetching.acknowledge()
    [path] = [path for path in site.town.sftp.folder.iterdir() if path.name.startswith(file) and "result" in path.name]  # fmt: skip
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
    waits = second.get("/").text
    done = second.post(f"/packages/{package.guid}/drop", {"why": "agreed"})

    assert said(asked.text)[0] == "已记录，须另一人同意后作废"
    assert "须由另一人同意" in said(same.text)[0]
    assert before == "held"
    assert package.guid in waits
    assert "作废" in said(done.text)[0]
    assert newest(site).state == "settled"
    assert "operator, second" in verdicts(site, "dropped.csv")
    with site.gateway.engine.connect() as connection:
        totals = {one.feed: one for one in store.totals(connection)}[FEED]
        acts = [entry.act for entry in audit.entries(connection, target=package.guid)]
    assert totals.waiting == 0
    assert acts == ["package.hold", "package.drop_asked", "package.drop"]


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
        assert "again-2.csv" in units.latest(connection, FEED, 1)[0].name


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
    for what in ("retry", "hold", "release", "drop", "keep"):
        assert "现在的状态不能如此处理" in said(operator.post(f"/packages/{package.guid}/{what}", {"why": "x"}).text)[0]  # fmt: skip
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
    pages = [operator.get(f"/packages/{newest(site, OTHERS).guid}").text, operator.get(f"/records/{OTHERS}", query_string={"q": number}).text]  # fmt: skip

    for text in pages:
        # A licence's own number may begin with it.
        assert f">{row['XK_XDR_SHXYM']}<" not in text
    assert number in pages[1]
    assert "原行与记录" in pages[1]


def test_a_records_way_tells_where_it_came_from_and_what_became_of_it(site: Site) -> None:
    brought(site, "way.csv", 50)
    site.deliver()
    make_some(site.gateway.engine, site.gateway.outbox, {FEED: ("DocumentNumber",)})
    text = site.person("viewer").get(f"/records/{FEED}", query_string={"q": "惠市监处罚〔2028〕50号"}).text  # fmt: skip

    for part in ("way.csv", "行 2", newest(site).guid, "送达", "已接收"):
        assert part in text


def upload(person: Person, data: bytes, action: str, feed: str = FEED):  # type: ignore[no-untyped-def]
    return person.post(f"/refusals/{feed}/mended", {"file": (io.BytesIO(data), "mended.xlsx"), "action": action})  # fmt: skip


def test_refused_rows_are_downloaded_mended_uploaded_and_accepted(site: Site) -> None:
    editor = site.person("editor")
    brought(site, "bad.csv", 60, CF_CFLB1="没有这种处罚")
    before = open_count(site)
    groups = editor.get(f"/refusals/?feed={FEED}").text
    data = editor.get(f"/refusals/{FEED}/rows.xlsx?rule=map.code&field=PenaltyClass").data
    still_wrong = upload(editor, data, "submit").text
    checked = upload(editor, mended_workbook(data, CF_CFLB1="罚款"), "check").text
    sent = upload(editor, mended_workbook(data, CF_CFLB1="罚款"), "submit").text
    site.exchange()
    receipt = re.search(r"/submissions/([0-9a-f-]{36})", editor.get(f"/refusals/{FEED}").text)[1]  # type: ignore[index]
    told = editor.get(f"/refusals/{FEED}/submissions/{receipt}").text

    assert "map.code" in groups
    assert "处罚类别" in groups
    assert "检查结果：2 行，不合格 0 行" in checked
    assert "已提交 2 行" in said(sent)[0]
    assert still_wrong
    assert told.count("已接收") == 2
    assert open_count(site) < before
    with site.gateway.engine.connect() as connection:
        [one] = [e for e in audit.entries(connection, target=FEED) if e.act == "refusals.download"]
    assert one.person == "editor"


def open_count(site: Site) -> int:
    with site.gateway.engine.connect() as connection:
        return open_counts(connection).get(FEED, 0)


@pytest.mark.parametrize("data", [b"", b"x" * 100, b"PK\x03\x04" + b"\0" * 200])
def test_what_is_no_workbook_is_said_and_nothing_is_taken(site: Site, data: bytes) -> None:
    answer = upload(site.person("editor"), data, "submit")

    assert answer.status_code == 200
    assert said(answer.text)


def test_a_feed_is_fetched_now_confirmed_and_resumed_by_who_may(site: Site) -> None:
    operator = site.person("operator")
    asked = operator.post(f"/feeds/{FEED}/run")
    ran: list[str] = []
    site.gateway.fetching.answer_requests(ran.append)
    site.gateway.fetching.answer_requests(ran.append)
    with writing(site.gateway.engine) as connection:
        state = store.feed_state(connection, FEED)
        store.hold(connection, state.id, Text("清单缩减", "the list shrank"))
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
        assert journal.events(connection, 1, FEED)[0].name == "feed.resumed"


def filled(text: str, action: str) -> dict[str, list[str]]:
    """Read the values of a page's form, as a browser would send them."""
    [form] = [one for one in html.fromstring(text).forms if one.action == action and "yaml" not in one.fields]  # fmt: skip
    values: dict[str, list[str]] = {}
    for name, value in form.form_values():
        if name != "csrf":
            values.setdefault(name, []).append(value)
    return values


def test_an_adapter_is_registered_tried_mapped_submitted_and_approved(site: Site) -> None:
    editor, operator = site.person("editor"), site.person("operator")
    feed = "market-regulator.penalty-2"
    rows = [dict(row) | {"CF_WSH": f"二科〔2028〕{n}号"} for n, row in enumerate(site.town.sources[FEED].rows[:30])]  # fmt: skip
    editor.post("/adapters/", {"feed": feed, "kind": "sftp", "owner": "信息科"})
    host = {"s.host": "127.0.0.1", "s.port": str(site.town.sftp.port), "s.username": "creditgate", "s.host_key": site.town.sftp.host_key, "s.folder": "/two", "s.settle": "0"}  # fmt: skip
    drop_to = site.town.sftp.folder / "two"
    drop_to.mkdir()
    drop_file(drop_to, "first.csv", rows)
    saved = editor.post(f"/adapters/{feed}/settings", {**host, "drift": "pause"})
    secret = editor.post(
        f"/adapters/{feed}/secret", {"name": "password", "value": site.town.secrets.sftp}
    )
    tested = editor.post(f"/adapters/{feed}/test").text
    proposed = editor.post(f"/adapters/{feed}/sample", {"action": "propose", "mode": "append", "organ": "惠州市市场监督管理局", "organ_code": "11441300007204567Q"})  # fmt: skip
    mapping = editor.get(f"/adapters/{feed}/mapping").text
    form = filled(mapping, f"/adapters/{feed}/mapping")
    incomplete = editor.post(f"/adapters/{feed}/preview", form).text
    form["from.ViolationKind"] = ["CF_AJMC"]
    preview = editor.post(f"/adapters/{feed}/preview", form).text
    mapped = editor.post(f"/adapters/{feed}/mapping", form | {"why": ["looked at"]})
    trial = editor.post(f"/adapters/{feed}/trial").text
    early = operator.post(f"/adapters/{feed}/state", {"state": "live", "version": "1", "why": "x"})
    submitted = editor.post(f"/adapters/{feed}/submit", {"why": "please"})
    waits = operator.get("/").text
    version = site.gateway.fetching.registry.show(feed).about.version
    approved = operator.post(
        f"/adapters/{feed}/state", {"state": "live", "version": str(version), "why": "looked at it"}
    )
    site.gateway.fetching.refresh()

    assert "已保存，第 2 版" in said(saved.text)[0]
    assert "不再显示" in said(secret.text)[0]
    assert site.town.secrets.sftp not in editor.get(f"/adapters/{feed}").text + editor.get(f"/adapters/{feed}/settings").text  # fmt: skip
    assert tested.count("✓") >= 4
    assert "全部通过" in tested
    assert "行政处罚" in said(proposed.text)[0]
    assert "缺少必填目标" in said(proposed.text)[1]
    assert len(form) > 8
    assert "缺少必填目标" in incomplete
    assert "30 行，合格 30，退回 0" in preview
    assert "已保存，第 3 版" in said(mapped.text)[0]
    assert "可以提交审批" in trial
    assert "请查看后再批准" in said(early.text)[0]
    assert "待运维员批准" in said(submitted.text)[0]
    assert f"/adapters/{feed}" in waits
    assert said(approved.text) == ["已办理"]
    assert feed in site.gateway.fetching.due


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
    entered = newcomer.post("/sign-in", data={"name": "li.si", "password": password}, headers={"Sec-Fetch-Site": "same-origin"})  # fmt: skip
    wrong = administrator.post("/accounts/", {"name": "li.wu", "role": "viewer", "departments": ""})
    rule = administrator.post("/alerts/rules/dead", {"threshold": "3", "enabled": "1", "to-mail": "1", "quiet_from": "22:00", "quiet_to": "07:00"})  # fmt: skip
    broken = administrator.post("/alerts/rules/dead", {"threshold": "many"})
    administrator.post("/accounts/li.si/disable")

    assert entered.headers["Location"] == "/sign-in/password"
    assert "部门角色须写明部门" in said(wrong.text)[0]
    assert said(rule.text) == ["已保存"]
    assert 'value="3"' in administrator.get("/alerts/rules").text
    assert "阈值须为数字" in said(broken.text)[0]
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
    assert "期限为 1 至 366 天" in said(editor.post("/me/tokens", {"label": "x", "read": "1", "days": "9" * 30}).text)[0]  # fmt: skip
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


@pytest.mark.parametrize("path", ["/", "/packages/", "/refusals/", "/adapters/", "/catalogue", "/schedule", "/schedule?week=-5", "/alerts/", "/alerts/rules", "/me/"])  # fmt: skip
def test_a_page_is_whole_in_both_languages(site: Site, path: str) -> None:
    operator = site.person("operator")
    join = "&" if "?" in path else "?"

    for lang, word in (("zh", "首页"), ("en", "Home")):
        answer = operator.get(f"{path}{join}lang={lang}")
        assert answer.status_code == 200
        assert word in answer.text
        assert "{{" not in answer.text
        assert ">None<" not in answer.text


@pytest.mark.parametrize("path", ["/packages/?before=x|y", "/packages/?before=2026-01-01", "/packages/?since=never", "/audit/?before=x", "/refusals/market-regulator.penalty?after=x", "/schedule?week=x", "/schedule?week=99999999", "/packages/?feed='--", "/packages/?state=nothing", "/alerts/?before=x"])  # fmt: skip
def test_nonsense_in_an_address_is_no_error_of_ours(site: Site, path: str) -> None:
    who = "auditor" if path.startswith("/audit") else "operator"

    assert site.person(who).get(path).status_code < 500


def test_a_large_workbook_and_a_long_mapping_are_taken_and_larger_ones_refused(site: Site) -> None:
    editor = site.person("editor")
    row = "a" * 1000
    brought(site, "large.csv", 90, CF_CFLB1="没有这种")
    data = mended_workbook(editor.get(f"/refusals/{FEED}/rows.xlsx").data)
    padded = upload(editor, data + b"\0" * 2_000_000, "check")
    with upload(editor, b"\0" * 17_000_000, "check") as answer:
        too_large = answer.status_code
    long = editor.post(f"/adapters/{FEED}/mapping", {"yaml": f"# {row}\n" * 300})
    too_long = editor.post(f"/adapters/{FEED}/mapping", {"yaml": row * 1100})

    assert padded.status_code == 200
    assert too_large == 413
    assert long.status_code == 404
    assert too_long.status_code == 413


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
