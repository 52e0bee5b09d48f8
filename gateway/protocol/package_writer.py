"""Writes records and packages as XML from columns. Pure; the gate checks what comes out."""

from xml.sax.saxutils import escape

import polars as pl

from gateway.clock import SHANGHAI
from gateway.protocol import canonical
from gateway.protocol.header import Header
from gateway.standard.xsd_reader import Kind

#: GB/T 39443-2020 leaves the size of a package to the platform; ours is in package.xsd.
PACKAGE_RECORDS = 1000


def record_xml(records: pl.DataFrame, kind: Kind, keys: pl.Series, changes: pl.Series) -> pl.Series:
    """Return each record as one element of its kind.

    `records` has the kind's fields as text, null where empty; `keys` and `changes` (added or
    changed) have the same length.
    """
    if not records.height:
        return pl.Series("xml", [], dtype=pl.String)
    marked = _special_columns(records)
    parts = [
        pl.lit(f'<c:{kind.name} key="'),
        pl.col("#key"),
        pl.lit('" change="'),
        pl.col("#change"),
        pl.lit('">'),
    ]
    for field in kind.fields:
        empty = records[field.name].null_count()
        if empty == records.height:
            continue
        value = pl.col(field.name)
        if field.name in marked:
            value = value.str.replace_many(
                list(canonical.SPECIAL), list(canonical.SPECIAL.values())
            )
        element = [pl.lit(f"<c:{field.name}>"), value, pl.lit(f"</c:{field.name}>")]
        # Where a value is null its whole element is, and that is left out of its record.
        parts += [pl.concat_str(element)] if empty else element
    parts.append(pl.lit(f"</c:{kind.name}>"))
    framed = records.with_columns(keys.alias("#key"), changes.alias("#change"))
    return framed.select(pl.concat_str(parts, ignore_nulls=True).alias("xml")).to_series()


def withdrawal_xml(keys: pl.Series) -> pl.Series:
    """Return a withdrawal element for each key."""
    parts = [pl.lit('<c:Withdrawal key="'), pl.col("key"), pl.lit('"/>')]
    return pl.DataFrame({"key": keys}).select(pl.concat_str(parts).alias("xml")).to_series()


def package_xml(header: Header, records: pl.Series) -> bytes:
    """Return a header and record elements as one document in its plainest form."""
    created = header.created_at.astimezone(SHANGHAI).isoformat(timespec="milliseconds")
    head = (
        f"{canonical.START}<PackageGuid>{header.guid}</PackageGuid>"
        f"<Department>{escape(header.department)}</Department><Feed>{escape(header.feed)}</Feed>"
        f"<RecordKind>{header.kind}</RecordKind><SchemaVersion>{header.version}</SchemaVersion>"
        f"<Sequence>{header.sequence}</Sequence><CreatedAt>{created}</CreatedAt>"
        f"<RecordCount>{header.records}</RecordCount>{canonical.BODY}"
    )
    body = records.str.join("\n").cast(pl.Binary).item()
    return b"".join((head.encode(), body, canonical.END.encode()))


def _special_columns(records: pl.DataFrame) -> set[str]:
    """Return the columns in which any value needs escaping.

    Most have none and are not searched twice.
    """
    marks = records.select(pl.all().str.contains(f"[{''.join(canonical.SPECIAL)}]").any())
    return {name for name, mark in zip(marks.columns, marks.row(0), strict=True) if mark}
