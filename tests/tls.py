"""A TLS server before a plain one, which wants a client's certificate."""

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self


class TlsFront:
    """Takes TLS connections of clients with a certificate and forwards one request of each."""

    def __init__(self, target: int, certificate: Path, key: Path, clients: Path) -> None:
        self._target = target
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._context.load_verify_locations(clients)
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        self._thread.join(5)
        self._listener.close()

    def _accept(self) -> None:
        while not self._stop.is_set():
            raw, _ = self._listener.accept()
            raw.settimeout(5)
            with suppress(OSError), raw, self._context.wrap_socket(raw, server_side=True) as client:
                self._forward(client)

    def _forward(self, client: ssl.SSLSocket) -> None:
        with socket.create_connection(("127.0.0.1", self._target), 5) as server:
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join(5)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
