"""Reads a receipt: only one that is whole, valid and of this very package counts. Pure."""

from dataclasses import dataclass

from gateway.messages import GatewayError, Text
from gateway.standard import load_gate
from gateway.standard.fields import EXCHANGE_NS

_E = f"{{{EXCHANGE_NS}}}"


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
    root = load_gate().document(data, "Receipt")
    named, digested = root.findtext(f"{_E}PackageGuid"), root.findtext(f"{_E}PackageDigest")
    if (named or "").strip() != guid or (digested or "").strip() != digest:
        raise ReceiptRefused(f"回执属于另一数据包 {named}", f"the receipt is of another package, {named}")  # fmt: skip
    verdicts = root.findall(f"{_E}Verdict")
    if [verdict.get("key") for verdict in verdicts] != keys:
        raise ReceiptRefused("回执的结论与数据包的记录不一一对应", "the receipt's verdicts do not match the package's records one by one")  # fmt: skip
    refused = tuple(
        TurnedDown(
            v.get("key", ""), v.get("field", ""), v.get("rule", "centre"),
            Text(v.get("reasonZh", "中心退回，未说明原因"), v.get("reasonEn", "the centre gave no reason")),
        )
        for v in verdicts
        if v.get("verdict") == "refused"
    )  # fmt: skip
    return Receipt(tuple(verdict.get("verdict", "") for verdict in verdicts), refused)
