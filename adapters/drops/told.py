"""What a department says of a file beside it, in a marker or a checksum file, and whether the file is so. Pure."""

import hashlib
import re
from typing import Any, BinaryIO, cast

from adapters.formats import Format, FormatError

_TOLD = re.compile(r"\b(rows|size|md5|sha1|sha256|sm3)\s*=\s*([0-9A-Fa-f]{1,64})\b")
_DIGEST = re.compile(r"\b([0-9A-Fa-f]{32,64})\b")
_ALGORITHMS = ("md5", "sha1", "sha256", "sm3")
#: Rows counted together.
_ROWS = 10_000


def told_of(marker: str) -> dict[str, str]:
    """Read what a marker says: rows, size, checksums; what it says otherwise does not count."""
    told = {name: value.lower() for name, value in _TOLD.findall(marker)}
    return {name: value for name, value in told.items() if name in _ALGORITHMS or value.isdecimal()}


def named_digest(text: str) -> str:
    """Find the checksum in a checksum file: the first hexadecimal word that is long enough, or ""."""
    found = _DIGEST.search(text)
    return found[1].lower() if found else ""


def against(
    told: dict[str, str], sent: BinaryIO, unpacked: BinaryIO, size: int, reader: Format
) -> tuple[FormatError | None, bool]:
    """Hold a file as it was sent, of a size in bytes, against what was told of it.

    Give what is wrong, and whether that may be because the file is still growing.
    """
    if (claimed := told.get("size")) and int(claimed) != size:
        return FormatError("source.size", f"声明 {claimed} 字节，文件有 {size} 字节；请重新上传", f"{claimed} bytes are declared and the file has {size}; upload it again"), size < int(claimed)  # fmt: skip
    for algorithm in (name for name in _ALGORITHMS if name in told):
        try:
            found = _digest_of(sent, algorithm)
        except FormatError as error:
            return error, False
        if found != told[algorithm]:
            return FormatError("source.checksum", f"声明的 {algorithm} 为 {told[algorithm]}，文件为 {found}；请重新上传", f"the declared {algorithm} is {told[algorithm]} and the file's is {found}; upload it again"), True  # fmt: skip
    if "rows" in told or reader.trailer:
        return _miscount(unpacked, int(told["rows"]) if "rows" in told else None, reader)
    return None, False


def _miscount(
    unpacked: BinaryIO, declared: int | None, reader: Format
) -> tuple[FormatError | None, bool]:
    unpacked.seek(0)
    try:
        count = sum(chunk.rows.height for chunk in reader.read(unpacked, _ROWS))
    except FormatError as error:
        return error, True
    if declared is None or count == declared:
        return None, False
    fault = FormatError(
        "source.count",
        f"标志文件声明 {declared} 行，文件有 {count} 行；请重新导出并上传",
        f"the marker declares {declared} rows and the file has {count}; export and upload it again",
    )
    return fault, count < declared


def _digest_of(stream: BinaryIO, algorithm: str) -> str:
    """Give a file's checksum in hexadecimal; raises FormatError for an algorithm this machine lacks."""
    stream.seek(0)
    try:
        return hashlib.file_digest(
            cast("Any", stream), lambda: hashlib.new(algorithm, usedforsecurity=False)
        ).hexdigest()
    except ValueError:
        raise FormatError("source.checksum", f"本机不支持校验算法 {algorithm}", f"this machine has no checksum {algorithm}") from None  # fmt: skip
