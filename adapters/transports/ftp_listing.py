"""What FTP servers list for people: lines of LIST in the styles of Unix and of Windows (IIS). Pure.

RFC 959 leaves LIST to the server's taste, so a line of any other style is not guessed at.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
#: Rights, links, owner and group (which may have blanks, or be missing), size, time, one blank,
#: name. Every part is bounded, so that no line takes long.
_UNIX = re.compile(
    r"(?P<kind>[-dlbcpsD])[-rwxsStTlL]{9}[+.@]?\s{1,30}\d{1,9}\s{1,30}"
    r"(?:.{0,80}?\s)??(?P<size>\d{1,18})\s{1,30}"
    r"(?:(?P<month>[A-Za-z]{3}|\d{1,2}月)\s{1,9}(?P<day>\d{1,2})日?\s{1,9}"
    r"(?P<clock>\d{1,2}:\d\d|\d{4})年?"
    r"|(?P<iso>\d{4}-\d\d-\d\d)\s{1,9}"
    r"(?P<iso_clock>\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:\s[-+]\d{4})?)"
    r"\s(?P<name>.+)"
)
_DOS = re.compile(
    r"(?P<date>\d\d-\d\d-(?:\d{4}|\d\d)|\d{4}[-/]\d\d[-/]\d\d)\s+"
    r"(?P<clock>\d\d:\d\d(?::\d\d)?\s?(?P<half>[AP]M)?)\s+"
    r"(?:(?P<kind><\w+>)\s+|(?P<size>[\d,]+)\s)(?P<name>.+)",
    re.IGNORECASE,
)
#: Most characters of a line; a name has at most 255.
_LONGEST = 2000
#: What is no entry: the sum of blocks, as `ls -l` begins.
_TOTAL = re.compile(r"(?:total|总用量|总计)\s+\d+\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a listing; its time is to the minute, or to the day where it is old."""

    name: str
    size: int
    modified: datetime
    plain: bool


def parsed(lines: Iterable[str], now: datetime) -> list[Line] | None:
    """Return the entries of a listing; None where a line is of a style that is not known."""
    entries = []
    for line in lines:
        if not line.strip() or _TOTAL.fullmatch(line):
            continue
        if len(line) > _LONGEST:
            return None
        entry = _unix(line, now) or _dos(line)
        if entry is None:
            return None
        entries.append(entry)
    return [entry for entry in entries if entry.name not in (".", "..")]


def _unix(line: str, now: datetime) -> Line | None:
    match = _UNIX.fullmatch(line)
    if match is None:
        return None
    name, kind = match["name"], match["kind"]
    if kind == "l":
        name = name.partition(" -> ")[0]
    try:
        modified = _unix_time(match, now)
    except (ValueError, KeyError):
        return None
    return Line(name, int(match["size"]), modified, plain=kind == "-")


def _unix_time(match: re.Match[str], now: datetime) -> datetime:
    if match["iso"]:
        return datetime.fromisoformat(f"{match['iso']}T{match['iso_clock']}").replace(tzinfo=UTC)
    month = match["month"].lower()
    number = _MONTHS[month] if month in _MONTHS else int(month.removesuffix("月"))
    day, clock = int(match["day"]), match["clock"]
    if ":" not in clock:
        return datetime(int(clock), number, day, tzinfo=UTC)
    hour, minute = map(int, clock.split(":"))
    # Without a year it is the last such day; the server's clock may be a day ahead of ours.
    for year in range(now.year + 1, now.year - 9, -1):
        try:
            moment = datetime(year, number, day, hour, minute, tzinfo=UTC)
        except ValueError:
            # 29 February.
            continue
        if moment <= now + timedelta(days=1):
            return moment
    raise ValueError(clock)


def _dos(line: str) -> Line | None:
    match = _DOS.fullmatch(line)
    if match is None:
        return None
    date, clock = match["date"].replace("/", "-"), match["clock"].upper().replace(" ", "")
    year_last = "%m-%d-%Y" if len(date) == 10 else "%m-%d-%y"
    pattern = "%Y-%m-%d" if date[4] == "-" else year_last
    hours = "%I:%M" if match["half"] else "%H:%M"
    seconds = ":%S" if clock.count(":") == 2 else ""
    half = "%p" if match["half"] else ""
    try:
        moment = datetime.strptime(f"{date} {clock}+0000", f"{pattern} {hours}{seconds}{half}%z")
    except ValueError:
        return None
    size = 0 if match["size"] is None else int(match["size"].replace(",", ""))
    return Line(match["name"], size, moment, plain=match["kind"] is None)
