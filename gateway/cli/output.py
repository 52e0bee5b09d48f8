"""What every command shares: the --json flag, errors in both languages, masked rows, exit codes."""

import getpass
import json
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
from rich.console import Console
from rich.table import Table

from adapters import AdapterError
from gateway.messages import GatewayError

#: Exit code of what was refused or failed; click's own are 0 for done and 2 for wrong usage.
FAILED = 1

P = ParamSpec("P")
R = TypeVar("R")

json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出 / print JSON")
settings_option = click.option(
    "--settings", "settings_file", type=click.Path(path_type=Path, dir_okay=False),
    default=Path("gateway.yaml"), show_default=True, envvar="CREDITGATE_SETTINGS",
    help="网关设置文件 / the gateway's settings file",
)  # fmt: skip


person_option = click.option(
    "--person", default=getpass.getuser, show_default="本机用户 / this system's user",
    help="何人所为，留痕 / who does it, kept on record",
)  # fmt: skip


def name_and_value(text: str) -> tuple[str, str]:
    """Take NAME=VALUE apart; raises click.BadParameter."""
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text}：应写作 NAME=VALUE / write NAME=VALUE")
    return name, value


def console() -> Console:
    """Give a console for people: standard output, as wide as the terminal, 120 where there is none."""
    return Console(width=None if sys.stdout.isatty() else 120, highlight=False)


def print_json(data: Any) -> None:
    """Print data as JSON on standard output."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def print_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows as a table for people."""
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console().print(table)


def explained(command: Callable[P, R]) -> Callable[P, R]:
    """Let a command's known errors end as one statement on standard error, and exit code 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (GatewayError, AdapterError) as error:
            zh, en = (error.text.zh, error.text.en) if isinstance(error, GatewayError) else (error.zh, error.en)  # fmt: skip
            click.echo(f"{zh}\n{en}", err=True)
            raise SystemExit(FAILED) from None

    return run
