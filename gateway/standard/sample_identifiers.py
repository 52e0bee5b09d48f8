"""Made-up identifiers that pass their check digits."""

from collections.abc import Sequence
from random import Random

from gateway.standard.identifiers import USCC_ALPHABET

_ORGANISATION = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: County-level divisions of Huizhou (GB/T 2260).
REGIONS = ("441302", "441303", "441322", "441323", "441324")
#: A region that there is not: Guangdong has no prefecture 99. No number with it is anybody's.
NOWHERE = ("449999",)
#: How organisation codes begin: so since 2015, and so never.
_ISSUED, _NEVER_ISSUED = "MA", "XX"


def organisation_code(rng: Random, start: str = _ISSUED) -> str:
    """Return a made-up 9-sign organisation code (GB 11714) that a unified code may hold too."""
    body = start + "".join(rng.choice(USCC_ALPHABET) for _ in range(6))
    rest = sum(
        _ORGANISATION.index(c) * w for c, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)
    )
    return body + "0123456789X"[(11 - rest % 11) % 11]


def unified_code(
    rng: Random, organisation: str, prefix: str = "91", regions: Sequence[str] = REGIONS
) -> str:
    """Return a made-up 18-sign unified social credit code (GB 32100) of an organisation code."""
    body = prefix + rng.choice(regions) + organisation
    rest = sum(USCC_ALPHABET.index(c) * 3**i for i, c in enumerate(body))
    return body + USCC_ALPHABET[-rest % 31]


def citizen_number(rng: Random, regions: Sequence[str] = REGIONS) -> str:
    """Return a made-up 18-digit citizen number (GB 11643)."""
    born = f"{rng.randint(1955, 1999)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    body = f"{rng.choice(regions)}{born}{rng.randint(1, 999):03}"
    rest = sum(int(c) * 2 ** (17 - i) for i, c in enumerate(body))
    return body + "10X98765432"[rest % 11]


def unissued(rng: Random) -> dict[str, str]:
    """Return identifiers by their standard type that pass every check and can be nobody's."""
    organisation = organisation_code(rng, _NEVER_ISSUED)
    code = unified_code(rng, organisation, regions=NOWHERE)
    return {
        "UnifiedCode": code,
        "TaxNumber": code,
        "OrganisationCode": organisation,
        "RegistrationNumber": registration_number(rng, NOWHERE),
        "IdNumber": citizen_number(rng, NOWHERE),
    }


def citizen_number_15(number: str) -> str:
    """Return the 15-digit form of a number of someone born before 2000."""
    return number[:6] + number[8:17]


def registration_number(rng: Random, regions: Sequence[str] = REGIONS) -> str:
    """Return a made-up 15-digit business registration number (GS 15, mod 11,10)."""
    body = f"{rng.choice(regions)}{rng.randint(0, 99_999_999):08}"
    carry = 10
    for digit in body:
        carry = ((carry + int(digit)) % 10 or 10) * 2 % 11
    return body + str((11 - carry) % 10)


def wrong_check(number: str) -> str:
    """Return a number with a check sign that is wrong."""
    return number[:-1] + ("1" if number[-1] != "1" else "2")


def full_width(text: str) -> str:
    """Return a text with ASCII signs in full width, as some input methods write them."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
