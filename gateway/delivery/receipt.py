"""Reads a receipt: only one that is whole, valid and of this very package counts. Pure."""

from dataclasses import dataclass

from lxml import etree

from gateway.messages import GatewayError, Text
from gateway.standard import load_gate
from gateway.standard.fields import EXCHANGE_NS
from gateway.standard.plain import accepted_lines

_E = f"{{{EXCHANGE_NS}}}"


def _path(path: str) -> etree.XPath:
    return etree.XPath(path, namespaces={"e": EXCHANGE_NS}, smart_strings=False)


# A list of a thousand texts at a go costs a tenth of asking a thousand elements.
_KEYS, _VERDICTS = _path("e:Verdict/@key"), _path("e:Verdict/@verdict")
_REFUSED = _path("e:Verdict[@verdict='refused']")


class ReceiptRefused(GatewayError):
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
        """Count the records that the centre has, as of now or before."""
        return len(self.verdicts) - len(self.turned_down)

    @property
    def superseded(self) -> int:
        """Count the records of which the centre has a later version."""
        return self.verdicts.count("superseded")


def read_receipt(data: bytes, guid: str, digest: str, keys: list[str]) -> Receipt:
    """Read the receipt of a package; `keys` are its records' keys in order.

    Raises ReceiptRefused or XmlRefused when the bytes are anything else.
    """
    lines = accepted_lines(keys)
    before, taken, after = data.partition("\n".join(lines).encode())
    if len(keys) > 1 and taken:
        # Most receipts: all that one says is said by its first verdict and by how many are alike.
        first = read_receipt(before + lines[0].encode() + after, guid, digest, keys[:1])
        return Receipt(first.verdicts * len(keys), first.turned_down)
    root = load_gate().document(data, "Receipt")
    named, digested = root.findtext(f"{_E}PackageGuid"), root.findtext(f"{_E}PackageDigest")
    if (named or "").strip() != guid or (digested or "").strip() != digest:
        raise ReceiptRefused(f"回执属于另一数据包 {named}", f"the receipt is of another package, {named}")  # fmt: skip
    if _KEYS(root) != keys:
        raise ReceiptRefused("回执的结论与数据包的记录不一一对应", "the receipt's verdicts do not match the package's records one by one")  # fmt: skip
    verdicts = tuple(_VERDICTS(root))
    return Receipt(verdicts, tuple(map(_turned_down, _REFUSED(root))))


def _turned_down(verdict: etree._Element) -> TurnedDown:
    text = Text(verdict.get("reasonZh", "中心退回，未说明原因"), verdict.get("reasonEn", "the centre gave no reason"))  # fmt: skip
    return TurnedDown(verdict.get("key", ""), verdict.get("field", ""), verdict.get("rule", "centre"), text)  # fmt: skip
