"""The centre over HTTP, on SQLite and PostgreSQL: idempotent by GUID and record key."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

import httpx
import polars as pl
import pytest
import zstandard
from lxml import etree
from sqlalchemy import Engine, select, text

from gateway.central.app import create_app
from gateway.central.intake.receive import MAX_BYTES
from gateway.central.records.tables import record_table
from gateway.central.subjects.lookup import find_subject
from gateway.protocol.header import Header
from gateway.protocol.package_writer import package_xml, record_xml
from gateway.serving.server import WsgiServer
from gateway.standard import load_gate, load_standard, sample_identifiers
from gateway.standard.digest import short_digests
from gateway.standard.samples import as_frame, sound
from gateway.standard.subject_identity import FIELDS
from outbox import open_engine, writing
from tests.support import http_client
from tests.support.clock import NOW, Clock
from tests.support.packages import KEYS, KIND, MAPPING, RECORDS, ROWS, changed, package, withdrawal
from tests.support.senders import TOKEN, centre_with
from tests.support.stores import centre_database, centre_store


@dataclass
class Centre:
    engine: Engine
    url: str
    clock: Clock = field(default_factory=Clock)

    def post(self, data: bytes, **headers: str) -> httpx.Response:
        given = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/xml", **headers}
        return http_client.post(f"{self.url}/packages", content=data, headers=given, timeout=30)

    def get(self, path: str, **params: str) -> httpx.Response:
        return http_client.get(
            f"{self.url}{path}", params=params, headers={"Authorization": f"Bearer {TOKEN}"}
        )

    def rows(self) -> list[tuple[str, str | None, bool]]:
        table = record_table(KIND)
        query = select(table.c.document_number, table.c.content, table.c.withdrawn).order_by(
            table.c.key
        )
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(query)]


@pytest.fixture(params=["sqlite", "postgresql"])
def centre(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Centre]:
    if request.param == "sqlite":
        engine = centre_store(tmp_path / "centre.db")
    else:
        engine = open_engine(centre_database(request.getfixturevalue("postgresql")))
    clock = Clock()
    server = WsgiServer(create_app(centre_with(engine, clock))).start()
    yield Centre(engine, f"http://127.0.0.1:{server.port}", clock)
    server.stop()
    engine.dispose()


def verdicts(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    root = load_gate().document(answer.content, "Receipt")
    return [node.get("verdict") for node in root.iter("{*}Verdict")]


def test_a_sound_package_is_stored_and_every_record_accepted(centre: Centre) -> None:
    assert verdicts(centre.post(package())) == ["accepted"] * 3
    assert sorted(number for number, _, _ in centre.rows()) == sorted(row["XK_WSH"] for row in ROWS)


def test_a_compressed_package_is_taken(centre: Centre) -> None:
    answer = centre.post(zstandard.compress(package()), **{"Content-Encoding": "zstd"})

    assert verdicts(answer) == ["accepted"] * 3


@pytest.mark.parametrize("header", [True, False], ids=["GUID announced", "GUID inside only"])
def test_a_repeat_gets_the_first_receipt_to_the_byte_however_late(
    centre: Centre, header: bool
) -> None:
    data = package(guid=str(uuid4()))
    guid = etree.fromstring(data).findtext(".//{*}PackageGuid") or ""
    announced = {"Creditgate-Package": guid} if header else {}
    first = centre.post(data, **announced)
    centre.clock.now += timedelta(days=400)

    again = centre.post(data, **announced)

    assert again.content == first.content
    assert len(centre.rows()) == 3


def test_a_guid_with_other_content_is_a_conflict_and_changes_nothing(centre: Centre) -> None:
    guid = str(uuid4())
    centre.post(package(guid=guid))

    answer = centre.post(package(guid=guid, records=changed("另一内容"), sequence=2))

    assert answer.status_code == 409
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert "另一内容" not in {content for _, content, _ in centre.rows()}


def test_the_same_records_in_another_package_are_duplicates(centre: Centre) -> None:
    centre.post(package(1))

    assert verdicts(centre.post(package(2))) == ["duplicate"] * 3
    assert len(centre.rows()) == 3


def test_a_later_sequence_wins_whatever_the_order_of_arrival(centre: Centre) -> None:
    centre.post(package(5, records=changed("新")))

    assert verdicts(centre.post(package(4, records=changed("旧")))) == ["superseded"] * 3
    assert {content for _, content, _ in centre.rows()} == {"新"}
    assert verdicts(centre.post(package(6, records=changed("更新")))) == ["accepted"] * 3
    assert {content for _, content, _ in centre.rows()} == {"更新"}


def test_many_packages_at_once_each_get_their_own_receipt(centre: Centre) -> None:
    first = package(1)
    assert centre.post(first).status_code == 200
    guids = [str(uuid4()) for _ in range(12)]
    several = [package(n, guid, changed(f"第 {n} 版")) for n, guid in enumerate(guids, start=2)]
    conflict = first.replace(b"<Sequence>1<", b"<Sequence>9<")
    with ThreadPoolExecutor(15) as pool:
        answers = list(pool.map(centre.post, [*several, first, conflict]))

    assert [answer.status_code for answer in answers] == [200] * 13 + [409]
    for guid, answer in zip(guids, answers, strict=False):
        assert guid.encode() in answer.content
    assert {content for _, content, _ in centre.rows()} == {"第 13 版"}


def test_a_store_that_is_busy_keeps_nobody_waiting_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outbox.database.BUSY_SECONDS", 1)
    engine = open_engine(f"sqlite:///{tmp_path / 'centre.db'}")
    client = create_app(centre_with(engine, Clock())).test_client
    packages = [package(n, str(uuid4())) for n in range(1, 6)]

    def post(data: bytes) -> int:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return client().post("/packages", data=data, headers=headers).status_code

    post(packages[0])
    with writing(engine), ThreadPoolExecutor(4) as pool:
        start = time.monotonic()
        answers = list(pool.map(post, packages[1:]))
        waited = time.monotonic() - start
    again = [post(data) for data in packages]
    engine.dispose()

    assert answers == [503] * 4
    # The first second for one of them, the next for the others that queued behind it.
    assert waited < 4.5
    assert again == [200] * 5


def test_a_withdrawal_hides_the_record_and_a_later_record_brings_it_back(centre: Centre) -> None:
    centre.post(package(1))

    assert verdicts(centre.post(withdrawal(2))) == ["accepted"]
    assert [w for _, _, w in centre.rows()].count(True) == 1
    assert centre.get("/totals", feed="environment.licence").json() == [
        {"day": "2026-04-01", "present": 2, "withdrawn": 1}
    ]
    assert verdicts(centre.post(package(3))) == ["accepted", "duplicate", "duplicate"]
    assert [w for _, _, w in centre.rows()] == [False] * 3


def test_only_the_record_at_fault_is_refused_with_field_rule_and_reason(centre: Centre) -> None:
    code = RECORDS["UnifiedCode"][1]
    broken = code[:-1] + ("1" if code[-1] != "1" else "2")

    answer = centre.post(package().replace(code.encode(), broken.encode(), 1))

    assert verdicts(answer) == ["accepted", "refused", "accepted"]
    refused = etree.fromstring(answer.content).findall("{*}Verdict")[1]
    assert (refused.get("field"), refused.get("rule")) == ("UnifiedCode", "check.unified_code")
    assert refused.get("reasonZh")
    assert refused.get("reasonEn")
    assert len(centre.rows()) == 2


def test_a_record_that_breaks_the_schema_is_refused_alone(centre: Centre) -> None:
    answer = centre.post(
        package().replace(b"<c:Status>0</c:Status>", b"<c:Status>77</c:Status>", 1)
    )

    assert verdicts(answer) == ["refused", "accepted", "accepted"]


def test_a_key_twice_in_a_package_is_refused_the_second_time(centre: Centre) -> None:
    data = package().replace(KEYS[1].encode(), KEYS[0].encode())

    assert verdicts(centre.post(data)) == ["accepted", "refused", "accepted"]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 422),
        (b"<html/>", 422),
        (package()[:-30], 422),
        (package(kind="Nothing"), 422),
        (package(version="9.9"), 422),
        (package(records=RECORDS[:2]).replace(b"<RecordCount>2", b"<RecordCount>3"), 422),
        (b'<!DOCTYPE a [<!ENTITY x "y">]>' + package().split(b"\n", 1)[1], 422),
        (package(kind="AdministrativePenalty"), 200),
    ],
    ids=[
        "empty",
        "a page",
        "cut off",
        "unknown kind",
        "unknown version",
        "wrong count",
        "a DTD",
        "another kind inside",
    ],
)
def test_a_package_that_is_wrong_as_a_whole_is_told_so(
    centre: Centre, data: bytes, status: int
) -> None:
    answer = centre.post(data)

    assert answer.status_code == status
    if status == 200:
        assert verdicts(answer) == ["refused"] * 3
    assert centre.rows() == []


def test_a_compression_bomb_is_cut_short(centre: Centre) -> None:
    bomb = zstandard.compress(b" " * (MAX_BYTES * 4))

    answer = centre.post(bomb, **{"Content-Encoding": "zstd"})

    assert answer.status_code == 422
    assert len(bomb) < 100_000


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-5],
        lambda data: data[: len(data) // 2],
        lambda data: data + b"junk",
        lambda data: data + zstandard.compress(b"<Package/>"),
        lambda _: b"",
    ],
    ids=["end cut off", "half", "junk behind", "another frame", "nothing"],
)
def test_compressed_data_that_are_not_one_whole_frame_are_refused(
    centre: Centre, damage: Callable[[bytes], bytes]
) -> None:
    answer = centre.post(damage(zstandard.compress(package())), **{"Content-Encoding": "zstd"})

    assert answer.status_code == 422
    assert "zstd" in answer.text


def test_damaged_compression_and_an_unknown_encoding_are_refused(centre: Centre) -> None:
    assert centre.post(b"no zstd", **{"Content-Encoding": "zstd"}).status_code == 422
    assert centre.post(package(), **{"Content-Encoding": "br"}).status_code == 422


@pytest.mark.parametrize("path", ["/packages", "/totals", "/records", "/nothing"])
@pytest.mark.parametrize("token", ["", "Bearer", "Bearer wrong", "Basic bWFkZS11cA=="])
def test_nothing_is_answered_without_the_token(centre: Centre, path: str, token: str) -> None:
    headers = {"Authorization": token} if token else {}
    answer = http_client.request(
        "POST" if path == "/packages" else "GET", centre.url + path, headers=headers
    )

    assert answer.status_code == 401


def test_a_store_that_fails_answers_try_again_and_tells_nothing_of_its_inside(
    centre: Centre,
) -> None:
    with centre.engine.begin() as connection:
        connection.execute(text("DROP TABLE received_package"))

    answer = centre.post(package())

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "received_package" not in answer.text


def test_records_are_listed_by_key_with_the_digest_that_the_sender_has(centre: Centre) -> None:
    from gateway.standard.digest import record_digests

    centre.post(package())

    listed = centre.get("/records", feed="environment.licence").json()
    assert [(key, digest) for key, digest, _ in listed] == sorted(
        zip(KEYS, record_digests(RECORDS, MAPPING.kind), strict=True)
    )
    assert centre.get("/records", feed="environment.licence", after=listed[-1][0]).json() == []


def test_text_with_every_awkward_sign_comes_through_unchanged(centre: Centre) -> None:
    awkward = "A&B <c> \"q\" 'a' \\N \\ ]]> 龘𠀀 �"[:-1] + "{}$1"
    centre.post(package(records=changed(awkward)))

    assert {content for _, content, _ in centre.rows()} == {awkward}


# --- one subject ---------------------------------------------------------------------------------


def hold(centre: Centre, kind_name: str, **given: str | None) -> None:
    """Have the centre accept one made-up record with the given fields, of a feed of its own."""
    kind = load_standard().kind(kind_name)
    bare = dict.fromkeys(
        (
            *FIELDS,
            "SubjectIdType",
            "LegalRepresentative",
            "LegalRepresentativeIdType",
            "LegalRepresentativeIdNumber",
        )
    )
    record = sound(kind, Random(kind_name), NOW.date()) | bare | given
    keys = pl.Series(short_digests([str(given)]))
    xml = record_xml(as_frame(kind, [record]), kind, keys, pl.Series(["added"]))
    header = Header(
        str(uuid4()), "demo", f"demo.{kind_name.lower()}", kind_name, kind.version, 1, NOW, 1
    )
    assert verdicts(centre.post(package_xml(header, xml))) == ["accepted"]


def test_a_subject_is_found_by_any_identifier_with_all_that_is_held_of_it(centre: Centre) -> None:
    code, organisation, old = "91441300MA4EXAMP9E", "MA4EXAMP9", "110108000000016"
    merged, split = (
        sample_identifiers.unified_code(Random(n), sample_identifiers.organisation_code(Random(n)))
        for n in (1, 2)
    )
    hold(centre, "Loan", SubjectClass="2", UnifiedCode=code, OrganisationCode=organisation)
    hold(centre, "WageArrears", SubjectClass="2", UnifiedCode=merged, RegistrationNumber=old)
    hold(centre, "TaxArrears", SubjectClass="2", UnifiedCode=split)
    for number, relation in ((merged, "3"), (split, "4")):
        hold(
            centre,
            "SubjectIdentifier",
            SubjectClass="2",
            UnifiedCode=code,
            IdentifierType="1",
            Identifier=number,
            Relation=relation,
        )
    hold(
        centre,
        "Guarantee",
        SubjectClass="1",
        SubjectIdType="1",
        SubjectIdNumber="440103198502140015",
    )

    for asked in (code, organisation, merged, old, code.lower()):
        found = find_subject(centre.engine, asked)
        assert found is not None
        assert {r.kind for r in found.records} == {"Loan", "WageArrears", "SubjectIdentifier"}
        assert set(found.identifiers) == {
            ("unified", code),
            ("organisation", organisation),
            ("registration", old),
            ("unified", merged),
            ("organisation", merged[8:17]),
        }
    apart = find_subject(centre.engine, split)
    assert apart is not None
    assert [r.kind for r in apart.records] == ["TaxArrears"]
    person = find_subject(centre.engine, "440103850214001")
    assert person is not None
    assert [r.kind for r in person.records] == ["Guarantee"]
    assert find_subject(centre.engine, "91441300MA4NOTHERE") is None
