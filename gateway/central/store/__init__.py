"""The centre's store as a whole: its tables and their versions (`schema`, `migrations`).

What writes packages and records is in `gateway.central.intake.store`, what reads them in
`gateway.central.records.store`, what writes senders in `gateway.central.senders`.
"""

from gateway.central.store.schema import CentreOutdatedError, create

__all__ = ["CentreOutdatedError", "create"]
