"""Runs a WSGI application on waitress in a thread, on a port that it may choose itself."""

import threading
from typing import Any

import waitress
from flask import Flask


class WsgiServer:
    """One application on one address; `port` says where it listens."""

    def __init__(
        self, app: Flask, host: str = "127.0.0.1", port: int = 0, threads: int = 4
    ) -> None:
        # Our own map of sockets, so that `stop` can close what clients keep open.
        self._sockets: dict[int, Any] = {}
        self._server: Any = waitress.create_server(
            app, map=self._sockets, host=host, port=port, threads=threads, ident="creditgate",
            channel_timeout=60, max_request_body_size=128_000_000, inbuf_overflow=16_000_000,
        )  # fmt: skip
        self.port = int(self._server.effective_port)
        self._thread = threading.Thread(target=self._server.run, name="wsgi", daemon=True)

    def start(self) -> "WsgiServer":
        """Serve in a thread."""
        self._thread.start()
        return self

    def serve(self) -> None:
        """Serve in this thread until `stop` or a signal."""
        self._server.run()

    def stop(self) -> None:
        """Stop listening and end the thread."""
        self._server.task_dispatcher.shutdown()
        self._server.close()
        for connection in list(self._sockets.values()):
            connection.close()
        if self._thread.is_alive():
            self._thread.join(5)
