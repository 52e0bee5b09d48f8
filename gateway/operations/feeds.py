"""What people do to feeds: fetch now, confirm, let go on, decide on what was set aside."""

from collections.abc import Container, Sequence
from datetime import datetime

from sqlalchemy import Connection

from gateway import audit
from gateway.audit.reasons import reason_of
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.exchange import (
    acknowledgement_store,
    feed_requests,
    feed_store,
    source_units,
)
from gateway.exchange.batch_plan import bad_unit_fates
from gateway.exchange.source_units import SourceUnit
from gateway.exchange.unit_watch import SET_ASIDE_RULE
from gateway.masking import masked_name, source_name
from gateway.operations import ActRefusedError
from gateway.submissions import store as submissions
from gateway.submissions.names import MENDED
from gateway.text import Text
from gateway.text import exchange as exchange_messages
from gateway.text import operations as messages


def ask_to_fetch(
    connection: Connection, in_use: Container[str], feed: str, person: str, now: datetime
) -> None:
    """Ask the scheduler to fetch a feed now; asked for already, it is once.

    Raises ActRefusedError for a feed that is not `in_use`: nothing would fetch it.
    """
    _check_in_use(in_use, feed)
    feed_requests.ask(connection, feed, "run", person, now)
    audit.append(connection, now, person, "feed.run", feed)


def ask_to_confirm(
    connection: Connection, in_use: Container[str], feed: str, person: str, why: str, now: datetime
) -> None:
    """Ask the scheduler to withdraw what a feed's shrunk list no longer has.

    Raises ActRefusedError as `confirm` does, and where somebody has asked for it already.
    """
    _check_in_use(in_use, feed)
    confirm(connection, feed, person, why, now)
    if not feed_requests.ask(connection, feed, "confirm", person, now):
        raise ActRefusedError.of(messages.confirmed_already(feed))


def confirm(connection: Connection, feed: str, person: str, why: str, now: datetime) -> None:
    """Note that a person confirms that a feed's list shrank; what it lost is then withdrawn.

    Raises ActRefusedError where the feed has not stopped for that, and ReasonRefusedError without
    a reason.
    """
    why = reason_of(why)
    state = feed_store.locked(connection, feed)
    if state is None or state.hold is None:
        raise ActRefusedError.of(messages.not_stopped(feed))
    if state.hold_kind != "list":
        raise ActRefusedError.of(messages.stopped_for_another_reason(feed, state.hold))
    audit.record_act(connection, now, person, "feed.confirm", feed, why)


def _check_in_use(in_use: Container[str], feed: str) -> None:
    if feed not in in_use:
        raise ActRefusedError.of(messages.not_in_use(feed))


def resume(connection: Connection, feed: str, person: str, why: str, now: datetime) -> None:
    """Let a feed that has stopped go on.

    Raises ActRefusedError where it has not, and ReasonRefusedError without a reason.
    """
    why = reason_of(why)
    state = feed_store.locked(connection, feed)
    if state is None or state.hold is None:
        raise ActRefusedError.of(messages.not_stopped(feed))
    feed_store.hold(connection, state.id, None)
    # A person has looked: what failed at no unit in particular is counted anew.
    source_units.went_through(connection, state.id)
    audit.record_act(connection, now, person, "feed.resume", feed, why)
    event = Event(now, "info", "feed.resumed", feed, messages.resumed(person, why))
    event_store.note_event(connection, event)


def read_again(
    connection: Connection, feed: str, unit: str, person: str, why: str, now: datetime
) -> list[str]:
    """Let units that were set aside be read once more; return their names.

    `unit` is a unit's name, or what its department calls it (the file). A feed that stopped there
    goes on. Raises ActRefusedError where none is set aside, and ReasonRefusedError without a
    reason.
    """
    why = reason_of(why)
    state, units_aside = _set_aside(connection, feed, unit)
    for source_unit in units_aside:
        source_units.try_again(connection, state.id, source_unit.name)
        submissions.wait_again(connection, source_unit.name.removeprefix(MENDED))
        if source_unit.name == source_units.NOWHERE:
            feed_store.go_on(connection, state.id)
        prefix = f"{masked_name(source_unit.label)}: "
        audit.record_act(connection, now, person, "feed.again", feed, why, before=prefix)
    return [source_unit.label for source_unit in units_aside]


def give_up(
    connection: Connection, feed: str, unit: str, person: str, why: str, now: datetime
) -> list[str]:
    """Refuse units that were set aside, and tell their departments so; return their names.

    What they held is refused for good. Where a feed stopped, the rows at which it did are refused
    once they are met again, and it goes on. Raises ActRefusedError as `read_again` does, and where
    the adapter itself fails: there is nothing to pass over.
    """
    why = reason_of(why)
    state, units_aside = _set_aside(connection, feed, unit)
    for source_unit in units_aside:
        if source_unit.name == source_units.NOWHERE and source_unit.read is None:
            raise ActRefusedError.of(messages.nothing_to_give_up(feed))
        if source_unit.state == "set_aside":
            raise ActRefusedError.of(messages.not_refused_yet(feed))
        source_units.give_up(connection, state.id, source_unit.name)
        if source_unit.name == source_units.NOWHERE:
            feed_store.go_on(connection, state.id)
        elif source_unit.unit_id is not None:
            _tell_given_up(connection, source_unit, why, now)
        prefix = f"{masked_name(source_unit.label)}: "
        audit.record_act(connection, now, person, "feed.give_up", feed, why, before=prefix)
        text = messages.given_up(source_unit.label, person, why)
        event_store.note_event(connection, Event(now, "info", "unit.given_up", feed, text))
    return [source_unit.label for source_unit in units_aside]


def _set_aside(
    connection: Connection, feed: str, unit: str
) -> tuple[feed_store.FeedState, list[SourceUnit]]:
    """Return a feed and its units of a name for which a person is to decide.

    Raises ActRefusedError.
    """
    state = feed_store.locked(connection, feed)
    listed = source_units.set_aside(connection, feed)
    named = [source_unit for source_unit in listed if unit in _names(source_unit)] or _shown_as(
        unit, listed
    )
    if not unit.strip() or not named or state is None:
        raise ActRefusedError.of(messages.not_set_aside(feed, unit))
    return state, named


def _names(source_unit: SourceUnit) -> tuple[str, str, str]:
    return source_unit.name, source_unit.label, source_name(source_unit.label)


def _shown_as(masked: str, listed: Sequence[SourceUnit]) -> list[SourceUnit]:
    """Return the units that show a name masked as somebody has it; none of several.

    Two persons' files may look alike so: which is meant, only the whole name says.
    """
    alike = [
        source_unit for source_unit in listed if masked in map(masked_name, _names(source_unit))
    ]
    return alike if len({source_unit.label for source_unit in alike}) == 1 else []


def _tell_given_up(
    connection: Connection, source_unit: SourceUnit, why: str, now: datetime
) -> None:
    assert source_unit.unit_id is not None  # noqa: S101
    text = exchange_messages.given_up(Text(*source_unit.reason), why)
    acknowledgement_store.given_up(
        connection, source_unit.unit_id, bad_unit_fates(text.zh, text.en, SET_ASIDE_RULE), now
    )
