"""What a file is that was called a workbook, by its first bytes and the names within it."""

import re
from typing import BinaryIO, Literal

from adapters.formats import FormatError
from adapters.formats.workbook.archive import Archive
from adapters.text import Text, workbook_things, workbooks

_OTHERS: tuple[tuple[bytes, Text], ...] = (
    (b"%PDF", workbook_things.pdf()),
    (b"Rar!", workbook_things.rar()),
    (b"7z\xbc\xaf'\x1c", workbook_things.seven_zip()),
    (b"\x1f\x8b", workbook_things.gzip()),
    (b"\x89PNG", workbook_things.picture()),
    (b"\xff\xd8\xff", workbook_things.picture()),
    (b"GIF8", workbook_things.picture()),
    (b"BM", workbook_things.picture()),
    (b"{\\rtf", workbook_things.rtf()),
)
#: Workbooks of Excel 2 to 4, which are no compound file.
_OLD = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08")
_XML_2003 = re.compile(r"urn:schemas-microsoft-com:office:spreadsheet|progid\s*=\s*.Excel\.Sheet")
_HTML = re.compile(r"<\s*(?:!doctype\s+html|html|head|body|meta|table|style|script|div)\b", re.I)
_MHTML = re.compile(r"\s*(?:MIME-Version|Content-Type|From)\s*:", re.IGNORECASE)
_SAMPLE = 8192


def kind_of(stream: BinaryIO) -> Literal["xlsx", "xls"]:
    """Return how a file is to be read; raises FormatError that names anything else."""
    stream.seek(0)
    start = stream.read(_SAMPLE)
    stream.seek(0)
    if start.startswith(b"PK"):
        return "xlsx"
    if start.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "xls"
    raise FormatError("format.workbook", *_named(start))


def _named(start: bytes) -> Text:
    if not start.strip(b"\x00 \t\r\n"):
        return workbooks.empty()
    for mark, kind in _OTHERS:
        if start.startswith(mark):
            return workbooks.other_file(*kind)
    if start.startswith(_OLD):
        return workbooks.old_excel()
    text = _text(start)
    if text is None:
        return workbooks.unknown()
    if _XML_2003.search(text):
        return workbooks.xml_2003()
    if _MHTML.match(text):
        return workbooks.web_archive()
    if _HTML.search(text):
        return workbooks.web_page()
    return (
        workbooks.xml()
        if text.lstrip("\ufeff \t\r\n").startswith("<?xml")
        else workbooks.plain_text()
    )


def _text(start: bytes) -> str | None:
    """Return the start of a file as text, as far as it is any."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return start[: len(start) // 2 * 2].decode("utf-16", errors="replace")
    if b"\x00" in start or sum(byte < 9 or 13 < byte < 27 for byte in start) > len(start) // 50:
        return None
    for encoding in ("utf-8", "gb18030", "big5"):
        # The last character may be cut off.
        for cut in range(4):
            try:
                return start[: len(start) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
    return None


def check_archive(archive: Archive) -> None:
    """Raise FormatError for an archive that holds something else than an xlsx, naming what."""
    names = archive.names()
    if "xl/workbook.bin" in names:
        raise FormatError(
            "format.workbook",
            *workbooks.other_program(*workbook_things.xlsb()),
        )
    if "mimetype" in names:
        kind = b"".join(archive.blocks("mimetype"))[:200].decode("ascii", errors="replace")
        if "spreadsheet" in kind:
            raise FormatError("format.workbook", *workbooks.other_program(*workbook_things.ods()))
        raise FormatError(
            "format.workbook",
            *workbooks.other_file(*workbook_things.open_document()),
        )
    if any(name.rpartition("/")[2] == "workbook.xml" for name in names):
        return
    if "word/document.xml" in names:
        raise FormatError("format.workbook", *workbooks.other_file(*workbook_things.docx()))
    if "ppt/presentation.xml" in names:
        raise FormatError("format.workbook", *workbooks.other_file(*workbook_things.pptx()))
    if "[content_types].xml" not in names:
        raise FormatError("format.workbook", *workbooks.other_file(*workbook_things.zip_archive()))
