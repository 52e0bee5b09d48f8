"""The page of results: by feed, what became of its rows; as data, as a terminal table, as JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text as RichText
from sqlalchemy import Engine

from gateway.clock import utc_now
from gateway.destinations.http import Queries
from gateway.exchange import refusal_counts, restores
from gateway.exchange.feed_store import FeedTotals
from gateway.exchange.restore_watch import unnoticed
from gateway.exchange.restores import FeedAfterRestore
from gateway.generations import store as generations
from gateway.generations.store import Restore
from gateway.reconciliation.compare import FeedReconciliation, reconcile
from gateway.text import Text, operations
from gateway.text import reconciliation as messages
from gateway.text import restores as restore_messages
from outbox import Outbox

#: Differences shown of one feed; JSON has them all.
DIFFERENCES_SHOWN = 20
#: How long a restore after which nothing is unsure is told.
_RESTORE_SHOWN_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class FeedSummary:
    """One feed's line: its reconciliation and its three commonest reasons."""

    reconciliation: FeedReconciliation
    reasons: tuple[refusal_counts.Reason, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What the gateway has done, feed by feed."""

    feeds: tuple[FeedSummary, ...]
    restore: Restore | None = None
    #: How every feed stands since the store was restored, those of which nothing is known too.
    after: Mapping[str, FeedAfterRestore] = field(default_factory=dict)
    #: Why the store must have been restored, where no gateway has opened it since.
    unnoticed: Text | None = None

    @property
    def balanced(self) -> bool:
        """Whether there is a feed, all balance to the record, and nothing is unsure.

        Unsure is what a restore of the store has left open.
        """
        feeds = all(feed.reconciliation.balanced for feed in self.feeds)
        # Of no feed nothing was compared, and the centre was not asked.
        return (
            bool(self.feeds)
            and feeds
            and self.unnoticed is None
            and all(after.sure for after in self.after.values())
        )

    def as_data(self) -> dict[str, Any]:
        """Return the report as plain data for JSON."""
        return {
            "balanced": self.balanced,
            "restored": restore_data(self.restore, self.after),
            "restored_unnoticed": self.unnoticed and asdict(self.unnoticed),
            "feeds": [_feed_data(feed) for feed in self.feeds],
        }


def restore_data(
    restore: Restore | None, feeds_after: Mapping[str, FeedAfterRestore]
) -> dict[str, Any]:
    """Return plain data of the last restore, with how each feed stands since.

    What was fetched again without a restore that anybody noticed is told in the same words.
    """
    return {
        "generation": restore.generation if restore else 1,
        "at": restore.at.isoformat() if restore else None,
        "as_of": restore.as_of.isoformat() if restore and restore.as_of else None,
        "zh": restore.why.zh if restore else "",
        "en": restore.why.en if restore else "",
        "feeds": [
            {"feed": name, **asdict(feed_after)} for name, feed_after in sorted(feeds_after.items())
        ],
    }


def summarise(engine: Engine, outbox: Outbox, centre: Queries) -> Summary:
    """Reconcile every feed and gather its commonest reasons; raises CentreUnavailableError."""
    feeds = []
    for reconciliation in reconcile(engine, outbox, centre):
        with engine.connect() as connection:
            reasons = refusal_counts.commonest(connection, reconciliation.totals.feed)
        feeds.append(FeedSummary(reconciliation, tuple(reasons)))
    with engine.connect() as connection:
        last, feeds_after = generations.latest(connection), restores.after_restore(connection)
    return Summary(tuple(feeds), last, feeds_after, unnoticed(engine))


def show(summary: Summary, console: Console) -> None:
    """Print the page of results."""
    table = Table(title=str(messages.title()), title_justify="left")
    table.add_column(str(messages.feed()))
    for heading in (
        "采集\nfetched",
        "送达\naccepted",
        "退回\nrefused",
        "重复\nrepeated",
        "取代\nreplaced",
        "等待\nwaiting",
        "中心\nat centre",
    ):
        table.add_column(heading, justify="right")
    table.add_column("对账\nbalance")
    for feed in summary.feeds:
        r = feed.reconciliation
        t = r.totals
        numbers = (
            t.rows,
            t.accepted,
            t.refused + t.turned_down,
            t.unchanged,
            t.superseded,
            t.waiting,
            sum(d.centre for d in r.days),
        )
        table.add_row(t.feed, *(f"{n:,}" for n in numbers), _mark(r.balanced))
    console.print(Group(table, *(_reasons(feed) for feed in summary.feeds)))
    for feed in summary.feeds:
        for line in (*_counts(feed.reconciliation.totals), *_waiting(feed.reconciliation)):
            console.print(f"  {line.zh}\n  {line.en}", style="dim")
        if feed.reconciliation.compared == "counts":
            text = messages.counts_only(feed.reconciliation.totals.feed)
            console.print(f"  {text.zh}\n  {text.en}", style="yellow")
        if feed.reconciliation.compared == "nothing":
            text = messages.not_ours(feed.reconciliation.totals.feed)
            console.print(f"  {text.zh}\n  {text.en}", style="red")
        for difference in feed.reconciliation.differences[:DIFFERENCES_SHOWN]:
            console.print(
                f"  {feed.reconciliation.totals.feed}: {difference.what} {difference.key}",
                style="red",
            )
    if summary.unnoticed is not None:
        text = restore_messages.not_opened_since(summary.unnoticed)
        console.print(f"  {text.zh}\n  {text.en}", style="red")
    for text in since_restore(summary.restore, summary.after):
        console.print(f"  {text.zh}\n  {text.en}", style="yellow")
    if not summary.feeds:
        text = messages.nothing_compared()
        console.print(RichText(f"{text.zh}\n{text.en}", "bold yellow"))
        return
    if not summary.balanced:
        console.print(RichText(messages.not_balanced(), "bold red"))
        return
    text = messages.balanced()
    console.print(RichText(f"{text.zh}\n{text.en}", "bold green"))


def since_restore(
    restore: Restore | None, feeds_after: Mapping[str, FeedAfterRestore]
) -> Iterator[Text]:
    """Yield what to know of a restore: for a month, and as long as anything is unsure."""
    unsure = any(not feed_after.sure for feed_after in feeds_after.values())
    if restore is not None and (unsure or utc_now() - restore.at < _RESTORE_SHOWN_FOR):
        yield restore_messages.since_restore(restore.at, restore.as_of, restore.generation)
    for feed, feed_after in sorted(feeds_after.items()):
        if not feed_after.looked:
            yield restore_messages.not_looked(feed)
        if feed_after.units or feed_after.rows:
            yield restore_messages.fetched_again(feed, feed_after.units, feed_after.rows)
        if feed_after.lost or feed_after.posted_again:
            yield restore_messages.lost_receipts(
                feed, len(feed_after.lost), feed_after.posted_again
            )


def _counts(t: FeedTotals) -> Iterator[Text]:
    """Yield how the source's own count adds up, where it says more than the rows do."""
    if t.left_out or t.blank or t.deleted or t.uneven:
        yield messages.source_counts(t.feed, t.counted, t.rows, t.left_out, t.blank, t.deleted)
    if t.uneven:
        yield messages.uneven_units(t.feed, t.uneven)
    if t.uncounted:
        yield messages.uncounted_units(t.feed, t.uncounted)


def _waiting(r: FeedReconciliation) -> Iterator[Text]:
    """Yield what waits on the way in, and what the feed's last fetch met."""
    if r.set_aside:
        yield operations.set_aside(r.totals.feed, r.set_aside)
    if r.submissions:
        yield messages.submissions_wait(r.totals.feed, r.submissions)
    if r.problem is not None:
        yield messages.problem(r.totals.feed, r.problem)


def _reasons(feed: FeedSummary) -> RichText:
    lines = RichText(f"{messages.commonest_reasons(feed.reconciliation.totals.feed)}\n", "bold")
    for reason in feed.reasons:
        lines.append(f"  {reason.count:>5,}  {reason.rule}  {reason.text.zh}\n", "default")
        lines.append(f"         {reason.text.en}\n", "dim")
    if not feed.reasons:
        lines.append("  —\n", "default")
    return lines


def _mark(balanced: bool) -> RichText:
    return RichText("✓", "green") if balanced else RichText("✗", "red")


def _feed_data(feed: FeedSummary) -> dict[str, Any]:
    r = feed.reconciliation
    return {
        **asdict(r.totals),
        "waiting": r.totals.waiting,
        "waiting_packages": r.waiting_packages,
        "dead_packages": r.dead,
        "set_aside": r.set_aside,
        "submissions_waiting": r.submissions,
        "problem": r.problem and asdict(r.problem),
        "at_centre": sum(day.centre for day in r.days),
        "compared": r.compared,
        "balanced": r.balanced,
        "days": [
            {"day": d.day.isoformat(), "gateway": d.gateway, "centre": d.centre} for d in r.days
        ],
        "differences": [asdict(d) for d in r.differences],
        "reasons": [
            {"rule": x.rule, "zh": x.text.zh, "en": x.text.en, "count": x.count}
            for x in feed.reasons
        ],
    }
