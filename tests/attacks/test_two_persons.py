"""One person tries to be both of two: under another's name, or by a settings token."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from gateway.accounts.model import by_token, check_name, is_another
from gateway.errors import GatewayError
from gateway.operations import ActRefusedError
from gateway.operations import packages as package_acts
from gateway.registry import Registry, RegistryError
from gateway.settings.web import ApiToken
from gateway.web.kit.guard import of_settings
from outbox import Outbox, writing
from tests.support.adapter_registry import FEED, PASSWORD, definition, make_live, registry_of
from tests.support.clock import NOW
from tests.support.package_states import package_in

ROBOT = by_token("robot")


@pytest.fixture
def registry(engine: Engine, tmp_path: Path) -> Registry:
    return registry_of(engine, tmp_path, two_persons=True)


def test_who_sets_a_secret_of_anothers_draft_does_not_approve_it(
    registry: Registry, engine: Engine
) -> None:
    """They would have put a secret in force that nobody else has looked at."""
    registry.create(definition(), "li", "a reason")
    registry.set_secret(FEED, "password", PASSWORD, "wang", "a reason")

    with pytest.raises(RegistryError, match="another person must approve"):
        make_live(registry, engine, 1, "wang")
    with pytest.raises(RegistryError, match="another person must approve"):
        make_live(registry, engine, 1, "wang/token")
    make_live(registry, engine, 1, "zhao")


def test_who_wrote_what_another_has_saved_last_does_not_approve_it(
    registry: Registry, engine: Engine
) -> None:
    registry.create(definition(), "li", "a reason")
    registry.set_secret(FEED, "password", PASSWORD, "li", "a reason")
    make_live(registry, engine, 1)
    registry.change(definition().model_copy(update={"drift": "warn"}), "wang", "a reason")
    registry.change(
        definition().model_copy(update={"drift": "warn", "owner": "office"}), "li", "a reason"
    )

    with pytest.raises(RegistryError, match="another person must approve"):
        make_live(registry, engine, 3, "wang")
    make_live(registry, engine, 3, "zhao")


def test_a_token_of_the_settings_approves_nothing(registry: Registry, engine: Engine) -> None:
    """Whoever may read gateway.yaml's secrets has it, beside an account of their own."""
    registry.create(definition(), "li", "a reason")
    registry.set_secret(FEED, "password", PASSWORD, "li", "a reason")

    with pytest.raises(RegistryError, match="nor a token"):
        make_live(registry, engine, 1, ROBOT)


def test_a_token_of_the_settings_is_neither_of_two_who_drop(engine: Engine) -> None:
    guid = package_in(engine, "dead")
    outbox = Outbox(engine)

    def drop(person: str) -> None:
        with writing(engine) as connection:
            package_acts.act(connection, outbox, guid, "drop", person, "no", NOW, two_persons=True)

    with pytest.raises(ActRefusedError, match="nor a token"):
        drop(ROBOT)
    drop("wang")
    with pytest.raises(ActRefusedError, match="nor a token"):
        drop(ROBOT)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT state FROM outbox_message")).scalar_one() == "dead"


def test_a_token_of_the_settings_has_no_accounts_name_on_record() -> None:
    token = ApiToken.model_validate({"name": "wang", "token": "made-up-token-of-wang"})

    who = of_settings(token).name

    assert who != "wang"
    assert not is_another(who, "li")
    with pytest.raises(GatewayError):
        check_name(who)
