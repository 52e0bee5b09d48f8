"""Commands about accounts: the first administrator is made here, every other one may be in the
console.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import click

from gateway.accounts import Accounts, Administration, Role
from gateway.cli.opening import opened
from gateway.cli.output import (
    explained,
    json_option,
    print_json,
    print_table,
    settings_option,
)
from gateway.cli.person import person_option, why_option
from gateway.clock import local_text, utc_now
from gateway.text import columns, command_output, option_help, table_titles

_ROLE = click.Choice(get_args(Role))
_departments = click.option(
    "--department",
    "departments",
    multiple=True,
    help=str(option_help.account_department()),
)


@click.group()
def account() -> None:
    """账户 / Accounts."""


@contextmanager
def _administration(settings_file: Path) -> Iterator[Administration]:
    with opened(settings_file) as (settings, engine, box):
        two = settings.web is not None and settings.web.two_persons
        accounts = Accounts(engine, utc_now)
        yield Administration(engine, accounts, box.seal, utc_now, two_persons=two)


@account.command("list")
@settings_option
@json_option
@explained
def account_list(settings_file: Path, as_json: bool) -> None:
    """列出账户 / List accounts."""
    with opened(settings_file) as (_, engine, _box):
        accounts = Accounts(engine, utc_now).every()
    if as_json:
        print_json(
            [
                {
                    "name": entry.name,
                    "role": entry.role,
                    "departments": entry.departments,
                    "disabled": entry.disabled,
                    "second_factor": entry.second is not None,
                    "signed_in_at": entry.signed_in_at,
                }
                for entry in accounts
            ]
        )
        return
    print_table(
        table_titles.accounts_title(),
        (
            columns.account(),
            columns.role(),
            columns.departments(),
            columns.disabled(),
            columns.second_factor(),
            columns.last_sign_in(),
        ),
        [
            (
                entry.name,
                entry.role,
                ", ".join(entry.departments),
                "✓" if entry.disabled else "",
                "✓" if entry.second else "",
                entry.signed_in_at and local_text(entry.signed_in_at),
            )
            for entry in accounts
        ],
    )


@account.command("requests")
@settings_option
@json_option
@explained
def account_requests(settings_file: Path, as_json: bool) -> None:
    """待另一名管理员批准的申请（在控制台批准） / What waits for another administrator, to be
    approved in the console.
    """
    with _administration(settings_file) as accounts:
        waiting = accounts.requests()
    if as_json:
        print_json(
            [
                {
                    "name": request.account,
                    "act": request.act,
                    "role": request.role,
                    "departments": request.departments,
                    "asked_by": request.person,
                    "asked_at": request.at,
                }
                for request in waiting
            ]
        )
        return
    print_table(
        table_titles.waiting_title(),
        (
            columns.account(),
            columns.request(),
            columns.role(),
            columns.asked_by(),
            columns.at_column(),
        ),
        [
            (request.account, request.act, request.role, request.person, local_text(request.at))
            for request in waiting
        ],
    )


@account.command("add")
@click.argument("name")
@click.option("--role", type=_ROLE, required=True)
@_departments
@click.option(
    "--subject",
    help=str(option_help.account_subject()),
)
@why_option
@person_option
@settings_option
@json_option
@explained
def account_add(
    name: str,
    role: Role,
    departments: tuple[str, ...],
    subject: str | None,
    reason: str,
    person: str,
    settings_file: Path,
    as_json: bool,
) -> None:
    """新建账户，显示首次登录口令 / Make an account; shows the password for its first sign-in."""
    with _administration(settings_file) as accounts:
        password = accounts.add(name, role, departments, person, reason, subject).password
    _show(name, password, as_json)


@account.command("reset")
@click.argument("name")
@why_option
@person_option
@settings_option
@json_option
@explained
def account_reset(name: str, reason: str, person: str, settings_file: Path, as_json: bool) -> None:
    """重设口令 / Give a new password for one sign-in."""
    with _administration(settings_file) as accounts:
        password = accounts.reset_password(name, person, reason).password
    _show(name, password, as_json)


@account.command("role")
@click.argument("name")
@click.option("--role", type=_ROLE, required=True)
@_departments
@why_option
@person_option
@settings_option
@explained
def account_role(
    name: str,
    role: Role,
    departments: tuple[str, ...],
    reason: str,
    person: str,
    settings_file: Path,
) -> None:
    """改角色 / Give an account another role."""
    with _administration(settings_file) as accounts:
        accounts.set_role(name, role, departments, person, reason)
    click.echo(f"{name}: {role} {', '.join(departments)}")


@account.command("second-factor")
@click.argument("name")
@why_option
@person_option
@settings_option
@explained
def account_second(name: str, reason: str, person: str, settings_file: Path) -> None:
    """去除第二因素（手机遗失） / Take the second factor away, whose telephone is lost."""
    with _administration(settings_file) as accounts:
        accounts.drop_second(name, person, reason)
    click.echo(str(command_output.second_factor_removed(name)))


@account.command("disable")
@click.argument("name")
@why_option
@person_option
@settings_option
@explained
def account_disable(name: str, reason: str, person: str, settings_file: Path) -> None:
    """停用，其会话与令牌随即作废 / Disable an account; its sessions and tokens end for good."""
    with _administration(settings_file) as accounts:
        accounts.disable(name, person, reason)
    click.echo(str(command_output.account_disabled(name)))


@account.command("enable")
@click.argument("name")
@why_option
@person_option
@settings_option
@explained
def account_enable(name: str, reason: str, person: str, settings_file: Path) -> None:
    """启用 / Let an account sign in again."""
    with _administration(settings_file) as accounts:
        accounts.enable(name, person, reason)
    click.echo(str(command_output.account_enabled(name)))


def _show(name: str, password: str, as_json: bool) -> None:
    if as_json:
        print_json({"name": name, "password": password})
    elif password:
        click.echo(
            f"{name} 的首次登录口令（只显示一次，登录后须修改）\nthe password for {name}'s"
            f" first sign-in, shown once and to be changed then:\n{password}"
        )
    else:
        click.echo(f"{name}: OpenID Connect")


COMMANDS = (account,)
