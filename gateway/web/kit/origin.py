"""Where a request says that it comes from, and by which name it came here.

Nothing of it is believed.

A name of this gateway goes into links, redirects and the WSDL only where it is one that the
settings, the listening address or this machine give it.
"""

import ipaddress
import socket
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from flask import request

from gateway.settings.web import WebSettings

#: Names by which a machine knows itself, whatever it listens on.
_LOCAL_NAMES = frozenset(("localhost", "127.0.0.1", "::1"))
#: Linux: the addresses that this machine has.
_IPV4, _IPV6 = Path("/proc/net/fib_trie"), Path("/proc/net/if_inet6")


def sent_by_own_page(settings: WebSettings) -> bool:
    """Whether a browser says that a page of ours sends this request."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin", "") in _own_origins(settings)


def sent_by_another_site(settings: WebSettings) -> bool:
    """Whether a browser says that a page of another site sends this request.

    A program says nothing.
    """
    site = request.headers.get("Sec-Fetch-Site", "none")
    origin = request.headers.get("Origin")
    return site not in ("none", "same-origin") or (
        origin is not None and origin not in _own_origins(settings)
    )


def _own_origins(settings: WebSettings) -> set[str]:
    origins = {request.host_url.rstrip("/")}
    if settings.public_url:
        parts = urlsplit(settings.public_url)
        origins.add(f"{parts.scheme}://{parts.netloc}")
    return origins


def public_address(settings: WebSettings, path: str) -> str:
    """Return the address by which others reach a path of ours."""
    return (settings.public_url or request.host_url.rstrip("/")) + path


def own_hosts(settings: WebSettings) -> frozenset[str]:
    """Return the names and addresses by which this gateway may be asked, in lower case.

    On all addresses of the machine, each of them counts, and the machine's name.
    """
    names = {*map(_host_of, settings.hosts), settings.host, *_LOCAL_NAMES}
    if settings.public_url:
        names.add(urlsplit(settings.public_url).hostname or "")
    if settings.host in ("0.0.0.0", "::", ""):  # noqa: S104
        names |= {socket.gethostname(), *_addresses()}
    return frozenset(name.lower() for name in names if name)


def _host_of(name: str) -> str:
    """Return the host of a name that may have a port, as people copy it from a browser."""
    return urlsplit(f"//{name}").hostname or ""


def asked_by_own_name(hosts: frozenset[str]) -> bool:
    """Whether the Host of a request is one of ours; its port does not matter."""
    try:
        name = urlsplit(f"//{request.host}").hostname
    except ValueError:
        return False
    # One point ends a name of DNS; of two nobody's name is made, and no address of ours.
    return name is not None and name.removesuffix(".") in hosts


def _addresses() -> set[str]:
    """Return this machine's addresses; none where the system does not tell them."""
    addresses: set[str] = set()
    try:
        lines = _IPV4.read_text("ascii").splitlines()
        addresses |= {
            previous.split()[-1] for previous, line in pairwise(lines) if "/32 host LOCAL" in line
        }
        addresses |= {
            str(ipaddress.IPv6Address(int(line.split()[0], 16)))
            for line in _IPV6.read_text("ascii").splitlines()
        }
    except (OSError, ValueError, IndexError):
        return addresses
    return addresses
