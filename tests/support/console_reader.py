"""Somebody at a browser, who holds each page against what every page owes."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

#: Narrowest window in which no page may scroll sideways, and a height that shows most of one.
WIDTH, HEIGHT = 1280, 900
#: A telephone's.
NARROW = 390
#: Pages of which docs/ has pictures.
PICTURES = (
    "home",
    "department",
    "package",
    "refusals",
    "refused-rows",
    "adapter",
    "mapping",
    "alerts",
    "schedule",
    "record",
)
#: What axe must not find: the rest are hints.
_SERIOUS = ("serious", "critical")


@dataclass
class Reader:
    """Somebody at a browser, in one language; what goes wrong in it is kept."""

    page: Page
    url: str
    lang: str
    pictures: Path | None
    wrong: list[str] = field(default_factory=list)

    def t(self, zh: str, en: str) -> str:
        """Return a text in the reader's language."""
        return zh if self.lang == "zh" else en

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)

    def sign_in(self, name: str, password: str) -> None:
        self.go("/sign-in")
        self.page.get_by_label(self.t("账户", "Account")).fill(name)
        self.page.get_by_label(self.t("口令", "Password")).fill(password)
        self.page.locator("main").get_by_role("button", name=self.t("登录", "Sign in")).click()

    def said(self) -> str:
        """Read what the page says of what was done."""
        told = self.page.locator("body > .said")
        told.first.wait_for()
        return "\n".join(told.all_inner_texts())

    def press(self, zh: str, en: str) -> None:
        self.page.get_by_role("button", name=self.t(zh, en), exact=True).first.click()

    def looks_right(self, name: str = "", *, whole: bool = True) -> None:
        """Hold a page against what every page owes: it fits, and axe has nothing serious to say.

        Of a named one a picture is kept, of the `whole` page or of what the window shows.
        """
        # A press waits for the next page to begin, not for the whole of it.
        self.page.wait_for_load_state("load")
        for width in (NARROW, WIDTH):
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (self.page.url, width, wide)
        found = Axe().run(self.page).response["violations"]
        serious = [
            (one["id"], [node["html"][:160] for node in one["nodes"][:3]])
            for one in found
            if one["impact"] in _SERIOUS
        ]
        assert serious == [], (self.page.url, serious)
        if name in PICTURES and self.pictures is not None:
            self.page.screenshot(path=self.pictures / f"{name}.{self.lang}.png", full_page=whole)


def reader_at(browser: Browser, url: str, lang: str, pictures: Path | None) -> Reader:
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT}, accept_downloads=True
    )
    page = context.new_page()
    made = Reader(page, url, lang, pictures)

    def loaded(request: Any) -> None:
        if not request.url.startswith((url, "data:", "blob:")):
            made.wrong.append(f"loaded from outside: {request.url}")

    def answered(response: Any) -> None:
        if response.status >= 500:
            made.wrong.append(f"{response.status} {response.url}")

    def logged(message: Any) -> None:
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            made.wrong.append(message.text)

    page.on("request", loaded)
    page.on("response", answered)
    page.on("console", logged)
    page.on("pageerror", lambda error: made.wrong.append(str(error)))
    if lang == "en":
        page.goto(f"{url}/language/en?next=/sign-in")
    return made
