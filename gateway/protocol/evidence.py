"""What proves a delivery, as a value: both signatures and the receipt. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Proof:
    """One delivery's proof: signatures as header texts ("" where a side does not sign), the receipt's bytes."""

    package_signature: str
    receipt: bytes
    receipt_signature: str
