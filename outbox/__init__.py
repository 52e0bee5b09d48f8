"""Store and forward: opaque messages in lanes, claimed as leases, settled, retried or dead.

Knows nothing of XML, adapters, departments or the network.
"""

from outbox.board import Board, OwnBoard, SharedBoard
from outbox.breaker import Breaker
from outbox.engine import among, create_tables, insert_new, open_engine, writing
from outbox.messages import Claim, Draft, Lane, LeaseLost, Message, OutboxError
from outbox.retry import RetryPolicy
from outbox.seal import Seal, SealBroken
from outbox.store import Outbox

__all__ = [
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
    "among",
    "create_tables",
    "insert_new",
    "open_engine",
    "writing",
]
