"""A TCP proxy that does to connections what networks do; its mode may change at any time."""

import socket
import threading
import time
from contextlib import suppress

#: Answer of mode "500".
_ERROR = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\nConnection: close\r\n\r\noops"
#: Answer of mode "lie": a success that is no receipt.
_LIE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\nConnection: close\r\n\r\n<html>OK</html>"


class Proxy:
    """Forwards to one port. Modes: pass, refuse, 500, lie, slow (2 s), swallow (reply lost), cut (half a reply)."""

    def __init__(self, target: int) -> None:
        self.mode = "pass"
        self.seen = 0
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        # A listener that is closed does not wake its accept: a last connection does.
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        self._thread.join(5)
        self._listener.close()

    def _accept(self) -> None:
        while not self._stop.is_set():
            client, _ = self._listener.accept()
            if self._stop.is_set():
                client.close()
                return
            self.seen += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            client.settimeout(20)
            if self.mode == "refuse":
                return
            if self.mode in ("500", "lie"):
                with suppress(OSError):
                    _read_request(client)
                    client.sendall(_ERROR if self.mode == "500" else _LIE)
                return
            with (
                suppress(OSError),
                socket.create_connection(("127.0.0.1", self._target), 5) as server,
            ):
                server.settimeout(20)
                self._relay(client, server)

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        """One request and its reply a connection, so that each mode meets each request."""
        request = _read_request(client)
        if not request:
            return
        server.sendall(_closing(request))
        reply = b""
        while piece := server.recv(65_536):
            reply += piece
        if self.mode == "slow":
            time.sleep(2)
        if self.mode == "swallow":
            return
        client.sendall(reply[: len(reply) // 2] if self.mode == "cut" else reply)


def _closing(request: bytes) -> bytes:
    """Ask the server to close after its reply, whatever the client asked."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close", b"", body])


def _read_request(client: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(65_536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        ),
        0,
    )
    while len(body) < length:
        piece = client.recv(65_536)
        if not piece:
            return b""
        body += piece
    return head + b"\r\n\r\n" + body
