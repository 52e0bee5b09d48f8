"""A department's server sends the gateway on, to this machine or another's."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pytest

from adapters import AdapterError
from adapters.database import DatabaseAdapter
from adapters.database.redirects import HeldSockets
from adapters.database.settings import DatabaseSettings
from gateway.registry.egress import Egress
from gateway.settings.reach import ReachSettings

_LOCAL = "127.0.0.0/8"


def egress(*networks: str) -> Egress:
    return Egress(
        "water", ReachSettings.model_validate({"departments": {"water": {"networks": networks}}})
    )


@contextmanager
def listening(host: str = "127.0.0.1", answer: bytes = b"") -> Iterator[tuple[int, list[bytes]]]:
    heard: list[bytes] = []
    with closing(socket.create_server((host, 0))) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    line, _ = server.accept()
                    with line:
                        line.settimeout(5)
                        heard.append(line.recv(8_192))
                        line.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], heard


def test_a_driver_that_is_sent_on_connects_only_to_what_may_be_reached() -> None:
    sockets = HeldSockets()
    with listening() as (port, heard):
        with sockets.held(egress(), "127.0.0.1"):
            # What was judged, as the operator's network lets it.
            sockets.create_connection(("127.0.0.1", port), 5).close()
        with sockets.held(egress(), "10.1.2.3"):
            for host in ("127.0.0.1", "localhost", "127.1", "::1", "169.254.169.254", "a,b"):
                with pytest.raises(OSError, match=r"127|local|::1|169|a,b"):
                    sockets.create_connection((host, port), timeout=5)
        with sockets.held(egress(_LOCAL), "10.1.2.3"):
            sockets.create_connection(("127.0.0.1", port), 5).close()
        # Who is not held, the operator's own settings, goes anywhere; and so does another thread.
        sockets.create_connection(("127.0.0.1", port)).close()

    assert len(heard) <= 3
    assert sockets.AF_INET is socket.AF_INET


def test_an_oracle_listener_sends_the_gateway_nowhere_else() -> None:
    pytest.importorskip("oracledb")
    with listening("127.0.0.1") as (victim, heard):
        place = (
            f"(ADDRESS=(PROTOCOL=tcp)(HOST=127.0.0.1)(PORT={victim}))\0"
            "(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=x)))"
        ).encode()
        sent_on = (
            struct.pack(">HHBBHH", 10, 0, 5, 0, 0, len(place))
            + struct.pack(">HHBBHH", 10 + len(place), 0, 6, 0, 0, 0)
            + place
        )
        with listening("127.0.0.2", sent_on) as (port, asked):
            settings = DatabaseSettings.model_validate(
                {
                    "url": f"oracle+oracledb://u@127.0.0.2:{port}/?service_name=x",
                    "password": "p",
                    "table": "t",
                    "key_column": "k",
                    "mode": "full",
                }
            ).confined(egress("127.0.0.2/32"))
            with closing(DatabaseAdapter(settings)) as adapter, pytest.raises(AdapterError):
                list(adapter.test())

    assert any(data[4] == 1 for data in asked if len(data) > 8)
    assert heard == []
