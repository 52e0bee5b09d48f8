"""Receipts changed at random, held against another reading by lxml and the XSD."""

import random
import re
from collections.abc import Callable

import pytest
from lxml import etree

import xsd
from gateway.errors import GatewayError
from gateway.protocol.receipt_reader import ReceiptRefusedError, read_receipt
from gateway.protocol.receipt_writer import receipt_xml
from gateway.protocol.verdict import Verdict
from gateway.standard.xsd_reader import EXCHANGE_NS
from gateway.text import Text
from tests.support.clock import NOW

GUID, DIGEST = "00000000-0000-4000-8000-000000000000", "d" * 64
KEYS = ["a" * 32, "b" * 32, "c" * 32, "e" * 32]
REFUSED = Verdict(KEYS[1], "refused", "UnifiedCode", "check.unified_code", Text("不对", "wrong"))
MIXED = receipt_xml(GUID, DIGEST, NOW, KEYS, {1: REFUSED, 2: Verdict(KEYS[2], "superseded")})
ALL_TAKEN = receipt_xml(GUID, DIGEST, NOW, KEYS, {})

#: Mutants that `make test` reads; a third of a second.
MUTANTS = 2_000

_XSD = etree.XMLSchema(etree.parse(xsd.ROOT / "exchange" / "1.0" / "receipt.xsd"))
_E = f"{{{EXCHANGE_NS}}}"

Reading = tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]] | None


def oracle(data: bytes) -> Reading:
    """Read a receipt by the whole tree, comments and instructions in it, and by string values."""
    if b"GB18030" in data[:50] and not data.isascii() and _is_utf8(data):
        # The one difference that is meant: an encoding that the bytes contradict is no receipt.
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, strip_cdata=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root.getroottree().docinfo.doctype or root.tag != f"{_E}Receipt" or not _XSD.validate(root):
        return None
    guid, digest = (
        _token(root.xpath(f"string(*[local-name()='{name}'])"))
        for name in ("PackageGuid", "PackageDigest")
    )
    verdicts = root.findall(f"{_E}Verdict")
    if (guid, digest) != (GUID, DIGEST) or [
        _token(verdict.get("key")) for verdict in verdicts
    ] != KEYS:
        return None
    names = tuple(_token(verdict.get("verdict")) for verdict in verdicts)
    turned_down = tuple(
        (_token(one.get("key")), _token(one.get("field")), _token(one.get("rule")) or "centre")
        for one, name in zip(verdicts, names, strict=True)
        if name == "refused"
    )
    return names, turned_down


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _token(text: str | None) -> str:
    return " ".join(word for word in re.split(r"[\x20\x09\x0a\x0d]", text or "") if word)


def reading(data: bytes) -> Reading:
    try:
        receipt = read_receipt(data, GUID, DIGEST, KEYS)
    except GatewayError:
        return None
    assert receipt.accepted == len(KEYS) - receipt.verdicts.count("refused")
    return receipt.verdicts, tuple((r.key, r.field, r.rule) for r in receipt.turned_down)


#: What is put inside values and between elements; much of it keeps a receipt valid.
PIECES = (
    b" ",
    b"  ",
    b"\n",
    b"\t",
    b"&#32;",
    b"&#10;",
    b"&#x9;",
    "\u3000".encode(),
    "\u00a0".encode(),
    b"&#160;",
    b"<?x y?>",
    b"<!-- -->",
    b"<!--><",
    b"<![CDATA[]]>",
    b"<![CDATA[d]]>",
    b"&amp;",
    b"&x;",
    b"x",
    b"\x00",
    b"\xff",
    b'<Verdict key="' + KEYS[0].encode() + b'" verdict="refused"/>',
)
WORDS = (
    b"accepted",
    b"refused",
    b"duplicate",
    b"superseded",
    b"Refused",
    b"",
    b"perhaps",
    b"accepted refused",
)
VALUES = re.compile(rb'(?<=")[^"<>]+(?=")|(?<=>)[^<>\n]+(?=<)')
BEGINNINGS = (
    b"",
    b"\xef\xbb\xbf",
    b'<?xml version="1.0"?>',
    b"<?xml version='1.0' encoding='utf-8'?>",
    b"<!-- -->",
    b'<?xml version="1.0" encoding="GB18030"?>',
    b'<?xml version="1.0" encoding="UTF-7"?>',
    b'<?xml version="1.0" encoding="UTF-16"?>',
    b"<!DOCTYPE Receipt>",
    b'<?xml version="1.1"?>',
)


def _in_a_value(data: bytes, chance: random.Random) -> bytes:
    """Put a piece at the edge of a value, or into it."""
    value = chance.choice(list(VALUES.finditer(data)))
    at = chance.choice([value.start(), value.end(), chance.randint(value.start(), value.end())])
    return data[:at] + chance.choice(PIECES) + data[at:]


def _anywhere(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(PIECES) + data[at:]


def _another_verdict(data: bytes, chance: random.Random) -> bytes:
    places = list(re.finditer(rb'(?<=verdict=")[^"]*', data))
    if not places:
        return data
    place = chance.choice(places)
    blank = chance.choice((b"", b" ", b"&#9;"))
    return data[: place.start()] + blank + chance.choice(WORDS) + blank + data[place.end() :]


def _by_reference(data: bytes, chance: random.Random) -> bytes:
    """Write a character of a value by its number."""
    value = chance.choice(list(VALUES.finditer(data)))
    at = chance.randrange(value.start(), value.end())
    if data[at] > 127:
        return data
    return data[:at] + b"&#%d;" % data[at] + data[at + 1 :]


def _an_attribute(data: bytes, chance: random.Random) -> bytes:
    more = chance.choice(
        (
            b' xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:type="Verdict"',
            b' xml:space="preserve"',
            b' xmlns:x="urn:x" x:verdict="refused"',
            b' rule="x"',
            b' verdict="refused"',
            b' xmlns=""',
        )
    )
    places = [found.end() for found in re.finditer(rb"<[A-Za-z]+", data)]
    at = chance.choice(places or [0])
    return data[:at] + more + data[at:]


def _without(data: bytes, chance: random.Random) -> bytes:
    """Leave out an attribute, an element or a line."""
    places = list(re.finditer(rb' [a-zA-Z]+="[^"]*"|<(\w+)>[^<]*</\w+>|<Verdict[^>]*/>\n?', data))
    if not places:
        return data
    place = chance.choice(places)
    return data[: place.start()] + data[place.end() :]


def _another_beginning(data: bytes, chance: random.Random) -> bytes:
    return chance.choice(BEGINNINGS) + data[data.index(b"<Receipt") if b"<Receipt" in data else 0 :]


def _prefixed(data: bytes, _: random.Random) -> bytes:
    """Write the same document with a prefix for its namespace."""
    named = re.sub(rb"<(/?)(?=[A-Za-z])", rb"<\1p:", data)
    return named.replace(b" xmlns=", b" xmlns:p=", 1)


WAYS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _in_a_value,
    _in_a_value,
    _another_verdict,
    _another_verdict,
    _by_reference,
    _an_attribute,
    _without,
    _another_beginning,
    _anywhere,
    _prefixed,
)


def test_receipts_changed_at_random_are_read_as_the_schema_reads_them() -> None:
    chance = random.Random(20261128)
    taken = 0

    for number in range(MUTANTS):
        data = chance.choice((MIXED, ALL_TAKEN))
        for _ in range(chance.choice((1, 1, 2, 3))):
            data = chance.choice(WAYS)(data, chance)
        right = oracle(data)
        assert reading(data) == right, f"mutant {number}: {data!r}"
        taken += right is not None

    assert MUTANTS // 10 < taken < MUTANTS * 9 // 10


@pytest.mark.parametrize("blank", [" ", "\t", "\n", "&#32;", "&#10;", "&#13;"])
def test_a_refusal_with_a_blank_beside_it_is_a_refusal(blank: str) -> None:
    data = MIXED.decode().replace('"refused"', f'"{blank}refused{blank}"').encode()

    receipt = read_receipt(data, GUID, DIGEST, KEYS)

    assert (receipt.accepted, [one.key for one in receipt.turned_down]) == (3, [KEYS[1]])


@pytest.mark.parametrize("verdict", ["Refused", "perhaps", "", "\u3000refused"])
def test_a_verdict_that_the_standard_does_not_know_is_no_receipt(verdict: str) -> None:
    data = ALL_TAKEN.decode().replace('"accepted"', f'"{verdict}"', 1).encode()

    with pytest.raises(GatewayError):
        read_receipt(data, GUID, DIGEST, KEYS)


def test_a_verdict_is_never_a_yes_because_a_later_standard_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given a schema with a verdict more than this program knows, when a receipt uses it."""
    root = etree.fromstring(ALL_TAKEN.replace(b'"accepted"', b'"postponed"', 1))
    gate = type("Gate", (), {"document": lambda *_: root})()
    monkeypatch.setattr("gateway.protocol.receipt_reader.load_gate", lambda: gate)

    with pytest.raises(ReceiptRefusedError, match="postponed"):
        read_receipt(root.tag.encode(), GUID, DIGEST, KEYS)


def test_a_key_with_a_blank_beside_it_is_that_key() -> None:
    data = MIXED.replace(KEYS[0].encode(), b" " + KEYS[0].encode() + b"\n")

    assert read_receipt(data, GUID, DIGEST, KEYS).verdicts[0] == "accepted"
