"""A dropped package is in a state of its own, a feed says what it stopped for, a unit what it replaced."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_OPEN = sa.text("state <> 'settled' AND state <> 'dropped'")
_CLOSED = sa.text("state = 'settled' OR state = 'dropped'")
#: Said of a message that earlier releases closed for a person; the person and the reason follow.
_SAID = "dropped: %"
_CALLED_OFF = "已作废的数据包不再补发 / it was dropped, so it is not sent again"

_MESSAGE = sa.table(
    "outbox_message",
    sa.column("guid", sa.String),
    sa.column("state", sa.String),
    sa.column("why", sa.Text),
    sa.column("replays", sa.Integer),
)
_TRANSITION = sa.table(
    "outbox_transition",
    sa.column("id", sa.BigInteger),
    sa.column("guid", sa.String),
    sa.column("state", sa.String),
    sa.column("at", sa.DateTime),
    sa.column("why", sa.Text),
)


def upgrade() -> None:
    """Bring dropped packages into their state, also those of which a replay was asked and not begun.

    Dropped ones were `settled` before, and a replay of one undid what two persons had done. One that
    was sent since, or is being sent, stays as it is: the centre may have it.
    """
    op.drop_index("ix_outbox_open", "outbox_message")
    op.drop_index("ix_outbox_settled", "outbox_message")
    _bring_up(op.get_bind())
    op.create_index(
        "ix_outbox_open",
        "outbox_message",
        ["lane", "sequence", "part"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index(
        "ix_outbox_settled",
        "outbox_message",
        ["settled_at"],
        sqlite_where=_CLOSED,
        postgresql_where=_CLOSED,
    )
    op.add_column(
        "feed", sa.Column("hold_kind", sa.String(length=8), nullable=False, server_default="")
    )
    op.add_column("unit", sa.Column("changed", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        sa.text(
            "UPDATE feed SET hold_kind = CASE WHEN hold_en LIKE 'the list shrank from %'"
            " THEN 'list' ELSE 'other' END WHERE hold_zh <> ''"
        )
    )


def _bring_up(connection: sa.Connection) -> None:
    """Bring packages that were dropped, and never delivered, into their state."""
    dropped = _MESSAGE.c.why.like(_SAID)
    waits = sa.and_(_MESSAGE.c.state.in_(("waiting", "held", "dead")), _MESSAGE.c.replays > 0)
    never = ~_was_delivered()
    replayed = sa.select(_MESSAGE.c.guid).where(waits, never, _only_dropped())
    called_off = list(connection.execute(replayed).scalars())
    connection.execute(
        sa.update(_MESSAGE)
        .where(_MESSAGE.c.state == "settled", dropped, never)
        .values(state="dropped")
    )
    for guid in called_off:
        values = {"state": "dropped", "why": _CALLED_OFF}
        connection.execute(sa.update(_MESSAGE).where(_MESSAGE.c.guid == guid).values(values))
    connection.execute(
        sa.update(_TRANSITION)
        .where(_TRANSITION.c.state == "settled", _TRANSITION.c.why.like(_SAID))
        .where(
            _TRANSITION.c.guid.in_(sa.select(_MESSAGE.c.guid).where(_MESSAGE.c.state == "dropped"))
        )
        .values(state="dropped")
    )
    now = datetime.now(UTC).replace(tzinfo=None)
    for guid in called_off:
        noted = {"guid": guid, "state": "dropped", "at": now, "why": _CALLED_OFF}
        connection.execute(sa.insert(_TRANSITION).values(noted))


def _was_delivered() -> sa.ColumnElement[bool]:
    """Return whether a message was settled otherwise than by a drop."""
    return sa.exists().where(
        _TRANSITION.c.guid == _MESSAGE.c.guid,
        _TRANSITION.c.state == "settled",
        _TRANSITION.c.why.not_like(_SAID),
    )


def _only_dropped() -> sa.ColumnElement[bool]:
    """Return whether a message was dropped, and was not begun to be sent since."""
    later = _TRANSITION.alias("later")
    begun = sa.exists().where(
        later.c.guid == _TRANSITION.c.guid,
        later.c.id > _TRANSITION.c.id,
        later.c.state == "sending",
    )
    return sa.exists().where(
        _TRANSITION.c.guid == _MESSAGE.c.guid,
        _TRANSITION.c.state == "settled",
        _TRANSITION.c.why.like(_SAID),
        ~begun,
    )
