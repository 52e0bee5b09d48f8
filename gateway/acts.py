"""What people do to packages, feeds, refusals and alerts, each with its entry in the audit log.

The console, the API and the commands all act by these; an act and its entry are one transaction.
"""

from collections.abc import Collection, Container
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import Connection

from gateway import audit, restored
from gateway.accounts.model import acts_by_command, is_another
from gateway.alerts import store as alerts
from gateway.alerts.rules import Rule
from gateway.delivery.settle import drop
from gateway.exchange import (
    journal,
    requests,
    restores,
    source_units,
    store,
    taking,
    units,
)
from gateway.exchange.journal import Event
from gateway.exchange.prepare import bad_unit_fates
from gateway.exchange.source_units import SourceUnit
from gateway.exchange.unit_watch import SET_ASIDE_RULE
from gateway.messages import GatewayError, Text, source_name
from gateway.push import store as submissions
from gateway.push.names import MENDED
from gateway.push.store import Row
from gateway.text import accounts as account_messages
from gateway.text import exchange as exchange_messages
from gateway.text import operations as messages
from gateway.text import restores as restore_messages
from outbox import Outbox, upkeep

#: retry: send at once; replay: send a settled one again; hold: keep from being sent; release: let go on;
#: drop: never send, its records are refused; keep: take back the wish to drop it.
PackageAct = Literal["retry", "replay", "hold", "release", "drop", "keep"]
PACKAGE_ACTS: tuple[PackageAct, ...] = get_args(PackageAct)
#: In which states a package may be acted on so.
ALLOWED: dict[PackageAct, tuple[str, ...]] = {
    "retry": ("waiting", "dead"), "replay": ("settled",), "hold": ("waiting",), "release": ("held",),
    "drop": ("waiting", "held", "dead"), "keep": ("waiting", "held", "dead"),
}  # fmt: skip


class ActRefused(GatewayError):
    """Something cannot be done to a package or feed as it stands; nothing was changed."""


def act(
    connection: Connection, outbox: Outbox, guid: str, what: PackageAct, person: str, why: str, now: datetime,
    *, two_persons: bool = False,
) -> Text:  # fmt: skip
    """Do something to a package and tell what was done; raises ActRefused.

    With `two_persons` a drop is a wish at first, and done when another person drops it too.
    """
    why = why.strip()
    if not why:
        raise ActRefused("请写明原因", "give the reason")
    said = f"{person}: {why}"
    done: Text | None
    match what:
        case "retry":
            done = _done(outbox.revive(connection, guid, now, said), "已请求立即重发", "it is sent again at once")  # fmt: skip
        case "release":
            held = (found := outbox.find(connection, guid)) is not None and found.state == "held"
            done = _done(
                held and outbox.revive(connection, guid, now, said), "已放行", "it goes on"
            )
        case "replay":
            replayed = upkeep.replay(connection, [guid], now, f"replayed by {said}")
            done = _done(bool(replayed), "将按原字节再发一次", "the same bytes are sent once more")
        case "hold":
            done = _done(outbox.hold(connection, guid, now, said), "已搁置，不会发送", "it is held and not sent")  # fmt: skip
        case "drop":
            done = _drop(connection, outbox, guid, person, why, now, two_persons=two_persons)
        case "keep":
            kept = requests.drop_wanted(connection, guid) is not None
            requests.forget_drop(connection, guid)
            done = _done(kept, "已撤回作废请求", "the wish to drop it is taken back")
    if done is None:
        raise ActRefused(f"数据包 {guid} 现在的状态不能如此处理，请刷新后再看", f"package {guid} cannot be treated so as it stands now; look at it again")  # fmt: skip
    if what != "drop":
        audit.append(connection, now, person, f"package.{what}", guid, why)
    return done


def _done(changed: bool, zh: str, en: str) -> Text | None:
    return Text(zh, en) if changed else None


def _drop(
    connection: Connection, outbox: Outbox, guid: str, person: str, why: str, now: datetime, *, two_persons: bool
) -> Text | None:  # fmt: skip
    if two_persons and acts_by_command(person):
        alone = account_messages.acts_alone("作废")
        raise ActRefused(alone.zh, alone.en)
    found = outbox.find(connection, guid)
    if found is None or found.state not in ALLOWED["drop"]:
        return None
    wanted = requests.drop_wanted(connection, guid)
    if two_persons and wanted is None:
        requests.want_drop(connection, guid, person, why, now)
        audit.append(connection, now, person, "package.drop_asked", guid, why)
        return Text(
            "已记录，须另一人同意后作废", "noted; it is dropped once a second person agrees"
        )
    other = wanted.person if wanted and is_another(wanted.person, person) else None
    if two_persons and other is None:
        raise ActRefused("须由另一人同意，您已提出", "a second person must agree; you have asked for it yourself")  # fmt: skip
    both = f"{other}, {person}" if other else person
    if not drop(connection, outbox, guid, Text(f"{both} 作废：{why}", f"dropped by {both}: {why}"), now):  # fmt: skip
        return None
    requests.forget_drop(connection, guid)
    audit.append(connection, now, person, "package.drop", guid, f"{both}: {why}")
    return Text("已作废，其记录按退回告知部门", "dropped; its records are told to the department as refused")  # fmt: skip


def ask(
    connection: Connection, in_use: Container[str], feed: str, what: requests.Ask, person: str, now: datetime
) -> None:  # fmt: skip
    """Ask the scheduler to fetch a feed now, or to withdraw what its list no longer has.

    Raises ActRefused for a feed that is not `in_use`: nothing would fetch it.
    """
    if feed not in in_use:
        raise ActRefused(f"{feed} 没有在用的适配器", f"{feed} has no adapter in use")
    requests.ask(connection, feed, what, person, now)
    audit.append(connection, now, person, f"feed.{what}", feed)


def resume(connection: Connection, feed: str, person: str, why: str, now: datetime) -> None:
    """Let a feed that has stopped go on; raises ActRefused where it has not, or no reason is given."""
    if not why.strip():
        raise ActRefused("请写明原因", "give the reason")
    state = store.peek(connection, feed)
    if state is None or state.hold is None:
        raise ActRefused(f"{feed} 没有停下", f"{feed} has not stopped")
    store.hold(connection, state.id, None)
    # A person has looked: what failed at no unit in particular is counted anew.
    source_units.went_through(connection, state.id)
    audit.append(connection, now, person, "feed.resume", feed, why)
    text = Text(f"{person} 让该数据项继续：{why}", f"{person} lets the feed go on: {why}")
    journal.note_event(connection, Event(now, "info", "feed.resumed", feed, text))


def read_again(
    connection: Connection, feed: str, unit: str, person: str, why: str, now: datetime
) -> list[str]:
    """Let units that were set aside be read once more; return their names.

    `unit` is a unit's name, or what its department calls it (the file). A feed that stopped there
    goes on. Raises ActRefused where none is set aside, or no reason is given.
    """
    state, units_aside = _set_aside(connection, feed, unit, why)
    for one in units_aside:
        source_units.try_again(connection, state.id, one.name)
        submissions.wait_again(connection, one.name.removeprefix(MENDED))
        if one.name == source_units.NOWHERE:
            store.go_on(connection, state.id)
        audit.append(connection, now, person, "feed.again", feed, f"{one.label}: {why}")
    return [one.label for one in units_aside]


def give_up(
    connection: Connection, feed: str, unit: str, person: str, why: str, now: datetime
) -> list[str]:
    """Give up units that were set aside, and tell their departments so; return their names.

    What they held is refused for good. Where a feed stopped, the rows at which it did are refused
    once they are met again, and it goes on. Raises ActRefused as `read_again` does, and where the
    adapter itself fails: there is nothing to pass over.
    """
    state, units_aside = _set_aside(connection, feed, unit, why)
    for one in units_aside:
        if one.name == source_units.NOWHERE and one.read is None:
            raise _refused(messages.nothing_to_give_up(feed))
        if one.state == "set_aside":
            raise _refused(messages.not_refused_yet(feed))
        source_units.give_up(connection, state.id, one.name)
        if one.name == source_units.NOWHERE:
            store.go_on(connection, state.id)
        elif one.unit_id is not None:
            _tell_given_up(connection, one, why, now)
        audit.append(connection, now, person, "feed.give_up", feed, f"{one.label}: {why}")
        text = messages.given_up(one.label, person, why)
        journal.note_event(connection, Event(now, "info", "unit.given_up", feed, text))
    return [one.label for one in units_aside]


def _set_aside(
    connection: Connection, feed: str, unit: str, why: str
) -> tuple[store.FeedState, list[SourceUnit]]:
    """Return a feed and its units of a name for which a person is to decide; raises ActRefused."""
    if not why.strip():
        raise _refused(messages.no_reason())
    state = store.locked(connection, feed)
    listed = source_units.set_aside(connection, feed)
    named = [one for one in listed if unit in (one.name, one.label, source_name(one.label))]
    if not unit.strip() or not named or state is None:
        raise _refused(messages.not_set_aside(feed, unit))
    return state, named


def _refused(text: Text) -> ActRefused:
    return ActRefused(text.zh, text.en)


def _tell_given_up(connection: Connection, one: SourceUnit, why: str, now: datetime) -> None:
    assert one.unit_id is not None  # noqa: S101
    text = exchange_messages.given_up(Text(*one.reason), why)
    units.given_up(connection, one.unit_id, bad_unit_fates(text.zh, text.en, SET_ASIDE_RULE), now)


def say_restored(
    connection: Connection, feeds: Collection[str], person: str, why: str, now: datetime
) -> tuple[Text, int]:
    """Begin a new generation as a person says that the store was restored; return what was done.

    Said again before any feed was looked through it changes nothing. Raises ActRefused without a reason.
    """
    if not why.strip():
        raise _refused(messages.no_reason())
    last = restores.latest(connection)
    if last is not None and not restores.any_looked(connection, last.generation):
        already = restore_messages.restored_already(last.generation, last.at)
        return already, last.generation
    said = restore_messages.said_so(person, why)
    made = restored.begin(connection, said, person, feeds, now)
    return restore_messages.restored(made.generation, made.as_of, said), made.generation


def vouch_after_restore(
    connection: Connection, feed: str, person: str, why: str, now: datetime
) -> Text:
    """Note that by a person's word nothing of a feed is missing after a restore.

    Its lost receipts are awaited no more. Raises ActRefused where nothing is open, or without a reason.
    """
    if not why.strip():
        raise _refused(messages.no_reason())
    last = restores.latest(connection)
    if last is None:
        raise _refused(messages.never_restored())
    after = restores.after_restore(connection).get(feed)
    if after is None or after.sure:
        raise _refused(messages.nothing_unsure(feed))
    restores.note_looked(connection, feed, last.generation, now, person)
    lost = restores.give_up_lost(connection, feed, person)
    audit.append(connection, now, person, "store.checked", feed, f"{why}; {len(lost)} receipts")
    return restore_messages.checked(feed, len(lost))


def submit_mended(
    connection: Connection, feed: str, rows: list[Row], person: str, now: datetime, given_id: str = ""
) -> str:  # fmt: skip
    """Take mended rows, to go the line with the feed's next fetch; give the receipt number.

    Raises SubmissionRefused where the sender's id came with other rows before.
    """
    place = taking.newest(connection, feed)
    taken = submissions.take(connection, feed, rows, given_id, now, place)
    audit.append(connection, now, person, "refusals.mended", feed, f"{taken.receipt}: {taken.rows} rows")  # fmt: skip
    return taken.receipt


def acknowledge(connection: Connection, alert: int, person: str, now: datetime) -> None:
    """Note that a person has seen an alert; that another has before stays."""
    if alerts.acknowledge(connection, alert, person, now):
        audit.append(connection, now, person, "alert.acknowledge", str(alert))


def set_rule(connection: Connection, rule: Rule, person: str, now: datetime) -> None:
    """Set an alert rule."""
    alerts.set_rule(connection, rule)
    said = f"{'on' if rule.enabled else 'off'} {rule.threshold:g} {', '.join(rule.channels)} {rule.quiet_from}-{rule.quiet_to} again {rule.repeat_hours:g} h"  # fmt: skip
    audit.append(connection, now, person, "alert.rule", rule.kind, said)
