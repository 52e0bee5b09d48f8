"""Runs the sender's suite over a configured feed; nothing is kept or acknowledged. A shell."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice

import polars as pl

from adapters import AdapterError, BadUnit, Batch, Opening, Remark
from gateway.clock import Clock, local_day
from gateway.conformance.cases import Outcome, sender_duties
from gateway.exchange.feed import Feed
from gateway.exchange.pipeline import check, extra_columns, missing_columns, row_faults
from gateway.text import Text
from gateway.text import conformance as messages

#: Share of sound rows that a feed must have.
SOUND = 0.95
#: Reasons that a finding names.
_REASONS = 3
#: Rules that a format or the mapping's look for undecodable text gives.
_UNREADABLE = ("format.", "text.")


@dataclass(slots=True)
class _Seen:
    """What one fetch brought, up to a number of batches."""

    batches: list[Batch] = field(default_factory=list)
    bad: list[BadUnit] = field(default_factory=list)

    def rows(self) -> list[tuple[str, tuple[str | None, ...]]]:
        """Return each row with how the department finds it."""
        return [
            (ref, row)
            for batch in self.batches
            for ref, row in zip(batch.refs, batch.rows.iter_rows(), strict=True)
        ]


def run_sender(feed: Feed, clock: Clock, batches: int = 20) -> list[Outcome]:
    """Fetch a feed's first batches and return which duties are done.

    Never raises for what the source does. Adapters must not change the source by a fetch alone:
    only `keep` and `acknowledge` may.
    """
    duties = sender_duties()
    findings: dict[str, list[Text]] = {duty.id: [] for duty in duties}
    try:
        findings["S01"] += _connects(feed)
        fetched = _fetch(feed, "", batches)
        findings["S02"] += [messages.of_unit(b.unit, b.zh, b.en) for b in fetched.bad]
        findings["S03"] += _columns(feed, fetched)
        if not fetched.batches:
            findings["S02"].append(messages.nothing_read())
        elif not findings["S03"]:
            _look_at_rows(feed, fetched, clock, findings)
        findings["S07"] += _declared(fetched)
        findings["S08"] += _same(fetched, _fetch(feed, "", batches))
        findings["S09"] += _goes_on(feed, fetched, batches)
    except AdapterError as error:
        findings["S01"].append(Text(error.zh, error.en))
    return [Outcome(duty, tuple(findings[duty.id])) for duty in duties]


def _connects(feed: Feed) -> list[Text]:
    return [
        messages.step_failed(step.name_zh, step.name_en, step.detail)
        for step in feed.adapter.test()
        if not step.ok
    ]


def _fetch(feed: Feed, cursor: str, batches: int) -> _Seen:
    fetched = _Seen()
    source = (item for item in feed.adapter.fetch(cursor) if not isinstance(item, Remark | Opening))
    for item in islice(source, batches):
        if isinstance(item, BadUnit):
            fetched.bad.append(item)
        elif item.rows.width:
            fetched.batches.append(item)
    return fetched


def _columns(feed: Feed, fetched: _Seen) -> list[Text]:
    looks = (missing_columns, extra_columns)
    texts = [look(batch.rows, feed.mapping) for batch in fetched.batches for look in looks]
    return [text for text in dict.fromkeys(texts) if text is not None]


def _look_at_rows(
    feed: Feed, fetched: _Seen, clock: Clock, findings: dict[str, list[Text]]
) -> None:
    """Map and check what was read, as the line would, and compare with S04 to S06."""
    rows = refused = keyless = 0
    reasons: Counter[Text] = Counter()
    for batch in fetched.batches:
        checked = check(batch.rows, feed.mapping, local_day(clock()), row_faults(batch.faults))
        rows += batch.rows.height
        refused += checked.faults["row"].n_unique()
        keyless += int((~checked.complete).sum())
        reasons.update(Text(zh, en) for zh, en in checked.faults.select("zh", "en").iter_rows())
        unreadable = pl.any_horizontal(pl.col("rule").str.starts_with(p) for p in _UNREADABLE)
        for row, zh, en in checked.faults.filter(unreadable).select("row", "zh", "en").iter_rows():
            ref = batch.refs[row]
            findings["S04"].append(messages.row_unreadable(batch.unit, ref, zh, en))
    del findings["S04"][_REASONS:]
    if keyless:
        names = ", ".join(feed.mapping.key)
        findings["S05"].append(messages.rows_without_key(keyless, names))
    if rows and refused > (1 - SOUND) * rows:
        findings["S06"].append(messages.rows_refused(rows, refused))
        findings["S06"] += [
            messages.reason_repeated(count, text) for text, count in reasons.most_common(_REASONS)
        ]


def _declared(fetched: _Seen) -> list[Text]:
    came: Counter[str] = Counter()
    findings = []
    for batch in fetched.batches:
        came[batch.unit] += batch.rows.height
        if batch.last and batch.declared is not None and batch.declared != came[batch.unit]:
            findings.append(messages.rows_declared(batch.unit, batch.declared, came[batch.unit]))
    return findings


def _same(first: _Seen, second: _Seen) -> list[Text]:
    if first.rows() == second.rows():
        return []
    return [messages.fetches_differ()]


def _goes_on(feed: Feed, fetched: _Seen, batches: int) -> list[Text]:
    """Fetch again from the first batch's cursor: what comes must be the rows after it."""
    if not fetched.batches:
        return []
    first = fetched.batches[0]
    rest = _fetch(feed, first.cursor, batches).rows()
    expected = fetched.rows()[first.rows.height :]
    # The second fetch may see further than the first did: it began later.
    if rest[: len(expected)] == expected:
        return []
    return [messages.resumed_elsewhere()]
