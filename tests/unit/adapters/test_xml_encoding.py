"""The encoding of XML is read in one way, by whichever door the document comes in.

The centre stands apart from adapters and has a reading of its own (`gateway/standard/charset.py`),
which is held against the same table.
"""

import io
from dataclasses import asdict

import pytest

from adapters.formats import FormatError
from adapters.formats.xml import Xml, XmlSettings
from adapters.formats.xml_encoding import XmlEncodingError, charset_of, encoding_of
from adapters.soap_answers.answer import read_answer
from adapters.soap_answers.model import Request
from adapters.soap_submissions import Contract, Submit, soap_call
from gateway.standard.charset import CharsetRefusedError, xml_encoding

NAME = "惠州市示例有限公司朱镕"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_ANSWER = f"<r><rows><row><name>{NAME}</name></row></rows></r>"
_CALL = f'<Submit xmlns="urn:t"><Licence><name>{NAME}</name></Licence></Submit>'
CONTRACT = Contract("urn:t", "Licence", {"name"}, 10)

#: Declared in the document ("" for no declaration), by the transport, the bytes' encoding; whether
#: that fits. Files have no transport.
TABLE = [
    ("", "", "utf-8", True),
    ("UTF-8", "", "utf-8", True),
    ("UTF-8", "", "utf-8-sig", True),
    ("GBK", "", "gbk", True),
    ("gb2312", "", "gbk", True),
    ("GB18030", "", "gb18030", True),
    ("", "", "utf-16", True),
    ("UTF-16", "", "utf-16", True),
    ("UTF-16", "", "utf-16-le", True),
    ("UTF-8", "GBK", "gbk", True),
    ("GBK", "utf-8", "utf-8", True),
    ("", "gb2312", "gbk", True),
    ("", "gb18030", "gb18030", True),
    ("", "utf-16", "utf-16", True),
    ("UTF-8", "", "gbk", False),
    ("GBK", "", "utf-8", False),
    ("GB2312", "", "utf-8", False),
    ("GBK", "", "utf-8-sig", False),
    ("ISO-8859-1", "", "utf-8", False),
    ("UTF-16", "", "utf-8", False),
    ("UTF-8", "", "utf-16", False),
    ("klingon", "", "utf-8", False),
    ("", "GBK", "utf-8", False),
    ("", "utf-8", "gbk", False),
    ("UTF-8", "GBK", "utf-8", False),
    ("GBK", "utf-8", "gbk", False),
    ("", "iso-8859-1", "utf-8", False),
    ("", "GBK", "utf-8-sig", False),
    ("", "klingon", "utf-8", False),
    ("", "hex", "utf-8", False),
]


def document(declared: str, encoding: str, inner: str) -> bytes:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    return (declaration + inner).encode(encoding)


def envelope(body: str) -> str:
    return f'<s:Envelope xmlns:s="{_SOAP}"><s:Body>{body}</s:Body></s:Envelope>'


def header(charset: str) -> str:
    return f'text/xml; charset="{charset}"; action="x"' if charset else "text/xml"


@pytest.mark.parametrize(
    ("declared", "encoding", "fits"), [(d, e, fits) for d, http, e, fits in TABLE if not http]
)
def test_a_file_is_read_in_the_encoding_that_it_declares(
    declared: str, encoding: str, fits: bool
) -> None:
    data = document(declared, encoding, f"<D><R><name>{NAME}</name></R></D>")
    xml_format = Xml(XmlSettings(row="D/R"))

    rows: object
    try:
        rows = [row for chunk in xml_format.read(io.BytesIO(data), 10) for row in chunk.rows.rows()]
    except FormatError as error:
        rows = error.rule

    assert rows == ([(NAME,)] if fits else "format.encoding")


@pytest.mark.parametrize(("declared", "charset", "encoding", "fits"), TABLE)
def test_an_answer_is_read_in_the_encoding_of_its_header(
    declared: str, charset: str, encoding: str, fits: bool
) -> None:
    request = asdict(Request(rows_path="rows.row"))

    head, rows = read_answer(
        document(declared, encoding, envelope(_ANSWER)), header(charset), request
    )

    if fits:
        assert (head["failure"], rows["name"].to_list()) == (None, [NAME])
    else:
        assert head["failure"][:2] == ("refused", "soap.encoding")


@pytest.mark.parametrize(("declared", "charset", "encoding", "fits"), TABLE)
def test_a_pushed_call_is_read_in_the_encoding_of_its_header(
    declared: str, charset: str, encoding: str, fits: bool
) -> None:
    call: object
    try:
        call = soap_call(document(declared, encoding, envelope(_CALL)), header(charset), CONTRACT)
    except FormatError as error:
        call = error.rule

    if fits:
        assert isinstance(call, Submit)
        assert call.rows == [{"name": NAME}]
    else:
        assert call == "format.encoding"


@pytest.mark.parametrize(
    ("declared", "charset", "encoding", "fits"),
    # What the document alone says is left to libxml2 where the centre does not know it.
    [one for one in TABLE if one[1] or one[3] or (one[0] in ("GBK", "GB2312", "ISO-8859-1"))],
)
def test_the_centre_comes_to_the_same(
    declared: str, charset: str, encoding: str, fits: bool
) -> None:
    data = document(declared, encoding, "<Package/>" if fits else envelope(_CALL))

    try:
        xml_encoding(data, charset_of(header(charset)))
    except CharsetRefusedError:
        assert not fits
    else:
        assert fits


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/xml; charset=GBK", "gbk"),
        ("text/xml;charset='gbk'", "gbk"),
        ('application/soap+xml; action="x"; charset = "UTF-8"', "utf-8"),
        ("charset=gbk", "gbk"),
        ("text/xml; x-charset=gbk", ""),
        ("text/xml", ""),
        ("", ""),
    ],
)
def test_the_charset_of_a_header(content_type: str, charset: str) -> None:
    assert charset_of(content_type) == charset


@pytest.mark.parametrize(
    ("declared", "late"), [("GBK", "utf-8"), ("UTF-8", "gbk"), ("GBK", "big5")]
)
def test_a_file_that_shows_late_that_it_is_in_another_encoding_is_refused(
    declared: str, late: str
) -> None:
    rows = "<R><name>abc</name></R>" * 10_000
    text = f"<D>{rows}<R><name>惠州市示例有限公司行政處罰決定書</name></R></D>"
    data = f'<?xml version="1.0" encoding="{declared}"?>'.encode() + text.encode(late)

    with pytest.raises(FormatError) as error:
        list(Xml(XmlSettings(row="D/R")).read(io.BytesIO(data), 1_000))

    assert error.value.rule == "format.encoding"


def test_half_a_character_at_the_end_of_a_block_is_no_contradiction() -> None:
    for fill in range(4):
        rows = "<R><name>惠州市示例有限公司</name></R>" * 9_000
        data = f'<?xml version="1.0" encoding="GBK"?><D>{"x" * fill}{rows}</D>'.encode("gbk")
        xml_format = Xml(XmlSettings(row="D/R"))

        chunks = list(xml_format.read(io.BytesIO(data), 10_000))

        assert [chunk.rows["name"].unique().to_list() for chunk in chunks] == [
            ["惠州市示例有限公司"]
        ]


def test_a_refusal_says_what_is_declared_and_what_is_seen() -> None:
    with pytest.raises(XmlEncodingError) as contradicted:
        encoding_of("<a>惠州</a>".encode(), "big5")
    with pytest.raises(XmlEncodingError) as unknown:
        encoding_of(b'<?xml version="1.0" encoding="klingon"?><a/>')

    assert (contradicted.value.declared, contradicted.value.seen) == ("big5", "utf-8")
    assert (unknown.value.declared, unknown.value.seen) == ("klingon", "")


def test_one_text_in_utf8_among_many_in_gbk_refuses_the_file() -> None:
    rows = ["<R><name>惠州示例公司</name></R>".encode("gbk")] * 3_000
    rows[1_500] = "<R><name>惠州市示例有限公司</name></R>".encode()
    data = b'<?xml version="1.0" encoding="GBK"?><D>' + b"".join(rows) + b"</D>"

    with pytest.raises(FormatError) as error:
        list(Xml(XmlSettings(row="D/R")).read(io.BytesIO(data), 1_000))

    assert error.value.rule == "format.encoding"


def test_a_rare_name_alone_at_the_end_is_no_contradiction() -> None:
    # By itself its bytes read better as UTF-16 than as GBK.
    rows = "<R><name>惠州示例公司</name></R>" * 3_000 + "<R><name>鸔韺鵔蕛</name></R>"
    data = f'<?xml version="1.0" encoding="GBK"?><D>{rows}</D>'.encode("gbk")

    chunks = list(Xml(XmlSettings(row="D/R")).read(io.BytesIO(data), 10_000))

    assert chunks[-1].rows["name"][-1] == "鸔韺鵔蕛"


def test_a_name_of_an_encoding_with_anything_else_in_it_is_none() -> None:
    data = b'<?xml version="1.0" encoding="UTF-\xff8"?><D><R><name>a</name></R></D>'

    with pytest.raises(FormatError) as refused:
        list(Xml(XmlSettings(row="D/R")).read(io.BytesIO(data), 10))

    assert refused.value.rule == "format.encoding"
