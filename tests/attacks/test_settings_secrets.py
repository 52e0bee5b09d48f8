"""Secrets sent elsewhere or put in force without asking: each was tried."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, text

from adapters import Batch
from gateway.demo.housing_fund import WSDL
from gateway.mapping import read_mapping
from gateway.registry import Definition, Registry, RegistryError
from gateway.registry.samples import Sample
from gateway.registry.sampling import batch_of
from gateway.registry.secrets import binding_of
from outbox import open_engine, writing
from tests.support.adapter_registry import (
    _ROWS,
    _URL,
    FEED,
    MAPPING,
    PASSWORD,
    definition,
    make_live,
    registry_of,
)
from tests.support.clock import NOW
from tests.support.line import sound_rows

_SFTP = {"host": "sftp.water.invalid", "username": "gate", "host_key": "ssh-ed25519 AAAA"}
_SOAP = {
    "endpoint": "http://soap.water.invalid/x",
    "username": "gate",
    "operation": "Get",
    "rows_path": "Rows.Row",
    "paging": "none",
}


@pytest.fixture
def registry(engine: Engine, tmp_path: Path) -> Registry:
    (tmp_path / "s.wsdl").write_bytes(WSDL.read_bytes())
    return registry_of(engine, tmp_path)


@contextmanager
def listening() -> Iterator[tuple[int, list[bytes]]]:
    """A listener that greets as a MySQL server would, and what it was sent."""
    heard: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    line, _ = server.accept()
                    with line, suppress(OSError):
                        line.settimeout(2)
                        heard.append(b"connected")
                        heard.append(line.recv(65_536))

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)


# --- finding 4: a secret is sent where it was set for ---------------------------------------------


def test_a_stored_secret_is_not_sent_to_the_address_that_an_editor_types(
    registry: Registry, engine: Engine
) -> None:
    registry.create(definition(), "operator", "a reason")
    registry.set_secret(FEED, "password", PASSWORD, "operator", "a reason")
    make_live(registry, engine, 1)
    with listening() as (port, heard):
        own = f"mysql+pymysql://gate@127.0.0.1:{port}/permits"
        registry.change(definition(url=own, **_ROWS), "editor", "a reason")
        for ask in (registry.test, registry.sample, registry.open_newest):
            with pytest.raises(RegistryError, match=r"password .* must be set anew.*changed: url"):
                list(ask(FEED) or ())  # type: ignore[call-overload]

    assert heard == []
    view = registry.show(FEED)
    assert (view.secrets, view.lacking) == ((), ("password",))
    assert "changed: url" in view.asked_anew[0].en
    # What is in force keeps its own.
    assert registry.open(FEED).adapter._settings.password.get_secret_value() == PASSWORD


_KEY = {"key": "a.pem", "certificate": "b.pem"}


@pytest.mark.parametrize(
    ("kind", "before", "after", "named"),
    [
        ("sftp", _SFTP, {**_SFTP, "host": "evil.invalid"}, "host"),
        ("sftp", _SFTP, {**_SFTP, "port": 2222}, "port"),
        ("sftp", _SFTP, {**_SFTP, "username": "root"}, "username"),
        ("sftp", _SFTP, {**_SFTP, "host_key": "ssh-ed25519 BBBB"}, "host_key"),
        ("soap", _SOAP, {**_SOAP, "endpoint": "http://soap.water.invalid/other"}, "endpoint"),
        ("soap", _SOAP, {**_SOAP, "security": "text"}, "security"),
        ("soap", _SOAP, {**_SOAP, "username": "x"}, "username"),
        ("database", {"url": _URL}, {"url": _URL + "?sslmode=disable"}, "url"),
    ],
)
def test_a_change_of_address_user_or_key_asks_for_the_secret_anew_and_says_so(
    registry: Registry, tmp_path: Path, kind: str, before: Any, after: Any, named: str
) -> None:
    more = {"sftp": {}, "soap": {"wsdl": str(tmp_path / "s.wsdl")}, "database": _ROWS}[kind]
    registry.create(definition(kind, **before, **more), "li", "a reason")
    registry.set_secret(FEED, "password", PASSWORD, "li", "a reason")
    registry.change(definition(kind, **after, **more), "li", "a reason")

    view = registry.show(FEED)
    assert view.lacking == ("password",)
    assert f"changed: {named})" in view.asked_anew[0].en
    with pytest.raises(RegistryError, match="must be set anew"):
        list(registry.test(FEED))
    # Back to where it was set for, it is good again; another value for the new address is too.
    registry.change(definition(kind, **before, **more), "li", "a reason")
    assert registry.show(FEED).secrets == ("password",)
    registry.change(definition(kind, **after, **more), "li", "a reason")
    registry.set_secret(FEED, "password", "another", "li", "a reason")
    assert registry.show(FEED).lacking == ()


def test_another_kind_gets_no_secret_of_the_one_before(registry: Registry) -> None:
    registry.create(definition("sftp", **_SFTP), "li", "a reason")
    registry.set_secret(FEED, "password", PASSWORD, "li", "a reason")
    registry.change(definition("ftps", host=_SFTP["host"], username="gate"), "li", "a reason")

    assert registry.show(FEED).lacking == ("password",)
    assert "kind" in registry.show(FEED).asked_anew[0].en


def test_what_leads_nowhere_else_keeps_its_secret(registry: Registry) -> None:
    registry.create(definition("sftp", **_SFTP), "li", "a reason")
    registry.set_secret(FEED, "password", PASSWORD, "li", "a reason")

    registry.change(definition("sftp", **_SFTP, port=22, pattern="*.txt"), "li", "a reason")

    assert registry.show(FEED).secrets == ("password",)


def test_a_secret_that_is_not_needed_any_more_is_taken_away(registry: Registry) -> None:
    registry.create(definition("sftp", **_SFTP), "li", "a reason")
    registry.set_secret(FEED, "password", PASSWORD, "li", "a reason")
    registry.change(definition("sftp", **{**_SFTP, "host": "other.invalid"}), "li", "a reason")

    registry.remove_secret(FEED, "password", "li", "a reason")

    assert registry.show(FEED).asked_anew == ()
    with pytest.raises(RegistryError, match="has no secret password"):
        registry.remove_secret(FEED, "password", "li", "a reason")


# --- finding 14: a draft touches nothing that is live ---------------------------------------------


def test_a_draft_with_another_kind_and_secrets_leaves_what_is_live_as_it_is(
    registry: Registry, engine: Engine, tmp_path: Path
) -> None:
    registry.create(definition("folder", folder=str(tmp_path)), "li", "a reason")
    make_live(registry, engine, 1)
    before = registry.in_force()
    registry.change(Definition(feed=FEED, kind="push", mapping=MAPPING), "editor", "a reason")
    registry.set_secret(FEED, "token", "a-token-of-the-draft", "editor", "a reason")

    assert registry.open(FEED).kind == "folder"
    assert registry.in_force() == before


def test_a_changed_secret_of_a_live_adapter_wants_the_same_approval(
    engine: Engine, tmp_path: Path
) -> None:
    registry = registry_of(engine, tmp_path, two_persons=True)
    registry.create(definition(), "li", "a reason")
    registry.set_secret(FEED, "password", PASSWORD, "li", "a reason")
    make_live(registry, engine, 1)

    assert registry.set_secret(FEED, "password", "another", "editor", "a reason") == 2

    # Who is to approve it sees what it is.
    [seen] = registry.differences(FEED, 1, 2)
    assert (seen.place, "changed" in seen.new) == ("secrets.password", True)
    assert registry.open(FEED).adapter._settings.password.get_secret_value() == PASSWORD
    assert registry.in_force()[FEED] == ("live", 1)
    with pytest.raises(RegistryError, match="has not passed"):
        registry.set_state(FEED, "live", "wang", "a reason")
    with pytest.raises(RegistryError, match="another person must approve"):
        make_live(registry, engine, 2, "editor")
    make_live(registry, engine, 2, "wang")
    assert registry.open(FEED).adapter._settings.password.get_secret_value() == "another"
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version FROM adapter_secret")).scalars().all() == [2]


def test_a_trial_does_not_pass_a_secret_that_was_set_while_it_ran(
    registry: Registry, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.create(definition(), "li", "a reason")
    registry.set_secret(FEED, "password", PASSWORD, "li", "a reason")
    mapping = read_mapping(MAPPING, FEED)
    rows = sound_rows("market-regulator/penalty.yaml", 2)
    schema = dict.fromkeys(mapping.columns, pl.String)
    sound = batch_of(Sample(pl.DataFrame(rows, schema=schema), NOW))

    changed = iter((True, False))

    def sample(_feed: str) -> Batch:
        if next(changed):
            registry.set_secret(FEED, "password", "another", "editor", "a reason")
        return sound

    monkeypatch.setattr(registry, "sample", sample)
    registry.trial(FEED, "li")
    during = registry.show(FEED).about.passed_version
    registry.trial(FEED, "li")

    assert during is None
    assert registry.show(FEED).about.passed_version == 1


def test_a_secret_that_is_swapped_after_the_submission_is_not_what_was_submitted(
    registry: Registry, engine: Engine
) -> None:
    registry.create(definition(), "li", "a reason")
    registry.set_secret(FEED, "password", PASSWORD, "li", "a reason")
    with writing(engine) as connection:
        connection.execute(text("UPDATE adapter SET passed_version = 1, state = 'testing'"))
    registry.submit(FEED, "li", "please")

    registry.set_secret(FEED, "password", "another", "editor", "a reason")

    assert registry.show(FEED).about.submitted_version is None
    with pytest.raises(RegistryError, match="has not passed"):
        registry.set_state(FEED, "live", "wang", "a reason")


def test_a_secret_in_the_store_that_was_moved_to_another_version_is_not_opened(
    registry: Registry, engine: Engine
) -> None:
    registry.create(definition(), "li", "a reason")
    registry.set_secret(FEED, "password", PASSWORD, "li", "a reason")
    registry.change(
        definition(url="mysql+pymysql://gate@evil.invalid/x", **_ROWS), "li", "a reason"
    )
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM adapter_secret WHERE version = 2"))
        connection.execute(text("UPDATE adapter_secret SET version = 2"))

    with pytest.raises(RegistryError, match="must be set anew"):
        list(registry.test(FEED))


def test_a_draft_does_not_keep_a_paused_adapter_from_going_on(
    registry: Registry, engine: Engine
) -> None:
    registry.create(definition(), "li", "a reason")
    registry.set_secret(FEED, "password", PASSWORD, "li", "a reason")
    make_live(registry, engine, 1)
    registry.set_state(FEED, "paused", "wang", "a reason")
    registry.set_secret(FEED, "password", "another", "editor", "a reason")

    registry.set_state(FEED, "live", "wang", "a reason")

    assert registry.in_force()[FEED] == ("live", 1)
    assert registry.open(FEED).adapter._settings.password.get_secret_value() == PASSWORD


# --- stores of before -----------------------------------------------------------------------------


def test_secrets_of_before_are_bound_to_what_is_in_force(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    live, draft = definition(), definition(url="mysql+pymysql://gate@evil.invalid/x", **_ROWS)
    with writing(engine) as connection:
        for statement in (
            "CREATE TABLE adapter (feed TEXT PRIMARY KEY, version INTEGER, live_version INTEGER,"
            " secrets_version INTEGER NOT NULL)",
            "CREATE TABLE adapter_secret (feed TEXT, name TEXT, sealed BLOB, key_id TEXT)",
            "CREATE TABLE adapter_version (feed TEXT, number INTEGER, definition TEXT)",
            "CREATE TABLE adapter_history (feed TEXT, what TEXT, version INTEGER, detail_en TEXT)",
            "INSERT INTO adapter VALUES ('water.penalty', 2, 1, 3), ('water.draft', 2, NULL, 1),"
            " ('water.unknown', 1, NULL, 1)",
            "INSERT INTO adapter_secret VALUES ('water.penalty', 'password', x'01', 'k1'),"
            " ('water.draft', 'password', x'02', 'k1'), ('water.unknown', 'password', x'03', 'k1')",
            "INSERT INTO adapter_history VALUES ('water.draft', 'secret', 1, 'password')",
        ):
            connection.execute(text(statement))
        for feed in ("water.penalty", "water.draft"):
            for number, one in ((1, live), (2, draft)):
                connection.execute(
                    text("INSERT INTO adapter_version VALUES (:f, :n, :d)"),
                    {"f": feed, "n": number, "d": one.model_dump_json()},
                )
        with Operations.context(MigrationContext.configure(connection)):
            import_module("gateway.store.migrations.versions.0009_secrets").upgrade()
        rows = connection.execute(
            text("SELECT feed, version, bound FROM adapter_secret ORDER BY feed, version")
        ).all()
    engine.dispose()

    bound = binding_of(live)
    assert [(feed, version, json.loads(one)) for feed, version, one in rows] == [
        ("water.draft", 2, bound),
        ("water.penalty", 1, bound),
        ("water.penalty", 2, bound),
        ("water.unknown", 1, {}),
    ]


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("sftp", _SFTP),
        ("ftps", {"host": "h", "username": "u"}),
        ("soap", _SOAP),
        ("database", {"url": _URL}),
        ("folder", {"folder": "/x"}),
        ("push", {"max_rows": 3}),
    ],
)
def test_the_step_binds_a_secret_as_the_registry_does(kind: str, settings: Any) -> None:
    step = import_module("gateway.store.migrations.versions.0009_secrets")
    one = definition(kind, **settings)

    assert step._binding(one.model_dump()) == binding_of(one)


# --- finding 21 -----------------------------------------------------------------------------------


@pytest.mark.parametrize("security", ["digest", "text", "basic"])
def test_a_service_with_a_password_is_registered_before_and_with_its_password(
    registry: Registry, tmp_path: Path, security: str
) -> None:
    settings = {**_SOAP, "wsdl": str(tmp_path / "s.wsdl"), "security": security}
    registry.create(definition("soap", **settings), "li", "a reason")
    registry.set_secret(FEED, "password", PASSWORD, "li", "a reason")

    assert registry.show(FEED).lacking == ()
    configured_adapter = registry.adapter(registry.show(FEED).newest)
    assert configured_adapter._settings.password.get_secret_value() == PASSWORD
