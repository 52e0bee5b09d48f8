"""Encodings of legacy text: names that Python knows,
and likely ones proposed for a person to choose from.
"""

import codecs
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

from adapters.formats.decoding import codec_of
from adapters.setting_faults import InvalidSettingsError
from adapters.text import settings as settings_messages

#: Encodings that Chinese offices write, and the marks that files in some of them begin with.
_TRIED = ("utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Bytes of a file that are looked at.
LOOKED_AT = 200_000
#: GB 2312 keeps the commoner half of its characters, by pinyin, in the rows of these lead bytes.
_COMMON = (0xB0, 0xD7)


_NO_ENCODINGS = {"charmap", "unicode-escape", "raw-unicode-escape", "idna", "punycode", "undefined"}


@dataclass(frozen=True, slots=True)
class Guess:
    """An encoding that a text may be in: how likely, from 0 to 1,
    and how its first lines read then.
    """

    encoding: str
    likelihood: float
    lines: tuple[str, ...]


def known_encoding(name: str) -> str:
    """Return the name of an encoding; raises ValueError when Python knows none of it."""
    try:
        codec = codec_of(name)
    except (LookupError, ValueError):
        raise InvalidSettingsError(settings_messages.unknown_encoding(name)) from None
    # Python lists conversions among its codecs that turn bytes into bytes, or read escapes.
    if not getattr(codec, "_is_text_encoding", True) or codec.name in _NO_ENCODINGS:
        raise InvalidSettingsError(settings_messages.no_text_encoding(name))
    return name


KnownEncoding = Annotated[str, AfterValidator(known_encoding)]


def guesses(data: bytes) -> list[Guess]:
    """Return the encodings that a text may be in, the likeliest first; nothing uses them unasked.

    A byte order mark settles it. Otherwise an encoding counts by how much of the text it can
    read, and how many of the characters that come out are ones that offices write.
    """
    head = data[:LOOKED_AT]
    for mark, name in _MARKS:
        if head.startswith(mark):
            return [_guess(head, name, 1.0)]
    found = [_guess(head, name, _likelihood(head, name)) for name in _TRIED]
    return sorted(
        (guess for guess in found if guess.likelihood > 0), key=lambda guess: -guess.likelihood
    )


def _guess(head: bytes, name: str, likelihood: float) -> Guess:
    lines = head.decode(name, "replace").splitlines()
    return Guess(name, round(likelihood, 2), tuple(line[:120] for line in lines[:3]))


def _likelihood(head: bytes, name: str) -> float:
    # What was cut off in the middle of a character tells nothing.
    text = codecs.getincrementaldecoder(name)("replace").decode(head)
    foreign = [sign for sign in text if ord(sign) > 0x7F]
    if "\0" in text or not text:
        return 0.0
    if not foreign:
        return 1.0 if name == "utf-8" else 0.5
    broken = text.count("\ufffd")
    usual = sum(_usual(sign) for sign in foreign)
    return max(0.0, usual / len(foreign) - 10 * broken / len(foreign))


def _usual(sign: str) -> bool:
    """Whether offices write a sign: common Chinese characters, their traditional forms,
    full-width signs.
    """
    try:
        lead = sign.encode("gb2312")[0]
    except UnicodeEncodeError:
        # Traditional characters are in Big5's commoner half.
        return (
            sign.encode("big5", "replace")[:1] >= b"\xa4"
            and sign.encode("big5", "replace")[:1] <= b"\xc6"
        )
    return _COMMON[0] <= lead <= _COMMON[1] or lead in (0xA1, 0xA3)
