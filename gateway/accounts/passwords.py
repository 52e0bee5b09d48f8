"""What a password must be. Pure.

Held against the lists and patterns of zxcvbn, which carries them in its wheel: common passwords,
names and words, also with letters written as signs; keyboards' rows, repeats, sequences, dates.
"""

import re
from itertools import pairwise

from gateway.accounts.model import AccountError
from gateway.text import accounts as messages

#: Fewest characters, with so many kinds of them; and as many as need be of no several kinds.
SHORTEST, KINDS, LONG = 12, 3, 20
#: Hashing a longer one would let anybody keep a processor busy.
LONGEST = 200
#: Guesses (powers of ten) that a password withstands: zxcvbn's own limit of its best mark.
_GUESSES = 10.0
#: Characters that are weighed: the first ones alone must be enough, and more of them cost time.
_WEIGHED = 72
#: So many equal characters in a row, or that follow one another, are too many.
_RUN = 4
_CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")
#: Words that anybody would try here, beside those of zxcvbn's lists.
_LOCAL = (
    "creditgate",
    "credit",
    "gateway",
    "administrator",
    "operator",
    "auditor",
    "xinyong",
    "zhengfu",
    "zhongguo",
    "huizhou",
    "guangdong",
    "woaini",
    "woaizhongguo",
    "mima",
    "guanliyuan",
    "520",
    "1314",
    "5201314",
    "888888",
    "666666",
    "@123",
    "admin",
    "123456",
    "qwe123",
    "1qaz",
    "2wsx",
    "1qaz@wsx",
    "!qaz",
    "qaz",
)


def check_password(password: str, name: str, *personal: str) -> None:
    """Refuse a weak password; raises AccountError with what it must be, and what is wrong with it.

    `personal`: what else belongs to the account and must not be in it.
    """
    kinds = sum(bool(re.search(pattern, password)) for pattern in _CLASSES)
    if not (len(password) >= LONG or (len(password) >= SHORTEST and kinds >= KINDS)):
        raise AccountError.of(messages.password_short(SHORTEST, LONG))
    if len(password) > LONGEST:
        raise AccountError.of(messages.password_long(LONGEST))
    parts = _parts(name, *personal)
    plain = password.lower()
    if any(part in plain or part[::-1] in plain for part in parts):
        raise AccountError.of(messages.password_own())
    if has_run(plain):
        raise AccountError.of(messages.password_run(_RUN))
    if _guesses(password, parts) < _GUESSES:
        raise AccountError.of(messages.password_common())


def has_run(text: str) -> bool:
    """Whether equal characters, or ones that follow one another up or down, stand in a row."""
    codes = [ord(character) for character in text]
    steps = [following - code for code, following in pairwise(codes)]
    run, last = 1, None
    for step in steps:
        run = run + 1 if step == last and step in (0, 1, -1) else 2 if step in (0, 1, -1) else 1
        last = step
        if run >= _RUN:
            return True
    return False


def _parts(*texts: str) -> list[str]:
    """Return what belongs to an account: each text, and its parts of three characters or more."""
    words = [word.lower() for text in texts for word in (text, *re.split(r"[^0-9A-Za-z]+", text))]
    return sorted({word for word in words if len(word) >= 3})


def _guesses(password: str, parts: list[str]) -> float:
    # Its lists take a sixth of a second to load, and few processes ever set a password.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    weighed = zxcvbn(password[:_WEIGHED], user_inputs=[*parts, *_LOCAL])
    return float(weighed["guesses_log10"])
