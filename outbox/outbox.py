"""The outbox: put, claim, settle, retry, bury, revive. All SQL that changes one message is here.

Every method that writes takes the caller's connection, so that a caller can put messages and its
own rows, or settle a message and its own rows, in one transaction.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

from sqlalchemy import (
    Connection,
    and_,
    delete,
    insert,
    select,
    update,
)

from outbox.database import create_tables, insert_new
from outbox.messages import WHY_LENGTH, Claim, Draft, LeaseLostError
from outbox.reader import (
    LAST_OUTCOME,
    OPEN,
    Reader,
    content_values,
    opened_content,
)
from outbox.statements import (
    ADD_ATTEMPT,
    ADD_TRANSITION,
    CHANGE,
    CHANGE_LEASED,
    END_ATTEMPT,
    NEXT_MESSAGE,
    WHOLE_MESSAGE,
)
from outbox.suspects import SUSPECT, trial_wait
from outbox.tables import content, lane, message, metadata, transition

#: How an attempt ended that did not settle its message: answered by a failure, not reached, or the
#: destination has it and its answer is to come.
Unsettled = Literal["failed", "unreachable", "pending"]


class Outbox(Reader):
    """Messages in lanes on one engine; payloads are sealed at rest where `seal` has keys."""

    def create(self) -> None:
        """Create the tables that are missing."""
        create_tables(self.engine, metadata)

    def reserve(
        self, connection: Connection, lane_name: str, count: int, now: datetime, *, ordered: bool
    ) -> int:
        """Reserve `count` sequence numbers of a lane, made if need be; return the first.

        A new lane begins at the present second since 1970, unless it was told where to go on
        (`maintenance.follow`). Numbers that were reserved and not used leave a gap.
        """
        number = select(lane.c.next_sequence).where(lane.c.name == lane_name).with_for_update()
        first = connection.execute(number).scalar_one_or_none()
        if first is None:
            new_lane = {
                "name": lane_name,
                "ordered": ordered,
                "next_sequence": int(now.timestamp()),
            }
            insert_new(connection, lane, new_lane)
            first = connection.execute(number).scalar_one()
        connection.execute(
            update(lane)
            .where(lane.c.name == lane_name)
            .values(next_sequence=first + count, ordered=ordered)
        )
        return int(first)

    def put(
        self, connection: Connection, lane_name: str, drafts: Sequence[Draft], now: datetime
    ) -> None:
        """Put messages whose sequence numbers were reserved; they wait from now on."""
        if not drafts:
            return
        connection.execute(
            insert(message),
            [
                {
                    "guid": draft.guid,
                    "lane": lane_name,
                    "sequence": draft.sequence,
                    "part": draft.part,
                    "records": draft.records,
                    "state": "waiting",
                    "why": "put",
                    "attempts": 0,
                    "strikes": 0,
                    "created_at": now,
                    "not_before": now,
                    "due_at": draft.due_at,
                }
                for draft in drafts
            ],
        )
        connection.execute(
            insert(content),
            [content_values(self.seal, d.guid, d.payload, d.context) for d in drafts],
        )
        connection.execute(
            insert(transition),
            [{"guid": d.guid, "state": "waiting", "at": now, "why": "put"} for d in drafts],
        )

    def claim(
        self,
        connection: Connection,
        lanes: Sequence[str],
        now: datetime,
        lease: timedelta,
        idle: bool = True,
    ) -> Claim | None:
        """Lease the message of some lanes that is due first; return the claim or None.

        An ordered lane offers only its earliest unsettled message, so a dead one blocks it. An
        expired lease counts as a failed attempt (a strike): the message may be crashing its
        workers. Such a suspect (outbox/suspects.py) goes before all others, and only where `idle`
        says that the caller is sending nothing else; until then None lets the caller's other work
        end.

        Raises DecryptionError.
        """
        due = connection.execute(NEXT_MESSAGE, {"lanes": list(lanes), "now": now}).one_or_none()
        if due is None or (due.ends >= SUSPECT and not idle):
            return None
        guid = due.guid
        row = connection.execute(WHOLE_MESSAGE, {"of": guid}).one()
        payload, context = opened_content(self.seal, row)
        token, until = str(uuid4()), now + lease
        lease_expired = row.state == "sending"
        if lease_expired:
            self._end_attempt(connection, row.guid, "lost", now, "lease ran out")
        leased = {
            "state": "sending",
            "why": "claimed",
            "attempts": row.attempts + 1,
            "strikes": row.strikes + lease_expired,
            "ends": row.ends + lease_expired,
            "lease_token": token,
            "lease_until": until,
        }
        connection.execute(CHANGE, {"of": guid, **leased})
        connection.execute(ADD_ATTEMPT, {"guid": guid, "started_at": now, "detail": ""})
        self._note(connection, row.guid, "sending", now, "claimed")
        return Claim(
            row.guid,
            row.lane,
            row.sequence,
            row.part,
            payload,
            context,
            row.records,
            row.attempts + 1,
            row.strikes + lease_expired,
            row.replays,
            row.created_at,
            token,
            until,
            row.ends + lease_expired,
        )

    def renew(self, connection: Connection, claims: Sequence[Claim], until: datetime) -> int:
        """Lengthen the leases of messages whose worker is alive; return how many it still had."""
        return sum(
            self._change_leased(connection, claim, {"lease_until": until}) for claim in claims
        )

    def settle(self, connection: Connection, claim: Claim, now: datetime, detail: str) -> None:
        """Close a message for good; raise LeaseLostError when the lease is another's by now."""
        self._end(
            connection,
            claim,
            now,
            "settled",
            detail,
            {"state": "settled", "settled_at": now},
        )

    def retry(
        self,
        connection: Connection,
        claim: Claim,
        now: datetime,
        reason: str,
        *,
        delay: timedelta,
        outcome: Unsettled,
    ) -> None:
        """Let a message wait again; one that failed gets a strike. Raises LeaseLostError."""
        strikes = claim.strikes + (outcome == "failed")
        self._end(
            connection,
            claim,
            now,
            outcome,
            reason,
            {"state": "waiting", "not_before": now + delay, "strikes": strikes},
        )

    def hasten_one(self, connection: Connection, guid: str, now: datetime) -> None:
        """Let a waiting message be claimed at once: there is news of it."""
        connection.execute(
            update(message)
            .where(message.c.guid == guid, message.c.state == "waiting", message.c.not_before > now)
            .values(not_before=now)
        )

    def retry_now(self, connection: Connection, now: datetime) -> int:
        """Let messages that wait for an unreachable destination go at once; return how many.

        Those that failed otherwise go on waiting.
        """
        waits = and_(
            message.c.state == "waiting", OPEN, message.c.attempts > 0, message.c.not_before > now
        )
        return connection.execute(
            update(message).where(waits, LAST_OUTCOME == "unreachable").values(not_before=now)
        ).rowcount

    def bury(self, connection: Connection, claim: Claim, now: datetime, reason: str) -> None:
        """Make a message a dead letter, which waits for a person. Raises LeaseLostError."""
        self._end(connection, claim, now, "refused", reason, {"state": "dead"})

    def set_aside(self, connection: Connection, guid: str, now: datetime, reason: str) -> None:
        """Make a message a dead letter that nobody could claim: its payload does not open."""
        changed = connection.execute(
            update(message)
            .where(message.c.guid == guid, message.c.state.in_(("waiting", "sending")))
            .values(state="dead", why=reason[:WHY_LENGTH], lease_token=None, lease_until=None)
        ).rowcount
        if changed:
            self._note(connection, guid, "dead", now, reason)

    def split(
        self,
        connection: Connection,
        claim: Claim,
        drafts: Sequence[Draft],
        now: datetime,
        reason: str,
    ) -> None:
        """Put parts in a message's place and close it; they keep its lane, order and due time.

        Raises LeaseLostError.
        """
        due_at = connection.execute(
            select(message.c.due_at).where(message.c.guid == claim.guid)
        ).scalar_one()
        into = ", ".join(draft.guid for draft in drafts)
        values = {"state": "settled", "settled_at": now}
        self._end(connection, claim, now, "refused", f"split into {into}: {reason}", values)
        # Its parts have every record: it is never sent again.
        connection.execute(delete(content).where(content.c.guid == claim.guid))
        self.put(connection, claim.lane, [replace(d, due_at=due_at) for d in drafts], now)

    def requeue(self, connection: Connection, guid: str, now: datetime, reason: str) -> bool:
        """Let a dead, held or waiting message be tried at once; return False for any other.

        Safe to repeat: a message that is being sent or is settled stays as it is.
        """
        changed = connection.execute(
            update(message)
            .where(message.c.guid == guid, message.c.state.in_(("dead", "held", "waiting")))
            .values(state="waiting", not_before=now, strikes=0, ends=0, why=reason[:WHY_LENGTH])
        ).rowcount
        if changed:
            self._note(connection, guid, "waiting", now, reason)
        return bool(changed)

    def hold(self, connection: Connection, guid: str, now: datetime, reason: str) -> bool:
        """Keep a waiting message until a person lets it go; return False when it does not wait."""
        changed = connection.execute(
            update(message)
            .where(message.c.guid == guid, message.c.state == "waiting")
            .values(state="held", why=reason[:WHY_LENGTH])
        ).rowcount
        if changed:
            self._note(connection, guid, "held", now, reason)
        return bool(changed)

    def drop(self, connection: Connection, guid: str, now: datetime, reason: str) -> bool:
        """Close a message that a person does not want sent; return False when it cannot be.

        That is, when it is being sent or is closed. One that was settled before and waits to be
        sent again is settled as it was: only its replay is called off. What the caller stored with
        it stays; the caller decides what becomes of that.
        """
        droppable = message.c.state.in_(("dead", "held", "waiting"))
        query = select(message.c.replays).where(message.c.guid == guid, droppable)
        replays = connection.execute(query.with_for_update()).scalar_one_or_none()
        if replays is None:
            return False
        state = "settled" if replays else "dropped"
        values = {"state": state, "why": reason[:WHY_LENGTH]} | (
            {} if replays else {"settled_at": now}
        )
        connection.execute(update(message).where(message.c.guid == guid).values(values))
        self._note(connection, guid, state, now, reason)
        return True

    def release_all(self, connection: Connection, now: datetime) -> int:
        """Release every lease, at the start of the only process on this store; return how many.

        That a message was being sent is no failure of its own and costs no strike; where that was
        so at several ends in a row it is a suspect (outbox/suspects.py). Where nothing was being
        sent, no message has ended the process, and there are no suspects any more.
        """
        query = select(message.c.guid, message.c.ends).where(message.c.state == "sending")
        leased = connection.execute(query).all()
        if not leased:
            connection.execute(update(message).where(OPEN, message.c.ends > 0).values(ends=0))
        for row in leased:
            ends = row.ends + 1
            self._end_attempt(connection, row.guid, "lost", now, "process ended")
            released = {
                "state": "waiting",
                "why": "process ended",
                "ends": ends,
                "not_before": now + trial_wait(ends),
                "lease_token": None,
                "lease_until": None,
            }
            connection.execute(CHANGE, {"of": row.guid, **released})
            self._note(connection, row.guid, "waiting", now, "process ended")
        return len(leased)

    def _end(
        self,
        connection: Connection,
        claim: Claim,
        now: datetime,
        outcome: str,
        detail: str,
        values: dict[str, object],
    ) -> None:
        detail = detail[:WHY_LENGTH]
        # However it ended, its process lived to say so: it is no suspect.
        released = {"lease_token": None, "lease_until": None, "why": detail, "ends": 0, **values}
        if not self._change_leased(connection, claim, released):
            raise LeaseLostError(claim.guid)
        self._end_attempt(connection, claim.guid, outcome, now, detail)
        self._note(connection, claim.guid, str(values["state"]), now, detail)

    @staticmethod
    def _change_leased(connection: Connection, claim: Claim, values: dict[str, object]) -> int:
        """Change a claimed message; return 0 when the lease is another's by now."""
        lease = {"of": claim.guid, "token": claim.token}
        return connection.execute(CHANGE_LEASED, {**lease, **values}).rowcount

    @staticmethod
    def _end_attempt(
        connection: Connection, guid: str, outcome: str, now: datetime, detail: str
    ) -> None:
        ended = {"outcome": outcome, "ended_at": now, "detail": detail}
        connection.execute(END_ATTEMPT, {"of": guid, **ended})

    @staticmethod
    def _note(connection: Connection, guid: str, state: str, now: datetime, reason: str) -> None:
        connection.execute(
            ADD_TRANSITION, {"guid": guid, "state": state, "at": now, "why": reason[:WHY_LENGTH]}
        )
