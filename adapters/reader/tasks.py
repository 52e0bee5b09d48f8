"""What a reader can be asked to do: each task takes parameters and files, and yields messages.

A task is a generator `task(params, files, step)`: `params` is JSON, `files` are the descriptors
that came with it, `step` notes how far it is. It runs in the reader process; a test may call it as
it is.
"""

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any, BinaryIO, Protocol

from adapters.formats import Counted, open_format
from adapters.local_copy import unpack
from adapters.reader.wire import Message, chunk_message

#: Tasks by name: where each is. A name that is not here is not run.
TASKS = {
    "file": "adapters.reader.tasks:read_file",
    "soap_answer": "adapters.reader.bodies:answer_task",
    "json_rows": "adapters.reader.bodies:json_task",
    "soap_call": "adapters.reader.bodies:call_task",
    "encodings": "adapters.reader.bodies:encodings_task",
    "exact_json": "adapters.reader.exact_json:exact_json_task",
}


class Task(Protocol):
    """What runs in a reader."""

    def __call__(
        self, params: dict[str, Any], files: Sequence[BinaryIO], step: Callable[[str], None], /
    ) -> Iterator[Message]: ...


def task_of(name: str) -> Task:
    """Return a task by its name; raises KeyError."""
    module, _, function = TASKS[name].partition(":")
    task: Task = getattr(import_module(module), function)
    return task


def read_file(
    params: dict[str, Any], files: Sequence[BinaryIO], step: Callable[[str], None]
) -> Iterator[Message]:
    """Unpack and read a file; yield its chunks, at last the count that shares no code with them.

    `params`: `format`, `settings`, `packed`, `max_bytes`, `size` (rows of a chunk), `after` (row
    that was read before). `files`: the file, and one to unpack into where it is packed. The first
    message says whether the file must be read to its end before a row of it counts (`trailer`).
    Raises FormatError, SourceRefusedError.
    """
    step("open")
    reader = open_format(params["format"], params["settings"])
    yield Message("result", {"trailer": reader.trailer})
    step("unpack")
    spool = files[1] if len(files) > 1 else files[0]
    stream = unpack(files[0], params["packed"], params["max_bytes"], spool)
    step("rows")
    for chunk in reader.read(stream, params["size"], after=params["after"]):
        yield chunk_message(chunk)
        if chunk.numbers:
            step(f"rows after {chunk.numbers[-1]}")
    step("count")
    stream.seek(0)
    counted: Counted | None = reader.count(stream) if hasattr(reader, "count") else None
    yield Message(
        "done", {} if counted is None else {"records": counted.records, "lines": counted.lines}
    )
