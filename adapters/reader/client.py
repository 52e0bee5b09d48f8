"""One reader process, as the gateway holds it: started, asked, watched, ended."""

import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO

from adapters import SourceUnavailableError
from adapters.input_limits import InputLimits
from adapters.reader import isolation
from adapters.reader.errors import ReaderEndedError, error_of
from adapters.reader.wire import Message, WireError, task_bytes, unpack
from adapters.text import Text
from adapters.text import reader as messages

#: Seconds between two looks at a reader that is silent.
_LOOK = 0.25
#: Seconds in which a reader must have started: importing its parsers takes about one.
_START = 60.0
#: A namespace wants a process of one thread, and the first import of ours starts some: so the
#: network is shut before it, by the one file that imports nothing.
_BOOT = (
    "import json, runpy, sys; sys.path[:] = json.loads(sys.argv.pop()); "
    "network = runpy.run_path(sys.argv.pop())['shut_network'](); "
    "from adapters.reader.process import main; main(network)"
)
_PAGE = os.sysconf("SC_PAGE_SIZE")
#: Bytes of the pipe of answers, where the kernel grants them: with fewer the processes wait for
#: each other all the time.
_PIPE = 1 << 20
#: Two arenas and one thread: memory and cores are the gateway's to give, not a library's to take.
#: What a chunk was made in is used again for the next: given back each time, half of the time would
#: go into asking the kernel for pages.
_ENVIRONMENT = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "33554432",
    "MALLOC_TRIM_THRESHOLD_": "200000000",
    "POLARS_MAX_THREADS": "1",
    "_RJEM_MALLOC_CONF": "dirty_decay_ms:10000,muzzy_decay_ms:10000",
}


@dataclass(frozen=True, slots=True)
class ReaderLimits:
    """What one reader may use for one unit, and how large an input may claim to be."""

    #: Megabytes beyond what a reader has after its imports.
    memory_mb: int = 1_500
    processor_seconds: int = 900
    #: Seconds in which the gateway waited for the reader, all together.
    wall_seconds: float = 1_800.0
    #: Seconds after which an idle reader ends.
    idle_seconds: float = 60.0
    inputs: InputLimits = field(default_factory=InputLimits)


class Reader:
    """A reader process.

    One task at a time; after an error of `run` that is not its task's it is dead.
    """

    def __init__(self, limits: ReaderLimits) -> None:
        """Start a process and wait until it is ready.

        Raises SourceUnavailableError where none starts.
        """
        self._limits = limits
        ours, theirs = socket.socketpair()
        try:
            self._process = _spawn(theirs, limits.memory_mb)
        except OSError as error:
            ours.close()
            raise SourceUnavailableError(*messages.not_started(str(error.strerror))) from None
        finally:
            theirs.close()
        self._tasks = ours
        assert self._process.stdout is not None  # noqa: S101
        self._answers: IO[bytes] = self._process.stdout
        with contextlib.suppress(OSError):
            fcntl.fcntl(self._answers, fcntl.F_SETPIPE_SZ, _PIPE)
        self._waited = 0.0
        self._wall = _START
        self._memory = sys.maxsize
        self.at = "start"
        try:
            ready = self._message()
        except ReaderEndedError as error:
            raise SourceUnavailableError(*messages.not_started(error.how.en)) from None
        self.network = str(ready.head.get("network", "open"))
        self._memory = self._resident() + limits.memory_mb * 1_000_000
        self.idle_since = time.monotonic()

    @property
    def pid(self) -> int:
        """Return the process's id."""
        return self._process.pid

    def run(
        self, task: str, params: dict[str, Any], files: Sequence[BinaryIO] = ()
    ) -> Iterator[Message]:
        """Yield a task's results, at last its `done`.

        `files`: the first is handed over for reading alone. Raises ReaderEndedError, or what the
        task raised (FormatError, SourceRefusedError, SourceUnavailableError). A caller that does
        not wait for the end ends the process.
        """
        self._waited, self._wall, self.at = 0.0, self._limits.wall_seconds, "task"
        whole = False
        try:
            self._send(task, params, files)
            while True:
                message = self._message()
                if message.kind == "step":
                    self.at = str(message.head.get("at", ""))[:80]
                    continue
                whole = message.kind in ("done", "error")
                if message.kind == "error":
                    raise error_of(message.head)
                yield message
                if whole:
                    return
        finally:
            self.idle_since = time.monotonic()
            if not whole:
                self.end()

    @property
    def alive(self) -> bool:
        """Whether the process is there and can be asked."""
        return self._process.poll() is None and not self._answers.closed

    def end(self) -> None:
        """End the process, whatever it is doing."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        self._tasks.close()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _send(self, task: str, params: dict[str, Any], files: Sequence[BinaryIO]) -> None:
        limits = self._limits
        data = task_bytes(task, params, limits.inputs, limits.processor_seconds)
        handed = [
            _readable_only(file) if n == 0 else os.dup(file.fileno())
            for n, file in enumerate(files)
        ]
        try:
            sent = socket.send_fds(self._tasks, [data], handed)
            self._tasks.sendall(data[sent:])
        except OSError:
            raise self._ended() from None
        finally:
            for number in handed:
                os.close(number)

    def _message(self) -> Message:
        """Return the next message; raises ReaderEndedError where the process ended, or must."""
        try:
            return unpack(self._read)
        except WireError:
            self.end()
            raise ReaderEndedError(messages.by_answer(), self.at) from None

    def _read(self, size: int) -> bytes:
        parts: list[bytes] = []
        left = size
        while left:
            self._await_bytes()
            part = os.read(self._answers.fileno(), min(left, 1 << 20))
            if not part:
                raise self._ended()
            parts.append(part)
            left -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _await_bytes(self) -> None:
        """Wait until the reader has written; end one that is over its time or memory."""
        poll = select.poll()
        poll.register(self._answers, select.POLLIN)
        began = time.monotonic()
        while not poll.poll(_LOOK * 1000):
            if self._waited + time.monotonic() - began > self._wall:
                self._stop(messages.by_time(self._wall))
            if self._resident() > self._memory:
                self._stop(messages.by_memory(self._limits.memory_mb))
        self._waited += time.monotonic() - began
        if self._waited > self._wall:
            self._stop(messages.by_time(self._wall))

    def _stop(self, why: Text) -> None:
        self.end()
        raise ReaderEndedError(why, self.at)

    def _ended(self) -> ReaderEndedError:
        """Return how the process ended, which it has."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        code = self._process.poll()
        self.end()
        if code is None:
            how = messages.by_answer()
        elif code == isolation.OUT_OF_MEMORY:
            how = messages.by_memory(self._limits.memory_mb)
        elif code == -signal.SIGXCPU:
            how = messages.by_processor_time(self._limits.processor_seconds)
        else:
            how = messages.by_signal(_signal_name(-code)) if code < 0 else messages.by_exit(code)
        return ReaderEndedError(how, self.at)

    def _resident(self) -> int:
        """Return the process's resident memory in bytes, 0 once it has ended."""
        try:
            return int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1]) * _PAGE
        except (OSError, IndexError, ValueError):
            return 0


def _spawn(tasks: socket.socket, memory_mb: int) -> "subprocess.Popen[bytes]":
    path = json.dumps([str(Path(entry).resolve()) for entry in sys.path if entry])
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-B", "-I", "-c", _BOOT, str(memory_mb), isolation.__file__, path],
        stdin=tasks.fileno(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_ENVIRONMENT,
        cwd="/",
        close_fds=True,
        bufsize=0,
    )


def _readable_only(file: BinaryIO) -> int:
    """Return a new descriptor of a file, for reading, at its beginning."""
    return os.open(f"/proc/self/fd/{file.fileno()}", os.O_RDONLY | os.O_CLOEXEC)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
