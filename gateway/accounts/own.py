"""What somebody is shown of the use of their own account, so that they see what was not them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from gateway import audit
from gateway.audit import Entry, Sought

#: Failures that are counted; who has more of them is told so.
MOST_FAILURES = 100


@dataclass(frozen=True, slots=True)
class OwnUse:
    """The sign-in before the latest, and the tries for the account's name that failed since."""

    before: Entry | None
    failures: int
    last_failure: Entry | None


def own_use(connection: Connection, account: str) -> OwnUse:
    """Return how an account was used before the latest sign-in, by the audit log."""
    signed_in = audit.search(connection, Sought(act="account.signed_in", target=account), 2)
    earlier = signed_in[1] if len(signed_in) > 1 else None
    since: datetime | None = None if earlier is None else earlier.at
    sought = Sought(act="account.refused", target=account, since=since)
    failed = audit.search(connection, sought, MOST_FAILURES)
    return OwnUse(earlier, len(failed), failed[0] if failed else None)
