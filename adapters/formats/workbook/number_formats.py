"""Number formats: what a person sees of a number, where it is more than the cell holds.

Read after ECMA-376 part 1, 18.8.30 and 18.8.31. A format that only groups, rounds, colours or adds
a
sign of yuan leaves the stored number; one of zeros only shows leading zeros, which are then the
text;
one that shows words, scales by thousands or adds zeros in another way makes the cell unreadable.
"""

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

_TOKEN = re.compile(
    r"""(?P<text>"[^"]*"?|[\\!].)|(?P<pad>[_*].)|(?P<bracket>\[[^\]]*\])|(?P<general>General|G/通用格式)
    |(?P<power>[Ee][+-])|(?P<noon>AM/PM|A/P|上午/下午)|(?P<date>[yYmMdDhHsSeEgGbBaA]+)|(?P<rest>.)""",
    re.VERBOSE | re.DOTALL,
)
_SCALED = re.compile(r"[0#?],+(?![0#?,])")
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
#: Signs of the country's own currency say nothing that the number does not.
_YUAN = {"", "¥", "￥"}


#: In the place of a code that is no text, or that is there twice: it may show anything, so its
#: cells are refused.
UNREADABLE = '"?"'


class Shown(Enum):
    """What a section of a format shows of a number."""

    STORED = "stored"
    ZEROS = "zeros"
    DATE = "date"
    LITERAL = "literal"
    SCALED = "scaled"


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a format, for numbers of one sign or for text."""

    shown: Shown
    #: Digits before the point that are shown at least.
    digits: int = 1
    #: Only time of day, so that a value below 1 is a time and no date.
    clock_only: bool = False
    elapsed: bool = False
    milliseconds: bool = False


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """A format: its sections for positive numbers, negative ones and zero, and for text."""

    code: str
    positive: Section
    negative: Section
    zero: Section
    #: Shows words beside a text.
    text_literal: bool = False

    @property
    def is_date(self) -> bool:
        """Whether numbers under this format are shown as dates or times."""
        return self.positive.shown is Shown.DATE

    @property
    def is_stored(self) -> bool:
        """Whether every number under this format is read as it is stored."""
        return all(
            s.shown is Shown.STORED and s.digits <= 1
            for s in (self.positive, self.negative, self.zero)
        )


_STORED = Section(Shown.STORED)
GENERAL = NumberFormat("General", _STORED, _STORED, _STORED)


@lru_cache(maxsize=4096)
def parse_format(code: str) -> NumberFormat:
    """Return what a format code means."""
    parts = _split(code)
    text_literal = False
    if len(parts) > 3 or (parts and _has_at(parts[-1]) and not _has_digits(parts[-1])):
        text_literal = bool(_words(parts[-1]) - _YUAN)
        text_part, parts = parts[-1], parts[:-1] or parts[-1:]
        if not _has_at(text_part) and len(parts) >= 3:
            text_literal = bool(_words(text_part))
    parts = parts[:3] or [[]]
    if any(kind == "bracket" and word[1:2] in "<>=" for part in parts for kind, word in part):
        section = _whichever([_section(part, "") for part in parts])
        return NumberFormat(code, section, section, section, text_literal)
    positive = _section(parts[0], "")
    negative = _section(parts[1], "-()") if len(parts) > 1 else positive
    zero = _section(parts[2], "-") if len(parts) > 2 else positive
    return NumberFormat(code, positive, negative, zero, text_literal)


def _whichever(sections: list[Section]) -> Section:
    """Return what stands for sections of which conditions choose: which one is not looked at.

    Zeros are the text only where every section shows the same.
    """
    first = next((s for s in sections if s.shown not in (Shown.STORED, Shown.ZEROS)), None)
    if first is not None or len(set(sections)) == 1:
        return first or sections[0]
    return Section(Shown.STORED, max(section.digits for section in sections))


Part = list[tuple[str, str]]


def _split(code: str) -> list[Part]:
    parts: list[Part] = [[]]
    for match in _TOKEN.finditer(code):
        kind = str(match.lastgroup)
        if kind == "rest" and match.group() == ";":
            parts.append([])
        else:
            parts[-1].append((kind, match.group()))
    return parts


def _has_at(part: Part) -> bool:
    return ("rest", "@") in part


def _has_digits(part: Part) -> bool:
    return any(kind in ("general", "date") or (kind == "rest" and w in "0#?") for kind, w in part)


def _words(part: Part) -> set[str]:
    """Return what a section shows beside digits."""
    words = set()
    for kind, word in part:
        if kind == "text":
            words.add(word.strip('"') if word.startswith('"') else word[1:])
        elif kind == "bracket" and word.startswith("[$"):
            words.add(word[2:-1].partition("-")[0])
        elif kind == "pad" and word[0] == "*":
            words.add("" if word[1] in " -" else word[1])
        elif kind in ("date", "noon") or (kind == "rest" and word not in "0#?.,%/@"):
            words.add(word)
    return {word.strip() for word in words}


def _section(part: Part, allowed: str) -> Section:
    if _is_date(part):
        return Section(Shown.LITERAL) if _has_strange(part) else _date_section(part)
    pattern = "".join(_of_pattern(kind, word) for kind, word in part)
    if any(word.strip(allowed) for word in _words(part) - _YUAN):
        return Section(Shown.LITERAL)
    if _SCALED.search(pattern):
        return Section(Shown.SCALED)
    if any(kind == "power" for kind, _ in part) or "/" in pattern:
        return _STORED
    digits = max(pattern.partition(".")[0].count("0"), 1)
    bare = pattern.strip(f"{allowed} ")
    only_zeros = digits > 1 and set(bare) == {"0"}
    return Section(Shown.ZEROS if only_zeros else Shown.STORED, digits)


def _of_pattern(kind: str, word: str) -> str:
    """Return what counts of a token for the digits:
    a blank between zeros is shown like one of them.
    """
    if kind == "text":
        return " " if not word.strip('"\\! ') else ""
    return word if kind in ("rest", "power") else ""


def _is_date(part: Part) -> bool:
    return any(
        kind in ("date", "noon") or (kind == "bracket" and _ELAPSED.fullmatch(word))
        for kind, word in part
    )


def _has_strange(part: Part) -> bool:
    """Whether there is a letter of no date, nor of ISO 8601:
    "Standard" begins like a time and is none.
    """
    return any(
        kind == "rest" and word.isascii() and word.isalpha() and word not in "TZtz"
        for kind, word in part
    )


def _date_section(part: Part) -> Section:
    letters = "".join(word for kind, word in part if kind == "date").lower()
    elapsed = any(kind == "bracket" and _ELAPSED.fullmatch(word) for kind, word in part)
    clock_only = not set(letters) & set("ydegba") and ("h" in letters or "s" in letters)
    fractions = "".join(word for kind, word in part if kind == "rest")
    return Section(
        Shown.DATE,
        clock_only=clock_only or (any(kind == "noon" for kind, _ in part) and "d" not in letters),
        elapsed=elapsed,
        milliseconds=".0" in fractions,
    )


def _built_in() -> dict[int, NumberFormat]:
    codes = {
        1: "0",
        2: "0.00",
        3: "#,##0",
        4: "#,##0.00",
        9: "0%",
        10: "0.00%",
        11: "0.00E+00",
        12: "# ?/?",
        13: "# ??/??",
        45: "mm:ss",
        46: "[h]:mm:ss",
        47: "mm:ss.0",
        48: "##0.0E+0",
        49: "@",
    }
    days = dict.fromkeys(
        (14, 15, 16, 17, 27, 28, 29, 30, 31, 36, *range(50, 55), 57, 58), "yyyy-m-d"
    )
    times = dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 55, 56), "h:mm:ss")
    return {
        n: parse_format(code) for n, code in {**codes, **days, **times, 22: "yyyy-m-d h:mm"}.items()
    }


#: Formats that have a number only; the Chinese dates are 27 to 36 and 50 to 58. The others
#: (currency of whoever looks, 5 to 8 and 37 to 44) leave the stored number.
BUILT_IN = _built_in()


def format_of(number: int, codes: dict[int, str]) -> NumberFormat:
    """Return the format of a number by the codes that a workbook declares, or as built in."""
    if number in codes:
        return parse_format(codes[number])
    return BUILT_IN.get(number, GENERAL)
