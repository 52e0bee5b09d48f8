"""Reads a receipt: only one that is whole, valid and of this very package counts. Pure.

Values are used as the XSD reads them, white space collapsed, and every verdict is counted by its
name: what is not understood makes the answer no receipt, and never a yes.
"""

import re
from dataclasses import dataclass

from lxml import etree

from gateway.errors import GatewayError
from gateway.protocol.canonical import accepted_lines
from gateway.standard import load_gate
from gateway.standard.whitespace import collapse
from gateway.standard.xsd_reader import EXCHANGE_NS
from gateway.text import Text
from gateway.text import delivery as messages

_E = f"{{{EXCHANGE_NS}}}"
#: Verdicts by which the centre has a record, as of now or before, or a later version of it.
TAKEN = ("accepted", "duplicate", "superseded")
#: The one verdict by which it has not.
REFUSED = "refused"
#: How a receipt begins whose lines may be compared as bytes: in another encoding the same bytes
#: may be other characters.
_UTF8 = re.compile(
    rb"""(<\?xml version=["']1\.0["']( encoding=["']UTF-8["'])?"""
    rb"""( standalone=["'](yes|no)["'])?\s*\?>)?\s*<[^?!]""",
    re.IGNORECASE,
)


def _path(path: str) -> etree.XPath:
    return etree.XPath(path, namespaces={"e": EXCHANGE_NS}, smart_strings=False)


# A list of a thousand texts at a go costs a tenth of asking a thousand elements.
_KEYS, _VERDICTS = _path("e:Verdict/@key"), _path("e:Verdict/@verdict")
_ELEMENTS = _path("e:Verdict")


class ReceiptRefusedError(GatewayError):
    """An answer is not the receipt of the package that was sent: it is neither yes nor no."""


@dataclass(frozen=True, slots=True)
class TurnedDown:
    """A record that the centre refused."""

    key: str
    field: str
    rule: str
    text: Text


@dataclass(frozen=True, slots=True)
class Receipt:
    """The verdict on each record of a package, in its order, and why some were turned down."""

    verdicts: tuple[str, ...]
    turned_down: tuple[TurnedDown, ...]

    @property
    def accepted(self) -> int:
        """Return how many records the centre says it has, as of now or before."""
        return sum(map(self.verdicts.count, TAKEN))

    @property
    def superseded(self) -> int:
        """Return of how many records the centre has a later version."""
        return self.verdicts.count("superseded")


def read_receipt(data: bytes, guid: str, digest: str, keys: list[str], sender: str = "") -> Receipt:
    """Return the receipt of a package; `keys` are its records' keys in order.

    A receipt of exchange 1.1 names its sender: where we know by what name we are known (`sender`),
    it must be that. Raises ReceiptRefusedError or XmlRefusedError when the bytes are anything else.
    """
    if len(keys) > 1 and _UTF8.match(data):
        lines = accepted_lines(keys)
        head, lines_found, tail = data.partition("\n".join(lines).encode())
        if lines_found:
            # Most receipts: identical verdicts need only the first one parsed.
            first = _parsed_receipt(head + lines[0].encode() + tail, guid, digest, keys[:1], sender)
            return Receipt(first.verdicts * len(keys), ())
    return _parsed_receipt(data, guid, digest, keys, sender)


def _parsed_receipt(data: bytes, guid: str, digest: str, keys: list[str], sender: str) -> Receipt:
    root = load_gate().document(data, "Receipt")
    named, digested = (
        collapse(root.findtext(f"{_E}{name}")) for name in ("PackageGuid", "PackageDigest")
    )
    if named != guid or digested != digest:
        raise ReceiptRefusedError.of(messages.receipt_of_another(named))
    by = collapse(root.findtext(f"{_E}Sender"))
    if sender and by not in ("", sender):
        raise ReceiptRefusedError.of(messages.receipt_of_another_sender(by))
    listed = _KEYS(root)
    if listed != keys and [collapse(key) for key in listed] != keys:
        raise ReceiptRefusedError.of(messages.verdicts_of_others())
    listed = _VERDICTS(root)
    names = {verdict: collapse(verdict) for verdict in set(listed)}
    verdicts = [names[verdict] for verdict in listed]
    if unknown := set(verdicts).difference(TAKEN, (REFUSED,)):
        raise ReceiptRefusedError.of(messages.verdict_unknown(min(unknown)))
    if REFUSED not in verdicts:
        return Receipt(tuple(verdicts), ())
    elements = zip(verdicts, _ELEMENTS(root), strict=True)
    turned_down = (_turned_down(element) for verdict, element in elements if verdict == REFUSED)
    return Receipt(tuple(verdicts), tuple(turned_down))


def _turned_down(element: etree._Element) -> TurnedDown:
    key, field, rule, zh, en = (
        collapse(element.get(name)) for name in ("key", "field", "rule", "reasonZh", "reasonEn")
    )
    nothing = messages.no_reason()
    text = Text(zh or nothing.zh, en or nothing.en)
    return TurnedDown(key, field, rule or "centre", text)
