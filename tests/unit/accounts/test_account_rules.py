"""What passwords must be, who waits how long, what roles may: without any I/O."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from gateway.accounts import RIGHTS_OF, ROLES, AccountError, Principal
from gateway.accounts.model import (
    LIMIT_ACCOUNT,
    LIMIT_PAIR,
    LIMIT_SOURCE,
    WINDOW,
    Failures,
    check_name,
    check_role,
    wait_until,
)
from gateway.accounts.passwords import check_password
from gateway.accounts.secrets import code_step, hashed, password_ok

NOW = datetime(2026, 4, 1, tzinfo=UTC)


def moments(count: int) -> list[datetime]:
    return [NOW - timedelta(seconds=count - n) for n in range(count)]


def test_no_role_has_another_powers() -> None:
    assert {role for role in ROLES if "operate" in RIGHTS_OF[role]} == {"operator"}
    assert {role for role in ROLES if "administer" in RIGHTS_OF[role]} == {"administrator"}
    assert {role for role in ROLES if "audit" in RIGHTS_OF[role]} == {"auditor"}
    assert all("read" in RIGHTS_OF[role] for role in ROLES)


def test_a_department_sees_its_own_feeds_and_nothing_of_the_whole() -> None:
    mine = Principal("p", frozenset(("read",)), ("water",))
    everybody = Principal("p", frozenset(("read",)), None)

    assert [mine.sees(feed) for feed in ("water.penalty", "water-works.x", "forestry.x", "")] == [
        True,
        False,
        False,
        False,
    ]
    assert everybody.sees("")


@pytest.mark.parametrize(
    ("failures", "waits"),
    [
        (Failures((), (), (), known=False), False),
        (Failures(moments(LIMIT_PAIR - 1), (), (), known=True), False),
        (Failures(moments(LIMIT_PAIR), (), (), known=True), True),
        (Failures((), moments(LIMIT_SOURCE), (), known=False), True),
        # Others fail where I have signed in before: a whole office may stand behind one address.
        (Failures((), moments(10 * LIMIT_SOURCE), (), known=True), False),
        (Failures((), (), moments(LIMIT_ACCOUNT), known=False), True),
        # Others fail, from elsewhere, for my name: I am not locked out where I have signed in
        # before.
        (Failures((), (), moments(10 * LIMIT_ACCOUNT), known=True), False),
    ],
)
def test_who_fails_often_waits_and_locks_nobody_else_out(failures: Failures, waits: bool) -> None:
    until = wait_until(failures)

    assert (until is not None) is waits
    assert until is None or NOW < until <= NOW + WINDOW


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("Short-1", False),
        ("aaaaaaaaaaaaaaa", False),
        ("aaaaaaaaaaaaaaaaaaaa", False),
        ("Ab3defghijkl", False),
        ("Correct-horse-7", True),
        ("Wang.wu-2026x", False),
        ("惠州惠州惠州惠州惠州惠州惠州惠州惠州惠州惠州", False),
        ("东江之水越山来西湖清似镜照城郭一年四季", False),
        ("东江之水越山来西湖清似镜照城郭一年四季如春", True),
        ("Admin@123456", False),
        ("P@ssw0rd1234", False),
        ("1qaz@WSX3edc", False),
        ("uw.gnaw-Horse7", False),
        ("A1-" + "x" * 300, False),
    ],
)
def test_a_password_is_long_or_of_several_kinds_and_has_not_the_name(
    password: str, good: bool
) -> None:
    if good:
        check_password(password, "wang.wu")
    else:
        with pytest.raises(AccountError):
            check_password(password, "wang.wu")


@pytest.mark.parametrize("name", ["", "A", "x", "1x", "x y", "../x", "x" * 41, "x'--", "王五"])
def test_names_come_from_a_strict_alphabet(name: str) -> None:
    with pytest.raises(AccountError):
        check_name(name)


def test_a_departments_role_has_departments_and_no_other() -> None:
    check_role("viewer", ["water"])
    check_role("operator", [])
    for role, departments in (("viewer", []), ("operator", ["water"])):
        with pytest.raises(AccountError):
            check_role(role, departments)  # type: ignore[arg-type]


def test_a_password_is_proved_and_nobody_has_none() -> None:
    kept = hashed("Right-horse-7")

    assert kept.startswith("$argon2id$")
    assert password_ok(kept, "Right-horse-7")
    assert not password_ok(kept, "wrong")
    assert not password_ok("", "")
    assert not password_ok("no hash", "x")


def test_a_code_is_good_in_its_half_minute_and_the_ones_beside_it() -> None:
    secret = pyotp.random_base32()
    now = 1_790_000_000
    at = {step: pyotp.TOTP(secret).generate_otp(now // 30 + step) for step in range(-3, 4)}

    found = {step: code_step(secret, code, now) for step, code in at.items()}

    assert [step for step, met in found.items() if met is not None] == [-1, 0, 1]
    assert code_step(secret, "１２３４５６", now) is None
    assert code_step(secret, "", now) is None
