"""Records of an xls (BIFF8, and BIFF5 of Excel 5 and 95): what the workbook says of itself,
and its strings.
"""

import codecs
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from adapters.formats import FormatError
from adapters.formats.workbook.archive import damaged
from adapters.formats.workbook.cells import Layout
from adapters.formats.workbook.number_formats import UNREADABLE, NumberFormat, format_of
from adapters.formats.workbook.package import SHEETS_LIMIT, Sheet
from adapters.input_limits import input_limits
from adapters.text import workbook_things, workbooks

BIFF8, BIFF5 = 0x0600, 0x0500


class Kind(IntEnum):
    """Records that are read; all others are passed over."""

    BOF = 0x0809
    EOF = 0x000A
    CONTINUE = 0x003C
    FILEPASS = 0x002F
    CODEPAGE = 0x0042
    DATEMODE = 0x0022
    BOUNDSHEET = 0x0085
    FORMAT = 0x041E
    XF = 0x00E0
    SST = 0x00FC
    RECALCID = 0x01C1
    NUMBER = 0x0203
    RK = 0x027E
    MULRK = 0x00BD
    BLANK = 0x0201
    MULBLANK = 0x00BE
    LABELSST = 0x00FD
    LABEL = 0x0204
    RSTRING = 0x00D6
    BOOLERR = 0x0205
    FORMULA = 0x0006
    STRING = 0x0207
    MERGEDCELLS = 0x00E5


_CODE_PAGES = {
    367: "ascii",
    1200: "cp1252",
    936: "gb18030",
    10000: "mac_roman",
    10008: "gb2312",
    10002: "big5",
    32768: "mac_roman",
    32769: "cp1252",
}

#: A record: its kind, its data, and the data of the records that go on with it.
Record = tuple[int, list[bytes]]


@dataclass(frozen=True, slots=True)
class Book:
    """An xls without its cells; `place` of a sheet is where its records begin."""

    data: bytes
    version: int
    code_page: str
    sheets: tuple[Sheet, ...]
    layout: Layout
    #: None for a string that is no Unicode text.
    strings: list[str | None]


def records(data: bytes, place: int) -> Iterator[Record]:
    """Yield the records from a place to the end of their substream, without those of objects in it.

    Raises FormatError where they end before their end.
    """
    depth = 0
    pending: Record | None = None
    while True:
        if place + 4 > len(data):
            raise damaged(workbooks.cut_off())
        kind, length = struct.unpack_from("<HH", data, place)
        part = data[place + 4 : place + 4 + length]
        place += 4 + length
        if len(part) < length:
            raise damaged(workbooks.cut_off())
        if kind == Kind.CONTINUE and pending is not None:
            pending[1].append(part)
            continue
        if pending is not None and depth == 1:
            yield pending
        pending = (kind, [part])
        if kind == Kind.BOF:
            depth += 1
        elif kind == Kind.EOF:
            if depth <= 1:
                return
            depth -= 1
            pending = None


def read_book(data: bytes) -> Book:
    """Return what a workbook stream says of itself; raises FormatError."""
    try:
        return _read_book(data)
    except (struct.error, IndexError):
        raise damaged(workbooks.bad_records()) from None


@dataclass(slots=True)
class _Globals:
    """What the records before the first sheet say."""

    version: int
    code_page: str = "cp1252"
    codes: dict[int, str] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    bounds: list[bytes] = field(default_factory=list)
    strings: list[str | None] = field(default_factory=list)
    #: The workbook's own numbers of its date system and code pages, as often as it names them.
    modes: set[bytes] = field(default_factory=set)
    pages: set[str] = field(default_factory=set)
    calculated: bool = False

    def note(self, kind: int, parts: list[bytes]) -> None:
        """Take in a record; raises FormatError for one that nothing can be read behind."""
        part = parts[0]
        match kind:
            case Kind.FILEPASS:
                raise FormatError("format.workbook", *workbooks.password())
            case Kind.CODEPAGE:
                self.code_page = _code_page(struct.unpack_from("<H", part)[0], self.version)
                self.pages.add(self.code_page)
            case Kind.DATEMODE:
                self.modes.add(part)
            case Kind.RECALCID:
                self.calculated = True
            case Kind.BOUNDSHEET:
                self.bounds.append(part)
            case Kind.FORMAT:
                number = struct.unpack_from("<H", part)[0]
                code = _code(part, self.version, self.code_page)
                if self.codes.setdefault(number, code) != code:
                    self.codes[number] = UNREADABLE
            case Kind.XF:
                self.numbers.append(struct.unpack_from("<H", part, 2)[0])
            case Kind.SST:
                if self.strings:
                    raise damaged(workbooks.said_twice("SST"))
                self.strings = _shared(parts)


def _read_book(data: bytes) -> Book:
    kind, _, version = struct.unpack_from("<HHH", data)
    if kind != Kind.BOF or version not in (BIFF8, BIFF5):
        raise FormatError("format.workbook", *workbooks.old_excel())
    noted = _Globals(version)
    for kind, parts in records(data, 0):
        noted.note(kind, parts)
    if len(noted.bounds) > SHEETS_LIMIT:
        raise FormatError(
            "format.size", *workbooks.too_many(*workbook_things.sheets(), SHEETS_LIMIT)
        )
    if len(noted.pages) > 1 and version == BIFF5:
        raise damaged(workbooks.said_twice("CODEPAGE"))
    sheets = [_sheet(bound, version, noted.code_page) for bound in noted.bounds]
    formats: tuple[NumberFormat, ...] = tuple(format_of(n, noted.codes) for n in noted.numbers)
    # Excel notes its calculation; programs that never calculate write 0 or no text as every result.
    layout = Layout(formats, _date_1904(noted.modes), uncalculated=not noted.calculated)
    named = tuple(sheet for sheet in sheets if sheet is not None)
    return Book(data, version, noted.code_page, named, layout, noted.strings)


def _date_1904(modes: set[bytes]) -> bool:
    """Return whether days are counted from 1904; raises FormatError for what is neither system.

    A wrong one moves every date by four years and a day ([MS-XLS] 2.4.77: 0 or 1 in two bytes).
    """
    if not modes:
        return False
    if len(modes) > 1:
        raise damaged(workbooks.said_twice("Date1904"))
    [mode] = modes
    if mode not in (b"\0\0", b"\1\0"):
        raise damaged(workbooks.bad_flag("Date1904", mode[:8].hex()))
    return mode == b"\1\0"


def _code_page(number: int, version: int) -> str:
    name = _CODE_PAGES.get(number, f"cp{number}")
    try:
        codecs.lookup(name)
    except LookupError:
        if version == BIFF5:
            raise FormatError("format.workbook", *workbooks.code_page(number)) from None
        return "cp1252"
    return name


def _sheet(bound: bytes, version: int, code_page: str) -> Sheet | None:
    place, state, kind, length = struct.unpack_from("<IBBB", bound)
    if kind != 0:
        return None
    if version == BIFF8:
        name, _ = characters(bound, 7, length)
    else:
        name = bound[7 : 7 + length].decode(code_page, "replace")
    return Sheet(name or "", state & 3 == 0, str(place))


def _code(part: bytes, version: int, code_page: str) -> str:
    if version == BIFF8:
        code, _ = characters(part, 4, struct.unpack_from("<H", part, 2)[0])
        return UNREADABLE if code is None else code
    return part[3 : 3 + part[2]].decode(code_page, "replace")


def characters(part: bytes, place: int, count: int) -> tuple[str | None, int]:
    """Return `count` characters behind their flags, and where they end; None for broken UTF-16."""
    wide = part[place] & 1
    end = place + 1 + (count * 2 if wide else count)
    if end > len(part):
        raise damaged(workbooks.bad_records())
    return decoded(part[place + 1 : end], bool(wide)), end


def decoded(data: bytes, wide: bool) -> str | None:
    """Return UTF-16 or its low bytes as text; None for what is none."""
    try:
        return data.decode("utf-16-le" if wide else "latin-1")
    except UnicodeDecodeError:
        return None


class Continued:
    """Data that goes on over several records; characters say anew in each how wide they are."""

    def __init__(self, parts: list[bytes]) -> None:
        self._parts, self._part, self._place = parts, 0, 0

    def take(self, count: int) -> bytes:
        """Return bytes that may go over into the next records."""
        taken = b""
        while len(taken) < count:
            piece = self._parts[self._part][self._place : self._place + count - len(taken)]
            self._place += len(piece)
            taken += piece
            if len(taken) < count:
                self._next()
        return taken

    def skip(self, count: int) -> None:
        """Pass over bytes."""
        while count:
            here = min(count, len(self._parts[self._part]) - self._place)
            self._place += here
            count -= here
            if count:
                self._next()

    def text(self, count: int, wide: bool) -> str | None:
        """Return characters; None for broken UTF-16."""
        pieces: list[str | None] = []
        data = b""
        while True:
            rest = len(self._parts[self._part]) - self._place
            length = min(count, rest // 2 if wide else rest)
            size = length * 2 if wide else length
            data = self._parts[self._part][self._place : self._place + size]
            # As UTF-16 throughout: a pair of surrogates may be in two records.
            pieces.append(
                data.decode("utf-16-le", "surrogatepass") if wide else data.decode("latin-1")
            )
            self._place += size
            count -= length
            if not count:
                break
            if self._place < len(self._parts[self._part]):
                raise damaged(workbooks.bad_records())
            self._next()
            wide = bool(self.take(1)[0] & 1)
        text = "".join(piece or "" for piece in pieces)
        return decoded(text.encode("utf-16-le", "surrogatepass"), True)

    def string(self) -> str | None:
        """Return a string with its length, flags, and what follows it."""
        length, flags = struct.unpack("<HB", self.take(3))
        runs = struct.unpack("<H", self.take(2))[0] if flags & 8 else 0
        extended = struct.unpack("<I", self.take(4))[0] if flags & 4 else 0
        text = self.text(length, bool(flags & 1)) if length else ""
        self.skip(4 * runs + extended)
        return text

    def _next(self) -> None:
        self._part, self._place = self._part + 1, 0
        if self._part >= len(self._parts):
            raise damaged(workbooks.bad_records())


def _shared(parts: list[bytes]) -> list[str | None]:
    [unique] = struct.unpack_from("<I", parts[0], 4)
    if unique > (limit := input_limits().cells):
        raise FormatError(
            "format.size", *workbooks.too_many(*workbook_things.shared_strings(), limit)
        )
    reader = Continued(parts)
    reader.skip(8)
    return [reader.string() for _ in range(unique)]
