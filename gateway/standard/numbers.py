"""Made-up identifiers that pass their check digits."""

from random import Random

from gateway.standard.identifiers import USCC_ALPHABET

_ORGANISATION = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: County-level divisions of Huizhou (GB/T 2260).
REGIONS = ("441302", "441303", "441322", "441323", "441324")


def organisation_code(rng: Random) -> str:
    """Make a 9-sign organisation code (GB 11714) whose signs a unified code may hold too."""
    body = "MA" + "".join(rng.choice(USCC_ALPHABET) for _ in range(6))
    rest = sum(
        _ORGANISATION.index(c) * w for c, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)
    )
    return body + "0123456789X"[(11 - rest % 11) % 11]


def unified_code(rng: Random, organisation: str, prefix: str = "91") -> str:
    """Make an 18-sign unified social credit code (GB 32100) around an organisation code."""
    body = prefix + rng.choice(REGIONS) + organisation
    rest = sum(USCC_ALPHABET.index(c) * 3**i for i, c in enumerate(body))
    return body + USCC_ALPHABET[-rest % 31]


def citizen_number(rng: Random) -> str:
    """Make an 18-digit citizen number (GB 11643)."""
    born = f"{rng.randint(1955, 1999)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    body = f"{rng.choice(REGIONS)}{born}{rng.randint(1, 999):03}"
    rest = sum(int(c) * 2 ** (17 - i) for i, c in enumerate(body))
    return body + "10X98765432"[rest % 11]


def citizen_number_15(number: str) -> str:
    """Give the 15-digit form of a number of someone born before 2000."""
    return number[:6] + number[8:17]


def registration_number(rng: Random) -> str:
    """Make a 15-digit business registration number (GS 15, mod 11,10)."""
    body = f"{rng.choice(REGIONS)}{rng.randint(0, 99_999_999):08}"
    carry = 10
    for digit in body:
        carry = ((carry + int(digit)) % 10 or 10) * 2 % 11
    return body + str((11 - carry) % 10)


def wrong_check(number: str) -> str:
    """Change the check sign of a number to one that is wrong."""
    return number[:-1] + ("1" if number[-1] != "1" else "2")


def full_width(text: str) -> str:
    """Write ASCII signs in full width, as some input methods do."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
