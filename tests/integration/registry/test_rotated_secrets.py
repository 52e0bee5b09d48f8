"""A new password of a live adapter is tried at its source, though nothing lies there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from adapters import AdapterError
from gateway.demo.market_regulator import SftpDrop
from gateway.registry import Definition, Registry, RegistryError
from tests.support.adapter_registry import FEED, MAPPING, make_live, registry_of

PASSWORD = "made-up-password"


@pytest.fixture
def registry(engine: Engine, tmp_path: Path) -> Iterator[Registry]:
    """A live adapter of a drop that is empty."""
    drop = SftpDrop(tmp_path / "drop", "water", PASSWORD)
    drop.start()
    registry = registry_of(engine, tmp_path)
    settings = {
        "host": "127.0.0.1",
        "port": drop.port,
        "username": "water",
        "host_key": drop.host_key,
        "folder": "/",
    }
    registry.create(
        Definition(feed=FEED, kind="sftp", settings=settings, mapping=MAPPING), "wang", "a reason"
    )
    registry.set_secret(FEED, "password", "the-one-before", "wang", "a reason")
    make_live(registry, engine, 1)
    yield registry
    drop.stop()


def test_a_new_password_goes_live_though_the_source_has_no_row(registry: Registry) -> None:
    number = registry.set_secret(FEED, "password", PASSWORD, "wang", "a reason")

    trial = registry.trial(FEED, "wang")
    registry.set_state(FEED, "live", "li", "a reason", version=number)

    assert trial.why_not is None
    assert registry.show(FEED).about.live_version == number


def test_a_wrong_password_does_not_pass(registry: Registry) -> None:
    registry.set_secret(FEED, "password", "wrong-password", "wang", "a reason")

    with pytest.raises(AdapterError):
        registry.trial(FEED, "wang")


def test_a_change_of_anything_else_wants_rows(registry: Registry) -> None:
    definition = registry.show(FEED).newest.definition
    registry.change(
        definition.model_copy(update={"mapping": definition.mapping + "# another\n"}),
        "wang",
        "a reason",
    )
    registry.set_secret(FEED, "password", PASSWORD, "wang", "a reason")

    with pytest.raises(RegistryError, match="no row"):
        registry.trial(FEED, "wang")
