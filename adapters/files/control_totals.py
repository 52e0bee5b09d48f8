"""Control totals: what a department declares of a file beside it, and whether the file is so. Pure.

A marker may declare rows, size and checksums, a checksum file one checksum. A department that wrote
a total believes that it is checked: one that cannot be read refuses the file, and words that are no
total are remarked on, so that no check exists in somebody's mind alone.
"""

import codecs
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from adapters.files.rows import IncompleteFileError
from adapters.formats import FormatError
from adapters.text import drops as messages

#: Hexadecimal digits of a checksum.
_DIGITS = {"md5": 32, "sha1": 40, "sha256": 64, "sm3": 64}
_ALGORITHMS = tuple(_DIGITS)


#: How departments call what they declare, after NFKC and in lower case.
_CALLED = {
    "rows": (
        "rows",
        "row",
        "rowcount",
        "row_count",
        "row-count",
        "rownum",
        "count",
        "records",
        "record",
        "recordcount",
        "record_count",
        "row count",
        "record count",
        "total rows",
        "total records",
        "行数",
        "总行数",
        "数据行数",
        "文件行数",
        "记录数",
        "总记录数",
        "数据记录数",
        "条数",
        "总条数",
        "数据条数",
        "数据量",
    ),
    "size": (
        "size",
        "bytes",
        "filesize",
        "file_size",
        "file-size",
        "大小",
        "文件大小",
        "字节",
        "字节数",
        "文件字节数",
    ),
    "md5": ("md5", "md5sum", "md5值", "md5码"),
    "sha1": ("sha1", "sha-1", "sha1sum"),
    "sha256": ("sha256", "sha-256", "sha256sum"),
    "sm3": ("sm3", "sm3值"),
}
_NAMES = {called: name for name, every in _CALLED.items() for called in every}
_NAME = "|".join(sorted(map(re.escape, _NAMES), key=len, reverse=True))
#: Everything up to the next separator; commas between digits belong to a number.
_VALUE = r"(?:\d+(?:,\d+)*)?[^\s,;|、。]*"
#: A name, what may stand between, its value, and maybe a unit.
_TOTAL = re.compile(
    rf"(?<![\w-])(?P<name>{_NAME})(?:\s*[=:]+\s*|\s+(?=\S*\d))(?P<value>{_VALUE})"
    r"(?:\s+(?:行|条|笔|个|rows?|records?|bytes?|字节)(?![\w=:]))?"
)
#: Rows as a sentence says them.
_COUNTED = re.compile(
    r"(?<![\w,.=:-])共?\s*(?P<value>\d+(?:,\d+)*)\s*(?:条记录|条数据|行数据|行|条|笔|rows|records)"
    r"(?![\w=:])"
)
_UNITS = {"rows": r"(?:行|条|笔|个|rows?|records?)?", "size": r"(?:bytes?|b|字节)?"}
_NUMBER = r"(?P<number>\d{1,3}(?:,\d{3})+|\d{1,15})"
#: Words of a marker that say no more than its being there does.
_PLAIN = re.compile(
    r"ok|okay|done|ready|finish(?:ed)?|completed?|success|end|eof|true|yes|y|"
    # When it was written.
    r"\d{4}[-/年]\d{1,2}[-/月]\d{1,2}日?(?:t\d\d:\d\d\S*)?|\d{1,2}:\d\d(?::\d\d\S*)?|"
    r"file|filename|name|文件|文件名|文件名称|"
    r"完成|已完成|完毕|传输完成|上传完成|上传完毕|传输完毕|结束|成功"
)
_WORD, _EDGES = re.compile(r"[^\s,;|、。]+"), ".!=:/-"
#: What stands about words in JSON and XML.
_BRACKETS = str.maketrans(dict.fromkeys("{}\"'<>[]", " "))


@dataclass(frozen=True, slots=True)
class Declared:
    """What a marker says: totals that are to be checked, and words that cannot be."""

    totals: dict[str, str]
    #: A total whose value cannot be read, or that is given twice with different values.
    unreadable: str = ""
    #: What is no total.
    unknown: str = ""


def decoded(data: bytes) -> str:
    """Return the text of a marker or checksum file, whichever program wrote it.

    PowerShell writes UTF-16, Notepad a mark before UTF-8, an old system GB18030.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    # UTF-16 without a mark: of plain words, every other byte is 0.
    if data[1:2] == b"\0" != data[:1]:
        return data.decode("utf-16-le", "replace")
    if data[:1] == b"\0" != data[1:2]:
        return data.decode("utf-16-be", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")


def declared_of(marker: str, name: str = "") -> Declared:
    """Return what a marker's text declares; `name` is the file's, which it may repeat.

    `ROWS=5`, `rows: 5`, `行数：5` and full-width forms are all rows.
    """
    text = unicodedata.normalize("NFKC", marker).replace("\ufeff", "").lower()
    if name:
        text = text.replace(unicodedata.normalize("NFKC", name).lower(), " ")
    # One blank for many: patterns that may begin at any of them take long over thousands.
    text = " ".join(text.translate(_BRACKETS).split())
    totals: dict[str, str] = {}
    unreadable = ""
    for pattern in (_TOTAL, _COUNTED):
        for match in pattern.finditer(text):
            called = _NAMES[match["name"]] if pattern is _TOTAL else "rows"
            value = _value(called, match["value"])
            if value is None or totals.setdefault(called, value) != value:
                unreadable = unreadable or match[0].strip()
        text = pattern.sub(" ", text)
    rest = (word for word in _WORD.findall(text) if not _PLAIN.fullmatch(word.strip(_EDGES)))
    return Declared(totals, unreadable, " ".join(word for word in rest if word.strip(_EDGES)))


def told_of(marker: str) -> dict[str, str]:
    """Return the totals that a marker declares: rows, size, checksums."""
    return declared_of(marker).totals


def _value(called: str, text: str) -> str | None:
    """Return a total's value in digits; None where it cannot be read."""
    if called in _DIGITS:
        digest = text.strip("\"'")
        return digest if re.fullmatch(f"[0-9a-f]{{{_DIGITS[called]}}}", digest) else None
    number = re.fullmatch(_NUMBER + _UNITS[called] + r"\.?", text.strip("\"'"))
    return None if number is None else number["number"].replace(",", "")


def named_digest(text: str, algorithm: str = "", name: str = "") -> str:
    """Return the checksum in a checksum file, in lower case; "" where there is none, or several.

    Reads what md5sum, openssl, BSD's md5, certutil (of Windows 7 too, with a blank between the
    bytes) and PowerShell's Get-FileHash write. Of several files' checksums it is that of `name`.
    """
    lengths = [_DIGITS[algorithm]] if algorithm else sorted(set(_DIGITS.values()))
    for length in lengths:
        ranked = [
            (rank, name.lower() not in line.lower(), digest)
            for line in text.replace("\ufeff", "").splitlines()
            for rank, digest in _digests(line.strip(), length)
        ]
        if not ranked:
            continue
        named = [digest for _, other, digest in ranked if name and not other]
        best = min(rank for rank, _, _ in ranked)
        first = [digest for rank, _, digest in ranked if rank == best]
        for choice in (first, named, [digest for _, _, digest in ranked]):
            if len(set(choice)) == 1:
                return choice[0].lower()
    return ""


def _digests(line: str, length: int) -> list[tuple[int, str]]:
    """Return the digests in a line; a line that is nothing else ranks first, one in a name last."""
    together = re.sub(r"\s", "", line)
    if re.fullmatch(f"[0-9A-Fa-f]{{{length}}}", together):
        return [(0, together)]
    alone = rf"(?<![0-9A-Za-z])([0-9A-Fa-f]{{{length}}})(?![0-9A-Za-z])"
    placed = re.match(rf"\\?([0-9A-Fa-f]{{{length}}})\s", line) or re.search(
        rf"[=:]\s*([0-9A-Fa-f]{{{length}}})$", line
    )
    if placed is None:
        # A column of its own, as in PowerShell's table.
        placed = re.search(rf"^\S+\s+([0-9A-Fa-f]{{{length}}})(?:\s|$)", line)
    if placed is not None:
        return [(1, placed[1])]
    return [(2, digest) for digest in re.findall(alone, line)]


def against(told: dict[str, str], sent: BinaryIO, size: int) -> None:
    """Hold a file as it was sent, of a size in bytes, against what was told of it.

    Raises IncompleteFileError.
    """
    if (claimed := told.get("size")) and int(claimed) != size:
        fault = FormatError("source.size", *messages.wrong_size(claimed, size))
        raise IncompleteFileError(fault, short=size < int(claimed))
    for algorithm in (name for name in _ALGORITHMS if name in told):
        try:
            actual = _digest_of(sent, algorithm)
        except FormatError as error:
            raise IncompleteFileError(error, short=False) from None
        if actual != told[algorithm]:
            text = messages.wrong_checksum(algorithm, told[algorithm], actual)
            raise IncompleteFileError(FormatError("source.checksum", *text), short=True)


def _digest_of(stream: BinaryIO, algorithm: str) -> str:
    """Return a file's checksum in hexadecimal.

    Raises FormatError for an algorithm this machine lacks.
    """
    stream.seek(0)
    try:
        return hashlib.file_digest(
            cast("Any", stream), lambda: hashlib.new(algorithm, usedforsecurity=False)
        ).hexdigest()
    except ValueError:
        raise FormatError("source.checksum", *messages.no_algorithm(algorithm)) from None
