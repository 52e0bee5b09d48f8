"""What stands between a socket and our applications: waitress's loop with limits for who is slow,
large or many.

The loop waits for all clients at once, so a slow one costs a connection and no thread. Connections
are limited by address, and the oldest unfinished one makes room; headers and bodies have an end by
the clock; of a larger body no more is read than `unproven` before the application has seen the
headers and let it in. Why not another server: docs/decisions/slow-clients.md.
"""

import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from ipaddress import IPv6Address, ip_address
from typing import Any

from flask import Flask, Response, request
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import WSGITask
from waitress.utilities import RequestEntityTooLarge
from werkzeug.exceptions import RequestEntityTooLarge as TooLarge

#: In a request's environment: the application is asked by the headers alone, no body is there yet.
HEADERS_ONLY = "creditgate.headers_only"
#: In a request's environment: the application has seen it already, by its headers alone.
ADMITTED = "creditgate.admitted"
#: Of the answer that lets a body in: the most bytes that it may have, "" where nothing is said.
_ADMITTED = "X-Creditgate-Admitted"


@dataclass(frozen=True, slots=True)
class FrontLimits:
    """How much of a server one client, and all of them, may have."""

    connections: int = 512
    of_one_address: int = 64
    #: Seconds from a request's first byte to the end of its headers, and from a connection to that
    #: byte.
    header_seconds: float = 10
    #: Seconds that a connection may wait between two requests.
    idle_seconds: float = 60
    #: A body may take so long, and longer by a second for each so many bytes that have come.
    body_seconds: float = 20
    body_rate: int = 8_000
    #: Bytes of a body that are read before the application has let it in.
    unproven: int = 65_536
    #: Seconds for which what a refused client still sends is read and thrown away, so that it sees
    #: why.
    linger_seconds: float = 3


class Refused:
    """What the application answered to headers alone, as waitress sends its own refusals."""

    def __init__(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        self._answer = status, headers, body

    def to_response(self, _ident: str) -> tuple[str, list[tuple[str, str]], bytes]:
        """Return status, headers and body."""
        return self._answer


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """A request that is being received."""

    #: Whether its body may come; how large it may be.
    admitted = False
    most: int | None = None

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self.began = self.headers_at = time.monotonic()

    def parse_header(self, header_plus: bytes) -> None:
        """Read the headers.

        A body whose length is told in two ways ends elsewhere for somebody before us.
        """
        super().parse_header(header_plus)
        length_headers = self.headers.keys() & {"CONTENT_LENGTH", "TRANSFER_ENCODING"}
        if (self.chunked and length_headers) or "TRANSFER_ENCODING" in length_headers:
            raise ParsingError("the length of the body is told in two ways")

    def needs_admission(self, unproven: int) -> bool:
        """Whether more of its body is to come than anybody may send."""
        if self.admitted or self.completed or not self.headers_finished:
            return False
        return bool(
            self.content_length > unproven
            or self.body_bytes_received > unproven
            or self.expect_continue
        )

    def exceeds(self) -> bool:
        """Whether its body has more than it may have."""
        return self.most is not None and self.body_bytes_received > self.most


class Task(WSGITask):  # type: ignore[misc]
    """A request at work in the application."""

    def get_environment(self) -> dict[str, Any]:
        """Return the environment, with whether the application has seen the headers before."""
        environ: dict[str, Any] = super().get_environment()
        environ[ADMITTED] = bool(getattr(self.request, "admitted", False))
        return environ


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection."""

    parser_class = Parser
    task_class = Task
    #: The request that is being received; waitress's own, untyped.
    request: Any
    will_close: bool
    close_when_flushed: bool

    def __init__(self, server: "Front", *args: Any, **named: Any) -> None:
        #: What was read behind the headers of a request for which the application is being asked.
        self._rest: bytes | None = None
        self._refused = False
        self._lingers_until: float | None = None
        self._opened_at = time.monotonic()
        #: Whether it has had an answer: then it may wait for longer.
        self._answered = False
        self.limits = server.limits
        super().__init__(server, *args, **named)

    @property
    def in_service(self) -> bool:
        """Whether the application is at work for it."""
        return bool(self.requests) or self._rest is not None

    @property
    def since(self) -> float:
        """Return when what is unfinished of it began."""
        return self._opened_at if self.request is None else float(self.request.began)

    def overdue(self, now: float) -> bool:
        """Whether it has waited for longer than it may."""
        limits = self.limits
        if self._lingers_until is not None:
            return now > self._lingers_until
        if self.in_service:
            return False
        if self.request is None:
            idle = limits.header_seconds if not self._answered else limits.idle_seconds
            return time.time() - float(self.last_activity) > idle
        if not self.request.headers_finished:
            return now - float(self.request.began) > limits.header_seconds
        earned = int(self.request.body_bytes_received) / limits.body_rate
        return now - float(self.request.headers_at) > limits.body_seconds + earned

    def readable(self) -> bool:
        """Whether the loop may read of it."""
        if self._lingers_until is not None:
            return not bool(self.will_close)
        return self._rest is None and bool(super().readable())

    def received(self, data: bytes) -> bool:
        """Process bytes that were read, and return whether there were any to process.

        Before a larger body is read the application is asked.
        """
        if self._lingers_until is not None or not data:
            return False
        with self.requests_lock:
            if self.will_close or self.close_when_flushed:
                return False
            self._feed(data)
        return True

    def _feed(self, data: bytes) -> None:
        while data:
            if self.request is None:
                self.request = self.parser_class(self.adj)
            consumed = self.request.received(data)
            data = data[consumed:]
            if self.request.headers_finished and not self.request.body_bytes_received:
                self.request.headers_at = time.monotonic()
            if self.request.needs_admission(self.limits.unproven):
                self._rest = data
                self.server.add_task(Admission(self, self.request))
                return
            self._continue()
            if self.request.exceeds():
                self.request.error = RequestEntityTooLarge(f"exceeds {self.request.most} bytes")
                self.request.completed = self._refused = True
            if self.request.completed:
                self._ready()

    def _continue(self) -> None:
        expects = self.request.expect_continue and self.request.headers_finished
        if expects and not self.requests and not self.sent_continue:
            self.send_continue()

    def _ready(self) -> None:
        """Hand a request that is whole, or refused, to the workers."""
        complete, self.request, self.sent_continue = self.request, None, False
        if complete.empty:
            return
        self._answered = True
        self.requests.append(complete)
        if len(self.requests) == 1:
            self.server.add_task(self)

    def go_on(self, parser: Parser, answer: "Refused | int | None") -> None:
        """Continue a request whose headers the application has seen; called by a worker's
        thread.
        """
        with self.requests_lock:
            rest, self._rest = self._rest or b"", None
            if isinstance(answer, Refused):
                parser.error = answer
                parser.completed = self._refused = True
                self._ready()
            else:
                parser.admitted, parser.most = True, answer
                self._continue()
                self._feed(rest)
        self.server.pull_trigger()

    def handle_write(self) -> None:
        """Send.

        A client that was refused within its body may finish that before its connection ends.
        """
        if self._refused and self.close_when_flushed and not self.will_close:
            self._flush_exception(self._flush_some)
            if not self.total_outbufs_len and not self.will_close:
                self.close_when_flushed = False
                self._lingers_until = time.monotonic() + self.limits.linger_seconds
                try:
                    self.socket.shutdown(socket.SHUT_WR)
                except OSError:
                    self.will_close = True
            return
        super().handle_write()

    def handle_read(self) -> None:
        """Read; the end of what a refused client sends ends its connection."""
        super().handle_read()
        if self._lingers_until is not None and not self.connected:
            self.handle_close()


class Admission:
    """Asks the application by a request's headers whether its body may come.

    It is a task of the workers.
    """

    def __init__(self, channel: Channel, parser: Parser) -> None:
        self._channel = channel
        self._parser = parser

    def service(self) -> None:
        """Ask."""
        answer: Refused | int | None = Refused(
            "500 Internal Server Error", [("Content-Length", "0")], b""
        )
        try:
            environ = WSGITask(self._channel, self._parser).get_environment()
            environ |= {"wsgi.input": BytesIO(), HEADERS_ONLY: True}
            answer = _answer_to_headers(self._channel.server.application, environ)
        finally:
            self._channel.go_on(self._parser, answer)

    def cancel(self) -> None:
        """End the connection: the server stops."""
        self._channel.cancel()


def _answer_to_headers(
    application: Callable[..., Iterable[bytes]], environ: dict[str, Any]
) -> Refused | int | None:
    """Return the application's refusal, or the body's limit in bytes (None: not said)."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        started[:] = [(status, headers)]

    body = b"".join(application(environ, start))
    status, headers = started[0]
    admitted = next((value for name, value in headers if name == _ADMITTED), None)
    if admitted is None:
        return Refused(status, headers, body)
    return int(admitted) if admitted else None


def ask_by_headers(app: Flask) -> None:
    """Let an application say by a request's headers whether it takes the body: after all its
    guards.
    """
    guards = app.before_request_funcs.setdefault(None, [])
    if _admit not in guards:
        guards.append(_admit)


def _admit() -> Response | None:
    if not request.environ.get(HEADERS_ONLY):
        return None
    if request.routing_exception is not None:
        raise request.routing_exception
    limit = request.max_content_length
    if limit is not None and (request.content_length or 0) > limit:
        raise TooLarge
    return Response(status=204, headers={_ADMITTED: "" if limit is None else str(limit)})


class Front(TcpWSGIServer):  # type: ignore[misc]
    """A listening socket and the connections that came by it."""

    channel_class = Channel

    def __init__(self, *args: Any, limits: FrontLimits, **named: Any) -> None:
        self.limits = limits
        super().__init__(*args, **named)

    def handle_accept(self) -> None:
        """Take a connection; where there are too many the oldest unfinished one makes room."""
        channels_before = set(self.active_channels.values())
        super().handle_accept()
        for channel in set(self.active_channels.values()) - channels_before:
            self._make_room(channel, channels_before)

    def _make_room(self, new: Channel, open_channels: set[Channel]) -> None:
        living = [channel for channel in open_channels if not channel.will_close]
        of_client = [channel for channel in living if _client(channel) == _client(new)]
        if len(of_client) >= self.limits.of_one_address:
            _end_oldest(of_client, new)
        elif len(living) >= self.limits.connections:
            counts = Counter(map(_client, living))
            highest = max(counts.values())
            _end_oldest([channel for channel in living if counts[_client(channel)] == highest], new)

    def maintenance(self, now: float) -> None:
        """Close connections that have waited for longer than they may."""
        super().maintenance(now)
        moment = time.monotonic()
        for channel in self.active_channels.values():
            if channel.overdue(moment):
                channel.will_close = True


def _end_oldest(channels: list[Channel], new: Channel) -> None:
    """End the connection that has been unfinished for longest.

    The new one where all are in service.
    """
    unfinished = [channel for channel in channels if not channel.in_service]
    min(unfinished, key=lambda channel: channel.since, default=new).will_close = True


def _client(channel: Channel) -> str:
    return network_of(str(channel.addr[0]))


def network_of(source: str) -> str:
    """Return what counts as one client: an address, of IPv6 a network of 64 bits."""
    try:
        address = ip_address(source.partition("%")[0])
    except ValueError:
        return source
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else address.exploded[:19]
    return str(address)
