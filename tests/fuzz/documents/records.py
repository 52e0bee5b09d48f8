"""JSON and XML documents, plain ones and ones with all that these formats allow."""

import json
import random
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from tests.fuzz.ways import Make, Way, rows
from tests.oracles import json_oracle, xml_oracle

_JSON = (
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"\\ud83d",
    b"NaN",
    b"-0",
    b"1e5",
    b"null",
    b"\\",
    b'{"c0":1,"c0":2}',
    b"9" * 30,
    b"\xff",
    b"\xef\xbb\xbf",
    b"\0",
    b"-Infinity",
    b"\\u0000",
)
_XML = (
    b"<",
    b">",
    b"&",
    b"&#1;",
    b"&nbsp;",
    b"<c0/>",
    b"<c0>x</c0>",
    b"</row>",
    b"<row>",
    b"<!-- x -->",
    b"<![CDATA[x]]>",
    b"<?x y?>",
    b' xsi:nil="true"',
    b"\x01",
    b"\xff",
    b"]]>",
    b"\0",
    b"&#x4e00;",
)
_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_JSON_VALUE = rb'(?<=: )(?:"[^"]*"|[^,{}\[\]"\s]+)(?=[,}])|"[^"]*"(?=:)'
_JSON_VALUES = (
    b'"x"',
    b"-0",
    b"1e400",
    b"NaN",
    b"-Infinity",
    b'"\\ud83d"',
    b'"\\ud83d\\ude00"',
    b'{"p": 1}',
    b"[1]",
    b"[]",
    b"{}",
    b"null",
    b"true",
    b'"\xff"',
    b'"a", "c0": "b"',
    b'" "',
    b'"\\u0000"',
    b'"\\""',
    b'"\\\\"',
    b"01",
    b'"c1"',
    b'""',
    b'"c0.c1"',
    b'{"i": {"i": 1}}',
    b"1.0",
    b'"\xe3\x80\x80"',
    b'"],"',
    b'"}"',
    b"9" * 400,
    b'{"\\ud83d": 1}',
    b'"\xef\xbb\xbf"',
    b'"\t"',
    b"1" * 1001,
    b'{"c1": 1, "c1": 2}',
)
_XML_VALUE = rb"(?<=>)[^<>]*(?=</)|<c[0-9]/>"
_XML_VALUES = (
    b"x<b/>",
    b"<b>1</b>",
    b"<b>1</b><b>2</b>",
    b"&#1;",
    b"&lt;",
    b"<![CDATA[<row>]]>",
    b"&#x1F600;",
    b"\xff",
    b"&#xFFFE;",
    b"<!-- </row> -->",
    b"<?x </row>?>",
    b"\x01",
    b"<row><c0>1</c0></row>",
    b"]] >",
    b"&amp;amp;",
    b" ",
    b"",
    b"<row/>",
    b"<b/>x",
    b"\r\n",
    b"\r",
    b"&#13;",
    b"\xc2\xa0",
    b"<b c='1'/>",
    b"<b c='1' d='>'></b>",
    b"<c1>y</c1>",
    b"<c0/><c0/>",
    b"<rows><row><c0>1</c0></row></rows>",
    b"\xef\xbf\xbd",
    b"<![CDATA[\x01]]>",
    b"<!--\x01-->x",
    b'<b xmlns="urn:x">1</b>',
    b'<x:b xmlns:x="urn:x">1</x:b>',
    b"&apos;&quot;",
    b"a&#10;b",
)
#: Numbers as other programs write them: each stays as it is.
_NUMBERS = ("0", "-0", "1.10", "1E5", "12345678901234567890.5", "-0.0", "1e-7")


class _Written(float):
    """A number that is written as it stands."""

    def __new__(cls, text: str) -> "_Written":
        made = super().__new__(cls, text)
        made.text = text  # type: ignore[attr-defined]
        return made

    def __repr__(self) -> str:
        return str(self.text)  # type: ignore[attr-defined]


def _json_text(value: Any) -> str:
    """Return JSON in which numbers stand as they were written."""
    if isinstance(value, _Written):
        return repr(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {_json_text(v)}" for k, v in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def _json(chance: random.Random) -> bytes:
    every = [
        {name: value or chance.choice((None, 1, True, "")) for name, value in row.items()}
        for row in rows(chance)
    ]
    return json.dumps({"data": every}, ensure_ascii=chance.random() < 0.3).encode()


def _deep_row(chance: random.Random, row: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {**row}
    if chance.random() < 0.5:
        made["n"] = _Written(chance.choice(_NUMBERS))
    if chance.random() < 0.5:
        inner = {"p": chance.choice((None, False, "乙")), "q": _Written(chance.choice(_NUMBERS))}
        made["o"] = {"i": inner, "j": chance.choice(("丙", ""))}
    return made


def _json_deep(chance: random.Random) -> bytes:
    every = [_deep_row(chance, row) for row in rows(chance)]
    end = chance.choice((",", ",\n  ", " , "))
    body = end.join(map(_json_text, every))
    return (
        f'{{"code": 0, "a": [1, {{"b": "x"}}], "d": {{"items": [{body}], "more": null}}}}'.encode()
    )


def _json_lines(chance: random.Random) -> bytes:
    end = chance.choice((b"\n", b"\r\n"))
    return b"".join(_json_text(row).encode() + end for row in rows(chance))


def _json_lines_deep(chance: random.Random) -> bytes:
    lines = [_json_text(_deep_row(chance, row)).encode() for row in rows(chance)]
    if chance.random() < 0.2:
        lines.insert(chance.randrange(len(lines)), b" ")
    return b"\n".join(lines)


def _xml(chance: random.Random) -> bytes:
    every = "".join(
        f"<row n={quoteattr(row['c0'])}>"
        + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in row.items())
        + "</row>"
        for row in rows(chance)
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<data><rows>{every}</rows></data>'.encode()


def _xml_plain(chance: random.Random) -> bytes:
    """Rows that all have one form, for which there is a quick way, and some that do not."""
    end = chance.choice(("", "\n  ", "\r\n"))
    every = []
    for row in rows(chance):
        cells = [
            f"<{name}>{escape(value)}</{name}>" if value else f"<{name}/>"
            for name, value in row.items()
            if value or chance.random() < 0.7
        ]
        every.append(f"<row>{''.join(cells)}</row>{end}")
    return f"<data><rows>{end}{''.join(every)}</rows><n>{len(every)}</n></data>".encode()


def _xml_rich(encoding: str) -> Make:
    def cell(chance: random.Random, name: str, value: str) -> str:
        match chance.randrange(6):
            case 0 if not value:
                return f'<{name} xsi:nil="true"/>'
            case 1:
                return f"<{name}><![CDATA[{value}]]></{name}>"
            case 2:
                return f'<p:{name} u="元">{escape(value)}</p:{name}>'
            case 3:
                return f"<{name}><inner>{escape(value)}</inner><k>1</k></{name}>"
            case 4:
                half = len(value) // 2
                return f"<{name}>{escape(value[:half])}<!-- x -->{escape(value[half:])}</{name}>"
            case _:
                return f"<{name}>{escape(value)}</{name}>"

    def make(chance: random.Random) -> bytes:
        every = "\n".join(
            "<row>" + "".join(cell(chance, name, value) for name, value in row.items()) + "</row>"
            for row in rows(chance)
        )
        text = (
            f'<?xml version="1.0" encoding="{encoding}"?>\n<data {_XSI} xmlns="urn:d" '
            f'xmlns:p="urn:p"><rows>{every}</rows></data>'
        )
        return text.encode("gb18030" if encoding.startswith("GB") else encoding)

    return make


def _json_way(settings: dict[str, Any], make: Make, end: bytes) -> Way:
    return Way(
        "json",
        settings,
        make,
        json_oracle.read,
        (*_JSON, b"\n"),
        end,
        b",",
        "",
        _JSON_VALUE,
        _JSON_VALUES,
    )


def _xml_way(make: Make) -> Way:
    settings = {"row": "data/rows/row"}
    return Way(
        "xml", settings, make, xml_oracle.read, _XML, b"</row>", b"</", "", _XML_VALUE, _XML_VALUES
    )


WAYS = {
    "json": _json_way({"rows": "data"}, _json, b"}, "),
    "json-deep": _json_way({"rows": "d.items"}, _json_deep, b"},"),
    "json-lines": _json_way({"lines": True}, _json_lines, b"\n"),
    "json-lines-deep": _json_way({"lines": True}, _json_lines_deep, b"\n"),
    "xml": _xml_way(_xml),
    "xml-plain": _xml_way(_xml_plain),
    "xml-rich": _xml_way(_xml_rich("UTF-8")),
    "xml-gbk": _xml_way(_xml_rich("GBK")),
}
