"""Documents with odd pieces put anywhere into them."""

from collections.abc import Sequence

from hypothesis import strategies as st


def damaged(data: bytes, pieces: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Give a document with up to three of the pieces in it, wherever that may be."""
    places = st.lists(st.tuples(st.floats(0, 1), st.sampled_from(pieces)), max_size=3)
    return places.map(lambda inserted: _with_pieces(data, inserted))


def _with_pieces(data: bytes, inserted: Sequence[tuple[float, bytes]]) -> bytes:
    for place, piece in inserted:
        at = int(place * len(data))
        data = data[:at] + piece + data[at:]
    return data
