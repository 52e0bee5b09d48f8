"""The reader process: takes a task and its files by a socket, answers by a pipe,
knows nothing else.

Its environment is empty but for two settings of its allocator and its thread pool; its descriptors
are its pipes and what comes with a task. It ends when the gateway does: its socket is then at its
end.
"""

import gc
import json
import os
import re
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, BinaryIO

from adapters import AdapterError
from adapters.input_limits import InputLimits, enforce
from adapters.reader import isolation
from adapters.reader.errors import error_head
from adapters.reader.tasks import task_of
from adapters.reader.wire import TASK_SIZE, Message
from adapters.spool import spool_of

#: Descriptors that may come with a task: the file, and one to unpack into.
_FILES = 2
#: How native code says that it got no memory, where it does not abort: its threads need some too.
_NO_MEMORY = re.compile(r"memory|alloc|spawn", re.IGNORECASE)


def main(network: isolation.Network) -> None:
    """Serve tasks until the gateway hangs up; the command line is the memory, in MB."""
    isolation.give_up_privileges()
    _import_parsers()
    _collect_rarely()
    isolation.bound_memory(int(sys.argv[1]))
    tasks = socket.socket(fileno=0)
    with os.fdopen(1, "wb") as answers:

        def send(message: Message) -> None:
            answers.writelines(message.parts())
            answers.flush()

        send(Message("step", {"at": "ready", "network": network}))
        while True:
            task = _next(tasks)
            if task is None:
                return
            try:
                _serve(*task, send)
            except BaseException as error:
                # Not caught and gone on from: what is left of this process is not to be trusted.
                if isinstance(error, MemoryError) or _NO_MEMORY.search(str(error)):
                    os._exit(isolation.OUT_OF_MEMORY)
                raise


def _import_parsers() -> None:
    """Import what tasks need, before memory is bounded:
    a reader's own code is no input's memory.
    """
    from adapters.formats import (  # noqa: F401, PLC0415
        dbf,
        delimited,
        fixed,
        json,
        spreadsheet,
        xml,
    )
    from adapters.reader import bodies  # noqa: F401, PLC0415


def _collect_rarely() -> None:
    """Have Python look for cycles of garbage rarely:
    rows are a hundred thousand lists in no cycle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _next(tasks: socket.socket) -> tuple[dict[str, Any], list[BinaryIO]] | None:
    """Return the next task and its files, None where the gateway has hung up."""
    head, descriptors, _, _ = socket.recv_fds(tasks, TASK_SIZE.size, _FILES)
    # The first is what is read, a second one what it is unpacked into.
    files = [
        spool_of(number) if place else os.fdopen(number, "rb")
        for place, number in enumerate(descriptors)
    ]
    if len(head) < TASK_SIZE.size:
        return None
    [left] = TASK_SIZE.unpack(head)
    parts = []
    while left:
        part = tasks.recv(min(left, 1 << 20))
        if not part:
            return None
        parts.append(part)
        left -= len(part)
    return json.loads(b"".join(parts)), files


def _serve(
    task: dict[str, Any], files: Sequence[BinaryIO], send: Callable[[Message], None]
) -> None:
    isolation.bound_processor_time(task["processor_seconds"])
    enforce(InputLimits(**task["limits"]))
    at = "task"

    def step(name: str) -> None:
        nonlocal at
        at = name
        send(Message("step", {"at": name}))

    try:
        for message in task_of(task["task"])(task["params"], files, step):
            send(message)
    except MemoryError:
        raise
    except (BrokenPipeError, ConnectionError):
        os._exit(0)
    except Exception as error:  # noqa: BLE001
        send(Message("error", {**error_head(error), "at": at}))
    finally:
        for file in files:
            # What a full disk did not take is not written now either.
            with suppress(AdapterError, OSError):
                file.close()
