"""What may be shown of people's data: masks, numbers found within sentences, and values that no
answer can give out by accident. Pure; which field is whose the standard says
(`standard.disclosure`).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Generic, TypeVar

from gateway.text import Text


def source_name(unit: str) -> str:
    """Return the name of a unit as its department knows it.

    That is the file's name, without what tells its versions apart.
    """
    return unit.split("@", maxsplit=1)[0]


T = TypeVar("T")

#: Characters of a value at each end that a mask leaves, of a number and of a longer one.
_ENDS, _LONG_ENDS, _LONG = 1, 3, 12
#: Between the digits of a number that somebody has written in groups, or hidden from a search.
_BETWEEN = "[ \\-\u00a0\u2000-\u200f\u2010-\u2015\u2060\u3000\ufeff]{0,2}"


def _spaced(*parts: str) -> str:
    return _BETWEEN.join(parts)


def _digits(count: int, digit: str = "[0-9]") -> list[str]:
    return [digit] * count


_MONTH_DAY = (
    f"(?:0{_BETWEEN}[1-9]|1{_BETWEEN}[0-2]){_BETWEEN}(?:0{_BETWEEN}[1-9]|[12]{_BETWEEN}[0-9]|3"
    f"{_BETWEEN}[01])"
)
_REGION = f"(?={_BETWEEN.join(['[1-8]', '[0-7]'])}){_spaced(*_digits(6))}"
_CENTURY = _spaced(f"(?:1{_BETWEEN}[89]|2{_BETWEEN}[01])", *_digits(2))
#: Written alone or in groups, in a sentence or glued to other text: a citizen number of 18 or of 15
#: digits by its region and date; a right check digit is not asked for, as a slip is a number still.
_CITIZEN = re.compile(_spaced(_REGION, _CENTURY, _MONTH_DAY, *_digits(3), "[0-9Xx]"))
_CITIZEN_15 = re.compile(
    f"(?<![0-9A-Za-z]){_spaced(_REGION, *_digits(2), _MONTH_DAY, *_digits(3))}(?![0-9A-Za-z])"
)
_MOBILE = re.compile(
    f"(?<![0-9])(?:(?:00)?86{_BETWEEN})?{_spaced('1', '[3-9]', *_digits(9))}(?![0-9])"
)
_LANDLINE = re.compile(
    r"(?<![0-9A-Za-z.])(?:\(0[0-9]{2,3}\)|0[0-9]{2,3}[ \-])[ ]?[2-9][0-9]{6,7}(?![0-9])"
)
#: Passports and permits for Hong Kong, Macao and Taiwan.
_PASSPORT = re.compile(r"(?<![0-9A-Za-z])[A-Za-z][A-Za-z]?[0-9]{7,8}(?![0-9A-Za-z])")
#: Officers' and soldiers' cards.
_OFFICER = re.compile(r"(?<=字第)[0-9A-Za-z]{5,}")
#: A person's, an organisation's or an account's number: capitals and digits, eight digits at least.
_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9A-Z]{15,20}(?![0-9A-Za-z])")
#: A moment written without signs: no number begins so, as no region or department does.
_MOMENT = re.compile(r"20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{6,}")
_SHAPES = (_CITIZEN, _CITIZEN_15, _MOBILE, _LANDLINE, _PASSPORT, _OFFICER)
#: What has no such run of digits has no number.
_RUN = re.compile(f"字第|(?:[0-9]{_BETWEEN}){{6}}[0-9]|[A-Z0-9]{{15}}")


@dataclass(frozen=True, slots=True)
class Warrant:
    """That rows may go out unmasked: who takes them, what, why; the audit log has it by then.

    Made by `gateway.operations.disclosure` alone, after it has written the entry.
    """

    person: str
    act: str
    subject: str
    why: str


class Personal(Generic[T]):
    """A value with people's data, that only a mask or a warrant opens.

    It cannot be written as JSON, compared or formatted: an answer that has one by mistake fails
    instead of showing it.
    """

    __slots__ = ("_personal",)

    def __init__(self, value: T) -> None:
        self._personal = value

    def reveal(self, warrant: Warrant) -> T:
        """Return the value whole."""
        if not isinstance(warrant, Warrant):
            raise TypeError("a warrant opens personal data, nothing else")
        return self._personal

    def __repr__(self) -> str:
        return "Personal(…)"


def unmasked_for_masking(value: Personal[T]) -> T:
    """Return a value for what masks it, searches in it or goes on with it; never for an answer."""
    return value._personal


def mask(value: str) -> str:
    """Return a value with what is personal hidden: ends of a number stay, and a first sign.

    Up to four characters keep only the first, and a single one nothing.
    """
    if len(value) <= 1:
        return "*" * len(value)
    if len(value) <= 4 or not value.isascii():
        return value[:1] + "*" * (len(value) - 1)
    keep = _LONG_ENDS if len(value) >= _LONG else _ENDS
    return value[:keep] + "*" * (len(value) - 2 * keep) + value[-keep:]


def masked_text(text: str, known: Iterable[str] = ()) -> str:
    """Return a text, the numbers in it masked, and `known` values of people wherever they stand."""
    for value in sorted(
        {value_known for value_known in known if len(value_known) >= 2}, key=len, reverse=True
    ):
        text = text.replace(value, mask(value))
    return _without_numbers(text)


def masked(text: Text) -> Text:
    """Return what is said in both languages, the numbers in it masked."""
    return Text(masked_text(text.zh), masked_text(text.en))


def masked_name(name: str) -> str:
    """Return the name of a file or unit, the citizen numbers in it masked, and other numbers as
    they are.

    A long number in a name is a day, a batch or a row oftener than a person: one of 18 digits must
    have its check digit, one of 15 its region and date, with no digit or letter beside it.
    """
    plain = _plain(name)
    places = [*_checked_citizens(plain), *(match.span() for match in _CITIZEN_15.finditer(plain))]
    result, last = "", 0
    for begin, end in sorted(places):
        if begin >= last:
            result += name[last:begin] + mask(plain[begin:end])
            last = end
    return result + name[last:]


def _checked_citizens(plain: str) -> Iterator[tuple[int, int]]:
    """Yield where 18-digit citizen numbers are, also where one begins within a look-alike."""
    place = 0
    while (like := _CITIZEN.search(plain, place)) is not None:
        signs = [sign for sign in like[0].upper() if sign.isascii() and sign.isalnum()]
        # GB 11643: an X is ten, and the sum of all signs by their weights is one more than a
        # multiple of 11.
        values = [10 if sign == "X" else int(sign) for sign in signs]
        right = sum(value * 2 ** (17 - at) for at, value in enumerate(values)) % 11 == 1
        if right:
            yield like.span()
        place = like.end() if right else like.start() + 1


# The same few reasons stand behind thousands of rows.
@lru_cache(maxsize=1_024)
def _without_numbers(text: str) -> str:
    plain = _plain(text)
    if not _RUN.search(plain):
        return text
    masked, last = "", 0
    for begin, end in _numbers_in(plain):
        masked += text[last:begin] + mask(plain[begin:end])
        last = end
    return masked + text[last:]


def _numbers_in(plain: str) -> list[tuple[int, int]]:
    """Return where the numbers of a text are, those that overlap as one."""
    places = [match.span() for shape in _SHAPES for match in shape.finditer(plain)]
    places += [match.span() for match in _NUMBER.finditer(plain) if _is_number(match[0])]
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(places):
        if merged and begin < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((begin, end))
    return merged


def _is_number(run: str) -> bool:
    return sum(sign.isdigit() for sign in run) >= 8 and not _MOMENT.fullmatch(run)


def _plain(text: str) -> str:
    """Return a text with its digits and Latin letters in ASCII, each in its place."""
    return text if text.isascii() else "".join(map(_plain_sign, text))


@cache
def _plain_sign(sign: str) -> str:
    if sign.isascii():
        return sign
    digit = unicodedata.decimal(sign, None)
    if digit is not None:
        return str(digit)
    form = unicodedata.normalize("NFKC", sign)
    return form if len(form) == 1 and form.isascii() and form.isalnum() else sign
