"""The digests of the records of a package, which tell their versions apart. Pure.

They are needed of those that the centre turned down.
"""

from collections.abc import Collection

import zstandard

from gateway.exchange.context import changes_of
from gateway.exchange.feed_store import SentVersion
from gateway.protocol.canonical import END, read_plain, split_plain
from gateway.protocol.header import read_header
from gateway.standard import load_standard, parse_xml
from gateway.standard.digest import row_digests


def versions_of(context: bytes, payload: bytes | None, keys: Collection[str]) -> list[SentVersion]:
    """Return the versions of some records of a package; without payload, with no digests."""
    changes = changes_of(context)
    digests = {} if payload is None else _digests(payload, changes, keys)
    return [SentVersion(key, changes[key], digests.get(key)) for key in keys]


def _digests(
    payload: bytes, changes: dict[str, str], keys: Collection[str]
) -> dict[str, str | None]:
    """Return the digest of each record, as `known` has it; nothing of a package with withdrawals.

    A package of ours has one record a line, in the order of its context.
    """
    parts = split_plain(zstandard.decompress(payload))
    if parts is None:
        return {}
    lines = parts[1].split(b"\n")
    if len(lines) != len(changes):
        return {}
    header = read_header(parse_xml(parts[0] + lines[0] + END.encode()))
    kind = load_standard(header.version).kind(header.kind)
    record_lines = [line for key, line in zip(changes, lines, strict=True) if key in keys]
    records = read_plain(b"\n".join(record_lines), kind) if record_lines else None
    if records is None:
        return {}
    frame, columns = records
    return dict(zip(frame, row_digests(zip(*columns, strict=True)), strict=True))
