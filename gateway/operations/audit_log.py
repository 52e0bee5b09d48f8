"""What people do to the audit log: verify it."""

from datetime import datetime

from sqlalchemy import Engine

from gateway import audit
from gateway.audit import Broken
from outbox import writing


def verify_log(engine: Engine, person: str, now: datetime) -> tuple[Broken | None, int, str]:
    """Verify the audit log; give where it breaks, if it does, and the last entry's number and digest."""
    with engine.connect() as connection:
        broken = audit.first_broken(audit.entries(connection))
        number, digest = audit.head(connection) or (0, audit.GENESIS)
    with writing(engine) as connection:
        outcome = "whole" if broken is None else f"broken at {broken.number}"
        audit.append(connection, now, person, "audit.verify", "", outcome)
    return broken, number, digest
