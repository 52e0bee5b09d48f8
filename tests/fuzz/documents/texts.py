"""Delimited and fixed-width documents, in the forms that departments write."""

import random
from dataclasses import dataclass
from typing import Any

from tests.fuzz.ways import VALUES, Make, Way, rows
from tests.oracles import delimited_oracle, fixed_oracle

_TOKENS = (b",", b'"', b'""', b"\r\n", b"\n", b"\r", b" ", b"\xef\xbb\xbf", b"\0", b"\x1a", b"\xff")
_WIDTHS = {"c0": 8, "c1": 30, "c2": 12}
#: Values that need quotes or escapes, among others.
_HARD = (*VALUES, '他说"好"', "甲\r\n乙", "甲\n乙", "a,b")


@dataclass(frozen=True)
class _Form:
    """How a delimited document is written."""

    encoding: str = "utf-8"
    separator: str = ","
    quote: str = '"'
    escape: str = ""
    titles: int = 0
    headless: bool = False
    explanations: int = 0
    footers: int = 0
    mark: bytes = b""

    def settings(self) -> dict[str, Any]:
        made: dict[str, Any] = {
            "encoding": self.encoding,
            "separator": self.separator,
            "quote": self.quote,
            "escape": self.escape,
            "header_row": 0 if self.headless else self.titles + 1,
            "explanation_rows": self.explanations,
            "footer_lines": self.footers,
        }
        return {**made, "columns": ["c0", "c1", "c2"]} if self.headless else made

    def cell(self, chance: random.Random, text: str) -> str:
        quote, escape = self.quote, self.escape
        if not quote:
            return text.replace(self.separator, "/").replace("\r", "").replace("\n", "")
        must = any(part in text for part in (self.separator, quote, "\r", "\n"))
        if escape:
            for special in (escape, quote):
                text = text.replace(special, escape + special)
        elif quote in text:
            text = text.replace(quote, quote * 2)
        return f"{quote}{text}{quote}" if must or chance.random() < 0.3 else text

    def make(self, chance: random.Random) -> bytes:
        values = tuple(
            v for v in _HARD if v.encode(self.encoding, "ignore").decode(self.encoding) == v
        )
        every = rows(chance, values)
        if self.headless:
            every = [
                dict(zip(("c0", "c1", "c2"), [*row.values(), "", ""], strict=False))
                for row in every
            ]
        end = chance.choice(("\r\n", "\n"))
        lines = [f"关于{n}的表" for n in range(self.titles)]
        if not self.headless:
            lines.append(self.separator.join(every[0]))
        lines += [self.separator.join(f"说明{name}" for name in every[0])] * self.explanations
        lines += [self.separator.join(self.cell(chance, v) for v in row.values()) for row in every]
        if chance.random() < 0.1:
            lines.append(self.separator * (len(every[0]) - 1))
        lines += [f"合计{len(every)}条"] * self.footers
        last = end if chance.random() < 0.8 else ""
        return self.mark + (end.join(lines) + last).encode(
            "utf-16-le" if self.encoding == "utf-16" else self.encoding
        )


def _delimited(form: _Form, *tokens: bytes) -> Way:
    wide = form.encoding == "utf-16"
    between = form.separator.encode("utf-16-le" if wide else "utf-8")
    return Way(
        "delimited",
        form.settings(),
        form.make,
        delimited_oracle.read,
        (*_TOKENS, *tokens),
        b"\n\0" if wide else b"\n",
        between,
    )


def _fixed(encoding: str, unit: str, *, framed: bool = False) -> Make:
    def padded(value: str, width: int) -> bytes:
        if unit == "characters":
            return value[:width].ljust(width).encode(encoding, "replace")
        while len(value.encode(encoding, "replace")) > width:
            value = value[:-1]
        return value.encode(encoding, "replace").ljust(width)

    def make(chance: random.Random) -> bytes:
        lines = [b"HEAD"] if framed else []
        for number in range(1, chance.randint(2, 8)):
            cells = (f"{number}号", chance.choice(VALUES), chance.choice(("", "5.00", "甲公司")))
            line = b"".join(map(padded, cells, _WIDTHS.values()))
            lines.append(line.rstrip() if chance.random() < 0.1 else line)
        if framed:
            lines += [b"", b"TRAILER 3"]
        end = chance.choice((b"\r\n", b"\n"))
        return end.join(lines) + end

    return make


def _fixed_way(encoding: str, unit: str, *, framed: bool = False) -> Way:
    settings: dict[str, Any] = {"encoding": encoding, "unit": unit, "columns": _WIDTHS}
    if framed:
        settings |= {"skip_first": 1, "skip_last": 1}
    tokens = (b"\n", b"\r\n", b" ", b"\xff", b"\x1a", b"\0", b"\xa1\xa1")
    make = _fixed(encoding, unit, framed=framed)
    return Way("fixed", settings, make, fixed_oracle.read, tokens, b"\n", b"  ")


WAYS = {
    "delimited": _delimited(_Form()),
    "delimited-gb18030": _delimited(_Form(encoding="gb18030"), b"\xfe\x59", b"\xa6\xd9", b"\x81"),
    "delimited-pipes": _delimited(_Form(separator="||", quote=""), b"|", b"||"),
    "delimited-escape": _delimited(_Form(escape="\\"), b"\\", b'\\"', b"\\\\", b"\\N", b"\\,"),
    "delimited-utf16": _delimited(
        _Form(encoding="utf-16", separator="\t", mark=b"\xff\xfe"), b"\t\0", b'"\0', b"\n\0"
    ),
    "delimited-framed": _delimited(
        _Form(encoding="gb18030", titles=2, explanations=1, footers=1), b"\n\n", b"\n,,\n"
    ),
    "delimited-headless": _delimited(
        _Form(headless=True, separator="\t", mark=b"\xef\xbb\xbf"), b"\t"
    ),
    "fixed": _fixed_way("gbk", "bytes"),
    "fixed-characters": _fixed_way("gbk", "characters"),
    "fixed-utf8-framed": _fixed_way("utf-8", "bytes", framed=True),
}
