"""DBF tables made byte by byte, after what FoxPro and others write: their headers and records."""

import struct


def field(name: str, kind: str, width: int, decimals: int = 0, flags: int = 0) -> bytes:
    """Return the descriptor of a column."""
    head = name.encode("gbk")[:11].ljust(11, b"\0") + kind.encode() + bytes(4)
    return (head + bytes([width, decimals, flags])).ljust(32, b"\0")


def table(
    fields: list[bytes],
    records: list[bytes],
    *,
    mark: int,
    version: int = 0x30,
    end: bytes = b"\x1a",
    declared: int | None = None,
) -> bytes:
    """Return a table of records, each with its deletion mark."""
    length = 1 + sum(field[16] for field in fields)
    head_length = 32 + 32 * len(fields) + 1
    count = len(records) if declared is None else declared
    head = bytes([version, 26, 11, 26]) + struct.pack("<IHH", count, head_length, length)
    return (
        head.ljust(29, b"\0")
        + bytes([mark, 0, 0])
        + b"".join(fields)
        + b"\r"
        + b"".join(records)
        + end
    )
