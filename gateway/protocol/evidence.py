"""What proves a delivery, as a value: both signatures and the receipt. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Proof:
    """One delivery's proof: the signatures as header texts, and the receipt's bytes.

    A signature is "" where its side does not sign.
    """

    package_signature: str
    receipt: bytes
    receipt_signature: str
