"""Whether bytes are UTF-8: what is valid needs no further evidence."""

import codecs


def is_utf8(start: bytes) -> bool:
    """Whether bytes are UTF-8, apart from a character that is cut off at their end."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return True
