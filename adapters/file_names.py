"""Names of dropped files: which are dangerous, which belong to other programs, how to show one.

Pure.

What is dangerous is listed, not what is allowed: offices give files names with brackets, colons,
quotes and emoji, and none of these leads anywhere in a path.
"""

import hashlib
import re
import unicodedata
from posixpath import join, split, splitext

from adapters.text import Text
from adapters.text import drops as messages

#: Characters of a name, and bytes of it in UTF-8. File systems take 255 bytes, and the longest
#: ending that a file gets while it is handled (`.taken-VERSION.STORE.GENERATION`) needs 65 of them.
_CHARACTERS, _BYTES = 190, 190
#: Most characters of an extension that a likeness of a name keeps.
_EXTENSION = 12
#: Most characters of a name in a sentence.
_SHOWN = 60

#: Characters without a width: two names that look alike, or a name that reads in another order than
#: it is stored. Beside these every character of the categories below is one. Variation selectors
#: are left out: they choose the shape of a character before them, as in emoji.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\uffa0\ufeff\ufff0-\ufff8\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
#: Controls, formats, halves of a surrogate pair (bytes that do not decode), ends of line and
#: paragraph.
_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))

#: Files that office programs and systems leave in any folder that they show: never data.
_FOREIGN = re.compile(
    r"~\$.*|\._.*|\.~lock\..*#|\.~.*|thumbs\.db|\.ds_store|desktop\.ini|__macosx", re.IGNORECASE
)


def _is_hidden_character(character: str) -> bool:
    return _INVISIBLE.match(character) is not None or unicodedata.category(character) in _CATEGORIES


def readable(name: str) -> str:
    r"""Return a name as it can be stored and shown: `/` and what cannot be seen become escapes.

    A name with an escape is not a safe one, so that it is refused and never used as a path.
    """
    return "".join(
        f"\\u{ord(character):04x}"
        if character == "/" or _is_hidden_character(character)
        else character
        for character in name
    )


def danger(name: str) -> Text | None:
    """Return why a file's name may not be written to, logged or shown as it is; None if it may.

    `name` comes from `readable`: what cannot be seen is an escape by now.
    """
    if "\\" in name or "/" in name or any(map(_is_hidden_character, name)):
        return messages.name_cannot_be_shown()
    if name.startswith("-"):
        return messages.name_is_an_option()
    if name in ("", ".", ".."):
        return messages.name_is_a_folder()
    if len(name) > _CHARACTERS or len(name.encode()) > _BYTES:
        return messages.name_too_long(_BYTES)
    return None


def safe_name(name: str) -> bool:
    """Whether a file's name may be written to, logged and shown as it is."""
    return danger(name) is None


def answerable(path: str) -> str:
    """Return the path that a file is answered beside: its own, or a harmless likeness of it.

    A department whose file is refused for its name is to hear of it too. The likeness ends as the
    name does, so that its result is known for one of ours, and has a digest of the name, so that no
    two files share one.
    """
    folder, name = split(path)
    if safe_name(name):
        return path
    stem, extension = splitext(name)
    plain = re.sub(r"\\(u[0-9a-f]{4,}|x[0-9a-f]{2})?|/", "_", stem).lstrip("-.")[:40]
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    if len(extension) > _EXTENSION or not safe_name(f"x{extension}"):
        extension = ""
    return join(folder, f"{plain}~{digest}{extension}")


def of_another_program(name: str) -> bool:
    """Whether a file is one that another program leaves lying in folders (locks, views,
    thumbnails).
    """
    return _FOREIGN.fullmatch(name) is not None


def shown(path: str) -> str:
    """Return a path as a sentence shows it: itself, cut in the middle where it is long."""
    text = readable(path).replace("\\u002f", "/")
    half = _SHOWN // 2
    return text if len(text) <= _SHOWN else f"{text[:half]}…{text[-half:]}"
