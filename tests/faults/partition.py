"""A wire to PostgreSQL of which one direction can fail while the other goes on."""

import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Literal

Direction = Literal["to the server", "from the server"]


class OneWayWire:
    """Carries bytes from loopback to a server's socket file, and back; `stop` fails one way."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._passes = {"to the server": threading.Event(), "from the server": threading.Event()}
        self._closed = threading.Event()
        self._open: list[socket.socket] = []
        self.heal()
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self, direction: Direction) -> None:
        """Let nothing more through one way; what is on its way waits."""
        self._passes[direction].clear()

    def heal(self) -> None:
        """Let everything through again."""
        for way in self._passes.values():
            way.set()

    def cut(self) -> None:
        """Break every connection off."""
        while self._open:
            with suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End it."""
        self._closed.set()
        self.heal()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while not self._closed.is_set():
            client, _ = self._listener.accept()
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(str(self._target))
            except OSError:
                client.close()
                continue
            self._open += [client, server]
            for source, sink, way in (
                (client, server, "to the server"),
                (server, client, "from the server"),
            ):
                threading.Thread(target=self._carry, args=(source, sink, way), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, way: str) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self._passes[way].wait()
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
