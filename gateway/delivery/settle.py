"""Settles a claimed package after its outcome, with all that follows from it, in one transaction."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, Engine

from gateway.delivery.client import Failed, Outcome, Rejected, Settled
from gateway.delivery.receipt import Receipt
from gateway.delivery.split import halves
from gateway.exchange import journal, refusals, store
from gateway.exchange.frames import frame_of
from gateway.exchange.journal import Event
from gateway.messages import Text
from outbox import Claim, LeaseLost, Outbox, RetryPolicy, writing

#: Refusals in a row without one package taken after which a lane's packages are split no further.
IN_A_ROW = 16
#: Prefix of the columns that the gateway put beside the source row in a package's context.
_OWN = "#"


def settle(
    engine: Engine, outbox: Outbox, claim: Claim, outcome: Outcome, now: datetime,
    policy: RetryPolicy, chance: float,
) -> bool:  # fmt: skip
    """Write down an outcome; False when the lease was lost, so that it does not count."""
    try:
        with writing(engine) as connection:
            match outcome:
                case Settled(receipt):
                    outbox.settle(connection, claim, now, _summary(receipt))
                    _apply(connection, claim, receipt, now)
                case Failed(why, answered, retry_after):
                    strikes = claim.strikes + answered
                    if policy.exhausted(strikes):
                        _bury(connection, outbox, claim, now, why)
                    else:
                        delay = policy.delay(claim.attempts, chance, retry_after)
                        outbox.retry(connection, claim, now, str(why), delay=delay, answered=answered)  # fmt: skip
                case Rejected(why, divisible):
                    if not (divisible and _split(connection, outbox, claim, now, why)):
                        _bury(connection, outbox, claim, now, why)
    except LeaseLost:
        return False
    return True


def _split(connection: Connection, outbox: Outbox, claim: Claim, now: datetime, why: Text) -> bool:
    """Put two halves in a package's place; False when it has one record, or the centre takes nothing.

    Down to the guilty record of 1,000 it takes eleven refusals in a row. More of them without one
    package taken say that the fault is in no record: all would be dead letters of one record each.
    """
    latest = outbox.last_outcomes(connection, claim.lane, IN_A_ROW)
    if len(latest) == IN_A_ROW and set(latest) == {"refused"}:
        return False
    drafts = halves(claim, lambda: str(uuid4()))
    if not drafts:
        return False
    outbox.split(connection, claim, drafts, now, str(why))
    store.split_package(connection, claim.guid, [(draft.guid, draft.records) for draft in drafts])
    text = Text(
        f"数据包 {claim.guid}（{claim.records} 条）被整体退回，拆为两半分别交付：{why.zh}",
        f"package {claim.guid} of {claim.records} records was refused whole and goes on as two halves: {why.en}",
    )
    journal.note_event(connection, Event(now, "warning", "package.split", claim.lane, text))
    return True


def _bury(connection: Connection, outbox: Outbox, claim: Claim, now: datetime, why: Text) -> None:
    outbox.bury(connection, claim, now, str(why))
    text = Text(
        f"数据包 {claim.guid} 成为死信：{why.zh}；处理后执行 creditgate outbox retry {claim.guid}",
        f"package {claim.guid} is a dead letter: {why.en}; once mended run creditgate outbox retry {claim.guid}",
    )
    journal.note_event(connection, Event(now, "error", "package.dead", claim.lane, text))


def _summary(receipt: Receipt) -> str:
    return f"accepted {receipt.accepted}, refused {len(receipt.turned_down)}"


def _apply(connection: Connection, claim: Claim, receipt: Receipt, now: datetime) -> None:
    """Count the verdicts into the unit and open a refusal for each record turned down."""
    ours = store.unit_of(connection, claim.guid)
    if ours is None:
        return
    feed_id, unit_id, rows = ours
    if receipt.turned_down:
        _refuse(connection, claim, receipt, feed_id, unit_id, now)
    if rows:
        store.add_verdicts(connection, unit_id, receipt.accepted, len(receipt.turned_down))
        store.settle_unit(connection, unit_id, now)


def _refuse(
    connection: Connection,
    claim: Claim,
    receipt: Receipt,
    feed_id: int,
    unit_id: int,
    now: datetime,
) -> None:
    frame = frame_of(claim.context)
    sources = {row["#key"]: row for row in frame.iter_rows(named=True)}
    refused = []
    for record in receipt.turned_down:
        source = sources[record.key]
        row = {name: value for name, value in source.items() if not name.startswith(_OWN)}
        fault = refusals.Fault(record.field, record.rule, record.text)
        refused.append(
            refusals.Refused(record.key, source.get("#ref", ""), row, (fault,), claim.guid)
        )
    refusals.open_refusals(connection, feed_id, unit_id, refused, now, refused_by="centre")
    keys = [record.key for record in receipt.turned_down]
    added = [key for key in keys if sources[key]["#change"] == "added"]
    store.forget(connection, feed_id, unit_id, added, [key for key in keys if key not in added])
