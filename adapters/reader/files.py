"""Files read in a reader: what adapters, doors and commands call instead of a format itself."""

import os
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO, cast

from adapters.formats import Chunk, Counted
from adapters.reader.errors import ReaderEndedError
from adapters.reader.pool import Purpose, pool
from adapters.reader.wire import Message, WireError, chunk_of, unpack
from adapters.spool import temporary_file
from adapters.text import reader as texts

#: Largest unpacked file where nobody says otherwise, in bytes.
MAX_BYTES = 4_000_000_000
#: Bytes of chunks that wait in memory until a file was read to its end.
_IN_MEMORY = 32_000_000


@dataclass(frozen=True, slots=True)
class FileRequest:
    """How a file is to be read: its format with settings, how it is packed,
    chunks of how many rows.
    """

    format: str
    settings: dict[str, Any] = field(default_factory=dict)
    packed: str = ""
    max_bytes: int = MAX_BYTES
    size: int = 10_000
    #: Row that was read before; rows after it are wanted.
    after: int = 0


class FileReading:
    """A file that is being read: an iterator over its chunks, once; then its count is known."""

    def __init__(
        self,
        source: BinaryIO,
        request: FileRequest,
        purpose: Purpose = "fetch",
        *,
        whole: bool = False,
        alone: bool = False,
        owned: bool = False,
    ) -> None:
        """Take a file; one that is `owned` is closed once it was read.

        `whole`: its end is reached before its first chunk is yielded, as it is anyway where only
        the end of its format shows whether a file is whole. `alone`: in a reader of its own.
        """
        self._source = source
        self._request = request
        self._purpose = purpose
        self._alone = alone
        self._owned = owned
        #: Whether everything is read before the first chunk is yielded; known with that chunk.
        self.whole = whole
        #: Rows that were read so far: all of them with the first chunk, where it is `whole`.
        self.rows = 0
        #: Records by the second count; None before the end, or where the format counts none.
        self.counted: Counted | None = None

    def __iter__(self) -> Iterator[Chunk]:
        """Yield chunks.

        Raises FormatError, ReaderEndedError, SourceRefusedError, SourceUnavailableError.
        """
        messages = self._messages()
        try:
            yield from self._chunks(messages)
        finally:
            messages.close()
            if self._owned:
                self._source.close()

    def _chunks(self, messages: Iterator[Message]) -> Iterator[Chunk]:
        first = next(messages)
        if self.whole or first.head.get("trailer"):
            self.whole = True
            messages = self._held_back(messages)
        for message in messages:
            if message.kind == "done":
                self.counted = _counted(message.head)
                return
            if not self.whole:
                self.rows += _height(message)
            chunk = _chunk(message)
            # Its bytes are not needed while the chunk is worked on.
            del message
            yield chunk

    def _held_back(self, coming: Iterator[Message]) -> Iterator[Message]:
        """Yield messages once the last of them has come, those of a large file from disk."""
        waiting: list[Message] = []
        size = spooled = 0
        with temporary_file() as spool:
            for message in coming:
                self.rows += _height(message)
                size += message.size
                if size <= _IN_MEMORY:
                    waiting.append(message)
                else:
                    spooled += 1
                    spool.writelines(message.parts())
            while waiting:
                yield waiting.pop(0)
            spool.seek(0)
            for _ in range(spooled):
                yield unpack(spool.read)

    def _messages(self) -> Generator[Message, None, None]:
        params = asdict(self._request)
        with (
            temporary_file() as spool,
            pool().reader(self._purpose, alone=self._alone) as reader,
        ):
            files = [self._source, spool][: 2 if self._request.packed else 1]
            self._source.flush()
            yield from reader.run("file", params, files)


def read_bytes(data: bytes, request: FileRequest, purpose: Purpose = "door") -> FileReading:
    """Return the reading of a file that is in memory, such as an upload."""
    source = cast("BinaryIO", os.fdopen(os.memfd_create("input"), "w+b"))
    source.write(data)
    return FileReading(source, request, purpose, owned=True)


def _height(message: Message) -> int:
    """Return the rows of a message by the numbers in its head;
    those that make no sense are refused later.
    """
    try:
        return sum(count for _, count in message.head.get("numbers", ()))
    except (TypeError, ValueError):
        return 0


def _chunk(message: Message) -> Chunk:
    try:
        return chunk_of(message)
    except WireError:
        raise ReaderEndedError(texts.by_answer(), "rows") from None


def _counted(head: dict[str, Any]) -> Counted | None:
    records, lines = head.get("records"), head.get("lines")
    if not isinstance(records, int):
        return None
    return Counted(records, lines if isinstance(lines, int) else None)
