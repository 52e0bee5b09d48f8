"""What is said of files that people upload."""

from adapters.text import Text


def too_many_rows(limit: int) -> Text:
    """Return that an upload has more rows than one may have."""
    return Text(f"一次至多 {limit} 行", f"at most {limit} rows at once")
