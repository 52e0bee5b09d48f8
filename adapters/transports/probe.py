"""What all network kinds share: the first steps of a connection test,
and patience after a refused login.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from adapters import SourceRefusedError, SourceUnavailableError, Step
from adapters.text import connection_steps
from adapters.text import servers as messages
from adapters.transports.access import Access, connect_to

#: Seconds in which a login that was refused is not tried again. Servers lock an account after a few
#: failures within minutes; a feed is fetched every minute.
_LOGIN_PAUSE = 3600.0


class LoginRefusedError(SourceRefusedError):
    """The server refused who we are."""


class LoginPause:
    """Remembers a refused login, so that trying again and again never locks an account.

    A process that a person starts, and new settings, make a new one.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._refused: tuple[float, LoginRefusedError] | None = None

    def check(self) -> None:
        """Raise LoginRefusedError again where the last login was refused and not long ago."""
        if self._refused is None:
            return
        at, error = self._refused
        if self._clock() - at < _LOGIN_PAUSE:
            raise LoginRefusedError(error.zh, error.en)

    @contextmanager
    def logging_in(self) -> Iterator[None]:
        """Hold a login that is refused within, and raise it again, unasked,
        until the pause is over.
        """
        self.check()
        try:
            yield
        except LoginRefusedError as error:
            self.refuse(error)
            raise
        self.clear()

    def refuse(self, error: LoginRefusedError) -> None:
        """Note that a login was refused."""
        self._refused = self._clock(), error

    def clear(self) -> None:
        """Note that a login succeeded."""
        self._refused = None


def reached(access: Access, host: str, port: int, timeout: float) -> Iterator[Step]:
    """Yield two steps: a host's name looked up, and a connection to its port, `timeout` in seconds.

    Raises SourceRefusedError for a name that is not known or may not be reached,
    SourceUnavailableError for a port that does not answer.
    """
    try:
        addresses = access.addresses(host)
    except OSError as error:
        raise SourceRefusedError(*messages.unknown_host(host, str(error))) from None
    yield Step(*connection_steps.host_name(), ok=True, detail=", ".join(addresses))
    try:
        with connect_to(addresses, port, timeout):
            pass
    except OSError as error:
        raise SourceUnavailableError(*messages.port_closed(host, port, str(error))) from None
    yield Step(*connection_steps.port(), ok=True, detail=str(port))
