"""What fills up the end of a file and belongs to no record: Ctrl-Z of DOS, and zeros."""

import re
from collections.abc import Iterable, Iterator

#: Padding, and ends of line that may stand behind it.
_EDGE = b"\x1a\0\r\n"
_PADDING = re.compile(rb"[\x1a\0]")
#: Longest padding; what is longer is content that nobody can read.
_LONGEST = 1 << 20


def without_padding(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes of a file up to what pads its very end,
    with ends of line behind it or none.
    """
    held = b""
    for block in blocks:
        content = len(block.rstrip(_EDGE))
        if held and not content and len(held) < _LONGEST:
            held += block
            continue
        padding = _PADDING.search(block, content)
        cut = padding.start() if padding else len(block)
        yield held + block[:cut]
        held = block[cut:]
    if len(held) > _LONGEST:
        yield held
