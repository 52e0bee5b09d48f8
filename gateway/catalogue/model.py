"""The catalogue: what the exchange platform says of each feed, and the times that follow. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import isodate
from lxml import etree

from gateway.clock import SHANGHAI, local_day
from gateway.errors import GatewayError
from gateway.standard import load_gate
from gateway.standard.whitespace import collapse
from gateway.standard.xsd_reader import EXCHANGE_NS
from gateway.text import catalogue as texts
from gateway.workdays.model import Workday

_E = f"{{{EXCHANGE_NS}}}"
#: Longest duration of a catalogue: sums of moments and longer ones leave the calendar.
_LONGEST = timedelta(days=36_500)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class CatalogueRefusedError(GatewayError):
    """A catalogue cannot take the place of the one in force."""


@dataclass(frozen=True, slots=True)
class Item:
    """A catalogue item: one feed's mode, frequency, delivery window and deadline."""

    feed: str
    name_zh: str
    name_en: str
    department: str
    kind: str
    version: str
    mode: str
    fetch_every: timedelta
    deliver_from: str
    deliver_to: str
    due_within: timedelta
    #: every-day or workdays
    deliver_on: str = "every-day"
    #: Failures after which, and age at which, a package becomes a dead letter; the gateway's own
    #: limits where the catalogue is silent.
    max_attempts: int | None = None
    give_up_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One issue of the catalogue; moments are aware."""

    serial: int
    issued_at: datetime
    valid_until: datetime
    items: tuple[Item, ...]

    def item(self, feed: str) -> Item | None:
        """Return a feed's item, or None."""
        return next((item for item in self.items if item.feed == feed), None)


def read_catalogue(data: bytes) -> Catalogue:
    """Return the catalogue of a document; raise XmlRefusedError where it breaks its schema."""
    root = load_gate().document(data, "Catalogue")
    return Catalogue(
        int(_text(root, "Serial")),
        datetime.fromisoformat(_text(root, "IssuedAt")),
        datetime.fromisoformat(_text(root, "ValidUntil")),
        tuple(_item(node) for node in root.findall(f"{_E}Item")),
    )


def check_successor(new: Catalogue, current: Catalogue | None, *, same_bytes: bool) -> bool:
    """Return whether a catalogue is news; raise CatalogueRefusedError when it must not be taken."""
    if current is None or new.serial > current.serial:
        return True
    if new.serial == current.serial and same_bytes:
        return False
    raise CatalogueRefusedError.of(texts.not_newer(new.serial, current.serial))


def in_window(item: Item, now: datetime, workday: Workday) -> bool:
    """Whether a feed may be delivered now.

    A window whose end lies before its start crosses midnight and belongs to the day on which it
    opens: what opens on a Friday stays open into Saturday. One that ends where it starts is open
    all day.
    """
    local = now.astimezone(SHANGHAI)
    clock, day = local.strftime("%H:%M"), local.date()
    begin, end = item.deliver_from, item.deliver_to
    if begin < end:
        is_open = begin <= clock < end
    elif begin == end:
        is_open = True
    else:
        is_open = clock >= begin or clock < end
        day -= timedelta(days=clock < end)
    return is_open and (item.deliver_on == "every-day" or workday(day))


def next_change(item: Item, now: datetime, workday: Workday) -> datetime | None:
    """Return when a feed's window opens or closes next; None where it does not within a month."""
    state = in_window(item, now, workday)
    day = local_day(now)
    midnight = datetime.combine(day, time(), SHANGHAI)
    # A window may end at 24:00.
    edges = sorted(
        {_after_midnight(text) for text in (item.deliver_from, item.deliver_to, "00:00")}
    )
    for days in range(32):
        for edge in edges:
            moment = (midnight + timedelta(days=days) + edge).astimezone(UTC)
            if moment > now and in_window(item, moment, workday) is not state:
                return moment
    return None


def _after_midnight(text: str) -> timedelta:
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def changes(old: Catalogue, new: Catalogue) -> list[tuple[str, str, str, str]]:
    """Return what a newer catalogue changed: feed, field ("": the whole item), before, after."""
    old_items = {item.feed: item for item in old.items}
    new_items = {item.feed: item for item in new.items}
    changed = []
    for feed in sorted(old_items.keys() | new_items.keys()):
        if feed not in old_items or feed not in new_items:
            changed.append(
                (
                    feed,
                    "",
                    "—" if feed not in old_items else "✓",
                    "—" if feed not in new_items else "✓",
                )
            )
            continue
        for name in Item.__slots__:
            was, is_ = getattr(old_items[feed], name), getattr(new_items[feed], name)
            if was != is_:
                changed.append((feed, name, str(was), str(is_)))
    return changed


def slot_of(item: Item, now: datetime) -> datetime:
    """Return the due slot that `now` falls into.

    Slots are multiples of the interval from midnight in Shanghai; an interval of a day or more
    counts from 1 January 1970 in Shanghai.
    """
    base = _EPOCH - timedelta(hours=8)
    day = timedelta(days=1)
    if item.fetch_every < day:
        base = datetime.combine(local_day(now), time(), SHANGHAI).astimezone(UTC)
    passed = (now - base) // item.fetch_every
    return base + passed * item.fetch_every


def slots_between(item: Item, last: datetime | None, slot: datetime) -> list[datetime]:
    """Return the slots after `last` and before `slot`, the current one.

    At most the newest 10,000.
    """
    if last is None:
        return []
    missed = min(-(-(slot - last) // item.fetch_every) - 1, 10_000)
    return [slot - item.fetch_every * n for n in range(missed, 0, -1)]


def _text(node: etree._Element, name: str) -> str:
    return collapse(node.findtext(f"{_E}{name}"))


def _item(node: etree._Element) -> Item:
    return Item(
        feed=collapse(node.get("feed")),
        name_zh=_text(node, "NameZh"),
        name_en=_text(node, "NameEn"),
        department=_text(node, "Department"),
        kind=_text(node, "RecordKind"),
        version=_text(node, "SchemaVersion"),
        mode=_text(node, "Mode"),
        fetch_every=_duration(node, "FetchEvery"),
        deliver_from=_text(node, "DeliverFrom"),
        deliver_to=_text(node, "DeliverTo"),
        due_within=_duration(node, "DueWithin"),
        deliver_on=_text(node, "DeliverOn") or "every-day",
        max_attempts=int(_text(node, "MaxAttempts") or 0) or None,
        give_up_after=_duration(node, "GiveUpAfter") if _text(node, "GiveUpAfter") else None,
    )


def _duration(node: etree._Element, name: str) -> timedelta:
    text = _text(node, name)
    try:
        duration = isodate.parse_duration(text)
    except (ValueError, OverflowError):
        duration = None
    if not isinstance(duration, timedelta) or not timedelta(0) < duration <= _LONGEST:
        raise CatalogueRefusedError.of(texts.duration_unusable(name, text, _LONGEST.days))
    return duration
