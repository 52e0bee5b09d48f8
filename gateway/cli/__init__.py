"""The command `creditgate`: nouns, then verbs; --json everywhere; exit codes 0, 1, 2.

One file a noun. A command reads its words, calls a room (what people do: `gateway.operations`) and
prints; nothing imports this. Tests: tests/unit/cli, and beside each room in tests/integration.
"""

import gc
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

import click

from gateway import __version__
from gateway.cli.own_packages import foreign_packages, refusal
from gateway.serving.logs import configure_logs

#: Each command has a module of its name. It is imported when the command is asked for: polars, lxml
#: and the schemas take their time.
_COMMANDS = (
    "run",
    "status",
    "pull",
    "central",
    "outbox",
    "adapter",
    "feed",
    "catalogue",
    "calendar",
    "reconcile",
    "key",
    "refusal",
    "note",
    "audit",
    "account",
    "store",
    "settings",
    "check",
    "schema",
    "conformance",
    "demo",
)


class _Commands(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        # Before anything of a namesake is imported.
        if foreign := [*foreign_packages()]:
            raise click.ClickException(refusal(foreign))
        module = _imported(f"gateway.cli.{cmd_name}")
        commands: Sequence[click.Command] = module.COMMANDS
        return next(command for command in commands if command.name == cmd_name)


def _imported(name: str) -> ModuleType:
    """Import a module with the garbage collector off; freeze what it brought."""
    if not gc.isenabled():
        return import_module(name)
    gc.disable()
    try:
        module = import_module(name)
    finally:
        gc.freeze()
        gc.enable()
    return module


@click.group(cls=_Commands)
@click.version_option(__version__)
def main() -> None:
    """公共信用信息交换网关 / Exchange gateway and standards hub for public credit records."""
    configure_logs()
