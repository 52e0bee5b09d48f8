"""What a registered adapter may reach: a department's settings must not turn the gateway on itself.

Settings in `gateway.yaml` are the operator's own and are not held to this.
"""

import ipaddress
import socket
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

from adapters import Reach, Settings
from gateway.feeds import ReachSettings
from gateway.registry.definition import RegistryError

#: Gives a host's addresses; raises OSError for a name that is not known.
Resolve = Callable[[str], list[str]]
#: Options in a database's URL that say how to talk and lead nowhere.
_OPTIONS = frozenset(
    {"charset", "client_encoding", "application_name", "connect_timeout", "sslmode", "service_name"}
)


def resolve(host: str) -> list[str]:
    """Look a host's addresses up as a connection would."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def check_reach(settings: Settings, allowed: ReachSettings, lookup: Resolve = resolve) -> None:
    """Raise RegistryError for the first thing that settings reach and may not."""
    for reach in settings.reaches():
        if reach.what == "host":
            _check_host(reach, allowed, lookup)
        elif reach.what == "file":
            _check_file(reach, allowed)
        elif reach.value not in _OPTIONS:
            raise RegistryError(f"数据库地址不允许选项 {reach.value}", f"the database's URL may not have the option {reach.value}")  # fmt: skip


def _check_host(reach: Reach, allowed: ReachSettings, lookup: Resolve) -> None:
    if not any(fnmatchcase(reach.value.lower(), pattern.lower()) for pattern in allowed.hosts):
        raise _refused(reach.value, "不在 reach.hosts 之列", "is not among reach.hosts")
    try:
        addresses = lookup(reach.value)
    except OSError:
        # Nobody can be reached by it; who connects is told so.
        return
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        plain = getattr(address, "ipv4_mapped", None) or address
        own = (
            plain.is_loopback
            or plain.is_link_local
            or plain.is_multicast
            or plain.is_unspecified
            or plain.is_reserved
        )
        if own and not any(plain in network for network in allowed.networks):
            raise _refused(
                f"{reach.value} ({text})", "是本机或链路地址", "is this machine or its link"
            )


def _check_file(reach: Reach, allowed: ReachSettings) -> None:
    path = Path(reach.value).resolve()
    if not any(path.is_relative_to(folder.resolve()) for folder in allowed.folders):
        raise _refused(reach.value, "不在 reach.folders 之内", "is in none of reach.folders")


def _refused(what: str, zh: str, en: str) -> RegistryError:
    return RegistryError(
        f"不允许访问 {what}：{zh}；请运维人员在 gateway.yaml 的 reach 中放行", f"{what} may not be reached: it {en}; have the operator allow it under `reach` in gateway.yaml"
    )  # fmt: skip
