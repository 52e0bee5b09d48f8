"""A page that no longer hears of the gateway says so, until it does again."""

import re

import pytest
from playwright.sync_api import Browser, expect

from gateway.serving.server import WsgiServer
from tests.support.site import Site

pytestmark = pytest.mark.xdist_group("test_operator")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_page_that_lost_the_gateway_says_so_within_two_polls(
    site: Site, browser: Browser, lang: str
) -> None:
    server = WsgiServer(site.app, threads=2).start()
    url = f"http://127.0.0.1:{server.port}"
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{url}/language/{lang}?next=/sign-in")
    page.locator("input[name=name]").fill("operator")
    page.locator("input[name=password]").fill(site.passwords["operator"])
    page.locator("main button").first.click()
    banner, verdict = page.locator("#lost"), page.locator(".verdict [data-at]")
    expect(verdict).to_be_visible()
    title, seen = page.title(), verdict.get_attribute("data-at") or ""
    hidden_at_first = banner.is_hidden()

    server.stop()
    # Two polls of five seconds.
    expect(banner).to_be_visible(timeout=11_500)
    lost = page.title()
    told = banner.inner_text()
    wide = page.evaluate("document.documentElement.scrollWidth")
    again = WsgiServer(site.app, port=server.port, threads=2).start()
    expect(banner).to_be_hidden(timeout=11_500)
    back = page.title()
    context.close()
    again.stop()

    assert hidden_at_first
    assert {"zh": "与网关失去联系", "en": "does not answer"}[lang] in told
    # As of the last answer, which may have come since the page was opened.
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", told)
    assert seen[:10] in told
    assert lost.startswith("⚠")
    assert lost.endswith(title)
    assert back == title
    assert wide <= 390
