"""NATS JetStream between gateways and a centre: packages in a work queue, receipts kept by GUID.

JetStream keeps each message on disk before it confirms it, drops a repeat by its message id, and
finds the last message of a subject by itself: a receipt is looked up by its package's GUID.
"""

import asyncio
import ssl
import threading
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StreamConfig
from nats.js.errors import NotFoundError
from pydantic import BaseModel, ConfigDict, Field, SecretStr

PACKAGES, RECEIPTS = "CREDIT_PACKAGES", "CREDIT_RECEIPTS"
#: Subjects: a package goes to its feed's, a receipt to its package's.
PACKAGE_SUBJECT, RECEIPT_SUBJECT = "credit.package", "credit.receipt"
#: Headers beside HEADER: which package, and the status of a receipt (200, or a refusal's).
GUID, STATUS = "Creditgate-Package", "Creditgate-Status"
#: Seconds in which the broker knows a repeat by its id; later ones the centre knows by the GUID.
REPEATS_KNOWN = 3600.0
#: Seconds beyond its timeout in which a call has its answer or is given up.
GRACE = 5.0
#: Name of the consumer that earlier programs took every feed by.
_ALL = "centre"

T = TypeVar("T")


class BrokerSettings(BaseModel):
    """A NATS server, or several of one cluster."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(pattern=r"^(nats|tls)://", description="addresses, separated by commas")
    token: SecretStr | None = None
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    timeout: float = Field(default=10.0, gt=0, description="seconds for any one answer")
    replicas: int = Field(default=1, ge=1, le=5, description="copies of each stream in a cluster")


class Broker:
    """One connection, on an event loop in a thread of its own; safe to share among threads.

    Every method raises nats.errors.Error, TimeoutError or OSError when the broker does not answer.
    """

    def __init__(self, settings: BrokerSettings) -> None:
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="broker", daemon=True)
        self._thread.start()
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._stream: JetStreamContext | None = None
        #: By pattern of feeds, where their packages are taken.
        self._pulls: dict[str, Any] = {}

    def publish(self, subject: str, data: bytes, headers: dict[str, str]) -> None:
        """Put a message and wait until the broker has it on disk."""
        self._run(self._open().publish(subject, data, headers=headers))

    def last(self, stream: str, subject: str) -> tuple[bytes, dict[str, str]] | None:
        """Return the newest message of a subject, with its headers; None where there is none."""
        try:
            message = self._run(self._open().get_last_msg(stream, subject))
        except NotFoundError:
            return None
        return message.data or b"", dict(message.headers or {})

    def take(self, count: int, feeds: Sequence[str]) -> list[Any]:
        """Take up to `count` packages of some feeds (DEPARTMENT.*) from the queue, and return them.

        Each must be acknowledged by `done`. Of the subjects of other feeds nothing is seen.
        """
        stream = self._open()
        wait = 1 / max(1, len(feeds))
        packages: list[Any] = []
        for feed in feeds:
            if feed not in self._pulls:
                self._pulls[feed] = self._run(self._subscribe(stream, feed))
            with suppress(TimeoutError, nats.errors.TimeoutError):
                packages += self._run(self._pulls[feed].fetch(count, timeout=wait))
        return packages

    async def _subscribe(self, stream: JetStreamContext, feed: str) -> Any:
        # Earlier programs had one consumer for all subjects, beside which the queue allows no
        # other.
        with suppress(NotFoundError):
            await stream.delete_consumer(PACKAGES, _ALL)
        name = feed.replace(".", "_").replace("*", "ALL")
        return await stream.pull_subscribe(f"{PACKAGE_SUBJECT}.{feed}", f"feed_{name}", PACKAGES)

    def done(self, message: Any) -> None:
        """Acknowledge a package: it leaves the queue."""
        self._run(message.ack_sync(timeout=self._settings.timeout))

    @property
    def largest(self) -> int:
        """Return the size of the largest message that the broker takes, in bytes."""
        self._open()
        return self._client.max_payload if self._client else 0

    def close(self) -> None:
        """Close the connection and end the thread; safe to repeat."""
        if self._loop.is_closed():
            return
        if self._client is not None:
            self._run(self._client.close())
        self._run(_end_waiting())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _open(self) -> JetStreamContext:
        with self._lock:
            if self._stream is None:
                self._client, self._stream = self._run(self._connect())
            return self._stream

    async def _connect(self) -> tuple[Client, JetStreamContext]:
        s = self._settings
        tls = None
        if s.url.startswith("tls"):
            tls = ssl.create_default_context(cafile=s.ca and str(s.ca))
            if s.certificate is not None:
                tls.load_cert_chain(s.certificate, s.key)
        client = await nats.connect(
            s.url.split(","),
            token=s.token.get_secret_value() if s.token else None,
            tls=tls,
            connect_timeout=s.timeout,
            allow_reconnect=True,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            error_cb=_quietly,
            name="creditgate",
        )
        try:
            stream = client.jetstream(timeout=s.timeout)
            await stream.add_stream(
                StreamConfig(
                    PACKAGES,
                    subjects=[f"{PACKAGE_SUBJECT}.>"],
                    retention=RetentionPolicy.WORK_QUEUE,
                    discard=DiscardPolicy.NEW,
                    duplicate_window=REPEATS_KNOWN,
                    num_replicas=s.replicas,
                )
            )
            await stream.add_stream(
                StreamConfig(
                    RECEIPTS,
                    subjects=[f"{RECEIPT_SUBJECT}.*"],
                    max_msgs_per_subject=1,
                    max_age=90 * 86_400.0,
                    num_replicas=s.replicas,
                )
            )
        except BaseException:
            await client.close()
            raise
        return client, stream

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        limit = self._settings.timeout + GRACE
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(limit)
        finally:
            # What is given up on is not left to go on: a broker that comes back would be met by
            # every connection that was ever tried.
            future.cancel()


async def _end_waiting() -> None:
    """End what still waits on this loop."""
    waiting = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def _quietly(_error: Exception) -> None:
    """Report nothing: every call that fails raises its own error."""
