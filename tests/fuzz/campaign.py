"""Mutates documents, has them read in readers, and holds what came out against the oracle."""

import io
import random
import zipfile
from collections import Counter
from dataclasses import dataclass, field

from adapters.formats import Chunk, Counted, FormatError
from adapters.reader.errors import ReaderEnded
from adapters.reader.files import FileRequest, read_bytes
from tests.fuzz.documents import Way
from tests.oracles import NoDocument

#: Characters by which the mapping refuses a row: a reader may leave them in.
_LEFT = "\ufffd"
_SIZES = (1000, 3)


@dataclass(slots=True)
class Findings:
    """What a campaign found: how documents came out, and each breach of what it holds."""

    outcomes: Counter[str] = field(default_factory=Counter)
    breaches: list[tuple[int, str]] = field(default_factory=list)


def campaign(way: Way, documents: int, seed: int) -> Findings:
    """Read mutated documents of a format; each has a number, from which it can be made again."""
    findings = Findings()
    for number in range(documents):
        data = document(way, seed, number)
        outcome, breach = tried(way, data, _SIZES[number % 2])
        findings.outcomes[outcome] += 1
        if breach:
            findings.breaches.append((number, breach))
    return findings


def document(way: Way, seed: int, number: int) -> bytes:
    """Return a document by its number: one in ten is sound, the others have one to four mutations."""
    chance = random.Random(f"{way.format}{way.settings}{seed}/{number}")
    data = way.make(chance)
    if number % 10 == 0:
        return data
    if way.format == "spreadsheet" and chance.random() < 0.8:
        return _sheet_mutated(data, way, chance)
    return _mutated(data, way, chance)


def _mutated(data: bytes, way: Way, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed) + 1)
        end = min(len(changed), at + chance.randint(1, 12))
        match chance.randrange(6):
            case 0 if at < len(changed):
                changed[at] = chance.randrange(256)
            case 1:
                changed[at:at] = chance.choice(way.tokens)
            case 2:
                del changed[at:end]
            case 3:
                changed[at:at] = changed[at:end]
            case 4:
                changed[at:end] = chance.choice(way.tokens)
            case _:
                if chance.random() < 0.2:
                    del changed[at:]
    return bytes(changed)


def _sheet_mutated(data: bytes, way: Way, chance: random.Random) -> bytes:
    """Return a workbook one of whose parts is mutated: else nearly every mutation breaks the archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(made, "w") as target:
        names = source.namelist()
        sheet = "xl/worksheets/sheet1.xml"
        chosen = sheet if chance.random() < 0.8 else chance.choice(names)
        for name in names:
            part = source.read(name)
            target.writestr(name, _mutated(part, way, chance) if name == chosen else part)
    return made.getvalue()


def tried(way: Way, data: bytes, size: int) -> tuple[str, str]:
    """Return how a document came out, and what of it must not be, "" where nothing."""
    try:
        expected = way.oracle(data, way.settings)
    except NoDocument:
        expected = None
    try:
        chunks, counted = _read(way, data, size)
    except FormatError as error:
        return error.rule, f"unforeseen: {error}" if error.rule == "format.unforeseen" else ""
    except ReaderEnded as error:
        return "ended", f"the reader ended: {error}"
    accounted = sum(c.rows.height + c.blank + c.left_out + c.deleted for c in chunks)
    if counted is not None and counted.records != accounted:
        return "read", f"counted {counted.records}, accounted for {accounted}"
    for chunk in chunks:
        refused = {fault.row for fault in chunk.faults}
        for place, row in enumerate(chunk.rows.iter_rows(named=True)):
            if place in refused or any(_LEFT in (cell or "") for cell in row.values()):
                continue
            number = chunk.numbers[place]
            right = None if expected is None else expected.get(number)
            filled = {name: cell for name, cell in row.items() if cell}
            if right is None or filled != {name: cell for name, cell in right.items() if cell}:
                return "read", f"row {number} is accepted as {filled}, not {right}"
    return "read", ""


def _read(way: Way, data: bytes, size: int) -> tuple[list[Chunk], Counted | None]:
    reading = read_bytes(data, FileRequest(way.format, way.settings, size=size), "fetch")
    return list(reading), reading.counted
