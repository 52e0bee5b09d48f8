"""Settles a claimed package after its outcome, with all that follows, in one transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import uuid4

from sqlalchemy import Connection, Engine

from gateway.delivery import evidence
from gateway.delivery.split import halves
from gateway.delivery.versions import versions_of
from gateway.destinations import Failed, Outcome, Pending, Rejected, Settled
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.exchange import acknowledgement_store, feed_store, refusal_store, unit_store
from gateway.exchange.context import changed_keys_of, frame_of, keys_of
from gateway.exchange.feed_store import SentVersion
from gateway.masking import masked
from gateway.protocol.receipt_reader import Receipt, TurnedDown
from gateway.text import Text
from gateway.text import delivery as delivery_messages
from gateway.text import running as messages
from outbox import Claim, DecryptionError, LeaseLostError, Outbox, RetryPolicy, writing
from outbox.outbox import Unsettled
from outbox.retry import RETRY_AFTER_CAP

#: Refusals in a row without one package taken after which a lane's packages are split no further.
IN_A_ROW = 16
#: Rule id of what a person has dropped.
DROPPED = "dropped"
#: Prefix of the columns that the gateway put beside the source row in a package's context.
_COLUMN_PREFIX = "#"


def settle(
    engine: Engine,
    outbox: Outbox,
    claim: Claim,
    outcome: Outcome,
    now: datetime,
    policy: RetryPolicy,
    chance: float,
) -> bool:
    """Store the outcome of a delivery; return False when the lease was lost, so that it is void."""
    try:
        with writing(engine) as connection:
            match outcome:
                case Settled(receipt, proof):
                    outbox.settle(connection, claim, now, _summary(receipt))
                    _apply(connection, claim, receipt, now)
                    if proof is not None:
                        evidence.keep(connection, claim.guid, proof, now)
                case Failed(error, answered, retry_after):
                    reason = masked(error)
                    delay = policy.delay(claim.attempts, chance, retry_after)
                    unsettled: Unsettled = "failed" if answered else "unreachable"
                    _later(connection, outbox, claim, now, reason, unsettled, delay, policy)
                case Pending(error, wait):
                    reason = masked(error)
                    delay = timedelta(seconds=min(wait, RETRY_AFTER_CAP))
                    _later(connection, outbox, claim, now, reason, "pending", delay, policy)
                case Rejected(error, divisible):
                    reason = masked(error)
                    if not (divisible and _split(connection, outbox, claim, now, reason)):
                        _bury(connection, outbox, claim, now, reason)
    except LeaseLostError:
        return False
    return True


def _later(
    connection: Connection,
    outbox: Outbox,
    claim: Claim,
    now: datetime,
    reason: Text,
    outcome: Unsettled,
    delay: timedelta,
    policy: RetryPolicy,
) -> None:
    """Let a package wait and be sent again, or bury it when its strikes or its time are used up."""
    if is_used_up(connection, outbox, claim, claim.strikes + (outcome == "failed"), 0, now, policy):
        _bury(connection, outbox, claim, now, reason)
    else:
        outbox.retry(connection, claim, now, str(reason), delay=delay, outcome=outcome)


def is_used_up(
    connection: Connection,
    outbox: Outbox,
    claim: Claim,
    strikes: int,
    ends: int,
    now: datetime,
    policy: RetryPolicy,
) -> bool:
    """Whether a package has used up its strikes, its process's ends or its time.

    Its time counts from when it was put, or a person let it go last: who tries it again means that
    it is tried.
    """
    if not policy.exhausted(strikes, now - claim.created_at, ends):
        return False
    return policy.exhausted(strikes, _age(connection, outbox, claim, now), ends)


def _age(connection: Connection, outbox: Outbox, claim: Claim, now: datetime) -> timedelta:
    return now - (outbox.alive_since(connection, claim.guid, now) or claim.created_at)


def give_up(
    engine: Engine, outbox: Outbox, claim: Claim, now: datetime, policy: RetryPolicy
) -> bool:
    """Bury a claimed package, unsent, once its tries or time are used up; return whether so."""
    if not policy.exhausted(claim.strikes, now - claim.created_at, claim.ends):
        return False
    with writing(engine) as connection:
        if not is_used_up(connection, outbox, claim, claim.strikes, claim.ends, now, policy):
            return False
        age = _age(connection, outbox, claim, now)
        reason = messages.given_up(claim.strikes, claim.ends, age)
        _bury(connection, outbox, claim, now, reason)
    return True


def set_aside(engine: Engine, outbox: Outbox, broken: DecryptionError, now: datetime) -> None:
    """Make a package a dead letter whose payload does not open."""
    text = delivery_messages.payload_unreadable(broken.guid, broken)
    with writing(engine) as connection:
        outbox.set_aside(connection, broken.guid, now, str(broken))
        event_store.note_event(connection, Event(now, "error", "package.dead", "", text))


def _split(
    connection: Connection, outbox: Outbox, claim: Claim, now: datetime, reason: Text
) -> bool:
    """Put two halves in a package's place; return False where it cannot be split.

    That is where it has one record, or the centre takes nothing.

    Down to the guilty record of 1,000 it takes eleven refusals in a row. More of them without one
    package taken say that the fault is in no record: all would be dead letters of one record each.
    """
    latest = outbox.last_outcomes(connection, claim.lane, IN_A_ROW)
    if len(latest) == IN_A_ROW and set(latest) == {"refused"}:
        return False
    drafts = halves(claim, lambda: str(uuid4()))
    if not drafts:
        return False
    outbox.split(connection, claim, drafts, now, str(reason))
    unit_store.split_package(
        connection, claim.guid, [(draft.guid, draft.records) for draft in drafts]
    )
    text = delivery_messages.split(claim.guid, claim.records, reason)
    event_store.note_event(connection, Event(now, "warning", "package.split", claim.lane, text))
    return True


def _bury(
    connection: Connection, outbox: Outbox, claim: Claim, now: datetime, reason: Text
) -> None:
    outbox.bury(connection, claim, now, str(reason))
    text = delivery_messages.dead(claim.guid, reason)
    event_store.note_event(connection, Event(now, "error", "package.dead", claim.lane, text))


def _summary(receipt: Receipt) -> str:
    return f"accepted {receipt.accepted}, refused {len(receipt.turned_down)}"


def _apply(connection: Connection, claim: Claim, receipt: Receipt, now: datetime) -> None:
    """Count the verdicts into the unit and open a refusal for each record turned down.

    A package that is sent again has had its verdicts: only a record newly turned down counts.
    """
    unit_row = unit_store.unit_of(connection, claim.guid)
    if unit_row is None:
        return
    feed_id, unit_id, rows = unit_row
    turned_down = receipt.turned_down
    if claim.replays:
        refused_before = refusal_store.turned_down(connection, claim.guid)
        turned_down = tuple(record for record in turned_down if record.key not in refused_before)
    if turned_down:
        keys = [record.key for record in turned_down]
        versions = versions_of(claim.context, claim.payload, keys)
        _refuse(connection, claim.guid, claim.context, turned_down, feed_id, unit_id, now, "centre")
        replayed = bool(claim.replays)
        _take_back(connection, claim.guid, feed_id, unit_id, versions, now, replayed=replayed)
    feed_store.arrived(connection, feed_id, _arrived(claim, receipt))
    if claim.replays and turned_down:
        acknowledgement_store.tell_again(connection, unit_id, now)
        unit_store.add_verdicts(connection, unit_id, -len(turned_down), len(turned_down))
    if rows and not claim.replays:
        unit_store.add_verdicts(connection, unit_id, receipt.accepted, len(receipt.turned_down))
        acknowledgement_store.settle_unit(connection, unit_id, now)


def _arrived(claim: Claim, receipt: Receipt) -> list[str]:
    """Return the records that the centre has taken in another version than their first."""
    refused = {record.key for record in receipt.turned_down}
    return [key for key in changed_keys_of(claim.context) if key not in refused]


def _take_back(
    connection: Connection,
    guid: str,
    feed_id: int,
    unit_id: int,
    versions: Sequence[SentVersion],
    now: datetime,
    *,
    replayed: bool = False,
) -> None:
    """Let records travel again of which nothing newer was sent; close the others' refusals."""
    later = feed_store.turned_down(connection, feed_id, unit_id, versions, replayed=replayed)
    refusal_store.replace(connection, guid, later, now)


def drop(
    connection: Connection, outbox: Outbox, guid: str, reason: Text, now: datetime, remark: str = ""
) -> bool:
    """Close a package that is not to be sent; return False where it is being sent or is closed.

    Each of its records is refused with the reason, which is told to its department, and travels
    again should the department submit it again. One that was delivered before has its verdicts
    already: only its replay is called off. The package's own history shows `remark`, or else the
    reason.
    """
    message = outbox.find(connection, guid)
    if message is None or not outbox.drop(connection, guid, now, remark or str(reason)):
        return False
    unit_row = unit_store.unit_of(connection, guid)
    context = outbox.context(connection, guid)
    if unit_row is not None and not outbox.replays(connection, guid):
        feed_id, unit_id, rows = unit_row
        turned_down = [TurnedDown(key, "", DROPPED, reason) for key in keys_of(context)]
        _refuse(connection, guid, context, turned_down, feed_id, unit_id, now, "operator")
        versions = versions_of(context, outbox.payload(connection, guid), keys_of(context))
        _take_back(connection, guid, feed_id, unit_id, versions, now)
        if rows:
            unit_store.add_verdicts(connection, unit_id, 0, len(turned_down))
            acknowledgement_store.settle_unit(connection, unit_id, now)
    text = delivery_messages.dropped(guid, reason)
    event_store.note_event(connection, Event(now, "warning", "package.dropped", message.lane, text))
    return True


def _refuse(
    connection: Connection,
    guid: str,
    context: bytes,
    turned_down: Sequence[TurnedDown],
    feed_id: int,
    unit_id: int,
    now: datetime,
    by: Literal["centre", "operator"],
) -> None:
    frame = frame_of(context)
    sources = {row["#key"]: row for row in frame.iter_rows(named=True)}
    refused = []
    for record in turned_down:
        source = sources[record.key]
        row = {name: value for name, value in source.items() if not name.startswith(_COLUMN_PREFIX)}
        fault = refusal_store.Fault(record.field, record.rule, record.text)
        refused.append(
            refusal_store.Refused(record.key, source.get("#ref", ""), row, (fault,), guid)
        )
    refusal_store.open_refusals(connection, feed_id, unit_id, refused, now, refused_by=by)
