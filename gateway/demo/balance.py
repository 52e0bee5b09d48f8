"""An independent check of a demo run: trusts the generator's ledger and the centre's database
alone, and of the gateway only its list of refusals.
"""

from collections import Counter
from collections.abc import Callable

from sqlalchemy import create_engine, text

from gateway.demo.generate import Row, Source
from gateway.demo.town import Town

_Key = tuple[str, ...]
#: Centre's table and key columns, and the same key of a source row, by feed.
KEYS: dict[str, tuple[str, str, Callable[[Row], _Key]]] = {
    "market-regulator.penalty": (
        "administrative_penalty",
        "document_number",
        lambda row: (row["CF_WSH"],),
    ),
    "environment.licence": (
        "administrative_licence",
        "document_number",
        lambda row: (row["XK_WSH"],),
    ),
    "housing-fund.payment": (
        "housing_fund_payment",
        "account_number, payment_month",
        lambda row: (row["dwzh"], f"{row['jcny'][:4]}-{row['jcny'][4:]}"),
    ),
}


def complaints(town: Town) -> list[str]:
    """Return all in which a finished run differs from the ledger; an empty list is a balance."""
    differences: list[str] = []
    for source in town.sources.values():
        differences += _at_centre(town, source)
        differences += _refused(town, source)
    return differences


def _at_centre(town: Town, source: Source) -> list[str]:
    """Each row to be accepted is at the centre once, and nothing else is."""
    table, columns, key_of = KEYS[source.feed]
    engine = create_engine(f"sqlite:///{town.centre_store}")
    with engine.connect() as connection:
        rows = connection.execute(text(f"SELECT {columns} FROM {table} WHERE NOT withdrawn"))  # noqa: S608
        counts = Counter(tuple(row) for row in rows)
    engine.dispose()
    expected = {key_of(source.rows[e.number]) for e in source.ledger if e.fate == "accepted"}
    missing = sorted(expected - counts.keys())
    extra = sorted(counts.keys() - expected)
    twice = sorted(key for key, count in counts.items() if count > 1)
    return [
        f"{source.feed}: {fault} {key}"
        for fault, keys in (("lost", missing), ("unexpected", extra), ("doubled", twice))
        for key in keys
    ]


def _refused(town: Town, source: Source) -> list[str]:
    """Each row to be refused is refused once, by the rule that the generator broke."""
    engine = create_engine(town.store)
    query = text(
        "SELECT unit.name, refusal.ref, fault.rule FROM refusal JOIN unit ON unit.id ="
        " refusal.unit_id"
        " JOIN feed ON feed.id = refusal.feed_id JOIN fault ON fault.refusal_id = refusal.id"
        " WHERE feed.name = :feed AND refusal.state = 'open'"
    )
    rules: dict[int, set[str]] = {}
    with engine.connect() as connection:
        for unit, ref, rule in connection.execute(query, {"feed": source.feed}):
            rules.setdefault(number_of(source.feed, unit, ref), set()).add(rule)
    engine.dispose()
    expected = {entry.number: entry.rule for entry in source.ledger if entry.fate == "refused"}
    differences = [
        f"{source.feed}: row {n} was not refused" for n in sorted(expected.keys() - rules.keys())
    ]
    differences += [
        f"{source.feed}: row {n} was refused, by {rules[n]}"
        for n in sorted(rules.keys() - expected.keys())
    ]
    differences += [
        f"{source.feed}: row {n} was refused by {rules[n]}, not by {expected[n]}"
        for n in sorted(expected.keys() & rules.keys())
        if expected[n] not in rules[n]
    ]
    return differences


def number_of(feed: str, unit: str, ref: str) -> int:
    """Return a row's number in the ledger, from how a department finds the row."""
    if feed == "market-regulator.penalty":
        first = int(unit.partition("@")[0].removeprefix("penalty-").removesuffix(".csv"))
        return first - 1 + int(ref) - 2
    return int(ref) - 1
