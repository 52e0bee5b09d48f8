"""What is said of files that people upload."""

from adapters.text import Text


def too_many_rows(most: int) -> Text:
    """Return that an upload has more rows than one may have."""
    return Text(f"一次至多 {most} 行", f"at most {most} rows at once")
