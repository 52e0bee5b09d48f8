"""A TCP proxy that does to connections what networks do; its mode may change at any time."""

import re
import socket
import threading
import time
from contextlib import suppress

#: Answer of mode "500".
_ERROR = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\nConnection: close\r\n\r\noops"
#: Answer of mode "lie": a success that is no receipt.
_LIE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\nConnection: "
    b"close\r\n\r\n<html>OK</html>"
)


#: What answers without asking the server.
_ANSWERS = {
    "500": _ERROR,
    "lie": _LIE,
    "empty": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "redirect": (
        b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\nConnection: "
        b"close\r\n\r\n"
    ),
    "busy": (
        b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: "
        b"close\r\n\r\n"
    ),
}
#: Seconds that a reply is held back.
_DELAYS = {"slow": 2.0, "late": 3.0, "hang": 6.0}


def _other_receipt(reply: bytes) -> bytes:
    """Make a receipt that of another package."""
    return re.sub(rb"<PackageGuid>[0-9a-f]{8}", b"<PackageGuid>00000000", reply)


def _short_receipt(reply: bytes) -> bytes:
    """Leave one verdict out of a receipt, its length kept right."""
    head, _, body = reply.partition(b"\r\n\r\n")
    shorter = re.sub(rb"<Verdict [^>]*/>", b"", body, count=1)
    head = re.sub(rb"(?i)content-length: *\d+", b"Content-Length: %d" % len(shorter), head)
    return head + b"\r\n\r\n" + shorter


def _blank_verdicts(reply: bytes) -> bytes:
    """Put a blank on both sides of each refusal, as receipt.xsd allows."""
    head, _, body = reply.partition(b"\r\n\r\n")
    wider = body.replace(b' verdict="refused"', b' verdict=" refused "')
    head = re.sub(rb"(?i)content-length: *\d+", b"Content-Length: %d" % len(wider), head)
    return head + b"\r\n\r\n" + wider


_FALSIFIED = {
    "other receipt": _other_receipt,
    "short receipt": _short_receipt,
    "blank verdicts": _blank_verdicts,
}


class Proxy:
    """Forwards to one port.

    Modes: pass, refuse, flap (refuse every other), 500, lie, empty, redirect, busy; slow (2 s),
    late (3 s), hang (6 s), drip (the reply byte by byte, for a while); swallow (reply lost), cut
    (half a reply), half (half a request); other receipt, short receipt; blank verdicts (a receipt
    that is right, written otherwise).
    """

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
            mode = self.mode
            if mode == "refuse" or (mode == "flap" and self.seen % 2):
                return
            if mode in _ANSWERS:
                with suppress(OSError):
                    _read_request(client)
                    client.sendall(_ANSWERS[mode])
                return
            with (
                suppress(OSError),
                socket.create_connection(("127.0.0.1", self._target), 5) as server,
            ):
                server.settimeout(20)
                self._relay(client, server, mode)

    def _relay(self, client: socket.socket, server: socket.socket, mode: str) -> None:
        """One request and its reply a connection, so that each mode meets each request."""
        request = _read_request(client)
        if not request:
            return
        closing = _closing(request)
        if mode == "half":
            server.sendall(closing[: len(closing) // 2])
            return
        server.sendall(closing)
        reply = b""
        while piece := server.recv(65_536):
            reply += piece
        time.sleep(_DELAYS.get(mode, 0))
        if mode == "swallow":
            return
        if mode == "drip":
            for place in range(min(len(reply), 40)):
                client.sendall(reply[place : place + 1])
                time.sleep(0.1)
            return
        reply = _FALSIFIED.get(mode, bytes)(reply)
        client.sendall(reply[: len(reply) // 2] if mode == "cut" else reply)


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
