"""Sound documents of each format, made from random rows: what mutations begin with."""

import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter

from tests import oracles
from tests.oracles import (
    dbf_oracle,
    delimited_oracle,
    fixed_oracle,
    json_oracle,
    workbook_oracle,
    xml_oracle,
)

Oracle = Callable[[bytes, dict[str, Any]], oracles.Rows]
#: Values of departments: names, numbers, dates, what looks like markup, nothing.
VALUES = (
    "", "惠州市示例有限公司", "惠市监处罚〔2026〕12号", "0752000123", "1,234.50", "2026-03-05", "a",
    "甲、乙（丙）", "5%", "x & y < z", "{k: v}", "O'Neil", "- ", "准予新建，年产 5 吨", "\u00a0x", "0.10",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """One format with settings: how sound documents are made, what a row of them is, who knows better."""

    format: str
    settings: dict[str, Any]
    make: Callable[[random.Random], bytes]
    oracle: Oracle
    #: Pieces of the format's own syntax, which mutations put in anywhere.
    tokens: tuple[bytes, ...] = field(default=())


def _rows(chance: random.Random, values: tuple[str, ...] = VALUES) -> list[dict[str, str]]:
    names = [f"c{n}" for n in range(chance.randint(2, 5))]
    return [
        {names[0]: f"{n}号", **{name: chance.choice(values) for name in names[1:]}}
        for n in range(1, chance.randint(2, 8))
    ]


def _delimited(encoding: str, separator: str, quote: str) -> Callable[[random.Random], bytes]:
    def cell(chance: random.Random, text: str) -> str:
        if not quote:
            return text.replace(separator, "/")
        must = separator in text or quote in text
        return f"{quote}{text}{quote}" if must or chance.random() < 0.3 else text

    def make(chance: random.Random) -> bytes:
        rows = _rows(chance)
        end = chance.choice(("\r\n", "\n"))
        lines = [separator.join(rows[0])]
        lines += [separator.join(cell(chance, value) for value in row.values()) for row in rows]
        return (end.join(lines) + end).encode(encoding)

    return make


def _json(chance: random.Random) -> bytes:
    rows = [
        {name: value or chance.choice((None, 1, True, "")) for name, value in row.items()}
        for row in _rows(chance)
    ]
    return json.dumps({"data": rows}, ensure_ascii=chance.random() < 0.3).encode()


def _json_lines(chance: random.Random) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in _rows(chance))


def _xml(chance: random.Random) -> bytes:
    rows = "".join(
        f"<row n={quoteattr(row['c0'])}>"
        + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in row.items())
        + "</row>"
        for row in _rows(chance)
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<data><rows>{rows}</rows></data>'.encode()


_WIDTHS = {"c0": 8, "c1": 30, "c2": 12}


def _fixed(unit: str) -> Callable[[random.Random], bytes]:
    def make(chance: random.Random) -> bytes:
        lines = []
        for number in range(1, chance.randint(2, 8)):
            cells = (f"{number}号", chance.choice(VALUES), chance.choice(("", "5.00", "甲公司")))
            lines.append(
                b"".join(
                    value.encode("gbk", "replace").ljust(width)
                    if unit == "bytes"
                    else value[:width].ljust(width).encode("gbk", "replace")
                    for value, width in zip(cells, _WIDTHS.values(), strict=True)
                )
            )
        return b"\r\n".join(lines) + b"\r\n"

    return make


def _dbf(chance: random.Random) -> bytes:
    rows = [
        (f"{n}号", chance.choice(VALUES).replace("\u00a0", ""), chance.choice((None, 5.25)))
        for n in range(1, chance.randint(2, 8))
    ]
    head = bytearray(32)
    head[0], head[29] = 0x03, 0x4D
    columns = (("c0", b"C", 10, 0), ("c1", b"C", 40, 0), ("c2", b"N", 10, 2), ("c3", b"D", 8, 0))
    length = 1 + sum(width for _, _, width, _ in columns)
    size = 32 + 32 * len(columns) + 1
    head[4:12] = (
        len(rows).to_bytes(4, "little") + size.to_bytes(2, "little") + length.to_bytes(2, "little")
    )
    fields = b"".join(
        name.encode().ljust(11, b"\0") + kind + b"\0" * 4 + bytes((width, places)) + b"\0" * 14
        for name, kind, width, places in columns
    )
    body = b"".join(
        b" " + number.encode("gbk").ljust(10) + text.encode("gbk", "replace")[:40].ljust(40)
        + ("" if amount is None else f"{amount:.2f}").encode().rjust(10) + b"20260305"
        for number, text, amount in rows
    )  # fmt: skip
    return bytes(head) + fields + b"\r" + body + b"\x1a"


def _workbook(chance: random.Random) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"constant_memory": chance.random() < 0.5})
    sheet = book.add_worksheet()
    rows = _rows(chance)
    sheet.write_row(0, 0, list(rows[0]))
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row.values()):
            if value == "5%":
                sheet.write_number(number, place, chance.choice((1, 25, 1234567)))
            elif value == "a":
                sheet.write_boolean(number, place, chance.random() < 0.5)
            elif value:
                sheet.write_string(number, place, value)
    book.close()
    return stream.getvalue()


_TEXT = (b",", b'"', b'""', b"\r\n", b"\n", b"\r", b" ", b"\xef\xbb\xbf", b"\0", b"\x1a", b"\xff")
_JSON = (
    b'"', b"{", b"}", b"[", b"]", b":", b",", b"\\ud83d", b"NaN", b"-0", b"1e5", b"null", b"\\",
    b'{"c0":1,"c0":2}', b"9" * 30, b"\xff", b"\xef\xbb\xbf",
)  # fmt: skip
_XML = (
    b"<", b">", b"&", b"&#1;", b"&nbsp;", b"<c0/>", b"<c0>x</c0>", b"</row>", b"<row>", b"<!-- x -->",
    b"<![CDATA[x]]>", b"<?x y?>", b' xsi:nil="true"', b"\x01", b"\xff", b"]]>",
)  # fmt: skip
WAYS: dict[str, Way] = {
    "delimited": Way("delimited", {"encoding": "utf-8", "quote": '"'}, _delimited("utf-8", ",", '"'), delimited_oracle.read, _TEXT),
    "delimited-gb18030": Way("delimited", {"encoding": "gb18030", "quote": '"'}, _delimited("gb18030", ",", '"'), delimited_oracle.read, _TEXT),
    "delimited-pipes": Way("delimited", {"encoding": "utf-8", "quote": "", "separator": "||"}, _delimited("utf-8", "||", ""), delimited_oracle.read, (*_TEXT, b"|", b"||")),
    "json": Way("json", {"rows": "data"}, _json, json_oracle.read, _JSON),
    "json-lines": Way("json", {"lines": True}, _json_lines, json_oracle.read, (*_JSON, b"\n")),
    "xml": Way("xml", {"row": "data/rows/row"}, _xml, xml_oracle.read, _XML),
    "fixed": Way("fixed", {"encoding": "gbk", "unit": "bytes", "columns": _WIDTHS}, _fixed("bytes"), fixed_oracle.read, (b"\n", b"\r\n", b" ", b"\xff", b"\x1a")),
    "fixed-characters": Way("fixed", {"encoding": "gbk", "unit": "characters", "columns": _WIDTHS}, _fixed("characters"), fixed_oracle.read, (b"\n", b"\r\n", b" ", b"\xff")),
    "dbf": Way("dbf", {"encoding": "gbk"}, _dbf, dbf_oracle.read, (b"*", b" ", b"\x1a", b"\0", b"\r", b"\xff")),
    "workbook": Way("spreadsheet", {}, _workbook, workbook_oracle.read, (b"<c/>", b"<f>1</f>", b't="e"', b"<v>", b"</v>", b"<row>", b"</row>", b'"', b">")),
}  # fmt: skip
