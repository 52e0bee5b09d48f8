"""Egress policy: what registered adapters may reach, department by department.

A department's settings must not turn the gateway on itself, nor on another department. The decision
is made where a connection is opened or a file: the adapters of a department open both by `Egress`.
Settings in `gateway.yaml` are the operator's own and are not held to this.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from adapters import Reach, Settings, SourceRefusedError
from adapters.annotated import annotated_reaches
from adapters.setting_faults import InvalidSettingsError
from adapters.text import access as messages
from adapters.transports.access import lookup
from adapters.transports.addresses import IPAddress, carries_ipv4, parse_host
from adapters.transports.files import Files
from gateway.registry.definition import RegistryError
from gateway.settings.reach import DepartmentReach, ReachSettings
from gateway.text import Text

#: Returns a host's numeric addresses; raises OSError for a name that is not known.
Lookup = Callable[[str], Sequence[str]]
#: Options in a database's URL that say how to talk and lead nowhere.
_OPTIONS = frozenset(
    {"charset", "client_encoding", "application_name", "connect_timeout", "sslmode", "service_name"}
)
#: Drivers whose connections `adapters.database.held` can hold to an address.
_DRIVERS = frozenset(
    {
        "postgresql",
        "postgresql+psycopg",
        "mysql+pymysql",
        "mariadb+pymysql",
        "oracle+oracledb",
        "mssql+pymssql",
        "dm+dmPython",
        "sqlite",
        "sqlite+pysqlite",
    }
)
#: Where clouds serve a machine's own credentials beside the link's 169.254.169.254: Alibaba, Azure,
#: AWS.
_METADATA = frozenset(
    map(ipaddress.ip_address, ("100.100.100.200", "168.63.129.16", "fd00:ec2::254"))
)
_DISCARD = 9
#: A name that is this machine's without being looked up, and its address.
_LOCAL, _LOOPBACK = "localhost", "127.0.0.1"
_WILD = frozenset("*?[")


@dataclass(frozen=True)
class Egress:
    """What the adapters of one department may reach; an `adapters.transports.access.Access`."""

    department: str
    reach: ReachSettings
    look_up: Lookup = lookup

    @cached_property
    def files(self) -> Files:
        """Return access to the department's own folders; to nothing where it has none."""
        return Files(self._department_reach.folders)

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return the addresses of a host, looked up; each of them may be connected to.

        Raises SourceRefusedError, in the same words whether the name is not known or is not for
        this department.
        """
        try:
            addresses = self._judged(parse_host(host))
        except (OSError, InvalidSettingsError):
            addresses = ()
        if not addresses:
            raise SourceRefusedError(*messages.host_absent(host))
        return addresses

    def may_name(self, host: str) -> bool:
        """Whether a host may stand in settings, by what its text alone tells.

        Names are not looked up before they are connected to: whether they are known, are another
        department's or lead to this machine must not be told apart.
        """
        try:
            host = parse_host(host)
        except InvalidSettingsError:
            return False
        if not _matches(host, self._hosts):
            return False
        if host == _LOCAL or host.endswith(f".{_LOCAL}"):
            return self._is_allowed(_LOOPBACK)
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return True
        return self._is_allowed(host)

    @property
    def _department_reach(self) -> DepartmentReach:
        return self.reach.departments.get(self.department, DepartmentReach())

    @property
    def _hosts(self) -> Sequence[str]:
        hosts = self._department_reach.hosts
        return self.reach.hosts if hosts is None else hosts

    def _judged(self, host: str) -> tuple[str, ...]:
        """Return a host's addresses; none where one of them may not be reached.

        Raises OSError.
        """
        if not _matches(host, self._hosts) or self._is_anothers(host):
            return ()
        addresses = tuple(self.look_up(host))
        return addresses if addresses and all(map(self._is_allowed, addresses)) else ()

    def _is_anothers(self, host: str) -> bool:
        """Whether another department alone names a host in full."""
        if self._department_reach.hosts is not None:
            return False
        return any(
            _matches(host, [pattern])
            for name, entry in self.reach.departments.items()
            if name != self.department
            for pattern in entry.hosts or ()
            if not _WILD & set(pattern)
        )

    def _is_allowed(self, text: str) -> bool:
        address = ipaddress.ip_address(text.partition("%")[0])
        networks = self._department_reach.networks
        if any(address in network for network in networks):
            return True
        return not (
            address.is_loopback
            or address.is_link_local
            or address.is_multicast
            or address.is_unspecified
            or address.is_reserved
            or carries_ipv4(address)
            or address in _METADATA
            or _is_own(address)
        )


def _matches(host: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(host.lower(), pattern.lower()) for pattern in patterns)


def _is_own(address: IPAddress) -> bool:
    """Whether an address is one of this machine's: the way to it begins at itself.

    Nothing is sent.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with closing(socket.socket(family, socket.SOCK_DGRAM)) as line:
            line.connect((str(address), _DISCARD))
            return bool(ipaddress.ip_address(line.getsockname()[0]) == address)
    except OSError:
        # There is no way to it at all.
        return False


def check_egress(settings: Settings, egress: Egress, *, opening: bool = False) -> None:
    """Raise RegistryError for the first thing that settings name and a department may not reach.

    It tells early what would be refused at the moment of use. What settings are annotated as counts
    beside what their kind says that it reaches: a stranger's may say nothing. A kind that does not
    open its connections by `Settings.access` is refused, when it is opened, what cannot be looked
    up.
    """
    for reach in dict.fromkeys((*settings.reaches(), *annotated_reaches(settings))):
        if (fault := _fault(reach, egress)) is not None:
            raise RegistryError(fault.zh, fault.en)
        if opening and reach.what == "host" and not settings.uses_access:
            try:
                egress.addresses(reach.value)
            except SourceRefusedError as error:
                raise RegistryError(error.zh, error.en) from None


def _fault(reach: Reach, egress: Egress) -> Text | None:
    match reach.what:
        case "host":
            fault = None if egress.may_name(reach.value) else messages.host_absent(reach.value)
        case "file":
            fault = None if egress.files.covers(reach.value) else messages.file_absent(reach.value)
        case "option":
            fault = None if reach.value in _OPTIONS else messages.option_refused(reach.value)
        case "driver":
            fault = None if reach.value in _DRIVERS else messages.driver_refused(reach.value)
        case _:
            fault = messages.key_file_refused(*reach.value.split(":"))
    return None if fault is None else Text(*fault)
