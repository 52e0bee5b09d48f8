"""Store and forward: opaque messages in lanes, claimed as leases, settled, retried or dead.

Knows nothing of XML, adapters, departments or the network. `database` is the toolkit of every
store, the centre's too. Tests: tests/unit/outbox, tests/integration/outbox.
"""

from outbox.breaker import Breaker
from outbox.breaker_store import Board, LocalBreaker, SharedBreaker
from outbox.database import (
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
from outbox.encryption import DecryptionError, PayloadCipher
from outbox.messages import (
    Attempt,
    Claim,
    Draft,
    Lane,
    LeaseLostError,
    Message,
    OutboxError,
    Wanted,
)
from outbox.outbox import Outbox
from outbox.retry import RetryPolicy

__all__ = [
    "Attempt",
    "Board",
    "Breaker",
    "Claim",
    "DecryptionError",
    "Draft",
    "Lane",
    "LeaseLostError",
    "LocalBreaker",
    "Message",
    "Outbox",
    "OutboxError",
    "PayloadCipher",
    "RetryPolicy",
    "SharedBreaker",
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
