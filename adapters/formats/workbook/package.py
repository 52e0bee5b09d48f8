"""The layout of an xlsx: where the workbook is, its sheets, its formats, its date system."""

import posixpath
from dataclasses import dataclass

from adapters.formats import FormatError
from adapters.formats.workbook.archive import Archive, damaged, visit_elements
from adapters.formats.workbook.cells import Layout
from adapters.formats.workbook.number_formats import (
    GENERAL,
    UNREADABLE,
    NumberFormat,
    format_of,
)
from adapters.text import workbook_things, workbooks

#: Sheets and cell formats of a workbook; Excel stops at 65,490 formats.
SHEETS_LIMIT = 10_000
STYLES_LIMIT = 100_000
#: What a flag may be (xsd:boolean, and the words of the first drafts).
_FLAG = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}
#: Elements that say something of all cells, by their names: the field of the layout, the attribute.
_FLAGS = {
    "workbookPr": ("date_1904", "date1904"),
    "calcPr": ("uncalculated", "fullCalcOnLoad"),
}
#: Elements of which a program chooses one by what it understands (mc:AlternateContent).
_ALTERNATIVES = ("Choice", "Fallback")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of cells (no chart) and where it is: a part's name, or an offset in xls."""

    name: str
    visible: bool
    place: str


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook without its cells."""

    sheets: tuple[Sheet, ...]
    layout: Layout
    #: The part with the shared strings, "" where there is none.
    strings: str = ""


def choose_sheet(sheets: tuple[Sheet, ...], name: str) -> Sheet:
    """Return the sheet of a name, or the first visible one for ""; raises FormatError for none."""
    matching = [sheet for sheet in sheets if (sheet.name == name if name else sheet.visible)]
    if name and len(matching) > 1:
        raise damaged(workbooks.sheet_twice(name))
    if matching:
        return matching[0]
    names = [sheet.name for sheet in sheets]
    missing = workbooks.no_sheet(name, names) if name else workbooks.no_visible_sheet(names)
    raise FormatError("format.sheet", *missing)


def read_book(archive: Archive) -> Book:
    """Return what a workbook says of itself; raises FormatError where parts are missing."""
    main = _main_part(archive)
    links = _relationships(archive, main)
    sheets: list[Sheet] = []
    flags: dict[str, bool] = {}

    def visit(name: str, attributes: dict[str, str], parent: str) -> None:
        if flag := _FLAGS.get(name) if parent == "workbook" else None:
            field, attribute = flag
            if field in flags:
                raise damaged(workbooks.said_twice(name))
            flags[field] = _flag(attributes, attribute)
        elif name == "sheet" and parent == "sheets":
            kind, part = links.get(_link(attributes), ("", ""))
            if kind == "worksheet":
                visible = attributes.get("state", "visible") == "visible"
                sheets.append(Sheet(attributes.get("name", ""), visible, part))
            elif not kind:
                raise damaged(workbooks.no_part(attributes.get("name", "")))
        elif name in ("sheet", *_FLAGS) and parent in _ALTERNATIVES:
            raise damaged(workbooks.alternative(main, name))
        if len(sheets) > SHEETS_LIMIT:
            raise FormatError(
                "format.size", *workbooks.too_many(*workbook_things.sheets(), SHEETS_LIMIT)
            )

    visit_elements(archive, main, visit)
    parts: dict[str, str] = {}
    for kind, part in links.values():
        if kind in ("styles", "sharedStrings") and parts.get(kind, part) != part:
            raise damaged(workbooks.said_twice(kind))
        parts[kind] = part
    styles = parts.get("styles", "")
    layout = Layout(_formats(archive, styles) if styles in archive else (GENERAL,), **flags)
    strings = parts.get("sharedStrings", "")
    return Book(tuple(sheets), layout, strings if strings in archive else "")


def _flag(attributes: dict[str, str], name: str) -> bool:
    """Return a flag; raises FormatError for a word that is neither yes nor no."""
    written = attributes.get(name, "0").strip()
    if written not in _FLAG:
        raise damaged(workbooks.bad_flag(name, written))
    return _FLAG[written]


def _main_part(archive: Archive) -> str:
    if "_rels/.rels" in archive:
        for kind, part in _links(archive, "_rels/.rels", "").values():
            if kind == "officeDocument":
                return part
    for name in ("xl/workbook.xml", "workbook.xml"):
        if name in archive:
            return name
    raise damaged(workbooks.no_part("xl/workbook.xml"))


def _relationships(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    folder, name = posixpath.split(part)
    return _links(archive, posixpath.join(folder, "_rels", f"{name}.rels"), part)


def _links(archive: Archive, part: str, base: str) -> dict[str, tuple[str, str]]:
    """Return kind (the last word of its type, the same in either edition)
    and part of each relationship.
    """
    links: dict[str, tuple[str, str]] = {}

    def visit(name: str, attributes: dict[str, str], _: str) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = archive.resolve(base, attributes.get("Target", ""))
            link = links.setdefault(attributes.get("Id", ""), (kind, target))
            if link != (kind, target):
                raise damaged(workbooks.said_twice(attributes.get("Id", "")))
        if len(links) > SHEETS_LIMIT:
            raise FormatError(
                "format.size", *workbooks.too_many(*workbook_things.relationships(), SHEETS_LIMIT)
            )

    visit_elements(archive, part, visit)
    return links


def _link(attributes: dict[str, str]) -> str:
    return next(
        (value for name, value in attributes.items() if name.endswith("relationships}id")), ""
    )


def _formats(archive: Archive, part: str) -> tuple[NumberFormat, ...]:
    codes: dict[int, str] = {}
    numbers: list[int] = []

    def visit(name: str, attributes: dict[str, str], parent: str) -> None:
        if name == "numFmt" and parent == "numFmts":
            code = attributes.get("formatCode", "")
            if codes.setdefault(number := _number(attributes.get("numFmtId")), code) != code:
                codes[number] = UNREADABLE
        elif name == "cellXfs" and numbers:
            raise damaged(workbooks.said_twice(name))
        elif name == "xf" and parent == "cellXfs":
            numbers.append(_number(attributes.get("numFmtId", "0")))
        elif name in ("xf", "numFmt") and parent in _ALTERNATIVES:
            raise damaged(workbooks.alternative(part, name))
        if len(numbers) > STYLES_LIMIT or len(codes) > STYLES_LIMIT:
            raise FormatError(
                "format.size", *workbooks.too_many(*workbook_things.cell_formats(), STYLES_LIMIT)
            )

    visit_elements(archive, part, visit)
    return tuple(format_of(number, codes) for number in numbers) or (GENERAL,)


def _number(text: str | None) -> int:
    if text is None or not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise damaged(workbooks.bad_reference(str(text)))
    return int(text)
