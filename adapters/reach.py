"""The first steps of a connection test that all network kinds share: the name, then the port."""

import socket
from collections.abc import Iterator

from adapters import SourceRefused, SourceUnavailable, Step


def reached(host: str, port: int, timeout: float) -> Iterator[Step]:
    """Look a host's name up and open a connection to its port; `timeout` in seconds.

    Raises SourceRefused for a name that is not known, SourceUnavailable for a port that does not answer.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise SourceRefused(f"查不到主机 {host}（{error}），请核对名称或 DNS", f"the host {host} is not known ({error}); check the name or the DNS") from None  # fmt: skip
    addresses = ", ".join(dict.fromkeys(str(address[4][0]) for address in found))
    yield Step("主机名", "host name", ok=True, detail=addresses)
    try:
        with socket.create_connection((host, port), timeout):
            pass
    except OSError as error:
        raise SourceUnavailable(f"{host} 的端口 {port} 连不上（{error}），请核对端口和防火墙", f"port {port} of {host} does not answer ({error}); check the port and the firewall") from None  # fmt: skip
    yield Step("端口", "port", ok=True, detail=str(port))
