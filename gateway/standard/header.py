"""A package's header as a value: what the sender writes and the centre reads (package.xsd)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Header:
    """What a package says of itself; `created_at` is aware."""

    guid: str
    department: str
    feed: str
    kind: str
    version: str
    sequence: int
    created_at: datetime
    records: int
