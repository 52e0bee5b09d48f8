"""The centre's store: its tables and their versions (`schema`, `migrations`), and what is read of it.

What writes packages and records is in `gateway.central.keep`, what writes senders in
`gateway.central.senders`.
"""

from gateway.central.store.queries import (
    DayTotal,
    PackageConflict,
    bucket,
    digests,
    first_receipt,
    highest_sequence,
    owner_of,
    receipt_in,
    receipt_of,
    records,
    remove_test_records,
    totals,
)
from gateway.central.store.schema import CentreOutdated, create

__all__ = [
    "CentreOutdated",
    "DayTotal",
    "PackageConflict",
    "bucket",
    "create",
    "digests",
    "first_receipt",
    "highest_sequence",
    "owner_of",
    "receipt_in",
    "receipt_of",
    "records",
    "remove_test_records",
    "totals",
]
