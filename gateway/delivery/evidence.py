"""What proves a delivery: both sides' signatures and the centre's receipt.

Our signature is of the package, the centre's is of its receipt.
"""

from datetime import datetime

import zstandard
from sqlalchemy import Connection, delete, insert, select

from gateway.delivery.tables import proof
from gateway.protocol.evidence import Proof
from outbox import remove_some


def keep(connection: Connection, guid: str, proof_of_delivery: Proof, now: datetime) -> None:
    """Store the newest proof of a package."""
    connection.execute(delete(proof).where(proof.c.guid == guid))
    connection.execute(
        insert(proof).values(
            guid=guid,
            package_signature=proof_of_delivery.package_signature,
            receipt=zstandard.compress(proof_of_delivery.receipt),
            receipt_signature=proof_of_delivery.receipt_signature,
            kept_at=now,
        )
    )


def find(connection: Connection, guid: str) -> Proof | None:
    """Return a package's proof or None."""
    row = connection.execute(select(proof).where(proof.c.guid == guid)).one_or_none()
    if row is None:
        return None
    return Proof(row.package_signature, zstandard.decompress(row.receipt), row.receipt_signature)


def purge_before(connection: Connection, moment: datetime, limit: int) -> int:
    """Remove up to `limit` proofs stored before a moment; return how many."""
    return remove_some(connection, proof, proof.c.kept_at < moment, limit)
