"""Splits a package that the centre refuses whole, to find the guilty record. Pure.

The other records go on without it.
"""

from collections.abc import Callable
from dataclasses import replace

import polars as pl
import zstandard

from gateway.exchange.batch_plan import LEVEL
from gateway.exchange.context import frame_bytes, frame_of
from gateway.protocol.header import read_header
from gateway.protocol.package_writer import package_xml
from gateway.standard import parse_xml
from outbox import Claim, Draft

_BODY, _END = b"\n<Body>\n", b"\n</Body>\n"


def halves(claim: Claim, new_guid: Callable[[], str]) -> list[Draft]:
    """Return two packages made of one, in its order and with its sequence; none of a single record.

    The records are the very bytes of before: a package has one a line.
    """
    xml = zstandard.decompress(claim.payload)
    records = xml.partition(_BODY)[2].rpartition(_END)[0].split(b"\n")
    if len(records) != claim.records or claim.records < 2:
        return []
    header, context = read_header(parse_xml(xml)), frame_of(claim.context)
    middle = claim.records // 2
    drafts = []
    for first, last in ((0, middle), (middle, claim.records)):
        half = replace(header, guid=new_guid(), records=last - first)
        data = package_xml(half, pl.Series([text.decode() for text in records[first:last]]))
        half_context = frame_bytes(context.slice(first, last - first))
        drafts.append(
            Draft(
                half.guid,
                claim.sequence,
                zstandard.compress(data, LEVEL),
                half_context,
                half.records,
                part=claim.part + first,
            )
        )
    return drafts
