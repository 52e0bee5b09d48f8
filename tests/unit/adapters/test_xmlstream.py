"""Forbidden characters of XML become U+FFFD wherever they stand, and nothing else changes."""

import io

import pytest
from lxml import etree

from adapters import xml_stream
from adapters.xml_stream import without_forbidden

CASES = {
    "<a>x&#x1;y</a>": "x\ufffdy",
    "<a>x&#1;y</a>": "x\ufffdy",
    "<a>x&#x0000001F;y</a>": "x\ufffdy",
    "<a>x&#xD83D;&#xFFFF;&#x110000;y</a>": "x\ufffd\ufffd\ufffdy",
    "<a>x\x0by\x00</a>": "x\ufffdy\ufffd",
    "<a>&#x60E0;&#9;&#10;&#13;&#x1F600;</a>": "惠\t\n\r😀",
    "<a><![CDATA[&#x1; and \x01 <b>]]>&#x1;</a>": "&#x1; and \ufffd <b>\ufffd",
    "<a><!-- <![CDATA[ \x01 -->x&#x2;<?pi <!-- ?>&#x2;</a>": "x\ufffd\ufffd",
    "<a>惠州&#31;市</a>": "惠州\ufffd市",
}


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("document", CASES)
def test_forbidden_characters_become_the_replacement_character(
    document: str, encoding: str
) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?>{document}'.encode(encoding)

    root = etree.fromstring(without_forbidden(io.BytesIO(data)).read())

    assert "".join(root.itertext(etree.Element)) == CASES[document]


def test_a_token_over_the_border_of_two_blocks_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    document = "".join(CASES).replace("<a>", "").replace("</a>", "")
    data = f"<a>{document}</a>".encode()
    whole = without_forbidden(io.BytesIO(data)).read()

    for block in range(1, 100):
        monkeypatch.setattr(xml_stream, "_BLOCK", block)
        assert without_forbidden(io.BytesIO(data)).read() == whole


def test_an_attribute_is_read_too() -> None:
    root = etree.fromstring(without_forbidden(io.BytesIO(b"<a b='x&#x1;'/>")).read())

    assert root.get("b") == "x\ufffd"
