"""What a fetch yields, for tests that are about its batches and refusals."""

from collections.abc import Iterator

from adapters import Adapter, BadUnit, Batch, Opening, Remark


def items(adapter: Adapter, cursor: str = "") -> Iterator[Batch | BadUnit | Remark]:
    """Yield what an adapter yields, without the openings, which the fetcher answers."""
    return (item for item in adapter.fetch(cursor) if not isinstance(item, Opening))
