"""Runs the sender's suite over a configured feed: only reads; nothing is kept, sent or acknowledged. A shell."""

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
        """Give each row with how the department finds it."""
        return [
            (ref, row)
            for batch in self.batches
            for ref, row in zip(batch.refs, batch.rows.iter_rows(), strict=True)
        ]


def run_sender(feed: Feed, clock: Clock, batches: int = 20) -> list[Outcome]:
    """Look at a feed's first batches and say which duties are done; never raises for what the source does.

    Adapters must not change the source by a fetch alone: only `keep` and `acknowledge` may.
    """
    duties = sender_duties()
    found: dict[str, list[Text]] = {duty.id: [] for duty in duties}
    try:
        found["S01"] += _connects(feed)
        seen = _fetch(feed, "", batches)
        found["S02"] += [Text(f"{b.unit}：{b.zh}", f"{b.unit}: {b.en}") for b in seen.bad]
        found["S03"] += _columns(feed, seen)
        if not seen.batches:
            found["S02"].append(
                Text("没有读到任何数据，无从判断", "nothing was read, so nothing can be told")
            )
        elif not found["S03"]:
            _look_at_rows(feed, seen, clock, found)
        found["S07"] += _declared(seen)
        found["S08"] += _same(seen, _fetch(feed, "", batches))
        found["S09"] += _goes_on(feed, seen, batches)
    except AdapterError as error:
        found["S01"].append(Text(error.zh, error.en))
    return [Outcome(duty, tuple(found[duty.id])) for duty in duties]


def _connects(feed: Feed) -> list[Text]:
    return [
        Text(f"{step.name_zh}未通过：{step.detail}", f"{step.name_en} failed: {step.detail}")
        for step in feed.adapter.test()
        if not step.ok
    ]


def _fetch(feed: Feed, cursor: str, batches: int) -> _Seen:
    seen = _Seen()
    source = (item for item in feed.adapter.fetch(cursor) if not isinstance(item, Remark | Opening))
    for item in islice(source, batches):
        if isinstance(item, BadUnit):
            seen.bad.append(item)
        elif item.rows.width:
            seen.batches.append(item)
    return seen


def _columns(feed: Feed, seen: _Seen) -> list[Text]:
    looks = (missing_columns, extra_columns)
    said = [look(batch.rows, feed.mapping) for batch in seen.batches for look in looks]
    return [text for text in dict.fromkeys(said) if text is not None]


def _look_at_rows(feed: Feed, seen: _Seen, clock: Clock, found: dict[str, list[Text]]) -> None:
    """Map and check what was read, as the line would, and compare with S04 to S06."""
    rows = refused = keyless = 0
    reasons: Counter[Text] = Counter()
    for batch in seen.batches:
        checked = check(batch.rows, feed.mapping, local_day(clock()), row_faults(batch.faults))
        rows += batch.rows.height
        refused += checked.faults["row"].n_unique()
        keyless += int((~checked.complete).sum())
        reasons.update(Text(zh, en) for zh, en in checked.faults.select("zh", "en").iter_rows())
        unreadable = pl.any_horizontal(pl.col("rule").str.starts_with(p) for p in _UNREADABLE)
        for row, zh, en in checked.faults.filter(unreadable).select("row", "zh", "en").iter_rows():
            ref = batch.refs[row]
            found["S04"].append(
                Text(f"{batch.unit} 第 {ref} 行：{zh}", f"{batch.unit} row {ref}: {en}")
            )
    del found["S04"][_REASONS:]
    if keyless:
        names = ", ".join(feed.mapping.key)
        found["S05"].append(
            Text(
                f"{keyless} 行缺少记录键（{names}）",
                f"{keyless} rows lack a part of the record key ({names})",
            )
        )
    if rows and refused > (1 - SOUND) * rows:
        found["S06"].append(
            Text(
                f"{rows} 行中有 {refused} 行不符合", f"{refused} of {rows} rows break the standard"
            )
        )
        found["S06"] += [
            Text(f"{count} 次：{text.zh}", f"{count} times: {text.en}")
            for text, count in reasons.most_common(_REASONS)
        ]


def _declared(seen: _Seen) -> list[Text]:
    came: Counter[str] = Counter()
    found = []
    for batch in seen.batches:
        came[batch.unit] += batch.rows.height
        if batch.last and batch.declared is not None and batch.declared != came[batch.unit]:
            found.append(
                Text(
                    f"{batch.unit} 声明 {batch.declared} 行，实有 {came[batch.unit]} 行",
                    f"{batch.unit} declares {batch.declared} rows and has {came[batch.unit]}",
                )
            )
    return found


def _same(first: _Seen, second: _Seen) -> list[Text]:
    if first.rows() == second.rows():
        return []
    return [Text("两次采集得到的行不同", "two fetches brought different rows")]


def _goes_on(feed: Feed, seen: _Seen, batches: int) -> list[Text]:
    """Fetch again from the first batch's cursor: what comes must be the rows after it."""
    if not seen.batches:
        return []
    first = seen.batches[0]
    rest = _fetch(feed, first.cursor, batches).rows()
    wanted = seen.rows()[first.rows.height :]
    # The second fetch may see further than the first did: it began later.
    if rest[: len(wanted)] == wanted:
        return []
    return [
        Text(
            "续采得到的行与首次采集的后续行不同",
            "the rows after the cursor are not those that followed in the first fetch",
        )
    ]
