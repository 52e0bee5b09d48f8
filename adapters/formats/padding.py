"""What fills up the end of a file and belongs to no record: Ctrl-Z of DOS, and zeros."""

from collections.abc import Iterable, Iterator

_PADDING = b"\x1a\0"
#: Longest padding; what is longer is content that nobody can read.
_LONGEST = 1 << 20


def without_padding(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes of a file up to what pads its very end."""
    held = b""
    for block in blocks:
        content = block.rstrip(_PADDING)
        if not content and len(held) < _LONGEST:
            held += block
            continue
        yield held + content
        held = block[len(content) :]
    if len(held) > _LONGEST:
        yield held
