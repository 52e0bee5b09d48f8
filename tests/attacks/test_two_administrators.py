"""Attacks by one administrator alone on accounts that only two may make or give back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from gateway.accounts import request_store
from gateway.accounts import store as accounts
from tests.support.people_console import (
    PASSWORD,
    House,
    Person,
    house_over,
)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[House]:
    with house_over(tmp_path, two_persons=True) as house:
        yield house


# --- trust 13: two persons ------------------------------------------------------------------------


def seen(house: House, name: str) -> dict[str, str]:
    """Return which request waits for an account, as who looks at it has it."""
    with house.engine.connect() as connection:
        asked = request_store.find(connection, name)
    return {} if asked is None else {"asked_at": asked.at.isoformat()}


def approve(house: House, person: Person, name: str) -> TestResponse:
    """Approve what waits for an account as its page does."""
    return person.post(
        f"/accounts/{name}/approve", {"asked": seen(house, name).get("asked_at", "")}
    )


def test_what_an_administrator_puts_in_the_place_of_a_request_is_not_approved_with_it(
    two: House,
) -> None:
    """The other one has looked at a viewer, say, and presses the button a moment later."""
    alone, other = two.enter("ad1"), two.enter("ad2")
    alone.post("/accounts/op1/role", {"role": "viewer", "departments": "water"})
    looked_at = seen(two, "op1")
    alone.post("/accounts/op1/withdraw")
    two.wait(seconds=1)
    alone.post("/accounts/op1/role", {"role": "administrator"})

    other.post("/accounts/op1/approve", {"asked": looked_at["asked_at"]})
    other.post("/accounts/op1/approve")
    token = two.token_of(other, "read", "administer")
    two.api(token, "/proof", "POST", json={"password": PASSWORD})
    answers = [
        two.api(token, "/account-requests/op1/approve", "POST", json=body)
        for body in ({}, looked_at)
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    with two.engine.connect() as connection:
        op1 = accounts.find(connection, "op1")
    assert op1 is not None
    assert op1.role == "operator"


def test_who_approves_an_account_sees_whose_identity_it_is(two: House) -> None:
    """An account with an OpenID subject has no password in halves: who has that identity is in."""
    two.enter("ad1").post(
        "/accounts/", {"name": "op3", "role": "operator", "subject": "sub-of-ad1"}
    )

    assert "OIDC sub-of-ad1" in two.enter("ad2").get("/accounts/").text
    assert any(act == "account.asked" and "sub-of-ad1" in detail for _, act, detail in two.acts())


def test_one_administrator_does_not_make_two_operators(two: House) -> None:
    alone, other = two.enter("ad1"), two.enter("ad2")
    asked = alone.post("/accounts/", {"name": "op3", "role": "operator"})
    own = approve(two, alone, "op3")

    with two.engine.connect() as connection:
        assert accounts.find(connection, "op3") is None
    approved = approve(two, other, "op3")
    halves = [re.search(r'class="secret">([\w-]+)<', page.text) for page in (asked, approved)]
    assert own.status_code == 303
    assert all(halves)
    first, second = (half[1] for half in halves if half)
    # Neither half signs in.
    assert two.try_to_enter("op3", first).status_code == 401
    assert two.try_to_enter("op3", second).status_code == 401
    assert two.try_to_enter("op3", first + second).headers["Location"] == "/sign-in/password"


@pytest.mark.parametrize("act", ["reset", "role", "second"])
def test_one_administrator_takes_over_no_auditor(two: House, act: str) -> None:
    session = two.enter("auditor")
    alone = two.enter("ad1")
    alone.post(f"/accounts/auditor/{act}", {"role": "operator"})

    assert session.get("/audit/").status_code == 200
    assert two.try_to_enter("auditor").status_code == 303
    token = two.token_of(alone, "read", "administer")
    two.api(token, "/proof", "POST", json={"password": PASSWORD})
    assert (
        two.api(
            token, "/account-requests/auditor/approve", "POST", json=seen(two, "auditor")
        ).status_code
        == 422
    )


def test_one_administrator_is_not_left_alone_to_begin_anew(two: House) -> None:
    alone = two.enter("ad1")
    alone.post("/accounts/ad2/disable")
    alone.post("/accounts/ad2/role", {"role": "viewer", "departments": "water"})
    alone.post("/accounts/", {"name": "ad3", "role": "administrator"})

    assert two.enter("ad2").get("/accounts/").status_code == 200
    with two.engine.connect() as connection:
        assert accounts.find(connection, "ad3") is None


def test_an_operator_that_was_disabled_comes_back_by_two(two: House) -> None:
    alone = two.enter("ad1")
    alone.post("/accounts/op1/disable")
    alone.post("/accounts/op1/enable")
    assert two.try_to_enter("op1").status_code == 401
    approve(two, two.enter("ad2"), "op1")
    assert two.try_to_enter("op1").status_code == 303


def test_what_a_disabled_administrator_has_asked_is_not_approved(two: House) -> None:
    two.enter("ad1").post("/accounts/", {"name": "ad3", "role": "administrator"})
    approve(two, two.enter("ad2"), "ad3")
    two.enter("ad2").post("/accounts/", {"name": "evil", "role": "operator"})
    other = two.enter("ad1")
    other.post("/accounts/ad2/disable")
    approve(two, other, "evil")

    with two.engine.connect() as connection:
        ad2 = accounts.find(connection, "ad2")
        assert ad2 is not None
        assert ad2.disabled
        assert accounts.find(connection, "evil") is None


def test_by_the_api_too_an_operator_waits_for_a_second_administrator(two: House) -> None:
    tokens = [two.token_of(two.enter(name), "read", "administer") for name in ("ad1", "ad2")]
    for token in tokens:
        two.api(token, "/proof", "POST", json={"password": PASSWORD})
    asked = two.api(tokens[0], "/accounts", "POST", json={"name": "op3", "role": "operator"})
    own = two.api(tokens[0], "/account-requests/op3/approve", "POST", json=seen(two, "op3"))
    approved = two.api(tokens[1], "/account-requests/op3/approve", "POST", json=seen(two, "op3"))

    assert (asked.status_code, own.status_code, approved.status_code) == (202, 422, 200)
    assert asked.json is not None
    assert asked.json["pending"] == "add"


def test_a_department_account_is_still_made_by_one(two: House) -> None:
    made = two.enter("ad1").post(
        "/accounts/", {"name": "clerk", "role": "viewer", "departments": "water"}
    )
    password = re.search(r'class="secret">([\w-]+)<', made.text)

    assert password is not None
    assert two.try_to_enter("clerk", password[1]).headers["Location"] == "/sign-in/password"
