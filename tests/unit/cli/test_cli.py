"""The command line: every command is found, none is imported before it is needed."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from gateway.cli import _COMMANDS, main
from tests.support.command import creditgate


@pytest.mark.parametrize("name", _COMMANDS)
def test_every_command_says_what_it_is_in_both_languages(name: str) -> None:
    said = CliRunner().invoke(main, [name, "--help"]).output

    assert " / " in said
    assert any("一" <= sign <= "鿿" for sign in said)


def test_no_command_is_imported_before_it_is_asked_for() -> None:
    code = (
        "import sys, gateway.cli; print([m for m in ('polars', 'lxml', 'sqlalchemy') if m in "
        "sys.modules])"
    )

    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_an_unknown_command_is_a_usage_error() -> None:
    assert "No such command" in creditgate("nothing", code=2).stderr
