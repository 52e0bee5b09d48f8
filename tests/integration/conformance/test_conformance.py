"""The receiver's suite: our centre passes, each that is wrong in one way fails for that."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from pydantic import SecretStr
from sqlalchemy import Engine, text
from zeep.exceptions import Fault, TransportError

import xsd
from adapters.wsdl import open_service
from gateway.central.app import create_app
from gateway.central.centre import Centre
from gateway.central.intake import store as intake_store
from gateway.central.records import store as record_store
from gateway.central.senders.administration import senders
from gateway.clock import local_day, utc_now
from gateway.conformance.cases import Outcome, receiver_cases
from gateway.conformance.certificate import (
    CertificateRefusedError,
    certificate,
    statement,
    verified,
)
from gateway.conformance.packages import Packages
from gateway.conformance.receiver import run_receiver
from gateway.protocol.signing import KeyRefusedError, new_key
from gateway.serving.server import WsgiServer
from gateway.settings.model import Endpoint
from gateway.standard import NEWEST, load_standard
from gateway.text import Text
from tests.support.cases import CASES, read_case
from tests.support.conformance_suite import (
    SECOND,
    TOKEN,
    Wsgi,
    exported_root,
    failed,
    foreign,
    outcomes,
    revoked,
    suite_centre,
)
from tests.support.foreign_centre import ForeignCentre

WSDL = xsd.ROOT / "exchange" / "1.0" / "centre.wsdl"
#: What the fault codes of the SOAP service are by HTTP.
STATUSES = {
    "PackageRefused": 422,
    "SenderRefused": 403,
    "SignatureRefused": 403,
    "PackageConflict": 409,
}
#: Centres that are wrong in one way, with the duty that each neglects.
WRONG: dict[str, str] = read_case(CASES / "foreign-33-conformance-blind")["conformance"]["wrong"]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    yield from suite_centre(tmp_path)


@pytest.fixture(scope="module")
def root_schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported_root(tmp_path_factory.mktemp("standard"))


def replaced(app: Wsgi, path: str, change: Callable[[bytes], bytes]) -> Wsgi:
    """Let an application answer something else for one path."""

    def wrong(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        kept: list[Any] = []
        body = b"".join(app(environ, lambda *given: kept.append(given)))
        status, headers, *_ = kept[0]
        if environ["PATH_INFO"] == path:
            body = change(body)
        headers = [(n, v) for n, v in headers if n.lower() != "content-length"]
        start(status, [*headers, ("Content-Length", str(len(body)))])
        return [body]

    return wrong


def test_our_centre_passes_every_case(engine: Engine) -> None:
    results = outcomes(create_app(Centre(engine, utc_now)), revoked(engine))

    assert {name: o.findings for name, o in results.items() if not o.passed} == {}
    assert len(results) == len(receiver_cases()) == 30
    assert [(one.id, one.revoked_at is None) for one in senders(engine)] == [
        ("second", False),
        ("suite", True),
    ]
    with engine.connect() as connection:
        for table in ("test_record", "received_package", "administrative_penalty"):
            left = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            assert left == 0, table


def by_soap(centre: Wsgi, url: str) -> Wsgi:
    """Bring what the suite posts to a centre's SOAP service: always compressed."""

    def post(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/packages":
            return centre(environ, start)
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        if environ.get("HTTP_CONTENT_ENCODING") != "zstd":
            body = zstandard.compress(body)
        status, answer = submitted(url, environ, body)
        start(
            f"{status} X",
            [("Content-Type", "application/xml"), ("Content-Length", str(len(answer)))],
        )
        return [answer]

    return post


def submitted(url: str, environ: dict[str, Any], package: bytes) -> tuple[int, bytes]:
    """Call SubmitPackage; return the status that HTTP would answer, and the receipt."""
    token = {"Authorization": environ.get("HTTP_AUTHORIZATION", "")}
    client, service = open_service(WSDL, url, timeout=60, max_bytes=24_000_000, headers=token)
    try:
        guid = environ.get("HTTP_CREDITGATE_PACKAGE", "")
        answered = service.SubmitPackage(PackageGuid=guid, Content=package)
    except Fault as fault:
        return STATUSES[str(fault.code).rpartition(".")[2]], b""
    except TransportError as error:
        return error.status_code, b""
    finally:
        client.transport.session.close()
    return 200, answered.Receipt


def test_our_centre_passes_every_case_by_soap_too(engine: Engine) -> None:
    app = create_app(Centre(engine, utc_now))
    server = WsgiServer(app).start()
    try:
        results = outcomes(by_soap(app, f"http://127.0.0.1:{server.port}/soap"), revoked(engine))
    finally:
        server.stop()

    assert {name: o.findings for name, o in results.items() if not o.passed} == {}


def test_a_centre_that_drops_a_record_is_found(engine: Engine) -> None:
    def drop(body: bytes) -> bytes:
        if b'verdict="accepted"' in body:
            with engine.begin() as connection:
                connection.execute(
                    text(
                        "DELETE FROM test_record WHERE rowid = (SELECT max(rowid) FROM test_record)"
                    )
                )
        return body

    results = outcomes(replaced(create_app(Centre(engine, utc_now)), "/packages", drop))

    assert {"R01", "R16"} <= failed(results)
    assert "must be" in results["R01"].findings[0].en


def test_a_centre_that_doubles_a_record_is_found(engine: Engine) -> None:
    def double(body: bytes) -> bytes:
        page = json.loads(body)
        return json.dumps(page[:1] + page).encode()

    results = outcomes(replaced(create_app(Centre(engine, utc_now)), "/records", double))

    assert {"R01", "R03", "R16"} <= failed(results)
    assert "2 times" in results["R01"].findings[0].en


def test_a_centre_that_accepts_a_bad_record_is_found(engine: Engine) -> None:
    results = outcomes(
        replaced(
            create_app(Centre(engine, utc_now)),
            "/packages",
            lambda body: body.replace(b'verdict="refused"', b'verdict="accepted"'),
        ),
        revoked(engine),
    )

    assert failed(results) == {"R05", "R06", "R25"}
    assert "instead of refused" in results["R05"].findings[0].en


def test_a_centre_that_ignores_the_sequence_is_found(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_store, "_verdict", lambda *_: "accepted")

    results = outcomes(create_app(Centre(engine, utc_now)), revoked(engine))

    assert failed(results) == {"R03", "R07", "R17", "R20", "R21", "R22"}
    assert "instead of superseded" in results["R07"].findings[0].en


def test_a_centre_that_forgets_its_receipts_is_found(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (record_store, intake_store):
        monkeypatch.setattr(module, "receipt_in", lambda *_: None)

    results = outcomes(create_app(Centre(engine, utc_now)), revoked(engine))

    assert failed(results) == {"R02", "R04", "R19", "R26"}


def test_a_centre_that_lets_anyone_in_is_found(engine: Engine) -> None:
    app = create_app(Centre(engine, utc_now))

    def open_to_all(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        return app({**environ, "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}, start)

    results = outcomes(open_to_all)

    assert failed(results) == {"R14", "R23", "R28", "R29"}


def test_a_centre_that_dies_of_a_broken_package_is_found(engine: Engine) -> None:
    app = create_app(Centre(engine, utc_now))
    dead = []

    def fragile(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        def watch(status: str, headers: Any, *rest: Any) -> Any:
            if status.startswith("422"):
                dead.append(status)
            return start(status, headers, *rest)

        if dead:
            start("500 Dead", [("Content-Length", "0")])
            return [b""]
        return app(environ, watch)

    results = outcomes(fragile)

    assert {"R10", "R16"} <= failed(results)
    assert results["R09"].passed


@pytest.fixture
def records_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each record of the suite once in this process: thirty centres are asked with the same."""
    make = Packages.record

    def remembered(packages: Packages, name: str, version: str) -> dict[str, Any]:
        which = (packages.seed, packages.case_id, name, version, local_day(packages.begun))
        if which not in _RECORDS:
            _RECORDS[which] = make(packages, name, version)
        return dict(_RECORDS[which])

    monkeypatch.setattr(Packages, "record", remembered)


_RECORDS: dict[tuple[Any, ...], dict[str, Any]] = {}


def test_a_centre_by_another_hand_passes_every_case(root_schema: Path) -> None:
    assert {name: o.findings for name, o in foreign(root_schema).items() if not o.passed} == {}


@pytest.mark.usefixtures("records_made_once")
@pytest.mark.parametrize(("wrong", "duty"), WRONG.items())
def test_a_centre_that_is_wrong_in_one_way_fails_by_that_duty_alone(
    root_schema: Path, wrong: str, duty: str
) -> None:
    assert failed(foreign(root_schema, wrong)) == {duty}


@pytest.mark.usefixtures("records_made_once")
@pytest.mark.parametrize("body", [b"{}", b"[1]", b'[{"day": "2026-04-01"}]', b"\xff", b"[" * 9000])
def test_totals_that_are_no_list_of_days_are_a_finding(root_schema: Path, body: bytes) -> None:
    fields = load_standard(NEWEST).kind("AdministrativePenalty").field_names
    centre = ForeignCentre(root_schema, fields, TOKEN, second=SECOND)

    results = outcomes(replaced(centre, "/totals", lambda _: body), centre.revoke)

    # Whose totals nobody can read gives no digests that agree with them either.
    assert failed(results) == {"R24", "R31"}


def test_nobody_answering_fails_every_case_and_raises_nothing() -> None:
    endpoint = Endpoint(url="http://127.0.0.1:9", token=SecretStr(TOKEN), timeout=5)

    assert not any(outcome.passed for outcome in run_receiver(endpoint, utc_now))


def test_a_certificate_is_verified_by_its_key_and_by_no_other() -> None:
    private, public = new_key()
    page = certificate(made(), private)

    assert verified(page, public) == json.loads(made())
    with pytest.raises(CertificateRefusedError, match="another key"):
        verified(page, new_key()[1])


def test_a_touched_or_unsigned_certificate_is_refused() -> None:
    private, public = new_key()
    better = base64.b64encode(made().replace(b'"conforms":false', b'"conforms":true')).decode()
    page = certificate(made(), private)

    with pytest.raises(CertificateRefusedError):
        verified(page.replace(base64.b64encode(made()).decode(), better), public)
    with pytest.raises(CertificateRefusedError, match="no signed"):
        verified(certificate(made(), None), public)
    with pytest.raises(KeyRefusedError, match="Ed25519"):
        certificate(made(), b"-----BEGIN NONSENSE-----")


def made() -> bytes:
    case, wrong = receiver_cases()[0], Text("第 1 步：没有回执", "step 1: no receipt")
    found = [Outcome(case, ()), Outcome(case, (wrong,))]
    return statement(found, "receiver", "http://centre.example", "2026-04-01 12:00", "0.1")
