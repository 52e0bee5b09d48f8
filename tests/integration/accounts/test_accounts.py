"""People sign in, stay signed in and are put out. Fault catalogue: F3, F4, F5."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine

from gateway.accounts import (
    AccountError,
    AccountPolicy,
    Principal,
    SignInRefusedError,
    secrets,
)
from gateway.accounts import sessions as sessions_module
from gateway.accounts.model import LIMIT_PAIR, LIMIT_SOURCE, WINDOW
from gateway.accounts.sessions import Sessions
from gateway.events import store as event_store
from outbox import PayloadCipher, writing
from tests.support.account_house import (
    HERE,
    NEW,
    THERE,
    House,
    code,
    house_over,
    kept_session,
    with_second,
)


@pytest.fixture(autouse=True)
def _quick_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a small hash: tests/unit/accounts/test_account_rules.py takes the whole one."""
    monkeypatch.setattr(
        secrets, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )


@pytest.fixture
def house(either_engine: Engine) -> House:
    console = house_over(either_engine)
    for name, role, departments in (
        ("wang.wu", "editor", ["water"]),
        ("zhao.liu", "administrator", []),
    ):
        first = console.accounts.add(name, role, departments, "test", "a reason")  # type: ignore[arg-type]
        opened = console.enter(name, first)
        session = console.sessions.find(opened.token)
        assert session is not None
        console.sessions.change_password(session, first, NEW, HERE)
    return console


def test_the_first_password_is_good_for_changing_it_and_nothing_else(either_engine: Engine) -> None:
    house = house_over(either_engine)
    first = house.accounts.add("li.si", "viewer", ["water"], "test", "a reason")
    person = house.enter("li.si", first)
    session = house.sessions.find(person.token)

    assert person.stage == "password"
    assert session is not None
    assert session.principal is None
    for old, new in ((first, first), ("wrong", NEW), (first, "short")):
        with pytest.raises(AccountError):
            house.sessions.change_password(session, old, new, HERE)
    changed = house.sessions.change_password(session, first, NEW, HERE)
    assert changed.stage == "full"
    assert house.sessions.find(person.token) is None
    with pytest.raises(SignInRefusedError):
        house.enter("li.si", first)


def test_wrong_names_and_wrong_passwords_are_refused_in_the_same_words(house: House) -> None:
    said = set()
    for name, password in (
        ("wang.wu", "wrong"),
        ("nobody", NEW),
        ("", ""),
        ("wang.wu", ""),
        ("x" * 5000, "y" * 5000),
    ):
        with pytest.raises(SignInRefusedError) as caught:
            house.enter(name, password)
        said.add(str(caught.value))

    assert len(said) == 1
    assert [act for act, _ in house.acts()].count("account.refused") == 5


def test_who_fails_too_often_waits_is_said_and_locks_nobody_out_elsewhere(house: House) -> None:
    for _ in range(LIMIT_PAIR):
        with pytest.raises(SignInRefusedError):
            house.enter("wang.wu", "wrong", THERE)
    with pytest.raises(SignInRefusedError, match="15 minutes"):
        house.enter("wang.wu", NEW, THERE)

    # From where the person has signed in before, and after the wait, all is as before.
    assert house.alive(house.enter("wang.wu", source=HERE))
    house.now += WINDOW + timedelta(seconds=1)
    assert house.alive(house.enter("wang.wu", source=THERE))
    with house.engine.connect() as connection:
        assert "account.locked" in [event.name for event in event_store.events(connection)]


def test_ten_thousand_guesses_get_nowhere_and_cost_little(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case F4: what is over the limit is refused before a password is looked at."""
    looked = 0
    proved = sessions_module.secrets.password_ok

    def counted(hash_: str, password: str) -> bool:
        nonlocal looked
        looked += 1
        return proved(hash_, password)

    monkeypatch.setattr(sessions_module.secrets, "password_ok", counted)
    for number in range(10_000 if house.engine.dialect.name == "sqlite" else 500):
        with pytest.raises(SignInRefusedError):
            house.enter(
                f"guess{number % 500}" if number % 2 else "zhao.liu", f"Guess-{number}", THERE
            )

    assert looked <= LIMIT_SOURCE + LIMIT_PAIR
    assert house.alive(house.enter("zhao.liu", source=HERE))


def test_a_session_ends_unused_anyway_and_when_it_is_left(house: House) -> None:
    idle, long, left = (house.enter("wang.wu") for _ in range(3))
    session = house.sessions.find(left.token)
    assert session is not None
    house.sessions.sign_out(session)
    assert not house.alive(left)

    for _ in range(25):
        house.now += timedelta(minutes=29)
        alive = house.alive(long)
    assert not alive
    assert not house.alive(idle)


@pytest.mark.parametrize("what", ["role", "disable", "reset", "second", "password"])
def test_a_session_dies_at_once_with_what_it_stood_on(house: House, what: str) -> None:
    """Case F3: after a new role or password, or an end, nothing of before works."""
    person = house.enter("wang.wu")
    token = house.tokens.make(
        Principal("wang.wu", frozenset(("read", "edit")), ("water",)),
        "script",
        ["read", "edit"],
        timedelta(days=1),
    )
    assert house.alive(person)
    match what:
        case "role":
            house.accounts.set_role("wang.wu", "viewer", ["water"], "zhao.liu", "a reason")
        case "disable":
            house.accounts.disable("wang.wu", "zhao.liu", "a reason")
        case "reset":
            house.accounts.reset_password("wang.wu", "zhao.liu", "a reason")
        case "second":
            house.accounts.drop_second("wang.wu", "zhao.liu", "a reason")
        case _:
            session = house.sessions.find(house.enter("wang.wu").token)
            assert session is not None
            house.sessions.change_password(session, NEW, "Another-horse-8", HERE)

    assert not house.alive(person)
    principal = house.tokens.principal(token)
    if what == "disable":
        with pytest.raises(SignInRefusedError):
            house.enter("wang.wu")
    assert principal is None


def test_a_session_is_new_at_each_step_and_kept_as_a_digest_only(house: House) -> None:
    first, second = house.enter("wang.wu"), house.enter("wang.wu")
    with house.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT digest FROM account_session").scalars().all()

    assert first.token != second.token
    assert first.token not in rows
    for forged in ("", "x", rows[0], first.token + "x"):
        assert house.sessions.find(forged) is None


def test_with_a_second_factor_the_password_alone_opens_nothing(house: House) -> None:
    """Case F5: the second factor is not skipped, and no code works twice."""
    secret, codes = with_second(house)
    house.now += timedelta(minutes=1)
    person = house.enter("wang.wu")
    good = code(house, secret)

    assert person.stage == "code"
    assert not house.alive(person)
    with pytest.raises(SignInRefusedError):
        house.sessions.confirm(person.token, "000000", HERE)
    full = house.sessions.confirm(person.token, good, HERE)
    assert house.alive(full)
    # The half-way session is over, and the code is used up for every other.
    with pytest.raises(SignInRefusedError):
        house.sessions.confirm(person.token, good, HERE)
    visitor = house.enter("wang.wu")
    with pytest.raises(SignInRefusedError):
        house.sessions.confirm(visitor.token, good, HERE)
    house.now += timedelta(minutes=5)
    assert house.alive(house.sessions.confirm(house.enter("wang.wu").token, codes[0], HERE))
    with pytest.raises(SignInRefusedError):
        house.sessions.confirm(house.enter("wang.wu").token, codes[0], HERE)
    assert ("account.recovery", "7 left") in house.acts()


def test_codes_cannot_be_guessed(house: House) -> None:
    with_second(house)
    person = house.enter("wang.wu", source=THERE)
    for number in range(LIMIT_PAIR):
        with pytest.raises(SignInRefusedError):
            house.sessions.confirm(person.token, f"{number:06}", THERE)

    with pytest.raises(SignInRefusedError, match="15 minutes"):
        house.sessions.confirm(person.token, "123456", THERE)
    with pytest.raises(SignInRefusedError):
        house.sessions.confirm("nothing", "123456", HERE)


def test_where_a_second_factor_is_required_nobody_goes_on_without(either_engine: Engine) -> None:
    house = house_over(either_engine, AccountPolicy(second_factor=True))
    first = house.accounts.add("li.si", "viewer", ["water"], "test", "a reason")
    session = house.sessions.find(house.enter("li.si", first).token)
    assert session is not None
    changed = house.sessions.change_password(session, first, NEW, HERE)

    assert changed.stage == "second"
    assert not house.alive(changed)
    on_the_way = house.sessions.find(changed.token)
    assert on_the_way is not None
    secret = house.sessions.begin_second(on_the_way)
    opened, _ = house.sessions.set_second(
        kept_session(house, on_the_way.digest), code(house, secret), HERE
    )
    assert house.alive(opened)


def test_without_keys_at_rest_no_second_factor_is_kept(either_engine: Engine) -> None:
    house = house_over(either_engine)
    house.sessions = Sessions(either_engine, PayloadCipher(), lambda: house.now, AccountPolicy())
    house.accounts.add("li.si", "viewer", ["water"], "test", "a reason", subject="s1")
    session = house.sessions.begin_oidc({"state": "x"}, HERE)
    found = house.sessions.find(session.token)
    assert found is not None
    opened = house.sessions.sign_in_oidc(found, "s1", HERE, house.now)
    full = house.sessions.find(opened.token)

    assert full is not None
    with pytest.raises(AccountError, match="at_rest"):
        house.sessions.begin_second(full)
    with pytest.raises(AccountError):
        house.sessions.change_password(full, "", NEW, HERE)
    unknown = house.sessions.find(house.sessions.begin_oidc({"state": "x"}, HERE).token)
    assert unknown is not None
    with pytest.raises(SignInRefusedError):
        house.sessions.sign_in_oidc(unknown, "nobody", HERE)


def test_a_token_has_some_of_its_makers_rights_for_a_time(house: House) -> None:
    maker = Principal("wang.wu", frozenset(("read", "edit")), ("water",))
    for rights, life in (
        (["operate"], 1),
        ([], 1),
        (["read", "operate"], 1),
        (["read"], 0),
        (["read"], 400),
    ):
        with pytest.raises(AccountError):
            house.tokens.make(maker, "x", rights, timedelta(days=life))  # type: ignore[arg-type]
    token = house.tokens.make(maker, "script", ["read"], timedelta(days=2))
    principal = house.tokens.principal(token)

    assert principal == Principal("wang.wu/script", frozenset(("read",)), ("water",))
    house.now += timedelta(days=3)
    assert house.tokens.principal(token) is None
    assert house.tokens.principal("cgt_x") is None


def test_a_revoked_token_opens_nothing_and_nobody_revokes_anothers(house: House) -> None:
    token = house.tokens.make(
        Principal("wang.wu", frozenset(("read",)), ("water",)), "x", ["read"], timedelta(days=2)
    )
    [one] = house.tokens.of("wang.wu")

    house.tokens.revoke("zhao.liu", one.id)
    assert house.tokens.principal(token) is not None
    house.tokens.revoke("wang.wu", one.id)
    assert house.tokens.principal(token) is None


def test_the_last_administrator_stays(house: House) -> None:
    with pytest.raises(AccountError):
        house.accounts.disable("zhao.liu", "x", "a reason")
    with pytest.raises(AccountError):
        house.accounts.set_role("zhao.liu", "operator", [], "x", "a reason")
    house.accounts.add("sun.qi", "administrator", [], "x", "a reason")
    house.accounts.disable("zhao.liu", "x", "a reason")

    assert house.accounts.find("zhao.liu").disabled


def test_every_act_on_an_account_is_in_the_audit_log_and_no_secret_is(house: House) -> None:
    first = house.accounts.add("li.si", "viewer", ["water"], "zhao.liu", "a reason")
    second = house.accounts.reset_password("li.si", "zhao.liu", "a reason")
    house.accounts.enable("li.si", "zhao.liu", "a reason")
    house.enter("wang.wu")

    acts = [act for act, _ in house.acts()]
    assert {
        "account.added",
        "account.reset",
        "account.enabled",
        "account.signed_in",
        "account.password",
    } <= set(acts)
    whole = str(house.acts())
    assert first not in whole
    assert second not in whole
    assert NEW not in whole


def test_a_name_or_a_subject_is_one_accounts(house: House) -> None:
    house.accounts.add("li.si", "viewer", ["water"], "x", "a reason", subject="s1")

    for name, subject in (("li.si", None), ("li.wu", "s1")):
        with pytest.raises(AccountError):
            house.accounts.add(name, "viewer", ["water"], "x", "a reason", subject=subject)
    with pytest.raises(AccountError):
        house.accounts.reset_password("li.si", "x", "a reason")
    with pytest.raises(AccountError):
        house.accounts.find("nobody")


def test_what_counts_no_more_is_removed(house: House) -> None:
    with pytest.raises(SignInRefusedError):
        house.enter("wang.wu", "wrong")
    house.enter("wang.wu")
    house.now += timedelta(days=2)
    house.enter("wang.wu")

    with writing(house.engine) as connection:
        sessions = connection.exec_driver_sql("SELECT count(*) FROM account_session").scalar_one()
        failures = connection.exec_driver_sql("SELECT count(*) FROM account_failure").scalar_one()
    assert (sessions, failures) == (1, 0)
