"""Receipts: what the centre writes the gateway reads, and nothing else counts as one."""

import pytest

from gateway.central.judge import Verdict
from gateway.central.receipt import receipt_xml
from gateway.delivery.receipt import ReceiptRefused, read_receipt
from gateway.messages import GatewayError, Text
from tests.conftest import NOW

GUID, DIGEST = "00000000-0000-4000-8000-000000000000", "d" * 64
KEYS = ["a" * 32, "b" * 32, "c" * 32]
VERDICTS = {
    1: Verdict(
        KEYS[1],
        "refused",
        "UnifiedCode",
        "check.unified_code",
        Text('不"对<', 'it\'s "wrong" & <bad>'),
    ),
    2: Verdict(KEYS[2], "superseded"),
}
GOOD = receipt_xml(GUID, DIGEST, NOW, KEYS, VERDICTS)


def test_a_receipt_is_read_as_it_was_written() -> None:
    receipt = read_receipt(GOOD, GUID, DIGEST, KEYS)

    assert receipt.verdicts == ("accepted", "refused", "superseded")
    assert (receipt.accepted, receipt.superseded) == (2, 1)
    assert [(r.key, r.field, r.rule, r.text) for r in receipt.turned_down] == [
        (KEYS[1], "UnifiedCode", "check.unified_code", VERDICTS[1].text)
    ]


@pytest.mark.parametrize(
    ("guid", "digest", "keys"),
    [("1" + GUID[1:], DIGEST, KEYS), (GUID, "e" * 64, KEYS), (GUID, DIGEST, KEYS[:2]), (GUID, DIGEST, KEYS[::-1])],
    ids=["another package", "other bytes", "a verdict too many", "another order"],
)  # fmt: skip
def test_a_receipt_of_anything_else_does_not_count(guid: str, digest: str, keys: list[str]) -> None:
    with pytest.raises(ReceiptRefused):
        read_receipt(GOOD, guid, digest, keys)


@pytest.mark.parametrize(
    "data", [b"", b"<html>OK</html>", GOOD[:200], GOOD.replace(b"accepted", b"perhaps")]
)
def test_an_answer_that_is_no_receipt_does_not_count(data: bytes) -> None:
    with pytest.raises(GatewayError):
        read_receipt(data, GUID, DIGEST, KEYS)
