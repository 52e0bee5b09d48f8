"""SOAP answers with rows as elements, in the forms of several servers."""

import random
from xml.sax.saxutils import escape

from tests.fuzz.documents.records import _XML, _XML_VALUE, _XML_VALUES
from tests.fuzz.ways import Way, rows
from tests.oracles import soap_oracle

_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def _answer(chance: random.Random) -> bytes:
    def cell(name: str, value: str) -> str:
        match chance.randrange(8):
            case 0 if not value:
                return f'<{name} xsi:nil="true"/>'
            case 1:
                return f"<{name}><![CDATA[{value}]]></{name}>"
            case 2:
                return f'<n:{name} u="元">{escape(value)}</n:{name}>'
            case 3:
                return f"<{name}><inner>{escape(value)}</inner></{name}>"
            case _:
                return f"<{name}>{escape(value)}</{name}>"

    end = chance.choice(("", "\n    "))
    every = end.join(
        "<row>" + "".join(cell(name, value) for name, value in row.items()) + "</row>"
        for row in rows(chance)
    )
    prefix = chance.choice(("soap", "S"))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{prefix}:Envelope '
        f'xmlns:{prefix}="http://schemas.xmlsoap.org/soap/envelope/" {_XSI} xmlns:n="urn:n">'
        f"<{prefix}:Body><n:answer><code>0</code><rows>{every}</rows></n:answer></{prefix}:Body>"
        f"</{prefix}:Envelope>"
    ).encode()


WAYS = {
    "soap": Way(
        "soap",
        {"rows_path": "rows.row"},
        _answer,
        soap_oracle.read,
        (*_XML, b' href="#a"', b' id="a"'),
        b"</row>",
        b"</",
        "",
        _XML_VALUE,
        _XML_VALUES,
    ),
}
