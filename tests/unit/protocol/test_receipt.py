"""Receipts: what the centre writes the gateway reads, and nothing else counts as one."""

import pytest
from hypothesis import given

from gateway.destinations import Failed, Parcel, Settled, Signing
from gateway.errors import GatewayError
from gateway.protocol.receipt_reader import ReceiptRefusedError, read_receipt
from gateway.protocol.receipt_writer import receipt_xml
from gateway.protocol.verdict import Verdict
from gateway.settings.model import DestinationSettings
from gateway.standard import load_gate
from gateway.standard.xsd_reader import EXCHANGE_NS
from gateway.text import Text
from tests.support.clock import NOW
from tests.support.damage import damaged

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
    [
        ("1" + GUID[1:], DIGEST, KEYS),
        (GUID, "e" * 64, KEYS),
        (GUID, DIGEST, KEYS[:2]),
        (GUID, DIGEST, KEYS[::-1]),
    ],
    ids=["another package", "other bytes", "a verdict too many", "another order"],
)
def test_a_receipt_of_anything_else_does_not_count(guid: str, digest: str, keys: list[str]) -> None:
    with pytest.raises(ReceiptRefusedError):
        read_receipt(GOOD, guid, digest, keys)


@pytest.mark.parametrize(
    "data", [b"", b"<html>OK</html>", GOOD[:200], GOOD.replace(b"accepted", b"perhaps")]
)
def test_an_answer_that_is_no_receipt_does_not_count(data: bytes) -> None:
    with pytest.raises(GatewayError):
        read_receipt(data, GUID, DIGEST, KEYS)


ALL_TAKEN = receipt_xml(GUID, DIGEST, NOW, KEYS, {})
#: What somebody may put anywhere into a receipt: some of it keeps it valid.
PIECES = [
    b" ",
    b"\n",
    b"x",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"<?x",
    b"?>",
    b"\x00",
    b"<Receipt>",
    b"</Receipt>",
    f'<Verdict key="{KEYS[0]}" verdict="accepted"/>\n'.encode(),
    b'<Verdict key="d" verdict="refused"/>',
    b'" rule="x',
]


@given(damaged(ALL_TAKEN, PIECES))
def test_a_receipt_that_takes_all_is_read_as_its_tree(data: bytes) -> None:
    try:
        root = load_gate().document(data, "Receipt")
    except GatewayError:
        said = None
    else:
        verdicts = root.findall(f"{{{EXCHANGE_NS}}}Verdict")
        named = root[0].text.strip() == GUID and root[1].text.strip() == DIGEST
        # A key is a token as a verdict is: blanks around it are none of it.
        alike = [verdict.get("key").strip(" ") for verdict in verdicts] == KEYS and named
        said = tuple(verdict.get("verdict").strip(" ") for verdict in verdicts) if alike else None

    try:
        read = read_receipt(data, GUID, DIGEST, KEYS).verdicts
    except GatewayError:
        read = None

    assert read == said


@pytest.mark.parametrize(
    ("own", "given_with_it", "kept"),
    [
        (None, None, None),
        (None, "", None),
        ("ours", None, ("ours", "")),
        (None, "theirs", ("", "theirs")),
        ("ours", "theirs", ("ours", "theirs")),
    ],
    ids=["nobody signs", "an empty signature", "we sign", "they sign", "both sign"],
)
def test_a_proof_is_kept_just_where_somebody_signs(
    own: str | None, given_with_it: str | None, kept: tuple[str, str] | None
) -> None:
    signing = Signing(DestinationSettings())
    parcel = Parcel(GUID, "demo.feed", 1, b"", DIGEST, KEYS, own)

    outcome = signing.judge(parcel, GOOD, given_with_it)

    assert isinstance(outcome, Settled)
    assert outcome.receipt.accepted == 2
    proof = outcome.proof and (outcome.proof.package_signature, outcome.proof.receipt_signature)
    assert proof == kept
    assert outcome.proof is None or outcome.proof.receipt == GOOD


def test_an_answer_that_is_no_receipt_is_a_failure_that_was_answered() -> None:
    outcome = Signing(DestinationSettings()).judge(
        Parcel(GUID, "demo.feed", 1, b"", DIGEST, KEYS[:2], None), GOOD, None
    )

    assert isinstance(outcome, Failed)
    assert outcome.answered
    assert outcome.retry_after is None
    assert "no receipt of this package" in outcome.why.en
