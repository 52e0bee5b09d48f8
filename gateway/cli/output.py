"""What every command shares: the --json flag, errors in both languages, masked rows, exit codes."""

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
from gateway.errors import GatewayError
from gateway.text import Text, command_output, option_help
from gateway.text import settings as messages
from gateway.text import store as store_messages

#: Exit code of what was refused or failed; click's own are 0 for done and 2 for wrong usage.
FAILED = 1

P = ParamSpec("P")
R = TypeVar("R")

json_option = click.option("--json", "as_json", is_flag=True, help=str(option_help.json()))
settings_option = click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("gateway.yaml"),
    show_default=True,
    envvar="CREDITGATE_SETTINGS",
    help=str(option_help.settings()),
)


def name_and_value(text: str) -> tuple[str, str]:
    """Take NAME=VALUE apart; raises click.BadParameter."""
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(str(command_output.name_and_value(text)))
    return name, value


def settings_of(pairs: Sequence[str]) -> dict[str, Any]:
    """Return settings made of NAME=VALUE texts: a dot goes into a table, JSON stands for itself.

    `columns={"bh": 4, "mc": 10}`, `footer.lines=2`, `quote=` (an empty text). Raises
    click.BadParameter.
    """
    settings: dict[str, Any] = {}
    for text in pairs:
        name, value = name_and_value(text)
        table, last = _table_of(settings, name)
        table[last] = _value(value)
    return settings


def changed_settings(settings: dict[str, Any], pairs: Sequence[str]) -> dict[str, Any]:
    """Return settings with NAME=VALUE texts put in; an empty value takes a setting out.

    An empty text is written `NAME=""`. Raises click.BadParameter.
    """
    changed: dict[str, Any] = json.loads(json.dumps(settings))
    for text in pairs:
        name, value = name_and_value(text)
        table, last = _table_of(changed, name)
        if value == "":
            table.pop(last, None)
        else:
            table[last] = _value(value)
    return changed


def _table_of(settings: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    """Return the table that a dotted name leads to, created where missing, and its last part."""
    *tables, last = name.split(".")
    for table in tables:
        settings = settings.setdefault(table, {})
        if not isinstance(settings, dict):
            raise click.BadParameter(str(messages.no_table(name, table)))
    return settings, last


def _value(value: str) -> Any:
    """Return the list, table or quoted text that JSON gives; anything else stays a text."""
    if value[:1] not in ("[", "{", '"'):
        return value
    try:
        return json.loads(value, object_pairs_hook=_table_once)
    except (ValueError, RecursionError):
        return value


def _table_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a table of JSON; raises click.BadParameter where a key comes twice."""
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in table if names.count(name) > 1)
        raise click.BadParameter(str(messages.key_twice(twice)))
    return table


def console() -> Console:
    """Return a console for people: as wide as the terminal, 120 columns where there is none."""
    return Console(width=None if sys.stdout.isatty() else 120, highlight=False)


def print_json(data: Any) -> None:
    """Print data as JSON on standard output."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def print_table(
    title: Text | str, headings: Sequence[Text | str], rows: Sequence[Sequence[object]]
) -> None:
    """Print rows as a table for people."""
    table = Table(title=str(title), title_justify="left")
    for heading in headings:
        table.add_column(str(heading), overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console().print(table)


def explained(command: Callable[P, R]) -> Callable[P, R]:
    """Return a command whose known errors end as one statement on standard error, exit code 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (GatewayError, AdapterError) as error:
            zh, en = (
                (error.text.zh, error.text.en)
                if isinstance(error, GatewayError)
                else (error.zh, error.en)
            )
            click.echo(f"{zh}\n{en}", err=True)
            raise SystemExit(FAILED) from None
        except Exception as error:
            text = _store_failure(error)
            if text is None:
                raise
            click.echo(f"{text.zh}\n{text.en}", err=True)
            raise SystemExit(FAILED) from None

    return run


def _store_failure(error: Exception) -> Text | None:
    """Return why the store cannot be used, where that is what an error means; None otherwise."""
    # Most commands have it loaded; the others need not.
    loaded = sys.modules.get("sqlalchemy.exc")
    if loaded is None:
        return None
    if isinstance(error, loaded.ArgumentError):
        return store_messages.no_url()
    if not isinstance(error, loaded.OperationalError):
        return None
    from gateway.store.wait import unusable  # noqa: PLC0415

    return unusable(error).text
