"""The centre's store as a whole: its tables and their versions (`schema`, `migrations`).

What writes packages and records is in `gateway.central.intake.store`, what reads them in
`gateway.central.records.store`, what writes senders in `gateway.central.senders`.
May import the tables of the centre's rooms and of the audit log.
Tests: tests/integration/central/test_centre_store.py.
"""

from gateway.central.store.schema import CentreOutdatedError, create

__all__ = ["CentreOutdatedError", "create"]
