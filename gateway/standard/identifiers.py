"""Check digits of Chinese identifiers as polars expressions, and the 15- to 18-digit conversion.

Each `*_ok` takes a text expression and gives a Boolean one: true where the number is right,
null where it is null. Separators and lower case are faults here; cleaning is the mapping's work.
"""

from collections.abc import Sequence
from functools import cache

import polars as pl

#: GB 32100-2015, table 2: 31 signs, without I, O, S, V, Z.
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
#: GB 32100-2015, formula 1: 3**i mod 31.
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
#: GB 11643-1999, 2**(17-i) mod 11.
_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_CHECKS = "10X98765432"
#: GB 11714-1997, 3.3.
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
#: GB/T 2260: the first two digits of a region; 81 to 83 also stand on residence permits.
_PROVINCES = (
    "11|12|13|14|15|21|22|23|31|32|33|34|35|36|37|41|42|43|44|45|46|"
    "50|51|52|53|54|61|62|63|64|65|71|81|82|83"
)


@cache
def _carries(digits: int) -> pl.Series:
    """Return ISO 7064 mod 11,10 as a table: the next carry at carry * 10**digits + digits read."""
    table = []
    for carry in range(11):
        for value in range(10**digits):
            result = carry
            for digit in f"{value:0{digits}}":
                result = ((result + int(digit)) % 10 or 10) * 2 % 11
            table.append(result)
    return pl.Series(table, dtype=pl.Int32)


def _signs(number: pl.Expr, shape: pl.Expr, length: int) -> pl.Expr:
    """Lay the ASCII signs of numbers end to end; one of another shape counts as zeros."""
    shaped = pl.when(shape).then(number).otherwise(pl.lit("0" * length)).cast(pl.Binary)
    return shaped.bin.reinterpret(dtype=pl.Array(pl.UInt8, length)).explode().cast(pl.UInt32)


def _weighted(signs: pl.Expr, alphabet: str, weights: Sequence[int]) -> pl.Expr:
    """Sum, over the signs of each number, the sign's place in an alphabet times its weight."""
    width = len(weights)
    places = pl.lit(_places(alphabet)).gather(signs).reshape((-1, width))
    return (places * pl.lit(list(weights), dtype=pl.Array(pl.Int32, width))).arr.sum()


@cache
def _places(alphabet: str) -> pl.Series:
    """Tabulate the place of each ASCII sign in an alphabet; a shape has no others."""
    return pl.Series([max(alphabet.find(chr(code)), 0) for code in range(128)], dtype=pl.Int32)


def _digit(total: pl.Expr, checks: str) -> pl.Expr:
    return pl.lit(pl.Series(list(checks))).gather(total)


def _matches(number: pl.Expr, pattern: str) -> pl.Expr:
    return number.str.contains(f"^(?:{pattern})$")


def unified_code_ok(number: pl.Expr) -> pl.Expr:
    """Return whether an 18-sign unified social credit code is right (GB 32100-2015).

    The first two signs may be letters, as the standard allows and codes of rural collectives
    (N...) need, although some checkers admit digits only.
    """
    shape = _matches(number, f"[{USCC_ALPHABET}]{{2}}[0-9]{{6}}[{USCC_ALPHABET}]{{10}}")
    # The check sign weighs 1: the whole sum is then a multiple of 31.
    total = _weighted(_signs(number, shape, 18), USCC_ALPHABET, (*_USCC_WEIGHTS, 1))
    return shape & (total % 31 == 0).fill_null(False)


def citizen_number_ok(number: pl.Expr) -> pl.Expr:
    """Return whether an 18-digit citizen number is right (GB 11643).

    Looks at its province, birth date and check digit.
    """
    shape = _matches(number, f"(?:{_PROVINCES})[0-9]{{4}}[0-9]{{8}}[0-9]{{3}}[0-9X]")
    born = number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False).is_not_null()
    # The year 0000 is no date, yet the parser takes it.
    dated = born & (number.str.slice(6, 4) != "0000")
    # The check sign weighs 1, X as 10: the whole sum is then one more than a multiple of 11.
    total = _weighted(_signs(number, shape, 18), "0123456789X", (*_CITIZEN_WEIGHTS, 1))
    return shape & dated & (total % 11 == 1).fill_null(False)


def _citizen_check(body: pl.Expr, shape: pl.Expr) -> pl.Expr:
    """Return the check sign of 17 digits."""
    total = _weighted(_signs(body, shape, 17), "0123456789", _CITIZEN_WEIGHTS)
    return _digit(total % 11, _CITIZEN_CHECKS)


def citizen_number_15_ok(number: pl.Expr) -> pl.Expr:
    """Return whether a 15-digit citizen number (issued until 1999) is right.

    Looks at its province and birth date.
    """
    shape = _matches(number, f"(?:{_PROVINCES})[0-9]{{13}}")
    day = pl.concat_str(pl.lit("19"), number.str.slice(6, 6))
    return shape & day.str.to_date("%Y%m%d", strict=False).is_not_null()


def citizen_number_any_ok(number: pl.Expr) -> pl.Expr:
    """Return whether a citizen number of 18 or of 15 digits is right."""
    return citizen_number_ok(number) | citizen_number_15_ok(number)


def citizen_number_18(number: pl.Expr) -> pl.Expr:
    """Return a right 15-digit citizen number with 18 digits, and any other value as it is."""
    right = citizen_number_15_ok(number)
    body = pl.concat_str(number.str.slice(0, 6), pl.lit("19"), number.str.slice(6, 9))
    return pl.when(right).then(pl.concat_str(body, _citizen_check(body, right))).otherwise(number)


def organisation_code_ok(number: pl.Expr) -> pl.Expr:
    """Return whether a 9-sign organisation code without hyphen is right (GB 11714-1997)."""
    shape = _matches(number, "[0-9A-Z]{8}[0-9X]")
    total = _weighted(
        _signs(number.str.head(8), shape, 8), _ORGANISATION_ALPHABET, _ORGANISATION_WEIGHTS
    )
    check = _digit((11 - total % 11) % 11, "0123456789X")
    return shape & (number.str.slice(8, 1) == check).fill_null(False)


def registration_number_ok(number: pl.Expr) -> pl.Expr:
    """Return whether a business registration number is right (GS 15-2006: 15 digits, mod 11,10).

    The 13-digit numbers issued before 2007 carry no check digit: their shape alone counts.
    """
    carry: pl.Expr = pl.lit(10, dtype=pl.Int32)
    # Three digits at a step, so that 14 digits take five.
    for place, digits in ((0, 3), (3, 3), (6, 3), (9, 3), (12, 2)):
        digits_read = number.str.slice(place, digits).cast(pl.Int32, strict=False)
        carry = pl.lit(_carries(digits)).gather(carry * 10**digits + digits_read)
    check = (11 - carry) % 10
    long_ok = _matches(number, "[0-9]{15}") & (
        number.str.slice(14, 1).cast(pl.Int32, strict=False) == check
    ).fill_null(False)
    return long_ok | _matches(number, "[0-9]{13}")
