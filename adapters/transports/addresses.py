"""The one parser of hosts, HTTP addresses and database URLs;
whoever connects takes the parts from here.

A text that two parsers could read differently is refused, not repaired: that is how a checked host
and the host that is connected to come to be two. Pure: no name is looked up here.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Annotated, Literal, cast
from urllib.parse import parse_qsl, unquote

from pydantic import AfterValidator

from adapters.setting_faults import InvalidSettingsError
from adapters.text import Text
from adapters.text import access as messages
from adapters.text import settings as setting_messages

#: A label of a name; Windows machines have underscores.
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.IGNORECASE)
#: A last label by which resolvers take a whole name for a number: 127.1, 2130706433, 0x7f000001.
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.IGNORECASE)
_LONGEST_NAME = 253
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_LAST_PORT = 65_535
#: Scheme, authority, path and query. Only what every parser leaves alone: printable ASCII without
#: backslash, quotes, angle and curly brackets; no fragment, which is never sent.
_HTTP = re.compile(
    r"(https?)://([A-Za-z0-9._:\[\]-]+)((?:[/?][A-Za-z0-9._~:/?@!$&'()*+,;=%\[\]-]*)?)"
)
_AUTHORITY = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::([0-9]+))?")
_DATABASE = re.compile(
    r"(?P<driver>[a-z][a-z0-9_]*(?:\+[A-Za-z][A-Za-z0-9_]*)?)://"
    r"(?:(?P<user>[^:@/?\\]*)(?::(?P<password>[^@/?\\]*))?@)?"
    r"(?:(?P<host>\[[0-9a-fA-F:.]+\]|[^\[\]:@/?\\]*)(?::(?P<port>[0-9]+))?)?"
    r"(?:/(?P<database>[^?]*))?(?:\?(?P<query>[^#]*))?"
)
#: Names of users and databases that no driver takes for more than a name; a backslash parts a
#: Windows domain from its user.
_PLAIN_USER = re.compile(r"[\w.$#@\\ -]*")
_PLAIN_DATABASE = re.compile(r"[\w.$# -]*")
_DEFAULT_PORTS = {"http": 80, "https": 443}
#: IPv6 addresses by which an IPv4 address is reached: they are written as that address.
_CARRIERS = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/32",
    )
)

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressError(InvalidSettingsError):
    """A text is no address that everybody reads alike."""


def parse_host(text: str) -> str:
    """Return a host as it is connected to: a name in lower case,
    or a numeric address in its one form.

    Raises AddressError for everything else: lists, blanks, backslashes, users, ports, scopes, names
    of other scripts, and numbers that resolvers take for addresses (127.1, 0x7f000001).
    """
    if ":" in text:
        return str(_parse_ipv6(text))
    if _NUMBER.fullmatch(text):
        return str(_parse_ipv4(text))
    if len(text) > _LONGEST_NAME or not _NAME.fullmatch(text):
        raise AddressError(messages.no_host())
    return text.lower()


def _parse_ipv4(text: str) -> ipaddress.IPv4Address:
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        raise AddressError(messages.no_ipv4()) from None
    if address.is_unspecified:
        raise AddressError(messages.no_ipv4())
    return address


def _parse_ipv6(text: str) -> ipaddress.IPv6Address:
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        raise AddressError(messages.no_host()) from None
    if address.scope_id is not None or (carries_ipv4(address) and not address.is_loopback):
        raise AddressError(messages.no_ipv6())
    return address


def carries_ipv4(address: IPAddress) -> bool:
    """Whether an address is a way to write an IPv4 address: mapped, compatible, NAT64,
    6to4, Teredo.
    """
    return isinstance(address, ipaddress.IPv6Address) and any(
        address in network for network in _CARRIERS
    )


#: A host in settings, parsed when they are.
Host = Annotated[str, AfterValidator(parse_host)]


@dataclass(frozen=True, slots=True)
class HttpAddress:
    """The parts of an HTTP address; `target` is its path and query."""

    scheme: Literal["http", "https"]
    host: str
    port: int
    target: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Return who is called: scheme, host and port."""
        return self.scheme, self.host, self.port

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target}"


def parse_http_address(text: str) -> HttpAddress:
    """Return the parts of an HTTP address; raises AddressError where any parser could differ."""
    match = _HTTP.fullmatch(text)
    authority = _AUTHORITY.fullmatch(match[2]) if match else None
    if match is None or authority is None:
        raise AddressError(messages.no_http_address())
    name, port = authority[1], authority[2]
    if name.startswith("[") != (":" in name):
        raise AddressError(messages.no_http_address())
    host = parse_host(name.strip("[]"))
    scheme = cast('Literal["http", "https"]', match[1])
    number = (
        _DEFAULT_PORTS[scheme] if port is None else _parse_port(port, messages.no_http_address())
    )
    target = match[3] if match[3].startswith("/") else f"/{match[3]}"
    return HttpAddress(scheme, host, number, target)


def _parse_port(text: str, fault: Text) -> int:
    if not _PORT.fullmatch(text) or int(text) > _LAST_PORT:
        raise AddressError(fault)
    return int(text)


def _http_text(text: str) -> str:
    return str(parse_http_address(text))


#: An HTTP address in settings, written from its parts.
HttpText = Annotated[str, AfterValidator(_http_text)]


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """The parts of a database URL, for `sqlalchemy.engine.URL.create`;
    `database` of SQLite is a path.
    """

    driver: str
    username: str | None
    has_password: bool
    host: str | None
    port: int | None
    database: str | None
    query: tuple[tuple[str, str], ...]

    @property
    def backend(self) -> str:
        """Return the kind of server."""
        return self.driver.partition("+")[0]


def parse_database_url(text: str) -> DatabaseAddress:
    """Return the parts of a database URL; raises AddressError where any parser could differ.

    Users and databases may hold nothing that a driver could take for another part (libpq's URIs,
    the brackets of an Oracle descriptor).
    """
    match = _DATABASE.fullmatch(text)
    if match is None or not text.isprintable():
        raise AddressError(setting_messages.no_database_url())
    name, secret, port = match["user"], match["password"], match["port"]
    address = DatabaseAddress(
        driver=match["driver"],
        username=None if name is None else unquote(name),
        has_password=bool(secret),
        host=parse_host(match["host"].strip("[]")) if match["host"] else None,
        port=None if port is None else _parse_port(port, setting_messages.no_database_url()),
        database=match["database"],
        query=tuple(parse_qsl(match["query"] or "", keep_blank_values=True)),
    )
    if address.backend == "sqlite":
        sound = not (address.host or address.username or address.port)
    else:
        sound = bool(
            _PLAIN_USER.fullmatch(address.username or "")
            and _PLAIN_DATABASE.fullmatch(address.database or "")
        )
    if not sound:
        raise AddressError(setting_messages.no_database_url())
    return address
