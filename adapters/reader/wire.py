"""What gateway and reader say to each other: a line of JSON, and columns as an Arrow IPC stream.

Nothing is pickled: what comes from a reader may be a department's bytes speaking.
"""

import io
import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal

import polars as pl

from adapters import RowFault
from adapters.formats import Chunk
from adapters.input_limits import InputLimits

#: step: where the reader is; result: a value of the task; error: it raised; done: its last value.
Kind = Literal["step", "result", "error", "done"]
_KINDS: tuple[Kind, ...] = ("step", "result", "error", "done")
_HEAD = struct.Struct("!BIQ")
#: Length of a task's JSON, which stands before it.
TASK_SIZE = struct.Struct("!Q")
#: Largest parts of one message, in bytes: what a reader claims is not allocated unseen.
_JSON_LIMIT = 256_000_000
_FRAME_LIMIT = 2_000_000_000


class WireError(Exception):
    """What came is no message."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a reader; `frame` is an Arrow IPC stream, empty where there is none."""

    kind: Kind
    head: dict[str, Any]
    frame: bytes = b""
    #: Bytes of it as it came over the pipe.
    size: int = 0

    def parts(self) -> tuple[bytes, bytes]:
        """Return the message as it goes over the pipe: its head, and its frame as it is."""
        head = json.dumps(self.head, ensure_ascii=True, separators=(",", ":")).encode()
        sizes = _HEAD.pack(_KINDS.index(self.kind), len(head), len(self.frame))
        return sizes + head, self.frame

    def pack(self) -> bytes:
        """Return the message as one."""
        return b"".join(self.parts())

    def rows(self) -> pl.DataFrame:
        """Return the columns; raises WireError."""
        if not self.frame:
            return pl.DataFrame()
        try:
            return pl.read_ipc_stream(io.BytesIO(self.frame))
        except (pl.exceptions.PolarsError, OSError, ValueError) as error:
            raise WireError(type(error).__name__) from None


def task_bytes(
    task: str, params: dict[str, Any], limits: InputLimits, processor_seconds: int
) -> bytes:
    """Return a task as it goes to a reader."""
    head = {
        "task": task,
        "params": params,
        "limits": asdict(limits),
        "processor_seconds": processor_seconds,
    }
    data = json.dumps(head).encode()
    return TASK_SIZE.pack(len(data)) + data


def unpack(read: Callable[[int], bytes]) -> Message:
    """Return the next message; `read` returns just as many bytes as asked. Raises WireError."""
    number, head_size, frame_size = _HEAD.unpack(read(_HEAD.size))
    if number >= len(_KINDS) or head_size > _JSON_LIMIT or frame_size > _FRAME_LIMIT:
        raise WireError("size")
    try:
        head = json.loads(read(head_size))
    except (ValueError, RecursionError):
        raise WireError("json") from None
    if not isinstance(head, dict):
        raise WireError("json")
    frame = read(frame_size) if frame_size else b""
    return Message(_KINDS[number], head, frame, head_size + frame_size)


def frame_bytes(frame: pl.DataFrame) -> bytes:
    """Return columns as an Arrow IPC stream; b"" for none."""
    if not frame.width:
        return b""
    stream = io.BytesIO()
    # Texts one behind the other: as polars holds them, each has 16 bytes more, and both ends take
    # half as long again.
    frame.write_ipc_stream(stream, compat_level=pl.CompatLevel.oldest())
    return stream.getvalue()


def chunk_message(chunk: Chunk) -> Message:
    """Return a chunk as a message."""
    head = {
        "numbers": _ranges(chunk.numbers),
        "faults": [[fault.row, fault.rule, fault.zh, fault.en] for fault in chunk.faults],
        "blank": chunk.blank,
        "left_out": chunk.left_out,
        "deleted": chunk.deleted,
    }
    return Message("result", head, frame_bytes(chunk.rows))


def chunk_of(message: Message) -> Chunk:
    """Return the chunk in a message; raises WireError."""
    head, rows = message.head, message.rows()
    try:
        numbers = [n for first, count in head["numbers"] for n in range(first, first + count)]
        faults = tuple(
            RowFault(int(row), str(rule), str(zh), str(en)) for row, rule, zh, en in head["faults"]
        )
        counts = {name: int(head[name]) for name in ("blank", "left_out", "deleted")}
    except (KeyError, TypeError, ValueError, OverflowError):
        raise WireError("chunk") from None
    if len(numbers) != rows.height or any(not 0 <= f.row < rows.height for f in faults):
        raise WireError("chunk")
    return Chunk(rows, numbers, faults, **counts)


def _ranges(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return ascending numbers as (first, count) of each run without a gap."""
    if not numbers:
        return []
    if numbers[-1] - numbers[0] == len(numbers) - 1:
        return [(numbers[0], len(numbers))]
    starts = [0, *(n for n, (a, b) in enumerate(pairwise(numbers), 1) if b != a + 1), len(numbers)]
    return [(numbers[start], end - start) for start, end in pairwise(starts)]
