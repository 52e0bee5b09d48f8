"""Runs a WSGI application on waitress in a thread, on a port that it may choose itself."""

import ctypes
import gc
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.adjustments import Adjustments

from gateway.serving.limits import Front, FrontLimits, ask_by_headers

if TYPE_CHECKING:
    from flask import Flask

#: How often the loop looks whether it should end, in seconds.
_TURN = 0.5
#: Of glibc's mallopt: M_ARENA_MAX, M_MMAP_THRESHOLD and M_TRIM_THRESHOLD, with what they are set
#: to.
_ALLOCATION = ((-8, 2), (-3, 1_000_000), (-1, 4_000_000))


def collect_rarely() -> None:
    """Have Python look for cycles of garbage rarely, and not in what is here from the start.

    Each batch makes and drops some hundred thousand tuples in no cycle: to look through them again
    and again takes a thirtieth of a busy process's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def keep_little_memory() -> None:
    """Have the C library give back what is freed, and keep memory for two threads at once.

    Each arena keeps what its own has freed: the many threads of a gateway take turns anyway, and
    fifteen arenas held 70 MB. A package or a chunk of rows is mapped by itself, and is gone when it
    is freed: by default glibc takes such pieces from its arenas once a few were freed, and lets
    them lie between smaller ones. Other libraries than glibc have none of this.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        for parameter, value in _ALLOCATION:
            library.mallopt(parameter, value)


def give_memory_back() -> None:
    """Have the C library give back what lies free between what is used; to be called now and then.

    By itself it gives back only what is free at the end of its arenas: 35 MB of a busy gateway lie
    between.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


class WsgiServer:
    """One application on one address; `port` says where it listens."""

    def __init__(
        self,
        app: "Flask",
        host: str = "127.0.0.1",
        port: int = 0,
        threads: int = 4,
        limits: FrontLimits | None = None,
    ) -> None:
        self._sockets: dict[int, Any] = {}
        limits = limits or FrontLimits()
        adjustments = Adjustments(
            host=host,
            port=port,
            threads=threads,
            ident="creditgate",
            # Headers of a proxy are left to the application: it believes as many of them as
            # `web.proxies` says, and tells where there is one of which nobody has said anything.
            clear_untrusted_proxy_headers=False,
            # Ours end the oldest connection before waitress would take no more.
            connection_limit=limits.connections + 128,
            cleanup_interval=1,
            channel_timeout=int(limits.idle_seconds),
            backlog=2_048,
            max_request_body_size=128_000_000,
            inbuf_overflow=16_000_000,
        )
        ask_by_headers(app)
        self._server: Any = Front(app, self._sockets, adj=adjustments, limits=limits)
        self.port = int(self._server.effective_port)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.serve, name="wsgi", daemon=True)

    def start(self) -> "WsgiServer":
        """Serve in a thread, and return the server."""
        self._thread.start()
        return self

    def serve(self) -> None:
        """Serve in this thread until `stop` or SystemExit.

        Connections that clients keep are closed then.
        """
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
