"""Entries of an FTP server's folders: as SIZE and MDTM,
a line of LIST or facts of MLSD tell them.
"""

import posixpath
from calendar import timegm
from time import strptime
from typing import Any

from adapters.file_names import readable
from adapters.transports.ftp_client import FtpClient, is_moment
from adapters.transports.ftp_listing import Line
from adapters.transports.remote import Entry

#: The time of what has none.
_NO_TIME = "19700101000000"


def asked_entry(client: FtpClient, path: str, *, plain: bool, timed: bool = True) -> Entry | None:
    """Return a file as SIZE and MDTM tell it; None for what has no size, or where nobody tells.

    Without `timed` a size alone will do: the version then changes with the size only.
    """
    if any(0xD800 <= ord(character) < 0xE000 for character in path):
        return None
    size = client.size_of(path)
    moment = None if size is None else client.moment_of(path)
    if size is None or (moment is None and timed):
        return None
    moment = moment or _NO_TIME
    name = posixpath.basename(path)
    return Entry(readable(name), size, _seconds(moment), f"{moment}-{size}", plain)


def entry_of_line(line: Line) -> Entry:
    """Return the entry of a line of LIST: its time is to the minute, so it is a rough one."""
    version = f"{line.modified:%Y%m%d%H%M}-{line.size}"
    return Entry(
        readable(line.name), line.size, line.modified.timestamp(), version, line.plain, rough=True
    )


def entry_of_facts(line: str) -> Entry | None:
    """Return an entry of MLSD (RFC 3659); None for the folder itself and the one above it."""
    facts_text, _, name = line.partition(" ")
    facts: dict[str, Any] = {}
    for fact in facts_text.rstrip(";").split(";"):
        key, _, value = fact.partition("=")
        facts[key.lower()] = value
    kind = str(facts.get("type", "")).lower()
    if name in (".", "..", "") or kind in ("cdir", "pdir"):
        return None
    moment, size_text = str(facts.get("modify", "")), str(facts.get("size", ""))
    size = int(size_text) if size_text.isdecimal() else 0
    known = is_moment(moment) and bool(size_text or kind != "file")
    moment = moment if is_moment(moment) else _NO_TIME
    return Entry(
        readable(name), size, _seconds(moment), f"{moment}-{size}", kind == "file", rough=not known
    )


def _seconds(moment: str) -> float:
    try:
        return timegm(strptime(moment[:14], "%Y%m%d%H%M%S"))
    except ValueError:
        return 0.0
