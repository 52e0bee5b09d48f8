"""An answer's envelope: its own element, places by path, references within it, faults. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from lxml import etree

from adapters.soap_answers.trouble import UnusableAnswerError
from adapters.text import Text
from adapters.text import soap as messages
from adapters.xml_stream import MOST_ATTRIBUTES, local

XSI = "http://www.w3.org/2001/XMLSchema-instance"
NIL = f"{{{XSI}}}nil"
XOP = "{http://www.w3.org/2004/08/xop/include}Include"
ENVELOPES = (
    "http://schemas.xmlsoap.org/soap/envelope/",
    "http://www.w3.org/2003/05/soap-envelope",
)
ENCODINGS = ("http://schemas.xmlsoap.org/soap/encoding/", "http://www.w3.org/2003/05/soap-encoding")
#: Attributes in these namespaces say how something is written, not what it is.
WIRE = frozenset(
    {
        XSI,
        *ENVELOPES,
        *ENCODINGS,
        "http://www.w3.org/XML/1998/namespace",
        "urn:schemas-microsoft-com:xml-diffgram-v1",
        "urn:schemas-microsoft-com:xml-msdata",
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
        "http://schemas.microsoft.com/2003/10/Serialization/",
        "http://www.w3.org/2005/05/xmlmime",
    }
)
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
#: Most steps from one reference to the next.
_STEPS = 8
#: Names that .NET writes for characters that no element's name may have.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ANY = "*"


class LostReferenceError(Exception):
    """A reference within an answer leads nowhere, or in a circle."""


def column_name(tag: object) -> str:
    """Return an element's or attribute's name as a column: without namespace,
    `_x0020_` as a blank.
    """
    name = local(tag)
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), name) if "_x" in name else name


def is_nil(element: etree._Element) -> bool:
    """Whether an element says that it has no value."""
    return element.get(NIL) in ("true", "1")


@dataclass(frozen=True, slots=True)
class Tree:
    """An answer parsed whole, or what is left of it once its rows were read."""

    root: etree._Element
    parts: dict[str, bytes]
    #: Elements by their id.
    ids: dict[str, etree._Element] = field(default_factory=dict)
    #: The answer is written in SOAP encoding, where `id` and `href` are not data.
    encoded: bool = False

    @property
    def body(self) -> etree._Element:
        """Return the Body; raises UnusableAnswerError where there is none."""
        for child in self.root:
            if local(child.tag) == "Body":
                return child
        raise UnusableAnswerError("unavailable", "soap.envelope", messages.no_envelope())

    def answer(self, wanted: str) -> etree._Element:
        """Return the answer's own element, of some name if that is known.

        Raises UnusableAnswerError.
        """
        children = list(self.body)
        referred = [child for child in children if self.encoded and child.get("id") in self.ids]
        candidates = [child for child in children if child not in referred] or children[:1]
        many = len(candidates) > 1 and not self.encoded
        if not candidates or many or (wanted and local(candidates[0].tag) != wanted):
            name = wanted or "Body/*"
            raise UnusableAnswerError(
                "refused",
                "soap.answer",
                messages.no_answer(name, [local(one.tag) for one in candidates]),
            )
        return candidates[0]

    def resolved(self, element: etree._Element) -> etree._Element:
        """Return what an element refers to within the answer, itself where it refers to nothing.

        Raises LostReferenceError.
        """
        for _ in range(_STEPS):
            name = reference(element)
            if not name:
                return element
            if name not in self.ids:
                raise LostReferenceError(name)
            element = self.ids[name]
        raise LostReferenceError(name)

    def below(self, start: etree._Element, path: list[str]) -> Iterator[etree._Element]:
        """Yield the elements at a path below another.

        Raises UnusableAnswerError for a reference that leads nowhere.
        """
        try:
            yield from self._below(self.resolved(start), path)
        except LostReferenceError as error:
            raise UnusableAnswerError(
                "refused", "soap.reference", messages.reference_missing(str(error))
            ) from None

    def _below(self, start: etree._Element, path: list[str]) -> Iterator[etree._Element]:
        if not path:
            yield start
            return
        for child in start:
            if path[0] in (_ANY, local(child.tag)):
                # What stands at the end may be refused alone: it is not resolved here.
                yield from self._below(child if len(path) == 1 else self.resolved(child), path[1:])


def reference(element: etree._Element) -> str:
    """Return the id that an element refers to, "" where it refers to none."""
    href = element.get("href") or ""
    if href.startswith("#") and not len(element):
        return str(href[1:])
    for encoding in ENCODINGS:
        if name := element.get(f"{{{encoding}}}ref"):
            return str(name)
    return ""


def opened(root: etree._Element, parts: dict[str, bytes]) -> Tree:
    """Return an answer's tree with its ids looked up.

    Raises UnusableAnswerError where an id stands twice.
    """
    ids: dict[str, etree._Element] = {}
    for element in root.iter():
        check_attributes(element)
        name = element.get("id") or next(
            (one for encoding in ENCODINGS if (one := element.get(f"{{{encoding}}}id"))), None
        )
        if name is not None:
            # A name that stands twice leads nowhere.
            ids[name] = element if name not in ids else etree.Element("twice", href=f"#{name}")
    referred = {one for element in root.iter() if (one := reference(element))}
    encoded = any(
        str(value) in ENCODINGS
        for element in root.iter()
        for key, value in element.attrib.items()
        if local(key) == "encodingStyle"
    )
    ids = {name: element for name, element in ids.items() if encoded or name in referred}
    return Tree(root, parts, ids, encoded or bool(referred))


def check_attributes(element: etree._Element) -> None:
    """Raise UnusableAnswerError for an element with more attributes than
    may be looked at in reasonable time.
    """
    if len(element.attrib) > MOST_ATTRIBUTES:
        raise UnusableAnswerError(
            "refused", "soap.size", messages.too_many_attributes(MOST_ATTRIBUTES)
        )


def check_frame(root: etree._Element) -> None:
    """Raise UnusableAnswerError for what is no envelope,
    and for a DTD before anything of it is used.
    """
    if root.getroottree().docinfo.doctype:
        raise UnusableAnswerError("unavailable", "soap.dtd", messages.has_dtd())
    name = etree.QName(root)
    if name.localname != "Envelope" or name.namespace not in ENVELOPES:
        raise UnusableAnswerError("unavailable", "soap.envelope", messages.no_envelope())


def check_fault(tree: Tree) -> None:
    """Raise UnusableAnswerError for an answer that is a fault of SOAP 1.1 or 1.2,
    with all its codes.
    """
    fault = next((child for child in tree.body if local(child.tag) == "Fault"), None)
    if fault is None:
        return
    parts = {local(part.tag): part for part in fault}
    codes = [_text_of(parts.get("faultcode")), *_codes(parts.get("Code"))]
    plain = tuple(code.rpartition(":")[2] for code in codes if code) or ("",)
    reason = _text_of(parts.get("faultstring")) or _reason(parts.get("Reason"))
    # Some services say what happened in the detail alone; whatever else it has is theirs.
    detail = next((parts[name] for name in ("detail", "Detail") if name in parts), None)
    reason = reason or _first_text(detail)
    raise UnusableAnswerError("fault", "soap.fault", Text(reason, reason), plain)


def _text_of(element: etree._Element | None) -> str:
    return "" if element is None else (element.text or "").strip()


def _codes(element: etree._Element | None) -> Iterator[str]:
    """Yield the code of a fault of SOAP 1.2 and the codes below it."""
    while element is not None:
        below = {local(part.tag): part for part in element}
        yield _text_of(below.get("Value"))
        element = below.get("Subcode")


def _reason(element: etree._Element | None) -> str:
    """Return what a fault of SOAP 1.2 says, in Chinese where it does so in several languages."""
    texts = [part for part in element or () if local(part.tag) == "Text"]
    chinese = [part for part in texts if str(part.get(_LANGUAGE, "")).lower().startswith("zh")]
    return _text_of(next(iter(chinese or texts), None))


def _first_text(element: etree._Element | None) -> str:
    texts = (str(text).strip() for text in (element.itertext() if element is not None else ()))
    return next((text for text in texts if text), "")


def included(element: etree._Element) -> str | None:
    """Return the address of the attachment that stands for an element's content;
    None where none does.

    Raises UnusableAnswerError where it is not all of the content: the rest would be lost.
    """
    include = element.find(XOP)
    if include is None:
        return None
    if len(element) > 1 or (element.text or "").strip() or (include.tail or "").strip():
        raise UnusableAnswerError("refused", "soap.attachment", messages.beside_attachment())
    return str(include.get("href", ""))


def attachment(href: str, parts: dict[str, bytes]) -> bytes:
    """Return the part that a `cid:` address names (RFC 2392: it may be percent-encoded).

    Raises UnusableAnswerError.
    """
    scheme, _, name = href.partition(":")
    for one in (name, unquote(name)):
        if scheme.lower() == "cid" and one in parts:
            return parts[one]
    # Anything but a part of this very answer would be read from elsewhere.
    raise UnusableAnswerError("refused", "soap.attachment", messages.outside(href))
