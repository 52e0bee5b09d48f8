"""Who acts by a command: whom they name, and who they are to this system, which is what is known of
them.

A name that is typed proves nobody: it is recorded beside the system's user, must be an account's
where there are accounts, and is never one of two persons (`gateway.accounts.model.is_another`).
"""

import os
import pwd
from pathlib import Path

import click
from sqlalchemy import Engine

from gateway.accounts import AccountError
from gateway.accounts import store as accounts
from gateway.accounts.model import by_command
from gateway.text import accounts as messages
from gateway.text import option_help

#: Linux: the user who has logged in, whatever they became by sudo or su since; this where none has.
_LOGIN, _NO_LOGIN = Path("/proc/self/loginuid"), 2**32 - 1
#: Where the name that was typed waits until the store is open.
_CLAIMED = "creditgate.person"


def system_user() -> str:
    """Return this process's user, and in brackets who has logged in where that differs."""
    user = _name_of(os.getuid())
    other_users = [
        name for name in (_login(), os.environ.get("SUDO_USER", "")) if name and name != user
    ]
    return f"{user} ({other_users[0][:40]})" if other_users else user


def _login() -> str:
    try:
        uid = int(_LOGIN.read_text("ascii"))
    except (OSError, ValueError):
        return ""
    return "" if uid == _NO_LOGIN else _name_of(uid)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _recorded(context: click.Context, _parameter: click.Parameter, claimed: str | None) -> str:
    context.meta[_CLAIMED] = claimed
    return by_command(claimed or "-", system_user())


def check_person(engine: Engine) -> None:
    """Raise AccountError where a command names a person without an account.

    Where there are no accounts, anybody may be named.
    """
    context = click.get_current_context(silent=True)
    claimed = context.meta.get(_CLAIMED) if context is not None else None
    if not claimed:
        return
    with engine.connect() as connection:
        names = [account.name for account in accounts.every(connection)]
    if names and claimed not in names:
        raise AccountError.of(messages.no_such_person(claimed))


person_option = click.option(
    "--person",
    callback=_recorded,
    help=(str(option_help.person())),
)

#: For every command that changes something a person answers for.
why_option = click.option(
    "--why",
    "reason",
    required=True,
    help=str(option_help.why_reason()),
)
