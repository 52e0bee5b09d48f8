"""The plainest form of a package: how ours are written, and how records are read straight from such a text.

In it a record is one line, with nothing between its elements, no comment and no CDATA: its text says all
that its tree would, at half the cost. What is written otherwise is read from its tree. Pure.
"""

from collections.abc import Sequence

import polars as pl

from gateway.standard.fields import CREDIT_NS, EXCHANGE_NS, Kind

START = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<Package xmlns="{EXCHANGE_NS}" xmlns:c="{CREDIT_NS}">\n<Header>'
)
BODY = "</Header>\n<Body>\n"
END = "\n</Body>\n</Package>\n"
#: Signs that would be markup in a text, and how they are written there.
SPECIAL = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ESCAPE = "&(?:amp|lt|gt);"


def split_plain(xml: bytes) -> tuple[bytes, bytes] | None:
    """Give a package in its plainest form as its header (a document) and the lines of its body.

    None where it is written otherwise. Both mean something only if the package is well-formed.
    """
    if not xml.startswith(START.encode()) or not xml.endswith(END.encode()):
        return None
    at = xml.find(BODY.encode())
    if at < 0:
        return None
    return xml[:at] + b"</Header></Package>", xml[at + len(BODY) : -len(END)]


def read_plain(body: bytes, kind: Kind) -> tuple[pl.Series, pl.DataFrame] | None:
    """Read a plain body's records: their keys, and the kind's fields as text, null where absent.

    None where anything in it is written otherwise. Sound only for a package that the XSD has passed:
    that tags match, and that the fields are the kind's, is not looked at again.
    """
    if b"\r" in body or b"\t" in body:
        return None
    line = pl.col("line")
    opened = rf'^<c:{kind.name} key="([0-9a-f]{{32}})" change="(?:added|changed)"><c:'
    lines = pl.DataFrame({"line": pl.Series(body.split(b"\n"), dtype=pl.Binary).cast(pl.String)})
    lines = lines.select(
        line.str.extract(opened).alias("key"),
        line.str.split("</c:").alias("piece"),
    )
    keys = lines["key"]
    if keys.null_count():
        return None
    pieces = (
        lines.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"), "piece")
        .explode("piece")
        .select("row", pl.col("piece").str.splitn(">", 3))
        .unnest("piece")
    )
    # The last two of a line only end its last field and the record; each other begins a field, and has its text.
    cells = pieces.filter(pl.col("field_2").is_not_null()).select(
        "row", _place("field_1", kind.field_names), pl.col("field_2").alias("text")
    )
    if pieces.height != cells.height + 2 * keys.len() or cells["place"].null_count():
        return None
    # Every "<" begins or ends a record or a field, so that none begins anything else.
    if body.count(b"<") != 2 * (keys.len() + cells.height) or _is_loose(cells["text"]):
        return None
    fields = _wide(cells, keys.len(), kind.field_names)
    return (keys, fields) if b"&" not in body else _unescaped(keys, fields)


def _place(tag: str, names: Sequence[str]) -> pl.Expr:
    """Give the place among a kind's fields of what a tag begins; null of anything else."""
    tags = [f"<c:{name}" for name in names]
    places = pl.col(tag).replace_strict(tags, range(len(tags)), default=None, return_dtype=pl.UInt32)  # fmt: skip
    return places.alias("place")


def _is_loose(texts: pl.Series) -> bool:
    """Tell whether any text is not as xs:token has it, or empty."""
    text = pl.col("text")
    loose = (text == "") | text.str.contains("  ", literal=True) | text.str.starts_with(" ") | text.str.ends_with(" ")  # fmt: skip
    return bool(texts.to_frame().select(loose.any()).item())


def _wide(cells: pl.DataFrame, height: int, names: Sequence[str]) -> pl.DataFrame:
    """Put cells (row, place, text) into a column a field: laid end to end, each a slice of one."""
    every = pl.Series([None], dtype=pl.UInt32).new_from_index(0, height * len(names))
    at = every.scatter(cells["place"] * height + cells["row"], pl.int_range(cells.height, dtype=pl.UInt32, eager=True))  # fmt: skip
    texts = cells["text"].gather(at)
    return pl.DataFrame([texts.slice(n * height, height).alias(name) for n, name in enumerate(names)])  # fmt: skip


def _unescaped(keys: pl.Series, fields: pl.DataFrame) -> tuple[pl.Series, pl.DataFrame] | None:
    """Undo the escapes of SPECIAL; None where there is any other."""
    marks = fields.select(pl.all().str.contains("&", literal=True).any()).row(0)
    marked = [pl.col(name) for name, mark in zip(fields.columns, marks, strict=True) if mark]
    others = fields.select(text.str.replace_all(_ESCAPE, "").str.contains("&", literal=True).any() for text in marked)  # fmt: skip
    if any(others.row(0)):
        return None
    undone = (text.str.replace_many(list(SPECIAL.values()), list(SPECIAL)) for text in marked)
    return keys, fields.with_columns(undone)
