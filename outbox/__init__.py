"""Store and forward: opaque messages in lanes, claimed as leases, settled, retried or dead.

Knows nothing of XML, adapters, departments or the network.
"""

from outbox.board import Board, OwnBoard, SharedBoard
from outbox.breaker import Breaker
from outbox.engine import (
    among,
    create_tables,
    forget_free_pages,
    insert_new,
    making_tables,
    open_engine,
    remove_some,
    seal_of,
    seal_with,
    writing,
)
from outbox.messages import Attempt, Claim, Draft, Lane, LeaseLost, Message, OutboxError, Wanted
from outbox.retry import RetryPolicy
from outbox.seal import Seal, SealBroken
from outbox.store import Outbox

__all__ = [
    "Attempt",
    "Board",
    "Breaker",
    "Claim",
    "Draft",
    "Lane",
    "LeaseLost",
    "Message",
    "Outbox",
    "OutboxError",
    "OwnBoard",
    "RetryPolicy",
    "Seal",
    "SealBroken",
    "SharedBoard",
    "Wanted",
    "among",
    "create_tables",
    "forget_free_pages",
    "insert_new",
    "making_tables",
    "open_engine",
    "remove_some",
    "seal_of",
    "seal_with",
    "writing",
]
