"""What people do to packages: send again, hold, release, drop.

Each act looks at its package's state under the row's lock (`package_states`): of two persons at
once the second is told what the first has made of it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine

from gateway import audit
from gateway.accounts.model import has_signed_in, is_another
from gateway.audit.reasons import reason_of
from gateway.delivery.settle import drop
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.exchange import feed_requests
from gateway.exchange.feed_requests import DropRequest
from gateway.operations import ActRefusedError
from gateway.operations.package_states import PackageAct, why_not
from gateway.text import Text
from gateway.text import accounts as account_messages
from gateway.text import packages as messages
from outbox import Message, Outbox, maintenance, writing
from outbox.reader import OPEN_STATES

#: Packages acted on in one transaction.
PORTION = 500


def act(
    connection: Connection,
    outbox: Outbox,
    guid: str,
    package_act: PackageAct,
    person: str,
    why: str,
    now: datetime,
    *,
    two_persons: bool = False,
) -> Text:
    """Do something to a package and return what was done.

    Raises ActRefusedError, having changed nothing. With `two_persons` a drop is a wish at first,
    and done when another person drops it too.
    """
    why = reason_of(why)
    if package_act == "drop" and two_persons and not has_signed_in(person):
        raise ActRefusedError.of(account_messages.acts_alone("作废"))
    package = outbox.locked(connection, guid)
    if package is None:
        raise ActRefusedError.of(messages.no_package(guid))
    reason = why_not(package_act, package.state)
    if reason is not None:
        text = messages.not_in_this_state(guid, messages.state(package.state), reason)
        raise ActRefusedError.of(text)
    if package_act == "drop":
        return _drop(connection, outbox, package, person, why, now, two_persons=two_persons)
    answer = _carry_out(connection, outbox, package, package_act, f"{person}: {why}", now)
    audit.record_act(connection, now, person, f"package.{package_act}", guid, why)
    return answer


def act_on_many(
    engine: Engine,
    outbox: Outbox,
    guids: Sequence[str],
    package_act: PackageAct,
    person: str,
    why: str,
    clock: Callable[[], datetime],
    *,
    two_persons: bool = False,
) -> tuple[dict[str, Text], dict[str, Text]]:
    """Do something to packages, a portion a transaction; return by GUID what was done, or why not.

    Raises ReasonRefusedError without a reason, of whatever packages.
    """
    reason_of(why)
    answers: dict[str, Text] = {}
    reasons: dict[str, Text] = {}
    # In one order, so that two persons' rows are never locked crosswise.
    ordered = sorted(set(guids))
    for begin in range(0, len(ordered), PORTION):
        with writing(engine) as connection:
            for guid in ordered[begin : begin + PORTION]:
                try:
                    answers[guid] = act(
                        connection,
                        outbox,
                        guid,
                        package_act,
                        person,
                        why,
                        clock(),
                        two_persons=two_persons,
                    )
                except ActRefusedError as error:
                    reasons[guid] = error.text
    return answers, reasons


def note_replays(
    connection: Connection, feed: str, count: int, person: str, why: str, now: datetime
) -> None:
    """Note that many packages are sent again as an event of their feed, or of none."""
    text = messages.replays_begun(person, count, why)
    event_store.note_event(connection, Event(now, "info", "package.replayed", feed, text))


def drops_wanted(connection: Connection, outbox: Outbox) -> list[DropRequest]:
    """Return the drops that wait for a second person.

    Those of packages that went their way since are left out.
    """
    requests = feed_requests.drops_wanted(connection)
    packages = {request.guid: outbox.find(connection, request.guid) for request in requests}
    return [request for request in requests if _is_open(packages[request.guid])]


def _is_open(package: Message | None) -> bool:
    return package is not None and package.state in OPEN_STATES


def _carry_out(
    connection: Connection,
    outbox: Outbox,
    package: Message,
    package_act: PackageAct,
    record: str,
    now: datetime,
) -> Text:
    guid = package.guid
    match package_act:
        case "retry":
            outbox.requeue(connection, guid, now, record)
            return messages.retried()
        case "release":
            outbox.requeue(connection, guid, now, record)
            return messages.released()
        case "hold":
            outbox.hold(connection, guid, now, record)
            return messages.held()
        case "replay":
            if not maintenance.replay(connection, [guid], now, f"replayed by {record}"):
                raise ActRefusedError.of(messages.content_gone(guid, package.why))
            return messages.replayed()
        case _:
            if feed_requests.drop_wanted(connection, guid) is None:
                raise ActRefusedError.of(messages.no_wish(guid))
            feed_requests.forget_drop(connection, guid)
            return messages.kept()


def _drop(
    connection: Connection,
    outbox: Outbox,
    package: Message,
    person: str,
    why: str,
    now: datetime,
    *,
    two_persons: bool,
) -> Text:
    guid = package.guid
    request = feed_requests.drop_wanted(connection, guid)
    if two_persons and request is None:
        feed_requests.want_drop(connection, guid, person, why, now)
        audit.record_act(connection, now, person, "package.drop_asked", guid, why)
        return messages.drop_asked()
    first_person = request.person if request and is_another(request.person, person) else None
    if two_persons and first_person is None:
        raise ActRefusedError.of(messages.own_wish())
    both = f"{first_person}, {person}" if first_person else person
    drop(connection, outbox, guid, messages.dropped_by(both, why), now, f"{both}: {why}")
    feed_requests.forget_drop(connection, guid)
    audit.record_act(connection, now, person, "package.drop", guid, why, before=f"{both}: ")
    return messages.replay_called_off() if outbox.replays(connection, guid) else messages.dropped()
