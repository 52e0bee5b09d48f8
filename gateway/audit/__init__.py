"""The audit log: what people and programs did, each entry chained to the one before by its digest.

An entry is written in the transaction of what it tells: an act that cannot be told is not done.
Both products use it, so it knows no feed, account or settings.
Tests: tests/integration/audit, tests/attacks/test_audit_chain.py, tests/attacks/test_reasons.py.
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
