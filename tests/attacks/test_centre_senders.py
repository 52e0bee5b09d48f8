"""Whoever sends or asks for others, buries records or has no token at the centre."""

import base64
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text
from structlog.testing import capture_logs
from werkzeug.routing import Rule as Route

from gateway.central import app as central_app
from gateway.central.access_rules import RULES, MissingRuleError, check_rules
from gateway.central.centre import Centre
from gateway.central.senders.administration import Wanted, add, limit, revoke, senders
from gateway.central.senders.model import InvalidSenderError
from gateway.central.subjects.lookup import find_subject
from gateway.protocol.shared_secret import InvalidSecretError, bearer_ok
from outbox import writing
from tests.support.command import creditgate, in_this_process
from tests.support.packages import ROWS
from tests.support.senders import ACT, LONG_AGO, add_sender
from tests.support.two_senders import FEEDS, TOKENS, Two, guid_in, of, two_senders, withdrawal_of


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    senders = two_senders(tmp_path)
    yield senders
    senders.engine.dispose()


def by_soap(xml: bytes) -> str:
    import zstandard

    content = base64.b64encode(zstandard.compress(xml)).decode()
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<c:SubmitPackage xmlns:c="urn:creditgate:centre:1"><c:Content>{content}</c:Content>'
        "</c:SubmitPackage></s:Body></s:Envelope>"
    )


# --- every route, from the table -----------------------------------------------------------------


def asked(two: Two, endpoint: str, method: str, who: str, feed: str) -> int:
    """Ask one route as a sender about a feed; return the status, SOAP's by its fault."""
    owner = next(name for name, own in FEEDS.items() if own == feed)
    match endpoint:
        case "packages":
            return int(two.post(who, of(owner)).status_code)
        case "soap":
            answer = two.ask("POST", "/soap", who, data=by_soap(of(owner)))
            if answer.status_code == 200:
                return 200
            return 403 if b"Client.SenderRefused" in answer.data else 500
        case "receipt":
            xml = of(owner)
            two.post(owner, xml)
            return int(two.ask(method, f"/receipts/{guid_in(xml)}", who).status_code)
        case "totals" | "records" | "remove_records" | "digests" | "sequence":
            path = f"/{endpoint.removeprefix('remove_')}"
            about = {"feed": feed, "day": "2026-04-01"}
            return int(two.ask(method, path, who, query_string=about).status_code)
    raise AssertionError(f"say here how {endpoint} is asked about a feed")


def closed_routes(two: Two) -> list[tuple[str, str]]:
    routes: Iterator[Route] = two.client.application.url_map.iter_rules()
    return [
        (route.endpoint, method)
        for route in routes
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"})
        if RULES[route.endpoint] != "open"
    ]


def test_every_sender_feed_and_act_is_let_through_or_refused_by_the_table(two: Two) -> None:
    found = {
        (endpoint, who, feed): asked(two, endpoint, method, who, feed)
        for endpoint, method in closed_routes(two)
        for who in TOKENS
        for feed in FEEDS.values()
    }

    wanted = {
        # What is a test's alone is nobody's here, also of their own feed.
        (endpoint, who, feed): 200
        if feed == FEEDS[who] and RULES[endpoint] != "test"
        else 404
        if RULES[endpoint] == "receipt"
        else 403
        for endpoint, who, feed in found
    }
    assert found == wanted
    assert {endpoint for endpoint, _, _ in found} == {
        n for n, rule in RULES.items() if rule != "open"
    }


def test_a_route_without_a_rule_keeps_the_centre_from_starting() -> None:
    check_rules(RULES)
    with pytest.raises(MissingRuleError, match="forgotten"):
        check_rules([*RULES, "forgotten"])
    assert "check_rules(app.view_functions)" in inspect.getsource(central_app.create_app)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic {token}",
        "{token}",
        "bearer  ",
        "Bearer wrong-token-of-somebody",
    ],
)
def test_nobody_gets_in_without_a_token_by_bearer(two: Two, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.format(token=TOKENS["air"])}

    for endpoint, method in closed_routes(two):
        path = f"/{endpoint.removeprefix('remove_')}"
        path = "/receipts/x" if endpoint == "receipt" else path
        answer = two.client.open(path, method=method, headers=headers)
        assert answer.status_code == 401, endpoint
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("secret", ["", " ", "short", "x" * 15, " " * 20, "令牌" * 10])
def test_an_empty_or_short_secret_opens_nothing(two: Two, secret: str) -> None:
    assert not bearer_ok(None, secret)
    assert not bearer_ok("", secret)
    assert not bearer_ok(f"Bearer {secret}", secret)
    with pytest.raises(InvalidSecretError):
        add(two.engine, "third", Wanted("n", ("third.*",)), ACT, secret or " ")
    assert len(senders(two.engine)) == 2


# --- speaking for others -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "forged",
    [
        {},
        {"department": "water"},
        {"department": "water", "feed": "environment.licence"},
        {"feed": "water.licence"},
        {"feed": "environment"},
        {"feed": "environmental.licence", "department": "environmental"},
    ],
    ids=["another's", "own department", "another's feed", "own feed", "no name", "longer name"],
)
def test_a_sender_that_speaks_for_another_changes_nothing(two: Two, forged: dict[str, str]) -> None:
    assert two.post("air", of("air")).status_code == 200
    before = two.stored()

    answers = [
        two.post("water", of("air", 2, **forged)),
        two.post("water", withdrawal_of("air", 3, **forged)),
    ]

    if forged == {"department": "water", "feed": "water.licence"}:
        raise AssertionError("that would be its own")
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].get_json()["code"] == "sender.feed"
    assert answers[0].get_json()["type"] == "urn:creditgate:problem:sender.feed"
    assert two.stored() == before


def test_what_is_anothers_looks_like_what_is_not_there(two: Two) -> None:
    xml = of("air")
    two.post("air", xml)
    unknown = "00000000-0000-4000-8000-000000000000"

    answers = [
        two.ask("GET", f"/receipts/{guid}", "water").data for guid in (guid_in(xml), unknown)
    ]
    assert answers[0].replace(guid_in(xml).encode(), unknown.encode()) == answers[1]
    for path in ("/totals", "/records"):
        theirs = two.ask("GET", path, "water", query_string={"feed": FEEDS["air"]})
        nobodys = two.ask("GET", path, "water", query_string={"feed": "environment.nothing"})
        assert theirs.status_code == nobodys.status_code == 403
        same = theirs.get_data(as_text=True).replace(FEEDS["air"], "environment.nothing")
        assert same == nobodys.get_data(as_text=True)


def test_anothers_receipt_is_not_got_by_its_guid_and_bytes(two: Two) -> None:
    xml = of("air")
    receipt = two.post("air", xml).data
    add_sender(two.engine, "air-2", "made-up-token-of-another-air", ("environment.*",))
    TOKENS["air-2"] = "made-up-token-of-another-air"

    try:
        announced = {"Creditgate-Package": guid_in(xml)}
        stranger = two.post("water", xml, **announced)
        colleague = two.post("air-2", xml, **announced)
        inside = two.post("air-2", xml)
    finally:
        del TOKENS["air-2"]

    assert two.post("air", xml, **announced).data == receipt
    assert [stranger.status_code, colleague.status_code, inside.status_code] == [409, 409, 409]
    assert not any(b"<Receipt" in answer.data for answer in (stranger, colleague, inside))


# --- senders come and go without a restart -------------------------------------------------------


def test_a_revoked_sender_is_refused_at_once(two: Two) -> None:
    two.post("air", of("air"))
    before = two.stored()

    revoke(two.engine, "air", ACT)

    assert two.post("air", of("air", 2)).status_code == 401
    assert two.ask("GET", "/totals", "air", query_string={"feed": FEEDS["air"]}).status_code == 401
    assert two.stored() == before
    with pytest.raises(InvalidSenderError):
        limit(two.engine, "air", Wanted(feeds=("environment.*",)), ACT)


def test_a_limited_sender_and_an_ended_term_count_at_the_next_request(two: Two) -> None:
    limit(two.engine, "air", Wanted(feeds=("environment.other",)), ACT)
    assert two.post("air", of("air")).status_code == 403

    token = limit(two.engine, "air", Wanted(feeds=("environment.licence",)), ACT, "")
    assert two.post("air", of("air")).status_code == 401
    assert token is not None
    headers = {"Authorization": f"Bearer {token}"}
    assert two.client.post("/packages", data=of("air"), headers=headers).status_code == 200

    limit(two.engine, "air", Wanted(until=two.clock.now), ACT)
    assert two.client.post("/packages", data=of("air", 2), headers=headers).status_code == 401


def test_two_senders_have_not_one_token_and_an_id_is_used_once(two: Two) -> None:
    with pytest.raises(InvalidSenderError, match="another sender"):
        add(two.engine, "third", Wanted("n", ("third.*",)), ACT, TOKENS["air"])
    with pytest.raises(InvalidSenderError, match="used before"):
        add(two.engine, "air", Wanted("n", ("environment.*",)), ACT)


@pytest.mark.parametrize(
    "pattern", ["", "*", "*.*", "water*", "water.*.x", "Water.*", "water.", ".*", "water.* x"]
)
def test_no_pattern_means_more_than_it_says(two: Two, pattern: str) -> None:
    with pytest.raises(InvalidSenderError):
        add(two.engine, "third", Wanted("n", (pattern,)), ACT)


# --- tests of a centre ---------------------------------------------------------------------------


def test_what_a_test_sends_reaches_no_reading_path_and_is_taken_away(two: Two) -> None:
    TOKENS["suite"] = "made-up-token-of-the-suite"
    add_sender(two.engine, "suite", TOKENS["suite"], ("conformance.*",), test=True)
    feed = {"department": "conformance", "feed": "conformance.r01"}
    try:
        assert two.post("suite", of("air", **feed)).status_code == 200
        seen = two.ask("GET", "/records", "suite", query_string={"feed": feed["feed"]}).get_json()
        subject = find_subject(two.engine, ROWS[0]["XK_XDR_SHXYM"])
        rows = [row for row in two.stored() if len(row) == 5]
        query = {"feed": feed["feed"]}
        away = two.ask("DELETE", "/records", "suite", query_string=query)
        after = two.ask("GET", "/records", "suite", query_string=query).get_json()
    finally:
        del TOKENS["suite"]

    assert len(seen) == 3
    assert subject is None
    assert rows == []
    assert away.status_code == 204
    assert after == []
    assert two.stored() == []


@pytest.mark.parametrize(
    ("feeds", "test"),
    [(("conformance.*",), False), (("water.*",), True), (("water.*", "conformance.*"), True)],
)
def test_tests_and_real_senders_share_no_feed(two: Two, feeds: tuple[str, ...], test: bool) -> None:
    with pytest.raises(InvalidSenderError):
        add(two.engine, "third", Wanted("n", feeds), ACT, test=test)


# --- by command ----------------------------------------------------------------------------------


def test_senders_are_kept_by_command_with_who_did_it_on_record(tmp_path: Path) -> None:
    store = ("--store", f"sqlite:///{tmp_path / 'centre.db'}")
    alone = creditgate("central", "serve", *store, "--port", "0", code=1)
    added = in_this_process(
        "central",
        "sender",
        "add",
        "air",
        *store,
        "--node",
        "air",
        "--feed",
        "environment.*",
        "--why",
        "agreed",
        "--person",
        "somebody",
    )
    token = added.stdout.split()[1]
    in_this_process(
        "central",
        "sender",
        "add",
        "water",
        *store,
        "--node",
        "w",
        "--feed",
        "water.*",
        "--why",
        " ",
        code=1,
    )
    in_this_process(
        "central", "sender", "revoke", "air", *store, "--why", "ended", "--person", "somebody"
    )
    listed = in_this_process("central", "sender", "list", *store, "--json").stdout
    told = in_this_process("central", "audit", *store, "--json").stdout

    assert "central sender add" in alone.stderr
    assert len(token) >= 16
    assert token not in listed + told
    assert token.encode() not in (tmp_path / "centre.db").read_bytes()
    # Beside the name that was typed: as whom the command ran.
    assert "somebody/cli:" in told
    assert "somebody" in told
    assert told.count("sender.add") == 1


def test_a_changed_entry_of_the_centres_audit_chain_is_found(two: Two, tmp_path: Path) -> None:
    in_this_process("central", "audit", "--store", str(two.engine.url))
    with writing(two.engine) as connection:
        connection.execute(text("UPDATE audit SET person = 'nobody' WHERE number = 1"))

    in_this_process("central", "audit", "--store", str(two.engine.url), code=1)


def test_a_store_that_is_asked_by_many_is_read_anew_only_after_a_change(two: Two) -> None:
    directory = Centre(two.engine, two.clock).directory
    first = directory.senders()

    assert directory.senders() is first
    add_sender(two.engine, "third", "made-up-token-of-a-third", ("third.*",))
    assert set(directory.senders()) == {"air", "water", "third"}
    assert directory.by_token("made-up-token-of-a-third", LONG_AGO) is not None


def test_a_package_of_before_senders_were_known_gives_its_receipt_to_who_speaks_for_its_feed_alone(
    two: Two,
) -> None:
    xml = of("water")
    first = two.post("water", xml)
    with writing(two.engine) as connection:
        connection.execute(text("UPDATE received_package SET sender = ''"))

    asked = {who: two.ask("GET", f"/receipts/{guid_in(xml)}", who) for who in TOKENS}

    assert asked["air"].status_code == 404
    assert asked["water"].data == first.data


def test_a_token_that_is_nobodys_is_told_in_the_log_and_never_written_there(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A logger keeps the output that it began with: another test's, by now.
    monkeypatch.setattr("gateway.central.app._log", structlog.get_logger("creditgate"))
    with capture_logs() as logged:
        two.client.get("/totals", headers={"Authorization": "Bearer guessed-token-of-nobody"})

    assert [one["event"] for one in logged] == ["token.refused"]
    assert "guessed" not in str(logged)
