"""Frames as bytes, and faults as columns: how the exchange stores its rows. Pure."""

import io
from collections.abc import Sequence

import polars as pl

from gateway.exchange.refusal_store import Fault


def frame_bytes(frame: pl.DataFrame) -> bytes:
    """Return a frame as an Arrow IPC stream, compressed by LZ4: quick rather than small."""
    return frame.write_ipc_stream(None, compression="lz4").getvalue()


def frame_of(data: bytes) -> pl.DataFrame:
    """Return the frame that `frame_bytes` wrote."""
    return pl.read_ipc_stream(io.BytesIO(data))


def keys_of(context: bytes) -> list[str]:
    """Return the record keys of a package in order, from its message's context."""
    return pl.read_ipc_stream(io.BytesIO(context), columns=["#key"])["#key"].to_list()


def changes_of(context: bytes) -> dict[str, str]:
    """Return by key, in order, what each record of a package is to the centre.

    That is: added, changed or withdrawn.
    """
    frame = pl.read_ipc_stream(io.BytesIO(context), columns=["#key", "#change"])
    return dict(zip(frame["#key"], frame["#change"], strict=True))


def changed_keys_of(context: bytes) -> list[str]:
    """Return the records of a package that were sent before, in another version."""
    frame = pl.read_ipc_stream(io.BytesIO(context), columns=["#key", "#change"])
    return frame.filter(pl.col("#change") == "changed")["#key"].to_list()


def fault_columns(faults: Sequence[Fault | None]) -> list[pl.Series]:
    """Return the columns field, rule, zh and en of VERDICT_SCHEMA; null for rows without fault."""
    cells = [(None,) * 4 if f is None else (f.field, f.rule, f.text.zh, f.text.en) for f in faults]
    columns = zip(*cells, strict=True) if cells else [()] * 4
    names = ("field", "rule", "zh", "en")
    return [
        pl.Series(name, column, dtype=pl.String)
        for name, column in zip(names, columns, strict=True)
    ]
