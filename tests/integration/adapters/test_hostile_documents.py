"""Documents and settings that reach out, swell or carry code, by every way in."""

import io
import re
import socket
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from adapters.formats.delimited import DelimitedSettings, DelimitedText
from adapters.formats.spreadsheet import Spreadsheet, SpreadsheetSettings
from adapters.formats.xml import Xml, XmlSettings
from adapters.soap_answers.answer import read_answer
from gateway.catalogue.model import read_catalogue
from gateway.mapping import read_mapping
from gateway.protocol.receipt_reader import read_receipt
from gateway.standard import parse_xml
from tests.support.places import ROOT


class Canary:
    """A file that must not be read and a listener that must not be called."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "canary"
        self.file.write_text("CANARY-CONTENT")
        self.called = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/x"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            self._listener.accept()
            self.called = True

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Canary]:
    made = Canary(tmp_path)
    yield made
    made.close()


def _xlsx(inner: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("[Content_Types].xml", inner)
        book.writestr("xl/workbook.xml", inner)
        book.writestr("xl/_rels/workbook.xml.rels", inner)
        book.writestr("xl/worksheets/sheet1.xml", inner)
    return out.getvalue()


def _chunks(made: Any, data: bytes) -> list[Any]:
    return [chunk.rows.rows() for chunk in made.read(io.BytesIO(data), 100)]


#: Every way in by which XML comes from outside.
ENTRIES: dict[str, Callable[[bytes], Any]] = {
    "push, packages": parse_xml,
    "catalogue": read_catalogue,
    "receipt": lambda data: read_receipt(data, "0" * 36, "0" * 64, []),
    "dropped XML": lambda data: _chunks(Xml(XmlSettings(row="a/b")), data),
    "workbook": lambda data: _chunks(Spreadsheet(SpreadsheetSettings()), _xlsx(data)),
    "SOAP answer": lambda data: read_answer(data, "text/xml", {"rows_path": "a"}),
}


ATTACKS = {
    "external entity": (
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file://{file}">]><a><b><c>&x;</c>'
        "</b></a>"
    ),
    "entity by network": (
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "{url}">]><a><b><c>&x;</c></b></a>'
    ),
    "parameter entity": (
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY % x SYSTEM "{url}"> %x;]><a><b/></a>'
    ),
    "external DTD": '<?xml version="1.0"?><!DOCTYPE a SYSTEM "{url}"><a><b/></a>',
    "schema location": (
        '<?xml version="1.0"?><a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" '
        'i:noNamespaceSchemaLocation="{url}"><b><c>1</c></b></a>'
    ),
    "XInclude": (
        '<?xml version="1.0"?><a xmlns:x="http://www.w3.org/2001/XInclude"><b><c><x:include '
        'href="file://{file}" parse="text"/></c></b></a>'
    ),
    "stylesheet": (
        '<?xml version="1.0"?><?xml-stylesheet href="{url}" type="text/xsl"?><a><b><c>1</c></b></a>'
    ),
    "laughs": (
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;&x;&x;"><!ENTITY w '
        '"&z;&z;&z;&z;">]><a><b><c>&w;</c></b></a>'
    ),
}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_no_document_reads_a_file_or_calls_a_network_by_whatever_way_it_comes(
    canary: Canary, entry: str, attack: str, encoding: str
) -> None:
    document = ATTACKS[attack].format(file=canary.file, url=canary.url).encode(encoding)
    said = ""
    try:
        said = repr(ENTRIES[entry](document))
    except Exception as error:  # noqa: BLE001
        said = f"{error!r} {error}"

    assert "CANARY-CONTENT" not in said
    assert not canary.called


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize(
    "document",
    [
        b"<a>" * 200_000,
        b"<a " + b" ".join(b'a%d="1"' % n for n in range(200_000)) + b"/>",
        b"<a>" + b"x" * 60_000_000 + b"</a>",
        b"<" + b"a" * 20_000_000 + b"/>",
        b'<!DOCTYPE a [<!ENTITY x "' + b"y" * 50_000 + b'">]><a>' + b"&x;" * 50_000 + b"</a>",
    ],
    ids=["depth", "attributes", "a text without end", "a name without end", "quadratic"],
)
def test_no_document_takes_long_or_much_by_whatever_way_it_comes(
    entry: str, document: bytes
) -> None:
    began = time.process_time()
    with suppress(Exception):
        ENTRIES[entry](document)

    # A second on a quiet machine; this one is shared.
    assert time.process_time() - began < 5


def test_patterns_in_settings_and_mappings_end_in_bounded_time() -> None:
    settings = DelimitedSettings(footer_lines=1, footer_count=r"(a+)+b")
    began = time.process_time()
    with pytest.raises(Exception, match="footer"):
        list(DelimitedText(settings).read(io.BytesIO(b"x\n1\n" + b"a" * 100_000), 10))

    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "tag",
    [
        "!!python/object/apply:os.system ['true']",
        "!!python/name:os.system",
        "!include /etc/hostname",
        "{{ 1 + 1 }}",
    ],
)
def test_tags_and_templates_in_a_mapping_are_faults_or_plain_text(tag: str) -> None:
    with pytest.raises(Exception) as refused:  # noqa: PT011
        read_mapping(f"feed: {tag}\n", "m.yaml")

    assert "m.yaml" in str(refused.value)


def test_nothing_that_turns_stored_bytes_into_objects_or_code_is_used() -> None:
    forbidden = re.compile(
        r"^\s*(import|from) "
        r"(pickle|shelve|marshal|dill)\b|\b(eval|exec)\(|typ=\"unsafe\"|SQLAlchemyJobStore",
        re.MULTILINE,
    )
    found = [
        str(path)
        for package in ("adapters", "gateway", "outbox")
        for path in (ROOT / package).rglob("*.py")
        if forbidden.search(path.read_text("utf-8"))
    ]

    assert found == []
