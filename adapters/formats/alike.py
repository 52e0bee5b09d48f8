"""Names that differ only in how their letters are written:
one of them is a slip of whoever wrote the file.
"""

import unicodedata
from functools import lru_cache


def is_alike(name: str, wanted: str) -> bool:
    """Whether a name is another one but for the case or the width of its letters."""
    return name != wanted and _plain(name) == _plain(wanted)


@lru_cache(maxsize=256)
def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
