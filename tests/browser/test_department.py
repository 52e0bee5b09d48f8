"""A department's engineer at a browser, in both languages: refusals, an adapter."""

from collections.abc import Callable
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import expect

from gateway.demo.market_regulator import drop_file
from tests.support.console_reader import Reader
from tests.support.site import Site, mended_workbook

FEED = "market-regulator.penalty"
#: One town and one browser for all of them, in one process.
pytestmark = pytest.mark.xdist_group("test_department")


def test_refusals_are_seen_by_reason_mended_and_uploaded(
    site: Site, reader: Reader, tmp_path: Path
) -> None:
    first = 50 if reader.lang == "zh" else 60
    rows = [
        dict(row) | {"CF_WSH": f"改正〔2028〕{first + n}号", "CF_CFLB1": "没有这种"}
        for n, row in enumerate(site.town.sources[FEED].rows[:3])
    ]
    drop_file(site.town.sftp.folder, f"mend-{first}.csv", rows)
    site.exchange()
    reader.sign_in("editor", site.passwords["editor"])
    page = reader.page
    expect(page.locator("table").first).to_contain_text(reader.t("行政处罚", "penalt"))
    expect(page.locator("main")).not_to_contain_text("environment.licence")
    reader.looks_right("department")
    page.get_by_role("link", name=reader.t("退回", "Refusals"), exact=True).click()
    reader.looks_right("refusals")
    page.locator("tr", has_text="map.code").get_by_role("link").click()
    reader.looks_right("refused-rows")
    with page.expect_download() as started:
        page.get_by_role("link", name=reader.t("下载 Excel", "Download as Excel")).click()
    path = tmp_path / "refused.xlsx"
    started.value.save_as(path)
    path.write_bytes(mended_workbook(path.read_bytes(), CF_CFLB1="罚款"))
    page.locator("input[type=file]").set_input_files(path)
    reader.press("只检查", "Check only")
    expect(page.locator("main")).to_contain_text(reader.t("不合格 0 行", "0 not right"))
    page.locator("input[type=file]").set_input_files(path)
    reader.press("检查并提交", "Check and submit")
    expect(page.locator("h1")).to_contain_text(reader.t("改正的结论", "Verdicts"))
    site.exchange()
    page.reload()

    expect(page.get_by_text(reader.t("已接收", "accepted"), exact=True).first).to_be_visible()
    reader.looks_right("mended")


def test_a_records_way_is_told_step_by_step(site: Site, reader: Reader) -> None:
    reader.sign_in("viewer", site.passwords["viewer"])
    reader.go(f"/feeds/{FEED}/")
    reader.page.locator("input[name=q]").fill(site.town.sources[FEED].rows[0]["CF_WSH"])
    reader.press("查", "Find")

    way = reader.page.locator(".way").first
    for zh, en in (
        ("采集", "Fetched"),
        ("映射", "Mapped"),
        ("打包", "Packed"),
        ("交付", "Delivered"),
        ("已接收", "accepted"),
    ):
        expect(way).to_contain_text(reader.t(zh, en))
    way.locator("summary").click()
    reader.looks_right("record")


def registered(site: Site, reader: Reader, feed: str) -> None:
    """Register an adapter, give it its settings and secret, and test it."""
    drop = site.town.sftp.folder / reader.lang
    drop.mkdir()
    rows = [
        dict(row) | {"CF_WSH": f"新〔2028〕{n}号", "CF_XDR_LB": "1" if row["CF_XDR_SFZ"] else "2"}
        for n, row in enumerate(site.town.sources[FEED].rows[:40])
    ]
    drop_file(drop, "first.csv", rows)
    reader.sign_in("editor", site.passwords["editor"])
    page = reader.page
    page.get_by_role("link", name=reader.t("适配器", "Adapters"), exact=True).click()
    page.get_by_role("link", name=reader.t("登记适配器", "Register an adapter")).click()
    page.locator("#feed").fill(feed)
    page.locator("#kind").select_option("sftp")
    page.locator("#why").fill(reader.t("新数据项", "a new feed"))
    reader.looks_right("adapter-new")
    reader.press("登记为草稿", "Register it as a draft")
    for name, value in (
        ("host", "127.0.0.1"),
        ("port", str(site.town.sftp.port)),
        ("username", "creditgate"),
        ("host_key", site.town.sftp.host_key),
        ("folder", f"/{reader.lang}"),
        ("settle", "0"),
    ):
        page.locator(f"#s-{name}").fill(value)
    page.locator("#why").fill(reader.t("服务器在此", "where the server is"))
    reader.press("保存为新版本", "Save as a new version")
    password = page.locator("form", has=page.locator("input[name=name][value=password]"))
    password.locator("input[name=value]").fill(site.town.secrets.sftp)
    password.locator("input[name=why]").fill(reader.t("部门所给", "from the department"))
    password.get_by_role("button").click()
    reader.looks_right("adapter-settings")
    page.get_by_role("link", name=reader.t("返回适配器", "Back to the adapter")).click()
    reader.press("测试连接并取样例", "Test the connection and take a sample")
    expect(page.locator(".test")).to_contain_text(reader.t("全部通过", "All of it passed"))
    reader.looks_right("adapter-test")


def mapped(reader: Reader) -> None:
    """Let a mapping be proposed, look at the preview, give what is lacking, and save it."""
    page = reader.page
    page.get_by_role("link", name=reader.t("接着做映射", "Go on to the mapping")).click()
    proposal = page.locator("form", has=page.locator("input[name=organ]"))
    proposal.locator("input[name=organ]").fill("惠州市市场监督管理局")
    proposal.locator("input[name=organ_code]").fill("11441300007204567Q")
    proposal.get_by_role("button").click()
    preview = page.locator("#preview")
    expect(preview).to_contain_text("ViolationKind", timeout=10_000)
    page.locator("select[name='from.ViolationKind']").select_option("CF_AJMC")
    expect(preview).to_contain_text(
        reader.t("40 行，合格 40，退回 0", "40 rows, 40 right, 0 refused"), timeout=10_000
    )
    reader.looks_right("mapping", whole=False)
    page.locator("#map input[name=why]").fill(reader.t("逐行核对过", "every line looked at"))
    page.locator("#map").get_by_role(
        "button", name=reader.t("保存为新版本", "Save as a new version")
    ).click()


def test_an_adapter_goes_from_nothing_to_live(
    site: Site, reader: Reader, another: Callable[[Reader], Reader]
) -> None:
    feed = f"market-regulator.second-{reader.lang}"
    registered(site, reader, feed)
    mapped(reader)
    page = reader.page
    page.get_by_role("link", name=reader.t("返回适配器", "Back to the adapter")).click()
    reader.press("试映射", "Try it")
    expect(page.locator(".said.good")).to_be_visible()
    page.get_by_role("link", name=reader.t("返回适配器", "Back to the adapter")).click()
    submit = page.locator(
        "form", has=page.get_by_role("button", name=reader.t("提交审批", "Submit for approval"))
    )
    submit.locator("input[name=why]").fill(reader.t("请批准", "please"))
    submit.get_by_role("button").click()
    reader.looks_right("adapter")

    operator = another(reader)
    operator.sign_in("operator", site.passwords["operator"])
    operator.page.get_by_role("link", name=feed).first.click()
    approve = operator.page.locator("form", has=operator.page.locator("input[value=live]"))
    approve.locator("input[name=why]").fill("ok")
    approve.get_by_role("button").click()
    expect(operator.page.locator("main")).to_contain_text(operator.t("在用", "live"))
    site.gateway.fetching.refresh()
    assert feed in site.gateway.fetching.due


def test_a_second_factor_is_set_up_and_asked_for(site: Site, reader: Reader) -> None:
    name = "stranger"
    if reader.lang == "en":
        # The first language has set it up.
        name = "second"
    reader.sign_in(name, site.passwords[name])
    reader.go("/sign-in/second-factor")
    secret = reader.page.locator("code").first.inner_text()
    reader.looks_right("second-factor")
    reader.page.locator("input[name=code]").fill(pyotp.TOTP(secret).now())
    reader.press("启用", "Take it into use")
    code = reader.page.locator(".codes code").first.inner_text()
    reader.looks_right()
    reader.page.get_by_role("link", name=reader.t("已保存", "They are kept")).click()
    reader.press("退出", "Sign out")
    reader.sign_in(name, site.passwords[name])
    expect(reader.page).to_have_url(f"{reader.url}/sign-in/code")
    reader.go("/packages/")
    expect(reader.page).to_have_url(f"{reader.url}/sign-in/code")
    reader.page.locator("#code").fill(code)
    reader.press("继续", "Go on")
    expect(reader.page.locator(".verdict")).to_be_visible()
