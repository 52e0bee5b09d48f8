"""Every header that package.xsd allows gets its verdicts, every other one 422, and none a 5xx.

A 5xx is sent again for ever by every sender that follows docs/centre.md.
"""

from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import UUID, uuid4
from xml.sax.saxutils import escape

import polars as pl
import pytest
import xmlschema
import zstandard
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from gateway.central.app import create_app
from gateway.central.centre import Terms
from gateway.documents.export import exported
from gateway.protocol import canonical
from gateway.protocol.package_writer import withdrawal_xml
from gateway.protocol.refusals import SOAP_NAMESPACE as NAMESPACE
from gateway.protocol.soap import ENVELOPE
from gateway.standard import NEWEST, XmlRefusedError, load_gate, parse_xml
from gateway.standard.schema_set import root_name
from gateway.standard.versions import VERSIONS
from outbox import open_engine
from tests.support.clock import Clock
from tests.support.senders import TOKEN, centre_with
from tests.support.stores import fresh_database

#: What its fixtures start or compile is started once.
pytestmark = pytest.mark.xdist_group("test_centre_headers")

FIELDS = {
    "PackageGuid": "GUID",
    "Department": "environment",
    "Feed": "environment.licence",
    "RecordKind": "AdministrativeLicence",
    "SchemaVersion": NEWEST,
    "Sequence": "1",
    "CreatedAt": "2026-04-01T10:00:00.000+08:00",
    "RecordCount": "1",
}
BLANKS = st.sampled_from(["", "", "", " ", "\n\t", "  ", "&#13;", "\u00a0", "\u3000"])
CREATED = [
    "2026-11-28T12:13:14",
    "2026-11-27T24:00:00+08:00",
    "10000-01-01T00:00:00Z",
    "-0044-03-15T00:00:00Z",
    "0001-01-01T00:00:00+08:00",
    "9999-12-31T23:59:59-14:00",
    "2026-11-28T12:13:14.123456789012+08:00",
    "2026-11-28T12:13:60+08:00",
    "1899-12-31T23:59:59Z",
    "1900-01-01T00:00:00+14:00",
    "1900-01-01T00:00:00-14:00",
    "2999-12-31T23:59:59.999999999-14:00",
    "2999-12-31T23:59:59Z",
    "3000-01-01T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2000-02-29T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "2026-00-10T00:00:00Z",
    "2026-13-10T00:00:00Z",
    "2026-11-28T12:13:14z",
    "2026-11-28 12:13:14Z",
    "2026-11-28",
    "2026-11-28T12:13Z",
    "2026-11-28T12:13:14+14:01",
    "2026-11-28T12:13:14+0800",
    "2026-11-28T12:13:14,5Z",
    "2026-11-28T12:13:14.Z",
    "+2026-11-28T12:13:14Z",
    "02026-11-28T12:13:14Z",
    "２０２６-11-28T12:13:14Z",
    "2026-11-28T12:13:14.1234567+08:00",
]
SEQUENCES = [
    "0",
    "-1",
    "-0",
    "+5",
    "007",
    "9007199254740992",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "9" * 5000,
    "0" * 5000 + "1",
    "1.0",
    "1e3",
    "",
    "٣",
    "0000000000000001",
    "+9007199254740992",
]
COUNTS = ["0", "+1", "01", "0001", "00001", "2", "1000", "1001", "0" * 5000 + "1", "1.0", "-1"]
NAMES = [
    "a",
    "a.b",
    "a" * 40,
    "a" * 41,
    "a" * 40 + "." + "b" * 40,
    "a" * 41 + ".b",
    "A",
    "a.",
    ".a",
    "a.b.c",
    "a_b",
    "惠州",
    "",
    "a b",
    "a-1.b-2",
]
KINDS = [
    "TaxArrears",
    "Withdrawal",
    "Record",
    "Nothing",
    "A" * 60,
    "A" * 61,
    "Ab",
    "administrative",
]


@st.composite
def moments(draw: st.DrawFn) -> str:
    """Draw a moment that is right in its form and anywhere near the edges of the years."""
    year = draw(st.sampled_from([1899, 1900, 1970, 2026, 2999, 3000]))
    month, day = draw(st.integers(1, 12)), draw(st.integers(1, 31))
    hour = draw(st.integers(0, 24))
    fraction = draw(st.sampled_from(["", ".0", ".5", ".123", ".123456789"]))
    zone = draw(st.sampled_from(["Z", "+08:00", "-14:00", "+14:00", "+13:59", ""]))
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:00:59{fraction}{zone}"


@st.composite
def headers(draw: st.DrawFn) -> dict[str, str]:
    """Draw a header with some fields at an edge or quite wrong, with blanks around any of them."""
    several: dict[str, st.SearchStrategy[str]] = {
        "PackageGuid": st.sampled_from(["", "0", "GUID0", "{GUID}", str(UUID(int=10)).upper()]),
        "Department": st.sampled_from(NAMES),
        "Feed": st.sampled_from(NAMES),
        "RecordKind": st.sampled_from(KINDS),
        "SchemaVersion": st.sampled_from([*VERSIONS, "0.9", "999.999", "1", "1.0.0", "01.0", ""]),
        "Sequence": st.sampled_from(SEQUENCES) | st.integers(1, 2**54).map(str),
        "CreatedAt": st.sampled_from(CREATED) | moments(),
        "RecordCount": st.sampled_from(COUNTS),
    }
    changed = draw(st.sets(st.sampled_from(sorted(several)), min_size=1, max_size=2))
    header = dict(FIELDS)
    for name in sorted(changed):
        header[name] = draw(several[name] | st.text(max_size=12).map(escape))
    around = draw(st.sampled_from(sorted(header)))
    header[around] = draw(BLANKS) + header[around] + draw(BLANKS)
    return header


def package(header: dict[str, str]) -> bytes:
    """Write a package of one withdrawal; GUID stands for one that nobody had before."""
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in header.items())
    [record] = withdrawal_xml(pl.Series(["0123456789abcdef" * 2]))
    fields = fields.replace("GUID", str(uuid4()))
    return f"{canonical.START}{fields}{canonical.BODY}{record}{canonical.END}".encode(
        "utf-8", "surrogatepass"
    )


@cache
def other_reader(folder: Path) -> xmlschema.XMLSchema10:
    """Return a validator that shares nothing with libxml2."""
    return xmlschema.XMLSchema10(str(folder / root_name(NEWEST)))


@pytest.fixture(scope="module")
def standard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported standard as files."""
    folder = tmp_path_factory.mktemp("standard")
    for name, data in exported(NEWEST).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@dataclass
class Centre:
    engine: Engine
    client: FlaskClient

    def post(self, data: bytes, **more: str) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {TOKEN}", **more}
        answer = self.client.post("/packages", data=data, headers=headers)
        return answer.status_code, answer.text

    def totals(self, feed: str) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = self.client.get("/totals", query_string={"feed": feed}, headers=headers)
        return answer.status_code, answer.text


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def centre(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Centre]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('centre') / 'centre.db'}"
    else:
        url = fresh_database(request.getfixturevalue("postgresql"))
    engine = open_engine(url)
    yield Centre(
        engine, create_app(centre_with(engine, Clock(), Terms(sequence_ahead=2**53))).test_client()
    )
    engine.dispose()


def collapse(header: dict[str, str]) -> dict[str, str]:
    return {name: " ".join(value.replace("&#13;", " ").split()) for name, value in header.items()}


def agrees(header: dict[str, str]) -> bool:
    """Whether department, feed and the sender of these tests agree."""
    named = collapse(header)
    department, _, name = named["Feed"].partition(".")
    return department == named["Department"] == "environment" and bool(name)


def known(header: dict[str, str]) -> bool:
    """Whether a header that the XSD allows is right: its names exist, its counts agree."""
    collapsed = collapse(header)
    return (
        collapsed["SchemaVersion"] in VERSIONS
        and collapsed["RecordKind"] in ("AdministrativeLicence", "TaxArrears")
        and int(collapsed["RecordCount"]) == 1
    )


@settings(max_examples=250, deadline=None)
@given(header=headers())
def test_a_header_gets_verdicts_where_the_schema_and_its_sender_allow_it_and_422_or_403_where_not(
    centre: Centre, standard: Path, header: dict[str, str]
) -> None:
    data = package(header)
    allowed = is_valid(data, standard)

    status, said = centre.post(data)

    speaks = 200 if agrees(header) else 403
    assert status == (speaks if allowed and known(header) else 422), (header, said)


def is_valid(data: bytes, standard: Path) -> bool:
    """Whether xmlschema passes a document; what is not well-formed is not valid.

    It alone takes every blank of Unicode for white space; no header has anything but ASCII.
    """
    try:
        parse_xml(data)
    except XmlRefusedError:
        return False
    return data.isascii() and bool(other_reader(standard).is_valid(data))


@pytest.mark.parametrize("field", ["Sequence", "CreatedAt", "RecordCount", "Department"])
def test_every_value_at_an_edge_gets_the_same_verdict_from_libxml2_and_xmlschema(
    standard: Path, field: str
) -> None:
    edges = {
        "Sequence": SEQUENCES,
        "CreatedAt": CREATED,
        "RecordCount": COUNTS,
        "Department": NAMES,
    }
    for value in edges[field]:
        for blank in ("", " ", "\n", "\t", "&#13;", "\u00a0"):
            data = package(FIELDS | {field: f"{blank}{value}{blank}"})
            assert passes(data) is is_valid(data, standard), (field, value, blank)


def passes(data: bytes) -> bool:
    try:
        return load_gate().records(parse_xml(data)) == []
    except XmlRefusedError:
        return False


def test_a_header_with_blanks_around_its_values_is_read_without_them(centre: Centre) -> None:
    guid = str(uuid4())
    header = {name: f"\n  {value}\t" for name, value in (FIELDS | {"PackageGuid": guid}).items()}

    status, receipt = centre.post(package(header))

    assert status == 200
    assert f"<PackageGuid>{guid}</PackageGuid>" in receipt
    with centre.engine.connect() as connection:
        row = connection.execute(
            text("SELECT feed, sequence FROM received_package WHERE guid = :guid"), {"guid": guid}
        ).one()
    assert tuple(row) == ("environment.licence", 1)


@pytest.mark.parametrize(
    ("announced", "status"),
    [("not-a-guid", 422), ("\u00e9" * 36, 422), (str(uuid4()), 422), ("x" * 5000, 422)],
    ids=["none", "no ASCII", "another", "long"],
)
def test_a_package_announced_by_another_guid_is_refused(
    centre: Centre, announced: str, status: int
) -> None:
    data = package(FIELDS)

    assert centre.post(data, **{"Creditgate-Package": announced})[0] == status


@pytest.mark.parametrize("feed", ["", "\0", "a\0b", "惠州", "x" * 5000, "'; DROP"])
def test_what_can_be_no_feed_is_no_empty_list(centre: Centre, feed: str) -> None:
    assert centre.totals(feed)[0] == 422


def in_an_envelope(data: bytes) -> bytes:
    content = b64encode(zstandard.compress(data)).decode()
    return (
        f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Body><SubmitPackage xmlns="{NAMESPACE}">'
        f"<Content>{content}</Content></SubmitPackage></s:Body></s:Envelope>"
    ).encode()


@pytest.mark.parametrize("sequence", [2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**30])
def test_a_huge_sequence_is_refused_at_every_door_and_honest_packages_beside_it_are_taken(
    centre: Centre, sequence: int
) -> None:
    """Finding 13: the integer of the store overflowed, and the sender sent it again for ever."""
    huge, honest = FIELDS | {"Sequence": str(sequence)}, FIELDS | {"Sequence": str(2**53)}
    token = {"Authorization": f"Bearer {TOKEN}"}

    def by_soap(header: dict[str, str]) -> str:
        data = in_an_envelope(package(header))
        return centre.client.post("/soap", data=data, headers=token).text

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda h: centre.post(package(h))[0], [huge, honest] * 4))
        said = list(pool.map(by_soap, [huge, honest] * 2))

    assert statuses == [422, 200] * 4
    assert ["PackageRefused" in text for text in said] == [True, False] * 2
    assert ["Receipt" in text for text in said] == [False, True] * 2
