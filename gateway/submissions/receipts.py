"""Receipt numbers: what a number tells of the store that gave it. Pure.

A number is a UUID of version 8 (RFC 9562). In its free bits it has the store, its generation, the
minute, a keyed digest of the rows that it was given for, and chance. So a restored store knows a
number that it gave and has forgotten, and knows the rows when they are posted again.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

#: Bits of each part, from the left; the version and the variant stand between them.
_STORE, _GENERATION, _MINUTE, _FINGERPRINT, _CHANCE = 32, 10, 26, 32, 22
#: How exactly a number tells its moment.
MINUTE = timedelta(minutes=1)
#: After so many generations their numbers begin again.
GENERATIONS = 1 << _GENERATION
#: From when minutes are counted: 26 bits last until 2147.
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Numbered:
    """What a receipt number tells: the store's first eight digits, and what it was given for."""

    store: str
    #: Modulo 1024.
    generation: int
    at: datetime
    fingerprint: str


def fingerprint(guid: str, feed: str, digest: str) -> str:
    """Return the keyed digest of a submission's rows, of which `digest` is the plain one.

    Keyed with the store's GUID: a number by itself tells nobody what was posted.
    """
    content = f"receipt {feed} {digest}".encode()
    return hmac.new(guid.encode(), content, hashlib.sha256).hexdigest()[: _FINGERPRINT // 4]


def receipt_number(
    store: str, generation: int, at: datetime, fingerprint_of_rows: str, chance: int
) -> str:
    """Return a receipt number; `chance` is any number of 22 bits."""
    minute = (at - _EPOCH) // MINUTE
    free = int(store, 16)
    for value, bits in (
        (generation, _GENERATION),
        (max(minute, 0), _MINUTE),
        (int(fingerprint_of_rows, 16), _FINGERPRINT),
        (chance, _CHANCE),
    ):
        free = free << bits | value & (1 << bits) - 1
    # 48 bits, the version, 12 bits, the variant, 62 bits.
    high, middle, low = free >> 74, free >> 62 & 0xFFF, free & (1 << 62) - 1
    return str(UUID(int=high << 80 | 8 << 76 | middle << 64 | 0b10 << 62 | low))


def read_number(receipt: str) -> Numbered | None:
    """Return what a receipt number tells, or None of one in the earlier form."""
    try:
        number = UUID(receipt)
    except ValueError:
        return None
    if number.version != 8 or str(number) != receipt:
        return None
    value = number.int
    free = (value >> 80) << 74 | (value >> 64 & 0xFFF) << 62 | value & (1 << 62) - 1
    parts = []
    for bits in (_CHANCE, _FINGERPRINT, _MINUTE, _GENERATION):
        parts.append(free & (1 << bits) - 1)
        free >>= bits
    _, digits, minute, generation = parts
    at = _EPOCH + minute * MINUTE
    return Numbered(f"{free:08x}", generation, at, f"{digits:0{_FINGERPRINT // 4}x}")


def is_earlier_form(receipt: str) -> bool:
    """Whether a text is a number as they were given before they told anything: a UUID of chance."""
    try:
        number = UUID(receipt)
    except ValueError:
        return False
    return number.version == 4 and str(number) == receipt
