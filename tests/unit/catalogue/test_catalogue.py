"""The catalogue: what is taken, delivery windows, due slots."""

from datetime import datetime, timedelta

import pytest

from gateway.catalogue.model import (
    Catalogue,
    CatalogueRefusedError,
    check_successor,
    in_window,
    read_catalogue,
    slot_of,
)
from gateway.clock import SHANGHAI
from gateway.demo.exchange_platform import catalogue_xml
from gateway.standard import XmlRefusedError
from gateway.workdays.model import Calendar
from tests.support.catalogues import item
from tests.support.clock import NOW

XML = catalogue_xml(3, NOW.astimezone(SHANGHAI), "PT15M", ("22:00", "06:00"))


ALL_DAYS = Calendar({})


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-04-01T{clock}:00").replace(tzinfo=SHANGHAI)


def test_a_catalogue_is_read_whole() -> None:
    found = read_catalogue(XML)

    assert found.serial == 3
    assert [i.feed for i in found.items] == [
        "housing-fund.payment",
        "market-regulator.penalty",
        "environment.licence",
    ]
    assert found.items[1].fetch_every == timedelta(minutes=15)
    assert found.items[1].due_within == timedelta(hours=1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<Serial>3", b"<Serial>x"),
        (b"PT15M", b"PT0S"),
        (b"22:00", b"25:00"),
        (b"<Mode>file", b"<Mode>pigeon"),
        (b'feed="environment.licence"', b'feed="housing-fund.payment"'),
        (b"</Catalogue>", b""),
        (b"<Item", b"<Nothing"),
    ],
)
def test_a_malformed_catalogue_is_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(XmlRefusedError):
        read_catalogue(XML.replace(old, new))


def test_a_duration_of_months_is_refused_for_it_has_no_length() -> None:
    with pytest.raises(CatalogueRefusedError):
        read_catalogue(XML.replace(b"PT1H", b"P1M"))


@pytest.mark.parametrize(("serial", "same", "news"), [(4, False, True), (3, True, False)])
def test_only_a_newer_serial_is_news(serial: int, same: bool, news: bool) -> None:
    held = read_catalogue(XML)
    found = Catalogue(serial, held.issued_at, held.valid_until, held.items)

    assert check_successor(found, held, same_bytes=same) is news


@pytest.mark.parametrize(("serial", "same"), [(2, False), (3, False), (2, True)])
def test_an_older_serial_or_other_content_under_the_same_is_refused(
    serial: int, same: bool
) -> None:
    held = read_catalogue(XML)

    with pytest.raises(CatalogueRefusedError):
        check_successor(
            Catalogue(serial, held.issued_at, held.valid_until, ()), held, same_bytes=same
        )


@pytest.mark.parametrize(
    ("begin", "end", "clock", "is_open"),
    [
        ("00:00", "24:00", "23:59", True),
        ("08:00", "18:00", "08:00", True),
        ("08:00", "18:00", "18:00", False),
        ("22:00", "06:00", "23:00", True),
        ("22:00", "06:00", "05:59", True),
        ("22:00", "06:00", "06:00", False),
        ("22:00", "06:00", "12:00", False),
        ("09:00", "09:00", "03:00", True),
    ],
)
def test_a_window_is_open_from_its_first_minute_to_before_its_last(
    begin: str, end: str, clock: str, is_open: bool
) -> None:
    assert (
        in_window(item(deliver_from=begin, deliver_to=end), at(clock), ALL_DAYS.workday) is is_open
    )


@pytest.mark.parametrize(
    ("every", "clock", "slot"),
    [
        (timedelta(minutes=15), "09:44", "09:30"),
        (timedelta(hours=6), "05:59", "00:00"),
        (timedelta(days=1), "13:00", "00:00"),
        (timedelta(seconds=5), "00:00", "00:00"),
    ],
)
def test_due_slots_stand_at_multiples_of_the_interval(
    every: timedelta, clock: str, slot: str
) -> None:
    assert slot_of(item(fetch_every=every), at(clock)) == at(slot)
