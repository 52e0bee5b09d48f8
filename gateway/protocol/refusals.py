"""Codes by which programs tell refusals apart, and the faults that stand for them over SOAP."""

#: `code` of a refusal for who speaks: the feed is another's (docs/centre.md).
FEED_OF_ANOTHER = "sender.feed"
#: Likewise: the package's Sequence is too far beyond the highest of its feed; so would be that of
#: its halves.
SEQUENCE = "sequence"
#: The namespace of the centre's SOAP service, as its WSDL has it.
SOAP_NAMESPACE = "urn:creditgate:centre:1"
#: Fault codes under soap:Client, with the status that HTTP has for the same, which is what is
#: signed: the package is refused whole (and may be split), its GUID is in conflict, its signature
#: is not taken, its feed is another's.
PACKAGE_REFUSED, PACKAGE_CONFLICT = "PackageRefused", "PackageConflict"
SIGNATURE_REFUSED, SENDER_REFUSED = "SignatureRefused", "SenderRefused"
FAULT_STATUS = {
    PACKAGE_REFUSED: 422,
    PACKAGE_CONFLICT: 409,
    SIGNATURE_REFUSED: 403,
    SENDER_REFUSED: 403,
}


def fault_code(status: int, code: str) -> str:
    """Return the fault code of a refusal, by its status and its code."""
    if code == FEED_OF_ANOTHER:
        return SENDER_REFUSED
    return next(fault for fault, its_status in FAULT_STATUS.items() if its_status == status)
