"""The statements of each claim and settlement, written once.

To write such a statement takes SQLAlchemy longer than the database takes to run it, and each
message needs several.
"""

from sqlalchemy import (
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from outbox.database import UtcDateTime
from outbox.reader import OPEN, is_open
from outbox.suspects import SUSPECT
from outbox.tables import attempt, content, lane, message, transition

#: Greater than any number of ends.
_NO_SUSPECT = 1_000_000


def _next_message() -> Select[tuple[str, int]]:
    """Return the query of the message that is due first."""
    now = bindparam("now", type_=UtcDateTime)
    earlier = message.alias("earlier")
    blocked = and_(
        lane.c.ordered,
        exists().where(
            earlier.c.lane == message.c.lane,
            tuple_(earlier.c.sequence, earlier.c.part) < tuple_(message.c.sequence, message.c.part),
            is_open(earlier.c.state),
        ),
    )
    claimable = or_(
        and_(message.c.state == "waiting", message.c.not_before <= now),
        and_(message.c.state == "sending", message.c.lease_until < now),
    )
    return (
        select(message.c.guid, message.c.ends)
        .join(lane, lane.c.name == message.c.lane)
        .where(message.c.lane.in_(bindparam("lanes", expanding=True)), OPEN, claimable, ~blocked)
        .order_by(
            # Suspects go first, those of the fewest ends before the others: a process that is
            # busy without end would never be idle for them.
            case((message.c.ends >= SUSPECT, message.c.ends), else_=_NO_SUSPECT),
            func.coalesce(message.c.due_at, message.c.created_at),
            message.c.lane,
            message.c.sequence,
            message.c.part,
        )
        .limit(1)
        .with_for_update(skip_locked=True, of=message)
    )


NEXT_MESSAGE = _next_message()
WHOLE_MESSAGE = (
    select(message, content.c.payload, content.c.context, content.c.key_id)
    .join(content, content.c.guid == message.c.guid)
    .where(message.c.guid == bindparam("of"))
)
CHANGE = update(message).where(message.c.guid == bindparam("of"))
CHANGE_LEASED = CHANGE.where(
    message.c.state == "sending", message.c.lease_token == bindparam("token")
)
ADD_ATTEMPT, ADD_TRANSITION = insert(attempt), insert(transition)
END_ATTEMPT = update(attempt).where(attempt.c.guid == bindparam("of"), attempt.c.outcome.is_(None))
