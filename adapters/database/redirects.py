"""Oracle's redirects held to what may be reached: a listener may send its client on to any address.

Clusters do so for good reasons, to the node that serves. The thin driver opens each connection by
the standard library's `socket.create_connection`, in the thread that asks for it: there it is
judged.
"""

import importlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adapters import AdapterError
from adapters.transports.access import Access, connect_to

#: The driver's module that opens connections.
_DRIVER = "oracledb.thin_impl"


class HeldSockets:
    """Stands for the module `socket` in a driver; of a thread that is held, it judges where to."""

    def __init__(self) -> None:
        self._held = threading.local()

    def __getattr__(self, name: str) -> Any:
        return getattr(socket, name)

    def create_connection(
        self, address: tuple[str, int], *more: Any, **named: Any
    ) -> socket.socket:
        """Do as the standard library's; raises OSError where the
        thread may not reach an address.
        """
        held: tuple[Access, str] | None = getattr(self._held, "by", None)
        if held is None:
            return socket.create_connection(address, *more, **named)
        access, judged = held
        host, port = address
        if host == judged:
            return socket.create_connection(address, *more, **named)
        try:
            addresses = access.addresses(host)
        except AdapterError as error:
            raise OSError(str(error)) from None
        return connect_to(addresses, port, named.get("timeout", more[0] if more else None))

    @contextmanager
    def held(self, access: Access, judged: str) -> Iterator[None]:
        """Yield while this thread is held to what may be reached;
        `judged` is an address that is.
        """
        before = getattr(self._held, "by", None)
        self._held.by = access, judged
        try:
            yield
        finally:
            self._held.by = before


_sockets = HeldSockets()


@contextmanager
def following(access: Access, judged: str) -> Iterator[None]:
    """Yield while Oracle's driver may connect in this thread to an address, and be redirected.

    Redirects go only where `access` allows; `judged` is an address that was allowed already.
    """
    driver: Any = importlib.import_module(_DRIVER)
    if driver.socket is not _sockets:
        driver.socket = _sockets
    with _sockets.held(access, judged):
        yield
