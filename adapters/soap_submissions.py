"""Reads the SOAP calls by which departments push records to the gateway,
strictly by the generated WSDL.

Every element, attribute and text has a meaning or refuses the call: what a client writes that is
not in the WSDL would otherwise be lost in silence. Pure.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from lxml import etree

from adapters.formats import FormatError
from adapters.formats.xml_encoding import (
    XmlEncodingError,
    charset_of,
    encoding_of,
    utf8,
    without_declared,
)
from adapters.submissions import CONTENT, SIZE, SYNTAX, Row, checked_rows
from adapters.text import submissions as messages
from adapters.text.python_errors import undecodable

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
ENCODING = "format.encoding"
#: Rules with a fault code of their own in SOAP 1.1.
VERSION = "soap.version"
NOT_UNDERSTOOD = "soap.must_understand"

_ENVELOPE_12 = "{http://www.w3.org/2003/05/soap-envelope}"
_S = f"{{{ENVELOPE}}}"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_NEXT = "http://schemas.xmlsoap.org/soap/actor/next"
_TRUE, _FALSE = ("true", "1"), ("false", "0")
_BLANK = " \t\r\n"
#: Characters below the space that no XML may hold, as they are and as they are referred to.
_CONTROL = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:[xX]0*([0-9a-fA-F]{1,2})|0*([0-9]{1,2}));"
)


@dataclass(frozen=True, slots=True)
class Contract:
    """What a feed's WSDL has: its namespace, the element of a record, the names of its fields."""

    namespace: str
    kind: str
    fields: Collection[str]
    #: Most records of one call.
    most: int


@dataclass(frozen=True, slots=True)
class Submit:
    """Records to be kept, under the sender's own id ("" where it gives none)."""

    submission_id: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A question about an earlier submission."""

    receipt: str


def soap_call(data: bytes, content_type: str, contract: Contract) -> Submit | Verdicts:
    """Return the one call of an envelope; `content_type` is the HTTP header, whose charset counts.

    Raises FormatError, which names the record and the element.
    """
    call = _only_call(_root(data, content_type, contract))
    where = f"{{{contract.namespace}}}"
    if call.tag == f"{where}Submit":
        return _submit(call, contract)
    if call.tag == f"{where}Verdicts":
        return _verdicts(call, contract)
    raise FormatError(CONTENT, *messages.no_call())


def _root(data: bytes, content_type: str, contract: Contract) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    document = _utf8(data, content_type)
    try:
        root = etree.fromstring(document, parser)
    except (etree.LxmlError, ValueError, LookupError) as error:
        if (control := _control(document, contract.kind)) is not None:
            raise FormatError(SYNTAX, *messages.no_character(*control)) from None
        raise FormatError(SYNTAX, *messages.not_xml(str(error), str(error))) from None
    info = root.getroottree().docinfo
    if info.internalDTD is not None or info.doctype:
        raise FormatError(SYNTAX, *messages.document_type())
    return root


def _utf8(data: bytes, content_type: str) -> bytes:
    """Return a body as UTF-8 without its mark;
    raises FormatError where it is in another encoding.
    """
    try:
        encoding = encoding_of(data, charset_of(content_type))
        body = data[encoding.mark :]
        return without_declared(utf8(body.decode(encoding.codec), encoding))
    except XmlEncodingError as error:
        text = (
            messages.charset_contradicts(error.declared.lower(), error.seen.upper())
            if error.seen
            else messages.charset_unknown(error.declared)
        )
    except UnicodeDecodeError as error:
        if encoding.codec != "utf-8":
            raise FormatError(SYNTAX, *messages.not_xml(*undecodable(error))) from None
        text = messages.charset_broken(encoding.declared or encoding.codec, error.start)
    raise FormatError(ENCODING, *text)


def _control(data: bytes, kind: str) -> tuple[int, int] | None:
    """Return the record and the code of the first character that no XML may hold;
    None where none is.
    """
    for match in _CONTROL.finditer(data):
        hexadecimal, decimal = match.groups()
        code = (
            int(hexadecimal, 16)
            if hexadecimal
            else int(decimal)
            if decimal
            else data[match.start()]
        )
        if code < 0x20 and code not in (0x09, 0x0A, 0x0D):
            start = rb"<(?:[\w.-]{1,100}:)?" + kind.encode() + rb"[\s>/]"
            return len(re.findall(start, data[: match.start()])), code
    return None


def _only_call(root: etree._Element) -> etree._Element:
    if root.tag == f"{_ENVELOPE_12}Envelope":
        raise FormatError(VERSION, *messages.other_version())
    if root.tag != f"{_S}Envelope":
        raise FormatError(CONTENT, *messages.no_call())
    _check_text(0, root)
    bodies = [child for child in root if child.tag == f"{_S}Body"]
    if len(bodies) != 1 or len(bodies[0]) != 1:
        raise FormatError(CONTENT, *messages.no_call())
    for place, child in enumerate(root):
        if place == 0 and child.tag == f"{_S}Header":
            _check_header(child)
        elif child is not bodies[0]:
            raise _wrong_element(0, child, root)
    _check_text(0, bodies[0])
    return bodies[0][0]


def _check_header(header: etree._Element) -> None:
    """Raise FormatError for a header that must be understood: none is."""
    _check_text(0, header)
    for block in header:
        ours = block.get(f"{_S}actor", "") in ("", _NEXT)
        if ours and block.get(f"{_S}mustUnderstand", "0").strip(_BLANK) in _TRUE:
            raise FormatError(NOT_UNDERSTOOD, *messages.not_understood(_name(block)))


def _submit(call: etree._Element, contract: Contract) -> Submit:
    _check_shell(0, call, ())
    submission_id: str | None = None
    records: list[etree._Element] = []
    for child in call:
        if child.tag == f"{{{contract.namespace}}}{contract.kind}":
            records.append(child)
        elif child.tag != f"{{{contract.namespace}}}SubmissionId":
            raise _wrong_element(len(records) + 1, child, call)
        elif submission_id is not None:
            raise FormatError(CONTENT, *messages.element_twice(0, "SubmissionId"))
        else:
            submission_id = (_value(0, child, ("string",)) or "").strip(_BLANK)
    if len(records) > contract.most:
        raise FormatError(SIZE, *messages.too_many_records(contract.most))
    return Submit(submission_id or "", checked_rows(_rows(records, contract), contract.most))


def _rows(records: list[etree._Element], contract: Contract) -> Iterator[Row]:
    fields = {f"{{{contract.namespace}}}{name}": name for name in contract.fields}
    for number, record in enumerate(records, 1):
        _check_shell(number, record, (contract.kind,))
        row: Row = {}
        for child in record:
            name = fields.get(child.tag)
            if name is None:
                raise _wrong_element(number, child, record)
            if name in row:
                raise FormatError(CONTENT, *messages.element_twice(number, name))
            row[name] = _value(number, child, ("string",))
        yield row


def _verdicts(call: etree._Element, contract: Contract) -> Verdicts:
    _check_shell(0, call, ())
    receipts = list(call)
    for child in receipts:
        if child.tag != f"{{{contract.namespace}}}Receipt":
            raise _wrong_element(0, child, call)
    if len(receipts) > 1:
        raise FormatError(CONTENT, *messages.element_twice(0, "Receipt"))
    return Verdicts((_value(0, receipts[0], ("string",)) or "").strip(_BLANK) if receipts else "")


def _value(record: int, element: etree._Element, types: Collection[str]) -> str | None:
    """Return the text of an element that has nothing but text;
    None where it says that it is nil.
    """
    if len(element):
        raise FormatError(CONTENT, *messages.nested(record, _name(element)))
    nil = _nil(record, element, types)
    text: str = element.text or ""
    if nil and text:
        raise FormatError(CONTENT, *messages.nil_with_value(record, _name(element)))
    return None if nil else text


def _check_shell(record: int, element: etree._Element, types: Collection[str]) -> None:
    """Raise FormatError for text or attributes of an element that has elements only."""
    _check_text(record, element)
    if _nil(record, element, types):
        raise FormatError(CONTENT, *messages.wrong_attribute(record, _name(element), "xsi:nil"))


def _check_text(record: int, element: etree._Element) -> None:
    if any((text or "").strip(_BLANK) for text in (element.text, *(e.tail for e in element))):
        raise FormatError(CONTENT, *messages.loose_text(record, _name(element)))


def _nil(record: int, element: etree._Element, types: Collection[str]) -> bool:
    """Whether an element says that it is nil.

    `types` are what xsi:type may name: clients of rpc style write the type of every element.

    Raises FormatError for any attribute that is not known.
    """
    nil = False
    for name, value in element.attrib.items():
        plain = value.strip(_BLANK)
        if name == f"{_XSI}nil" and plain in (*_TRUE, *_FALSE):
            nil = plain in _TRUE
        elif name != f"{_XSI}type" or plain.rpartition(":")[2] not in types:
            attribute = name.rpartition("}")[2]
            raise FormatError(CONTENT, *messages.wrong_attribute(record, _name(element), attribute))
    return nil


def _wrong_element(record: int, child: etree._Element, parent: etree._Element) -> FormatError:
    name = etree.QName(child)
    label = _name(child)
    if name.namespace != etree.QName(parent).namespace:
        label = f"{{{name.namespace or ''}}}{label}"
    return FormatError(CONTENT, *messages.wrong_element(record, label, _name(parent)))


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)
