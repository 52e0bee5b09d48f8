"""The operator's day in a browser, in both languages."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete

from adapters.text import Text as AdapterText
from gateway.alerts import store as alerts
from gateway.alerts.rules import Condition
from gateway.demo.market_regulator import drop_file
from gateway.exchange import feed_store, source_units
from gateway.exchange.tables import source_unit
from gateway.text import Text
from outbox import writing
from tests.support.console_reader import Reader
from tests.support.site import Site

FEED = "market-regulator.penalty"
#: One town and one browser for all of them, in one process.
pytestmark = pytest.mark.xdist_group("test_operator")


def brought(site: Site, first: int) -> None:
    """Let two new rows wait in a package."""
    rows = [
        dict(row) | {"CF_WSH": f"浏览〔2028〕{first + n}号"}
        for n, row in enumerate(site.town.sources[FEED].rows[:2])
    ]
    drop_file(site.town.sftp.folder, f"browser-{first}.csv", rows)
    site.gateway.fetching.fetch(FEED)


def test_one_look_tells_whether_all_is_well_and_the_page_moves_by_itself(
    site: Site, reader: Reader
) -> None:
    reader.sign_in("operator", site.passwords["operator"])
    page = reader.page
    tile = page.locator(".tile", has_text=reader.t("等待的数据包", "Packages waiting")).locator("b")
    expect(tile).to_have_text("0")
    brought(site, 10 if reader.lang == "zh" else 20)
    expect(tile).to_have_text("1", timeout=8_000)
    site.deliver()
    expect(tile).to_have_text("0", timeout=8_000)

    expect(page.locator(".verdict")).to_contain_text(reader.t("请留意", "Look at it"))
    expect(page.get_by_role("img")).to_be_visible()
    reader.looks_right("home")


def test_a_package_is_found_held_and_let_go(site: Site, reader: Reader) -> None:
    first = 30 if reader.lang == "zh" else 40
    brought(site, first)
    site.gateway.fetching.mark()
    reader.sign_in("operator", site.passwords["operator"])
    page = reader.page
    page.get_by_role("link", name=reader.t("数据包", "Packages"), exact=True).click()
    reader.looks_right("packages")
    page.locator("input[name=q]").fill(f"浏览〔2028〕{first}号")
    page.get_by_role("search").get_by_role("button").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("tbody a").first.click()
    reader.looks_right("package")
    page.locator(".acts input[name=why]").fill(reader.t("等部门答复", "the department is asked"))
    reader.press("搁置", "Hold")

    assert reader.said() == reader.t("已搁置，不会发送", "it is held and not sent")
    page.locator(".acts input[name=why]").fill("ok")
    reader.press("放行", "Release")
    assert reader.said() == reader.t("已放行", "it goes on")
    site.deliver()


def test_what_is_set_aside_says_why_and_is_tried_again_or_given_up(
    site: Site, reader: Reader
) -> None:
    now = site.gateway.clock()
    reason = AdapterText(
        "意外错误（KeyError），详见日志 fetch.broke",
        "an unforeseen error (KeyError); the log has it as fetch.broke",
    )
    with writing(site.gateway.engine) as connection:
        state = feed_store.feed_state(connection, FEED)
        progress = source_units.ReadSoFar(312, ("CF_XDR_MC", "CF_WSH", "CF_WFXW", "CF_NR_JE"))
        for name in ("penalties-0401.csv@1-2", "penalties-0402.csv@1-2"):
            source_units.error(connection, state.id, name, reason, now, 1, progress)
            source_units.refused(connection, state.id, name, 0)
    reader.sign_in("operator", site.passwords["operator"])
    page = reader.page
    page.goto(f"{reader.url}/feeds/{FEED}/")
    expect(page.get_by_text("312")).to_have_count(2)
    reader.looks_right("set-aside")

    page.locator("input[name=why]").nth(0).fill(reader.t("映射已改", "the mapping is mended"))
    reader.press("再试一次", "Try it again")
    assert reader.t("下次采集时重新处理", "taken once more") in reader.said()
    page.locator("input[name=why]").nth(1).fill(reader.t("文件作废", "the file is void"))
    reader.press("放弃并退回", "Give up and refuse")
    assert reader.t("已放弃", "is given up") in reader.said()
    with writing(site.gateway.engine) as connection:
        connection.execute(delete(source_unit))


def test_an_alert_says_what_to_do_and_is_acknowledged(site: Site, reader: Reader) -> None:
    with writing(site.gateway.engine) as connection:
        found = Condition(
            "late",
            FEED,
            Text(
                "有数据包超过时限未送达；打开等待的数据包",
                "a package is past its deadline; open the packages that wait",
            ),
            f"/packages?feed={FEED}&state=open",
        )
        number = alerts.open_one(connection, found, site.gateway.clock())
    reader.sign_in("operator", site.passwords["operator"])
    page = reader.page
    page.get_by_role("link", name=reader.t("告警", "Alerts"), exact=True).first.click()
    reader.looks_right("alerts")
    reader.press("确认", "Acknowledge")

    assert reader.said() == reader.t("已确认", "acknowledged")
    expect(page.get_by_text("operator").first).to_be_visible()
    page.get_by_role(
        "link", name=reader.t("打开等待的数据包", "open the packages that wait")
    ).first.click()
    expect(page.locator("select[name=state]")).to_have_value("open")
    page.go_back()
    page.get_by_role("link", name=reader.t("告警规则", "The rules")).click()
    reader.looks_right("alert-rules")
    with writing(site.gateway.engine) as connection:
        if number is not None:
            alerts.close_one(connection, number, site.gateway.clock())


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/catalogue", "catalogue"),
        ("/schedule", "schedule"),
        (f"/feeds/{FEED}/", "feed"),
        ("/adapters/", "adapters"),
        ("/me/", ""),
        ("/nothing", ""),
        ("/packages/?state=dead", ""),
    ],
)
def test_every_other_page_fits_and_is_readable(
    site: Site, reader: Reader, path: str, name: str
) -> None:
    reader.sign_in("operator", site.passwords["operator"])
    reader.go(path)

    reader.looks_right(name)
    # No dead ends: every page leads on.
    assert reader.page.locator("main a, nav a").count() > 0


def test_an_auditor_verifies_and_an_administrator_keeps_accounts(
    site: Site, reader: Reader, another: Callable[[Reader], Reader]
) -> None:
    reader.sign_in("auditor", site.passwords["auditor"])
    reader.page.get_by_role("link", name=reader.t("审计", "Audit"), exact=True).click()
    reader.press("校验全链", "Verify the chain")
    assert reader.t("审计日志完整", "the audit log is whole") in reader.said()
    reader.looks_right("audit")

    keeper = another(reader)
    keeper.sign_in("administrator", site.passwords["administrator"])
    keeper.page.get_by_role("link", name=keeper.t("账户", "Accounts"), exact=True).click()
    keeper.page.locator("form[action='/accounts/'] input[name=name]").fill(f"new.{keeper.lang}")
    keeper.page.locator("form[action='/accounts/'] input[name=departments]").fill("customs")
    keeper.page.locator("form[action='/accounts/'] input[name=why]").fill("a new clerk")
    keeper.press("新建", "Make it")
    password = keeper.page.locator(".secret").inner_text()
    keeper.looks_right("accounts")

    newcomer = another(reader)
    newcomer.sign_in(f"new.{keeper.lang}", password)
    expect(newcomer.page).to_have_url(f"{newcomer.url}/sign-in/password")
    newcomer.looks_right()
    newcomer.page.locator("#old").fill(password)
    for box in ("#new", "#again"):
        newcomer.page.locator(box).fill("Correct-horse-7")
    newcomer.press("修改", "Change it")
    expect(newcomer.page.locator(".verdict")).to_be_visible()


def test_everything_is_reached_by_keyboard_alone(site: Site, reader: Reader) -> None:
    page = reader.page
    reader.go("/sign-in")
    expect(page.locator("#name")).to_be_focused()
    page.keyboard.type("operator")
    page.keyboard.press("Tab")
    page.keyboard.type(site.passwords["operator"])
    page.keyboard.press("Enter")
    expect(page.locator(".verdict")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_report_is_printed_without_what_only_a_screen_needs(site: Site, reader: Reader) -> None:
    reader.sign_in("operator", site.passwords["operator"])
    reader.go("/refusals/")
    reader.page.emulate_media(media="print")

    expect(reader.page.locator(".bar")).to_be_hidden()
    expect(reader.page.locator("table").first).to_be_visible()
