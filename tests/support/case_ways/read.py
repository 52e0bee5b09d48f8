"""Files read by a format, and mapped where the case names a mapping.

The section: `format`, `settings` (for all files), `mapping` (below mappings/, or a file of the
folder), `files`. Each file has either `refused: {rule, says}`, or `rows: {number: verdict}` with a
verdict for every row that comes out: `accepted`, `{rule, says, field}` (refused), or
`{accepted: {field or column: exact value}, warns: [rule], cleaned: [field]}`; and `counted`,
`blank`, `left_out`, `deleted` where the case is about them. `settings` of a file are added to those
of all. Whatever is said, rows + left_out + blank + deleted must be what was counted.
"""

from pathlib import Path
from typing import Any

from adapters.formats import Chunk, FormatError, open_format
from gateway.clock import local_day, utc_now
from gateway.exchange.pipeline import check as check_rows
from gateway.exchange.pipeline import missing_columns, row_faults
from gateway.mapping import load_mapping

_MAPPINGS = Path(__file__).parents[3] / "mappings"
#: Small, so that what goes on over the border of a chunk is tried too.
_SIZES = (10_000, 2)


def check(folder: Path, section: dict[str, Any]) -> None:
    """Read each file of a case in chunks of either size and hold what came out against the case."""
    mapping = _mapping(folder, section.get("mapping"))
    for name, right in section["files"].items():
        settings = {**section.get("settings", {}), **right.get("settings", {})}
        for size in _SIZES:
            came = _read(folder / name, section["format"], settings, mapping, size)
            _compare(f"{folder.name}/{name} (chunks of {size})", right, came)


def _mapping(folder: Path, name: str | None) -> Any:
    if name is None:
        return None
    own = folder / name
    return load_mapping(own if own.exists() else _MAPPINGS / name)


def _read(path: Path, kind: str, settings: dict[str, Any], mapping: Any, size: int) -> Any:
    """Return a file's refusal (rule and text), or its rows' verdicts and its counts."""
    opened_format = open_format(kind, settings)
    rows: dict[int, dict[str, Any]] = {}
    tally = dict.fromkeys(("blank", "left_out", "deleted"), 0)
    try:
        with path.open("rb") as stream:
            for chunk in opened_format.read(stream, size):
                for count in tally:
                    tally[count] += getattr(chunk, count)
                if mapping is not None and (missing := missing_columns(chunk.rows, mapping)):
                    return "source.columns", f"{missing.zh} {missing.en}"
                rows |= _verdicts(chunk, mapping)
    except FormatError as error:
        return error.rule, f"{error.zh} {error.en}"
    with path.open("rb") as stream:
        counted = opened_format.count(stream) if hasattr(opened_format, "count") else None
    return rows, {**tally, "counted": None if counted is None else counted.records}


def _verdicts(chunk: Chunk, mapping: Any) -> dict[int, dict[str, Any]]:
    faults = row_faults(chunk.faults)
    records, warnings, cleanings = chunk.rows, None, None
    if mapping is not None:
        checked = check_rows(chunk.rows, mapping, local_day(utc_now()), faults)
        records, faults = checked.records, checked.faults
        warnings, cleanings = checked.warnings, checked.cleanings
    verdicts: dict[int, dict[str, Any]] = {
        number: {"values": record, "refused": [], "warns": [], "cleaned": []}
        for number, record in zip(chunk.numbers, records.iter_rows(named=True), strict=True)
    }
    for row, field, rule, zh, en in faults.select("row", "field", "rule", "zh", "en").iter_rows():
        verdicts[chunk.numbers[row]]["refused"].append((rule, field, f"{zh} {en}"))
    for name, frame, column in (("warns", warnings, "rule"), ("cleaned", cleanings, "field")):
        for row, said in () if frame is None else frame.select("row", column).iter_rows():
            verdicts[chunk.numbers[row]][name].append(said)
    return verdicts


def _compare(where: str, right: dict[str, Any], came: Any) -> None:
    if "refused" in right:
        rule, text = came if isinstance(came[0], str) else ("accepted", str(came))
        assert rule == right["refused"]["rule"], f"{where}: {came}"
        _says(where, right["refused"], text)
        return
    assert not isinstance(came[0], str), f"{where}: refused whole: {came}"
    rows, tally = came
    assert sorted(rows) == sorted(right["rows"]), f"{where}: rows {sorted(rows)}"
    for number, verdict in right["rows"].items():
        _compare_row(f"{where} row {number}", verdict, rows[number])
    for count in tally.keys() & right.keys():
        assert tally[count] == right[count], f"{where}: {count} {tally[count]}"
    if tally["counted"] is not None:
        sums = len(rows) + tally["left_out"] + tally["blank"] + tally["deleted"]
        assert sums == tally["counted"], f"{where}: {len(rows)} rows, {tally}"


def _compare_row(where: str, verdict: Any, came: dict[str, Any]) -> None:
    if isinstance(verdict, dict) and "rule" in verdict:
        matching = [
            text
            for rule, field, text in came["refused"]
            if rule == verdict["rule"] and field == verdict.get("field", field)
        ]
        assert matching, f"{where}: {came}"
        _says(where, verdict, " ".join(matching))
        return
    assert not came["refused"], f"{where}: {came['refused']}"
    if verdict == "accepted":
        return
    for name, value in verdict["accepted"].items():
        assert came["values"].get(name) == value, f"{where}: {name} {came['values'].get(name)!r}"
    for name in ("warns", "cleaned"):
        for said in verdict.get(name, ()):
            assert said in came[name], f"{where}: {name} {came[name]}"


def _says(where: str, verdict: dict[str, Any], text: str) -> None:
    for words in verdict.get("says", ()):
        assert words in text, f"{where}: says {text}"
