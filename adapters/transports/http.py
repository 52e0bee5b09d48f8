"""HTTP by requests whose connections go where `Access` lets them, and nowhere else.

The name stays in the Host header and in TLS; what is connected to is the address that was looked up
and judged for this connection. Nothing of the environment counts: no proxy, netrc or certificate
path.
"""

import socket
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from adapters.transports.access import Access, connect


def open_session(access: Access) -> requests.Session:
    """Return a session all of whose connections are opened by `access`."""
    session = requests.Session()
    session.trust_env = False
    session.adapters.clear()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _HeldAdapter(access))
    return session


class _HeldAdapter(HTTPAdapter):
    def __init__(self, access: Access) -> None:
        self._pools = _pools(access)
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools


def _pools(access: Access) -> dict[str, type[HTTPConnectionPool]]:
    """Return classes of connection pools that know by what they connect:
    urllib3 passes nothing else on.
    """

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self, access)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self, access)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _connected(connection: HTTPConnection, access: Access) -> socket.socket:
    """Open a connection; raises what urllib3 raises,
    and SourceRefusedError for what may not be reached.
    """
    try:
        line = connect(access, connection.host, connection.port or 80, connection.timeout)
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from None
    except TimeoutError:
        raise ConnectTimeoutError(connection, "the connection timed out") from None
    except OSError as error:
        raise NewConnectionError(connection, str(error)) from None
    for option in connection.socket_options or ():
        line.setsockopt(*option)
    return line
