"""What settings may reach, decided where a connection is opened or a file: never before,
never twice.

The operator's own settings reach anything. What a department registers is held to a policy, by
which the gateway makes an `Access` of its own (`gateway.registry.egress`).
"""

import errno
import socket
from typing import Protocol

from adapters.transports.files import ANY_FILE, Files


class Access(Protocol):
    """What the settings of one adapter may reach."""

    @property
    def files(self) -> Files:
        """Return the files that may be opened."""
        ...

    def addresses(self, host: str) -> tuple[str, ...]:
        """Look a host up and return its numeric addresses, each of which may be connected to.

        Raises SourceRefusedError where a policy allows none, OSError where the name is not known.
        """
        ...


class AnyAccess:
    """Everything that there is: the operator's own settings."""

    files = ANY_FILE

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return a host's numeric addresses; raises OSError."""
        return lookup(host)


ANY_ACCESS = AnyAccess()


def lookup(host: str) -> tuple[str, ...]:
    """Return the numeric addresses of a host; raises OSError."""
    try:
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(errno.EINVAL, str(error)) from None
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in entries))


def connect(access: Access, host: str, port: int, timeout: float | None) -> socket.socket:
    """Return a connection to the first of a host's addresses that answers, and to no other address.

    Raises SourceRefusedError where a policy allows none, OSError where none answers.
    """
    return connect_to(access.addresses(host), port, timeout)


def connect_to(addresses: tuple[str, ...], port: int, timeout: float | None) -> socket.socket:
    """Open a connection to the first of some numeric addresses that answers; raises OSError."""
    failure: OSError | None = None
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout)
        except OSError as error:
            failure = error
    raise failure or OSError(errno.EHOSTUNREACH, "no address")
