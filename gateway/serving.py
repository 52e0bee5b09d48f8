"""Runs a WSGI application on waitress in a thread, on a port that it may choose itself."""

import ctypes
import gc
import threading
from contextlib import suppress
from typing import Any

import waitress
from flask import Flask
from waitress import wasyncore

#: How often the loop looks whether it should end, in seconds.
_TURN = 0.5
#: M_ARENA_MAX of glibc's mallopt.
_ARENAS_AT_MOST = -8


def collect_rarely() -> None:
    """Have Python look for cycles of garbage rarely, and not in what is here from the start.

    Each batch makes and drops some hundred thousand tuples in no cycle: to look through them again and
    again takes a thirtieth of a busy process's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def keep_few_arenas() -> None:
    """Have the C library keep memory for two threads at once: each arena keeps what its own has freed.

    The many threads of a gateway take turns anyway, and fifteen arenas held 70 MB. Other libraries
    than glibc have no arenas.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENAS_AT_MOST, 2)


class WsgiServer:
    """One application on one address; `port` says where it listens."""

    def __init__(
        self, app: Flask, host: str = "127.0.0.1", port: int = 0, threads: int = 4
    ) -> None:
        self._sockets: dict[int, Any] = {}
        # Headers of a proxy are left to the application: it believes as many of them as `web.proxies`
        # says, and tells where there is one of which nobody has said anything.
        self._server: Any = waitress.create_server(
            app, map=self._sockets, host=host, port=port, threads=threads, ident="creditgate", clear_untrusted_proxy_headers=False,
            channel_timeout=60, max_request_body_size=128_000_000, inbuf_overflow=16_000_000,
        )  # fmt: skip
        self.port = int(self._server.effective_port)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.serve, name="wsgi", daemon=True)

    def start(self) -> "WsgiServer":
        """Serve in a thread."""
        self._thread.start()
        return self

    def serve(self) -> None:
        """Serve in this thread until `stop` or SystemExit; connections that clients keep are closed then."""
        try:
            while not self._stop.is_set():
                wasyncore.loop(timeout=_TURN, map=self._sockets, use_poll=True, count=1)
        finally:
            self._server.task_dispatcher.shutdown()
            wasyncore.close_all(self._sockets)

    def stop(self) -> None:
        """Ask the loop to end and wait for it."""
        self._stop.set()
        # The loop may have ended, and closed its trigger, since it was asked.
        with suppress(OSError):
            self._server.pull_trigger()
        if self._thread.is_alive():
            self._thread.join(10)
