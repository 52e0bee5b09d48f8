"""Readers for tests: slow and obvious, one a format, sharing no code with the product's.

Each has `read(data, settings)`, which returns what a document's rows are by number: their cells, or None
for a row that must not be accepted. A document that is no whole one raises `NoDocument`: none of its
rows may be accepted, unless the format lets rows stand for themselves.
"""

Rows = dict[int, dict[str, str] | None]


class NoDocument(Exception):
    """The document as a whole is not what its format asks for."""
