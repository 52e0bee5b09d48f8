"""Fixed width text: columns by the number of their characters, or of their bytes in the file's encoding."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, BinaryIO, Literal

import polars as pl
from pydantic import Field, model_validator

from adapters import RowFault, Settings
from adapters.formats import Chunk, FormatError, check_headings, text_frame
from adapters.formats.delimited import DelimitedSettings, DelimitedText
from adapters.formats.encoding import KnownEncoding

#: Longest line in bytes.
LINE_LIMIT = 1_000_000


class FixedSettings(Settings):
    """How a fixed-width file is laid out; it has no headings of its own."""

    columns: dict[str, Annotated[int, Field(ge=1, le=100_000)]] = Field(
        min_length=1, description="栏名与宽度，按次序 / columns and their widths, in order"
    )
    unit: Literal["characters", "bytes"] = Field(
        default="bytes", description="宽度的单位；GBK 下一个汉字为两个字节 / what widths count; a Chinese character of GBK is two bytes",
    )  # fmt: skip
    encoding: KnownEncoding = "gb18030"
    skip_first: int = Field(
        default=0, ge=0, le=1000, description="文件头的行数 / lines before the rows"
    )
    skip_last: int = Field(
        default=0, ge=0, le=1000, description="文件尾的行数 / lines after the rows"
    )

    @model_validator(mode="after")
    def _sensible(self) -> "FixedSettings":
        if self.unit == "bytes" and self.encoding.lower().replace("_", "-").startswith(
            ("utf-16", "utf-32")
        ):
            raise ValueError("widths in bytes need an encoding in which a line ends with one byte")
        return self


class FixedWidth:
    """Reads lines of fixed columns; what pads a cell is taken away."""

    Settings = FixedSettings
    answer = ".csv"
    trailer = False

    def __init__(self, settings: FixedSettings) -> None:
        self._settings = settings
        self._names = list(settings.columns)
        check_headings(self._names)
        ends = [sum(list(settings.columns.values())[: n + 1]) for n in range(len(self._names))]
        self._places = list(zip([0, *ends[:-1]], ends, strict=True))
        self._width = ends[-1]

    def read(self, stream: BinaryIO, size: int, after: int = 0) -> Iterator[Chunk]:
        """Yield rows as text. A shorter line is one whose trailing blanks were cut; a longer one is a
        row fault, and so is a cell that ends within a character. Raises FormatError.
        """
        lines = self._rows(stream)
        first = self._settings.skip_first + 1
        numbered = ((number, line) for number, line in enumerate(lines, first) if number > after)
        while part := list(islice(numbered, size)):
            part = [(number, line) for number, line in part if line]
            rows, faults = [], []
            for place, (_, line) in enumerate(part):
                cells = self._cells(line)
                rows.append(cells)
                if self._length(line) > self._width:
                    faults.append(_long(place, self._length(line), self._width))
            yield Chunk(
                text_frame(self._names, rows), [number for number, _ in part], tuple(faults)
            )

    def write(self, frames: Iterator[pl.DataFrame], stream: BinaryIO) -> None:
        """Write frames as CSV in the file's encoding: verdicts have no fixed width."""
        DelimitedText(DelimitedSettings(encoding=self._settings.encoding)).write(frames, stream)

    def _rows(self, stream: BinaryIO) -> Iterator[bytes]:
        """Yield lines without what stands before and after the rows, a few lines behind."""
        held: list[bytes] = []
        number = 0
        while line := stream.readline(LINE_LIMIT):
            number += 1
            if len(line) == LINE_LIMIT:
                raise FormatError("format.fixed", f"第 {number} 行超过 {LINE_LIMIT} 字节，不是定长文本", f"line {number} is longer than {LINE_LIMIT} bytes: this is no fixed-width text")  # fmt: skip
            if number <= self._settings.skip_first:
                continue
            held.append(line.rstrip(b"\r\n"))
            if len(held) > self._settings.skip_last:
                yield held.pop(0)

    def _cells(self, line: bytes) -> list[str]:
        s = self._settings
        if s.unit == "bytes":
            parts = [line[start:end] for start, end in self._places]
            return [part.decode(s.encoding, "replace").strip(" \u3000\0") for part in parts]
        text = line.decode(s.encoding, "replace")
        return [text[start:end].strip(" \u3000\0") for start, end in self._places]

    def _length(self, line: bytes) -> int:
        s = self._settings
        return len(line) if s.unit == "bytes" else len(line.decode(s.encoding, "replace"))


def _long(place: int, length: int, width: int) -> RowFault:
    return RowFault(
        place, "format.row",
        f"本行长 {length}，各栏合计 {width}，请核对栏宽",
        f"this line is {length} long and the columns make {width}; check the widths",
    )  # fmt: skip
