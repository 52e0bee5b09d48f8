"""Attacks on whose name the audit log has: commands under a colleague's name, one person as two."""

import json
import os
import pwd
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.accounts import Accounts
from gateway.cli import main
from gateway.clock import utc_now
from gateway.store.open import open_store

# --- trust 13: whose name the log has -------------------------------------------------------------


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.yaml"
    path.write_text(
        f"store: sqlite:///{tmp_path / 'own.db'}\n"
        "catalogue: {url: 'http://127.0.0.1:9', token: x}\n"
        "centre: {url: 'http://127.0.0.1:9', token: x}\n"
        "web: {two_persons: true}\n"
    )
    engine = open_store(f"sqlite:///{tmp_path / 'own.db'}")
    people = Accounts(engine, utc_now)
    for name, role in (("ad1", "administrator"), ("ad2", "administrator"), ("op2", "operator")):
        people.add(name, role, [], "test", "a reason")  # type: ignore[arg-type]
    engine.dispose()
    return path


def run(settings: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, [*arguments, "--settings", str(settings)])
    return result.exit_code, result.output


def test_a_command_records_who_ran_it_beside_the_name_that_was_typed(settings: Path) -> None:
    assert run(settings, "account", "disable", "op2", "--why", "left us", "--person", "ad1")[0] == 0
    code, said = run(settings, "audit", "list", "--json")
    [entry] = [one for one in json.loads(said) if one["act"] == "account.disabled"]

    assert code == 0
    assert entry["person"].startswith(f"ad1/cli:{pwd.getpwuid(os.getuid()).pw_name}")


def test_a_command_names_nobody_who_is_not_there(settings: Path) -> None:
    code, said = run(
        settings, "account", "disable", "op2", "--why", "left us", "--person", "nobody"
    )

    assert code == 1
    assert "nobody" in said


@pytest.mark.parametrize(
    "act",
    [
        ("add", "op3", "--role", "operator"),
        ("reset", "op2"),
        ("role", "op2", "--role", "auditor"),
        ("second-factor", "op2"),
    ],
)
def test_a_command_is_no_second_administrator(settings: Path, act: tuple[str, ...]) -> None:
    code, said = run(settings, "account", *act, "--why", "alone", "--person", "ad1")

    assert code == 1
    assert "console" in said


def test_a_command_drops_nothing_where_two_persons_are_wanted(settings: Path) -> None:
    guid = "11111111-1111-1111-1111-111111111111"
    code, said = run(settings, "outbox", "drop", guid, "--why", "x", "--person", "op2")

    assert code == 1
    assert "console" in said


def test_a_command_is_not_one_of_two_persons_for_a_drop() -> None:
    from gateway.accounts.model import by_command, is_another

    assert not is_another("op1", by_command("op2", "root"))
    assert not is_another(by_command("op1", "root"), "op2")
    assert not is_another("op1", "op1/script")
    assert is_another("op1", "op2/script")
