"""Addresses that two parsers read differently are refused, and no ordinary one is."""

import ipaddress
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import URL
from urllib3.util import parse_url

from adapters.setting_faults import InvalidSettingsError
from adapters.transports.addresses import (
    DatabaseAddress,
    HttpAddress,
    carries_ipv4,
    parse_database_url,
    parse_host,
    parse_http_address,
)

#: Pieces of which disguises are made: hosts, separators, users, blanks, other scripts, numbers.
_PIECES = (
    "http://",
    "https://",
    "HTTP://",
    "//",
    "/",
    "\\",
    "@",
    ":",
    "::",
    ":80",
    ":0",
    ":99999",
    "#",
    "?",
    "%",
    "%40",
    "%2f",
    "%5c",
    "%00",
    "\t",
    "\n",
    "\r",
    " ",
    "\u3000",
    "\u200b",
    "\u3002",
    "\uff0e",
    ",",
    ";",
    "[",
    "]",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "::ffff:7f00:1",
    "64:ff9b::7f00:1",
    "fe80::1%lo",
    "127.0.0.1",
    "127.1",
    "0",
    "0x7f000001",
    "2130706433",
    "0177.0.0.1",
    "0.0.0.0",
    "127.0.0.1.",
    "１２７.0.0.1",
    "localhost",
    "LOCALHOST",
    "ａ.example",
    "db.example",
    "a_b",
    "xn--fiqs8s",
    "例子.example",
    "-",
    ".",
    "..",
    "user:pw@",
    "u@",
    "example.com",
    "{x}",
    "'",
    '"',
    "<",
    "|",
    "&host=127.0.0.1",
    "?host=127.0.0.1",
    "=",
)
_texts = st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6).map("".join)


def http_address(text: str) -> HttpAddress | None:
    with suppress(InvalidSettingsError):
        return parse_http_address(text)
    return None


def database_address(text: str) -> DatabaseAddress | None:
    with suppress(InvalidSettingsError):
        return parse_database_url(text)
    return None


@settings(max_examples=1_000, deadline=None, database=None)
@given(st.one_of(_texts, _texts.map("http://{}".format), _texts.map("http://db.example{}".format)))
def test_no_made_up_url_has_another_host_for_those_who_connect_than_for_the_check(
    text: str,
) -> None:
    address = http_address(text)
    if address is None:
        return
    for written in (text, str(address)):
        prepared = requests.Request("POST", written).prepare()
        for host, port in (
            (urlsplit(written).hostname, urlsplit(written).port),
            (parse_url(written).host, parse_url(written).port),
            (urlsplit(prepared.url or "").hostname, urlsplit(prepared.url or "").port),
        ):
            default = {"http": 80, "https": 443}[address.scheme]
            assert ((host or "").strip("[]").lower(), port or default) == address.origin[1:]
    assert parse_http_address(str(address)) == address


@settings(max_examples=500, deadline=None, database=None)
@given(_texts)
def test_no_made_up_database_url_has_another_host_for_libpq_than_for_the_check(text: str) -> None:
    address = database_address(f"postgresql+psycopg://{text}")
    if address is None or address.host is None:
        return
    whole = URL.create(
        address.driver, address.username, None, address.host, address.port, address.database
    )
    _, named = whole.get_dialect()().create_connect_args(whole)
    parsed = {
        option.keyword.decode(): (option.val or b"").decode()
        for option in psycopg.pq.Conninfo.parse(make_conninfo(**named).encode())
    }

    assert parsed["host"] == address.host
    assert parsed["hostaddr"] == ""
    assert parsed["dbname"] == (address.database or "")


@settings(max_examples=500, deadline=None, database=None)
@given(_texts)
def test_a_host_that_passes_is_one_name_or_one_address_in_its_only_form(text: str) -> None:
    try:
        host = parse_host(text)
    except InvalidSettingsError:
        return
    assert host.isascii()
    assert not set(host) & set(" \t\n\\/@,;?#%[]{}'\"<>|&=")
    with suppress(OSError):
        # What a resolver reads as a number is the very number that is written.
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        assert {str(one[4][0]) for one in found} == {host}


@pytest.mark.parametrize(
    "text",
    [
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "127.0.0.01",
        "0.0.0.0",
        "0",
        "1.2.3.4.5",
        "127.0.0.1.",
        "::",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fe80::1%eth0",
        "[::1]",
        "a,b",
        "a b",
        "a\\b",
        "a/b",
        "a@b",
        "a:1",
        "",
        ".",
        "a..b",
        "-a",
        "a.",
        "１２７.0.0.1",
        "ｌocalhost",
        "例子",
        "a\n",
        "a\x00",
        "a%41",
        "a" * 64,
        "a." * 130,
    ],
)
def test_a_disguised_host_is_refused(text: str) -> None:
    with pytest.raises(InvalidSettingsError):
        parse_host(text)


@pytest.mark.parametrize(
    "text",
    ["db.water.example", "sftp-1", "WIN_SRV", "10.1.2.3", "2001:db8::8", "xn--fiqs8s.cn", "a1.2b"],
)
def test_an_ordinary_host_is_not(text: str) -> None:
    assert parse_host(text) == text.lower()


def test_every_carrier_of_an_ipv4_address_is_seen() -> None:
    for text in ("::ffff:10.0.0.1", "::10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001::1"):
        assert carries_ipv4(ipaddress.ip_address(text)), text
    assert not carries_ipv4(ipaddress.ip_address("2001:db8::1"))


@pytest.mark.parametrize(
    ("text", "host", "port", "database"),
    [
        ("dm+dmPython://gate@10.1.2.3:5236", "10.1.2.3", 5236, None),
        ("oracle+oracledb://gate@db.example/?service_name=a.b", "db.example", None, ""),
        ("postgresql+psycopg://gate@[2001:db8::1]:5432/d", "2001:db8::1", 5432, "d"),
        ("sqlite:////srv/库/a b.db", None, None, "/srv/库/a b.db"),
        ("mssql+pymssql://DOMAIN%5Cgate@db.example/信用", "db.example", None, "信用"),
    ],
)
def test_an_ordinary_database_url_is_taken_apart(
    text: str, host: str | None, port: int | None, database: str | None
) -> None:
    address = parse_database_url(text)

    assert (address.host, address.port, address.database) == (host, port, database)
