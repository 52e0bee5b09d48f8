"""Brings everything that is sealed under the store's current key, a portion at a time."""

from collections.abc import Callable

from sqlalchemy import Connection, Engine

from gateway.accounts import store as accounts
from gateway.exchange import quality_notes, refused_rows
from gateway.registry import store as registered
from gateway.submissions import store as submissions
from outbox import PayloadCipher, forget_free_pages, maintenance, seal_of, seal_with, writing

#: Packages, and rows, sealed in one transaction.
_PACKAGES, _ROWS = 200, 5_000

#: By what they seal: each seals up to a number of rows anew and counts them.
SEALED: dict[str, Callable[[Connection, int], int]] = {
    "packages": lambda connection, limit: maintenance.seal_anew(
        connection, seal_of(connection), limit
    ),
    "refusals": refused_rows.seal_anew,
    "cleanings": quality_notes.seal_anew,
    "submissions": submissions.seal_anew,
    "samples": registered.seal_samples_anew,
    "secrets": registered.seal_secrets_anew,
    "second factors": accounts.seal_anew,
}


#: Of these a single one may be megabytes.
_LARGE = ("packages", "submissions", "samples")


def seal_anew(engine: Engine, seal: PayloadCipher) -> dict[str, int]:
    """Seal under the current key what is under another or clear; return how much of each kind.

    What was clear is gone from SQLite's file and its log too. Raises DecryptionError for what
    cannot be opened; what was sealed until then stays so.
    """
    seal_with(engine, seal)
    counts = {}
    for name, portion in SEALED.items():
        counts[name] = 0
        while True:
            with writing(engine) as connection:
                count = portion(connection, _PACKAGES if name in _LARGE else _ROWS)
            if not count:
                break
            counts[name] += count
    if any(counts.values()):
        forget_free_pages(engine)
    return counts
