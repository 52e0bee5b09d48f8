"""A way to read, for the campaign: how sound documents are made, who knows their rows."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.oracles import Rows

Make = Callable[[random.Random], bytes]
Oracle = Callable[[bytes, dict[str, Any]], Rows]
#: Values of departments: names, numbers, dates, what looks like markup, nothing.
VALUES = (
    "",
    "惠州市示例有限公司",
    "惠市监处罚〔2026〕12号",
    "0752000123",
    "1,234.50",
    "2026-03-05",
    "a",
    "甲、乙（丙）",
    "5%",
    "x & y < z",
    "{k: v}",
    "O'Neil",
    "- ",
    "准予新建，年产 5 吨",
    "\u00a0x",
    "0.10",
)


@dataclass(frozen=True, slots=True)
class Way:
    """One format with settings; sound documents of it, and its oracle."""

    format: str
    settings: dict[str, Any]
    make: Make
    oracle: Oracle
    #: Pieces of the format's own syntax, which mutations put in anywhere.
    tokens: tuple[bytes, ...]
    #: What ends a row, and what stands between its columns: mutations move and cut along them.
    row_end: bytes
    between: bytes
    #: Parts of an archive or stream that is mutated within its container, by name.
    container: str = ""
    #: One value with what stands around it, and other things that may stand in its place.
    value: bytes = b""
    values: tuple[bytes, ...] = ()

    def rows_of(self, data: bytes) -> list[bytes]:
        """Return a document in pieces that end with a row, as far as its bytes show."""
        *pieces, rest = data.split(self.row_end)
        return [*(piece + self.row_end for piece in pieces), *([rest] if rest else [])]


def rows(chance: random.Random, values: tuple[str, ...] = VALUES) -> list[dict[str, str]]:
    """Return some rows of two to five columns."""
    names = [f"c{n}" for n in range(chance.randint(2, 5))]
    return [
        {names[0]: f"{n}号", **{name: chance.choice(values) for name in names[1:]}}
        for n in range(1, chance.randint(2, 8))
    ]
