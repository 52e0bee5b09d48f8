"""A real browser, Debian's chromium, on a real console over a real town."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from gateway.serving.server import WsgiServer
from tests.support.console_reader import Reader, reader_at
from tests.support.site import Site, site_over


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield made
        made.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_over(tmp_path_factory.mktemp("site"), rows=300) as console:
        yield console


@pytest.fixture(scope="module")
def url(site: Site) -> Iterator[str]:
    server = WsgiServer(site.app, threads=8).start()
    yield f"http://127.0.0.1:{server.port}"
    server.stop()


@pytest.fixture(params=["zh", "en"])
def reader(request: pytest.FixtureRequest, browser: Browser, url: str) -> Iterator[Reader]:
    pictures = request.config.getoption("--pictures")
    made = reader_at(browser, url, request.param, Path(pictures) if pictures else None)
    yield made
    made.page.context.close()
    assert made.wrong == []


@pytest.fixture
def another(browser: Browser, url: str) -> Iterator[Callable[[Reader], Reader]]:
    """Make a second person at another browser, in the same language."""
    made: list[Reader] = []

    def make(first: Reader) -> Reader:
        made.append(reader_at(browser, url, first.lang, first.pictures))
        return made[-1]

    yield make
    for one in made:
        one.page.context.close()
        assert one.wrong == []
