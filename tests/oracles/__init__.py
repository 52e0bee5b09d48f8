"""Readers for tests: slow and obvious, one a format, sharing no code with the product's.

Each has `read(data, settings)`, which returns what a document's rows are by number: their cells,
None for a row that must not be accepted, or UNJUDGED where the oracle does not know. A document
that is no whole one raises `NoDocument`: none of its rows may be accepted.
"""

#: A row that is there, of which an oracle cannot say what is in it.
UNJUDGED: dict[str, str] = {"unjudged": ""}
#: A line that is declared as footer: it is left out, or refused where it looks like a row.
FOOTER: dict[str, str] = {"footer": ""}
Rows = dict[int, dict[str, str] | None]


class NoDocument(Exception):
    """The document as a whole is not what its format asks for."""
