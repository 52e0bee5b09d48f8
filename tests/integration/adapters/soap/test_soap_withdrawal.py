"""A full list by SOAP, through the whole line: an error withdraws nothing sound."""

from random import Random
from typing import Any
from xml.sax.saxutils import escape

import pytest
from sqlalchemy import Engine

from adapters import AdapterError
from gateway.exchange.binding import bound
from gateway.exchange.feed import Feed, open_feed
from gateway.exchange.fetch import Fetcher
from gateway.settings.model import AdapterSettings
from gateway.standard import load_standard
from gateway.standard.samples import Record, sound
from outbox import Outbox
from tests.support.case_ways.soap import enveloped, serving
from tests.support.clock import NOW
from tests.support.places import CASES

CASE = CASES / "foreign-38-error-on-the-last-page"
KIND = load_standard("1.1").kind("AdministrativePenalty")
RANDOM = Random(38)
ROWS = [
    {**sound(KIND, RANDOM, NOW.date()), "DocumentNumber": f"惠市监处罚〔2026〕{n}号"}
    for n in range(60)
]
SIZE = 10


def page(rows: list[Record], total: int | None = len(ROWS)) -> str:
    cells = "".join(
        "<row>"
        + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in row.items() if value)
        + "</row>"
        for row in rows
    )
    counted = "" if total is None else f"<total>{total}</total>"
    return f'<listResponse xmlns="urn:t">{counted}{cells}</listResponse>'


def answers(bodies: list[str]) -> list[tuple[int, str, bytes]]:
    return [(200, "text/xml; charset=utf-8", enveloped(body).encode()) for body in bodies]


def feed_of(url: str, engine: Engine, **settings: Any) -> Feed:
    values = {
        "wsdl": str(CASE / "w.wsdl"),
        "endpoint": url,
        "security": "none",
        "operation": "list",
        "paging": "number",
        "page_argument": "page",
        "page_size": SIZE,
        "rows_path": "row",
        **settings,
    }
    entry = AdapterSettings(
        feed="water.full", mapping=CASE / "mapping.yaml", kind="soap", settings=values
    )
    return bound(open_feed(entry, CASE), engine)


PAGES = [page(ROWS[n : n + SIZE]) for n in range(0, len(ROWS), SIZE)]
PLAIN = [page(ROWS[n : n + SIZE], None) for n in range(0, len(ROWS), SIZE)]
ERROR = '<listResponse xmlns="urn:t"><code>500</code><msg>数据库繁忙</msg></listResponse>'


@pytest.mark.parametrize(
    ("settings", "first", "second"),
    [
        ({"total_path": "total"}, PAGES, [*PAGES[:-1], ERROR]),
        ({"total_path": "total"}, PAGES, [*PAGES[:-1], page([])]),
        ({}, [*PLAIN, page([], None)], [*PLAIN[:-1], ERROR]),
        ({}, [*PLAIN, page([], None)], [*PLAIN[:-1], "<otherResponse/>"]),
        ({}, [*PLAIN, page([], None)], PLAIN[:-1]),
    ],
    ids=[
        "an error, counted",
        "fewer than counted",
        "an error",
        "another's answer",
        "the same page again",
    ],
)
def test_a_list_that_was_not_read_to_its_end_withdraws_nothing(
    engine: Engine, settings: dict[str, Any], first: list[str], second: list[str]
) -> None:
    fetcher = Fetcher(engine, Outbox(engine), lambda: NOW)

    with serving(answers(first)) as service:
        sent = fetcher.fetch(feed_of(service.url, engine, **settings))
    with serving(answers(second)) as service:
        feed = feed_of(service.url, engine, **settings)
        with pytest.raises(AdapterError):
            fetcher.fetch(feed)

    assert sent.counts["packed"] == len(ROWS)
    assert sent.withdrawn == 0
    # The list as it was, read whole: every record is still there.
    with serving(answers(first)) as service:
        again = fetcher.fetch(feed_of(service.url, engine, **settings))
    assert again.counts["unchanged"] == len(ROWS)
    assert again.withdrawn == 0


def test_a_list_that_was_read_to_its_end_withdraws_what_it_no_longer_has(engine: Engine) -> None:
    fetcher = Fetcher(engine, Outbox(engine), lambda: NOW)
    fewer = [page(ROWS[n : n + SIZE], len(ROWS) - 2) for n in range(0, len(ROWS) - SIZE, SIZE)]
    fewer.append(page(ROWS[-SIZE:-2], len(ROWS) - 2))

    with serving(answers(PAGES)) as service:
        fetcher.fetch(feed_of(service.url, engine, total_path="total"))
    with serving(answers(fewer)) as service:
        report = fetcher.fetch(feed_of(service.url, engine, total_path="total"))

    assert report.withdrawn == 2
