"""What people say of a store that was restored."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from gateway import audit
from gateway.audit.reasons import reason_of
from gateway.exchange import restore_watch, restores
from gateway.generations import store as generations
from gateway.operations import ActRefusedError
from gateway.text import Text
from gateway.text import operations as messages
from gateway.text import restores as restore_messages


def say_restored(
    connection: Connection, feeds: Collection[str], person: str, why: str, now: datetime
) -> tuple[Text, int]:
    """Begin a new generation as a person says that the store was restored; return what was done.

    Said again before any feed was looked through it changes nothing. Raises ReasonRefusedError
    without a reason.
    """
    why = reason_of(why)
    last = generations.latest(connection)
    if last is not None and not restores.any_looked(connection, last.generation):
        already = restore_messages.restored_already(last.generation, last.at)
        return already, last.generation
    text = restore_messages.said_so(person, why)
    restore = restore_watch.begin(connection, text, person, feeds, now)
    return restore_messages.restored(restore.generation, restore.as_of, text), restore.generation


def vouch_after_restore(
    connection: Connection, feed: str, person: str, why: str, now: datetime
) -> Text:
    """Note that by a person's word nothing of a feed is missing after a restore; return that.

    Its lost receipts are awaited no more. Raises ActRefusedError where nothing is open, and
    ReasonRefusedError without a reason.
    """
    why = reason_of(why)
    last = generations.latest(connection)
    if last is None:
        raise ActRefusedError.of(messages.never_restored())
    since_restore = restores.after_restore(connection).get(feed)
    if since_restore is None or since_restore.sure:
        raise ActRefusedError.of(messages.nothing_unsure(feed))
    restores.note_looked(connection, feed, last.generation, now, person)
    lost_receipts = generations.give_up_lost(connection, feed, person)
    audit.record_act(
        connection,
        now,
        person,
        "store.checked",
        feed,
        why,
        after=f"; {len(lost_receipts)} receipts",
    )
    return restore_messages.checked(feed, len(lost_receipts))
