"""The audit log: what every person and program did, each entry chained to the one before by its digest.

An entry is written in the transaction of what it tells: an act that cannot be told is not done.
"""

from gateway.audit.chain import GENESIS, Broken, Entry, digest_of, first_broken
from gateway.audit.log import Sought, append, entries, head, record_act, search

__all__ = [
    "GENESIS",
    "Broken",
    "Entry",
    "Sought",
    "append",
    "digest_of",
    "entries",
    "first_broken",
    "head",
    "record_act",
    "search",
]
