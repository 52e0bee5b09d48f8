"""Writes receipts: a verdict for each record, in the order of the package. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from xml.sax.saxutils import quoteattr

from gateway.clock import SHANGHAI
from gateway.protocol.canonical import accepted_lines
from gateway.protocol.verdict import Verdict
from gateway.standard.xsd_reader import EXCHANGE_NS

#: Longest reason, as receipt.xsd has it.
_REASON = 1000


def receipt_xml(
    guid: str,
    digest: str,
    received_at: datetime,
    keys: Sequence[str],
    verdicts: Mapping[int, Verdict],
    sender: str = "",
    relayed_by: str = "",
) -> bytes:
    """Return a receipt as XML; `digest` is the SHA-256 of the package's bytes in hexadecimal.

    With its sender, and who relayed it, it is one of exchange 1.1, without one of 1.0.

    `verdicts` are by the records' places; a record that has none is accepted.
    """
    moment = received_at.astimezone(SHANGHAI).isoformat(timespec="milliseconds")
    lines = accepted_lines(keys)
    for place, verdict in verdicts.items():
        lines[place] = _line(verdict)
    body = "\n".join(lines)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Receipt xmlns="{EXCHANGE_NS}">\n'
        f"<PackageGuid>{guid}</PackageGuid><PackageDigest>{digest}</PackageDigest>"
        f"<ReceivedAt>{moment}</ReceivedAt>{_sender(sender, relayed_by)}\n{body}\n</Receipt>\n"
    ).encode()


def without_sender(receipt: bytes) -> bytes:
    """Return a receipt that `receipt_xml` wrote in the form of exchange 1.0.

    It is for senders that read no other.
    """
    head, _, rest = receipt.partition(b"\n<Verdict ")
    start_of_head, start, _ = head.partition(b"</ReceivedAt><Sender>")
    return receipt if not start else start_of_head + b"</ReceivedAt>\n<Verdict " + rest


def _sender(sender: str, relayed_by: str) -> str:
    if not sender:
        return ""
    relayed = f"<RelayedBy>{relayed_by}</RelayedBy>" if relayed_by else ""
    return f"<Sender>{sender}</Sender>{relayed}"


def _line(verdict: Verdict) -> str:
    if verdict.verdict != "refused":
        return f'<Verdict key="{verdict.key}" verdict="{verdict.verdict}"/>'
    reasons = "".join(
        f" {name}={quoteattr(value[:_REASON])}"
        for name, value in (
            ("field", verdict.field),
            ("rule", verdict.rule),
            ("reasonZh", verdict.text.zh),
            ("reasonEn", verdict.text.en),
        )
    )
    return f'<Verdict key={quoteattr(verdict.key)} verdict="refused"{reasons}/>'
