"""Whether bytes can be in the encoding that is declared for them. Used to refuse, never to choose.

Each encoding that a Chinese office writes reads the same bytes; how likely the characters are that
come out is weighed, character by character, against how likely those of the declared encoding are.
Weights are logarithms: how much commoner a kind of character is in true text than in text that was
read in a wrong encoding.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from adapters.formats.decoding import canonical, keeps_ascii

#: Encodings that a file may turn out to be in.
_TRIED = ("utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be")
#: By how much another encoding must fit better than the declared one, in natural logarithms.
_ENOUGH = 6.0
#: Where the declared encoding already refuses the rows by broken characters, more must speak
#: against the whole file: a stray character in an otherwise plain file refuses its row.
_STRAY = 4
#: Most foreign characters of a text that are weak evidence if all are letters and signs of one
#: kind.
_FEW = 40
#: Mean weight of a foreign character from which a reading is plausible text, and below which the
#: declared one is not.
_PLAUSIBLE = 0.5
#: Most foreign characters of a plausible reading that may be broken.
_BROKEN_SHARE = 0.02
#: What each whole character adds in UTF-8, whose bytes hardly come about by chance.
_WHOLE_UTF8 = 1.0
#: Bytes of a block that are looked at: this many windows of about so many bytes each, or fewer
#: once so many foreign characters read well.
_WINDOWS, _WINDOW = 24, 500
_WELL_READ = 150
#: Bytes of a block below which it is not judged by itself.
_SMALL = 4_096

_FOREIGN = re.compile(rb"[\x80-\xff\x00]")
#: A line of nothing but ASCII and valid UTF-8, with two or more characters of three bytes.
_UTF8_LINE = re.compile(
    rb"(?:[\x01-\x7f]*+(?:[\xc2-\xdf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
    rb"|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}))++"
    rb"[\x01-\x7f]*+"
)
#: Letters and signs that GB18030 has beside Chinese characters, by their kind.
_LETTERS = (
    re.compile("[\u3041-\u309f\u30a0-\u30ff\u3001-\u3017]"),
    # Latin letters with marks: pinyin with its tones.
    re.compile("[\u00c0-\u024f]"),
    re.compile("[\u0400-\u04ff]"),
    re.compile("[\u0370-\u03ff]"),
    re.compile("[\u2100-\u2bff\u3200-\u33ff]"),
)
_NO_GB2312_BYTE = bytes(range(0x80, 0xA1))


@dataclass(frozen=True, slots=True)
class Reading:
    """How bytes read in one encoding: foreign characters, broken ones, and the sum of weights."""

    foreign: int = 0
    broken: int = 0
    weight: float = 0.0

    def __add__(self, other: "Reading") -> "Reading":
        return Reading(
            self.foreign + other.foreign, self.broken + other.broken, self.weight + other.weight
        )

    @property
    def mean(self) -> float:
        """Return the mean weight of a foreign character.

        Text without any is neither likely nor unlikely.
        """
        return self.weight / self.foreign if self.foreign else self.weight


def contradiction(data: bytes, declared: str) -> str | None:
    """Return the encoding that bytes are evidently in although another is declared, else None.

    For formats that have their text in pieces (DBF, JSON): give it a few kilobytes of them, joined
    by line ends.
    """
    windows = [*(_windows(data) if keeps_ascii(declared) else _even_windows(data))]
    likely = judge(readings(windows, declared), declared)
    return None if likely == "big5" and _has_letters_only(windows, declared) else likely


def readings(windows: Iterable[bytes], declared: str) -> dict[str, Reading]:
    """Return how windows of text read in the declared encoding and in each other one."""
    names = (canonical(declared), *(n for n in _TRIED if n != canonical(declared)))
    sums = dict.fromkeys(names, Reading())
    for window in windows:
        for name in names:
            sums[name] += _reading(window, name)
    return sums


def judge(sums: dict[str, Reading], declared: str) -> str | None:
    """Return the encoding that contradicts the declared one, if what was read is proof enough."""
    name = canonical(declared)
    own = sums[name]
    if own.mean >= _PLAUSIBLE:
        return None
    fitting = {n: r for n, r in sums.items() if not _same_family(n, name) and _fits(r)}
    if not fitting:
        return None
    likely = max(fitting, key=lambda n: fitting[n].weight)
    best = fitting[likely]
    if best.weight - own.weight < _ENOUGH or _is_stray(own, best, likely):
        return None
    return likely


def _is_stray(own: Reading, best: Reading, likely: str) -> bool:
    """Whether a few bytes do not decode and could be anything: their rows are refused, no more.

    Bytes do not form UTF-8 by chance, and NULs at every second place are UTF-16.
    """
    return (
        likely != "utf-8"
        and own.broken > 0
        and 0 < best.foreign < _STRAY
        and own.foreign <= 4 * best.foreign
    )


def _same_family(one: str, other: str) -> bool:
    """Whether two names are of one encoding, or of one with and without its mark."""
    pairs = (
        {"utf-16", "utf-16-le"},
        {"utf-32", "utf-32-le"},
        {"big5", "cp950"},
        {"big5", "big5hkscs"},
    )
    return one == other or {one, other} in pairs


def _has_letters_only(windows: Iterable[bytes], declared: str) -> bool:
    """Whether the few foreign characters of a text are letters or signs of one kind, and Chinese.

    Read as Big5 they are Chinese too, as any two bytes are: a name in kana is no proof of Big5.
    """
    if canonical(declared) != "gb18030":
        return False
    text = b"\n".join(windows).decode("gb18030", "replace")
    foreign = [c for c in text if c > "~"]
    if len(foreign) > _FEW:
        return False
    others = [c for c in foreign if (_weight(c) or 0) < 0]
    return any(all(kind.match(c) for c in others) for kind in _LETTERS)


def _fits(reading: Reading) -> bool:
    if reading.broken > _BROKEN_SHARE * reading.foreign:
        return False
    return reading.mean >= _PLAUSIBLE if reading.foreign else reading.weight >= 0


class Suspicion:
    """Looks at the blocks of a file one after the other, and says what speaks against its encoding.

    A few windows are enough of a block that reads well; only one that does not is read in other
    encodings too.
    """

    def __init__(self, declared: str) -> None:
        self._declared = declared
        self._plain = keeps_ascii(declared)
        self._sums = readings((), declared)
        #: What was looked at, as long as it is little.
        self._few: list[bytes] = []

    def block(self, block: bytes, start: int = 0) -> str | None:
        """Return the encoding that a block is evidently in instead of the declared one, else None.

        A line begins at `start`: what precedes it may begin within a character.
        """
        if self._plain and block.isascii() and b"\0" not in block:
            return None
        name = canonical(self._declared)
        windows: list[bytes] = []
        own = Reading()
        for window in _windows(block, start) if self._plain else _even_windows(block):
            windows.append(window)
            own += _reading(window, name)
            if own.foreign >= _WELL_READ and own.mean >= _PLAUSIBLE:
                self._sums[name] += own
                return None
        sums = readings(windows, self._declared)
        for encoding, reading in sums.items():
            self._sums[encoding] += reading
        if self._sums[name].foreign <= _FEW:
            self._few += windows
        # A block so small is the rest of a file: with all the others it is evidence.
        return self._judge(sums) if len(block) >= _SMALL else None

    def file(self) -> str | None:
        """Return the encoding that all blocks together are evidently in instead, else None."""
        return self._judge(self._sums)

    def _judge(self, sums: dict[str, Reading]) -> str | None:
        likely = judge(sums, self._declared)
        few = self._sums[canonical(self._declared)].foreign <= _FEW
        if likely == "big5" and few and _has_letters_only(self._few, self._declared):
            return None
        return likely


def _windows(block: bytes, place: int = 0) -> Iterator[bytes]:
    stride = max(len(block) // _WINDOWS, _WINDOW)
    while (foreign := _FOREIGN.search(block, place)) is not None:
        start = max(block.rfind(b"\n", place, foreign.start()) + 1, place, foreign.start() - 200)
        start -= start % 2 if b"\0" in block[start : start + _WINDOW] else 0
        end = block.find(b"\n", start + _WINDOW, start + 4 * _WINDOW)
        end = end + 1 if end >= 0 else min(start + 4 * _WINDOW, len(block))
        yield block[start:end]
        after = block.find(b"\n", max(end - 1, start + stride))
        if after < 0:
            return
        place = after + 1


def _even_windows(block: bytes) -> Iterator[bytes]:
    stride = max(len(block) // _WINDOWS, _WINDOW) & ~3
    for start in range(0, len(block), stride):
        yield block[start : start + _WINDOW]


def utf8_lines(block: bytes) -> list[tuple[int, int]]:
    """Return where lines of a GB18030 block stand that are UTF-8 beyond doubt: files put together.

    GB 2312 has no byte from 80 to A0, and half of the bytes of Chinese UTF-8 are such: a block
    without them costs one pass.
    """
    if len(block.translate(None, _NO_GB2312_BYTE)) == len(block):
        return []
    places = []
    start = 0
    for line in block.splitlines(keepends=True):
        end = start + len(line)
        if _is_utf8_line(line):
            places.append((start, end))
        start = end
    return places


def _is_utf8_line(line: bytes) -> bool:
    if line.isascii() or _UTF8_LINE.fullmatch(line) is None:
        return False
    own, other = _reading(line, "gb18030"), _reading(line, "utf-8")
    return other.mean >= _PLAUSIBLE > own.mean and other.weight - own.weight >= _ENOUGH


def _reading(window: bytes, name: str) -> Reading:
    # The characters that editions of GB18030 have moved weigh the same before and after.
    text = window.decode(name, "replace")
    # A window may end in the middle of a character: after a byte 0A too, where characters are wide.
    if text.endswith("\ufffd") and not (window.endswith(b"\n") and keeps_ascii(name)):
        text = text[:-1]
    every = [_weight(c) for c in text if c > "~" or c < " "]
    weights = [weight for weight in every if weight is not None]
    foreign, broken = len(weights), text.count("\ufffd")
    whole = _WHOLE_UTF8 * (foreign - broken) if name == "utf-8" else 0
    return Reading(foreign, broken, sum(weights) + whole)


@cache
def _weight(character: str) -> float | None:
    """Return how much a character speaks for the reading that it comes from; None: nothing."""
    code = ord(character)
    if character in "\t\n\r\x1a\x7f\ufeff·\xa0":
        return None
    if character == "\ufffd":
        return -6.0
    if code < 0x20:
        return -4.0
    if (
        0xE000 <= code <= 0xF8FF
        or code >= 0x30000
        or not (character.isprintable() or code == 0x3000)
    ):
        return -5.0
    return _weight_by_standard(character, code)


def _weight_by_standard(character: str, code: int) -> float:
    lead = _lead(character, "gb2312")
    if 0xB0 <= lead <= 0xD7 or lead in (0xA1, 0xA3):
        return 1.5
    if 0xA4 <= _lead(character, "big5") <= 0xC6:
        return 0.4
    if 0xD8 <= lead <= 0xF7:
        return -1.5
    if lead == 0xA2 or 0x2010 <= code <= 0x206F:
        return 0.0
    if code < 0x250:
        # Letters of Western Europe stand alone in a word; what GB reads as is never so dense.
        return -1.0
    return -3.0 if code < 0x2E80 or 0x3000 <= code < 0x3200 else -5.0


def _lead(character: str, encoding: str) -> int:
    try:
        return character.encode(encoding)[0]
    except UnicodeEncodeError:
        return 0
