"""Commands of the conformance kit: test a central database, sign the certificate, verify one."""

import shlex
import subprocess
from functools import partial
from pathlib import Path

import click
from pydantic import SecretStr

from gateway import __version__
from gateway.cli.opening import harmless_feed
from gateway.cli.output import (
    FAILED,
    explained,
    json_option,
    print_json,
    print_table,
    settings_option,
)
from gateway.cli.secret_file import read_secret
from gateway.clock import local_text, utc_now
from gateway.conformance.certificate import certificate, statement, verified
from gateway.conformance.receiver import Second, run_receiver
from gateway.conformance.sender import run_sender
from gateway.protocol.shared_secret import check_secret
from gateway.protocol.signing import read_private
from gateway.settings.model import Endpoint
from gateway.standard import NEWEST
from gateway.text import centre_option_help, command_output, standard_columns

#: Seconds that the command which revokes the second sender may take.
_REVOKES = 60
_FILE = click.Path(path_type=Path, dir_okay=False)
_EXISTING_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group()
def conformance() -> None:
    """符合性测试 / The conformance kit."""


@conformance.command("run")
@click.option("--receiver", metavar="URL", help=str(centre_option_help.conformance_receiver()))
@click.option("--sender", metavar="FEED", help=str(centre_option_help.conformance_sender()))
@click.option(
    "--token-file", type=_EXISTING_FILE, help=str(centre_option_help.conformance_token_file())
)
@click.option(
    "--other-token-file",
    type=_EXISTING_FILE,
    help=(str(centre_option_help.conformance_other_token_file())),
)
@click.option(
    "--revoke",
    "revoke",
    metavar="COMMAND",
    help=(str(centre_option_help.conformance_revoke())),
)
@click.option("--ca", type=_EXISTING_FILE, help=str(centre_option_help.conformance_ca()))
@click.option("--timeout", default=60.0, show_default=True)
@click.option(
    "--version",
    default=NEWEST,
    show_default=True,
    help=str(centre_option_help.conformance_version()),
)
@settings_option
@click.option(
    "--certificate", "page", type=_FILE, help=str(centre_option_help.conformance_certificate())
)
@click.option("--key", type=_EXISTING_FILE, help=str(centre_option_help.conformance_key()))
@json_option
@explained
def conformance_run(
    receiver: str | None,
    sender: str | None,
    token_file: Path | None,
    other_token_file: Path | None,
    revoke: str | None,
    ca: Path | None,
    timeout: float,
    version: str,
    settings_file: Path,
    page: Path | None,
    key: Path | None,
    as_json: bool,
) -> None:
    """测试中心库或部门数据项；全部通过才以 0 退出 / Test a central database or a feed; exit 0 only
    if all passed.

    对中心库写入的是虚构记录，数据项名以 conformance. 开头；对部门只读，不确认、不发送。
    / A receiver gets made-up records, in feeds whose names begin with conformance. A sender is
    only read: nothing is acknowledged or sent.
    """
    if (receiver is None) is (sender is None):
        raise click.UsageError(str(command_output.no_subject()))
    # Before the suite is run: what cannot be signed is not found out at its end.
    private = read_private(key) if key else None
    if receiver is not None:
        if token_file is None:
            raise click.UsageError(str(command_output.no_token_file()))
        endpoint = Endpoint(
            url=receiver, token=SecretStr(_token(token_file)), timeout=timeout, ca=ca
        )
        second = None
        if other_token_file is not None:
            second = Second(_token(other_token_file), partial(_revoked, revoke))
        suite, subject = "receiver", receiver
        outcomes = run_receiver(endpoint, utc_now, version, second=second)
    else:
        assert sender is not None  # noqa: S101
        suite, subject = "sender", sender
        with harmless_feed(settings_file, sender) as (feed, _):
            outcomes = run_sender(feed, utc_now)
    stated = statement(outcomes, suite, subject, local_text(utc_now()), __version__)
    if page is not None:
        page.write_text(certificate(stated, private), "utf-8")
    if as_json:
        click.echo(stated.decode())
    else:
        passed = sum(outcome.passed for outcome in outcomes)
        print_table(
            str(command_output.duties_passed(subject, passed, len(outcomes))),
            (
                standard_columns.duty(),
                standard_columns.result(),
                standard_columns.what_it_is(),
                standard_columns.findings(),
            ),
            [
                (
                    o.duty.id,
                    "通过 passed" if o.passed else "未通过 FAILED",
                    f"{o.duty.zh}\n{o.duty.en}",
                    "\n".join(f"{f.zh}\n{f.en}" for f in o.findings),
                )
                for o in outcomes
            ],
        )
    if not all(outcome.passed for outcome in outcomes):
        raise SystemExit(FAILED)


def _token(path: Path) -> str:
    """Read a token; raises InvalidSecretError for none."""
    return check_secret(read_secret(path), str(path))


def _revoked(command: str | None) -> bool:
    """Run the command that revokes the second sender, without a shell; tell whether it did."""
    if not command:
        return False
    try:
        # What it prints is none of our results.
        process = subprocess.run(  # noqa: S603
            shlex.split(command), timeout=_REVOKES, check=False, stdout=subprocess.DEVNULL
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return False
    return process.returncode == 0


@conformance.command("verify")
@click.argument("page", type=_EXISTING_FILE)
@click.option("--public-key", required=True, type=_EXISTING_FILE)
@json_option
@explained
def conformance_verify(page: Path, public_key: Path, as_json: bool) -> None:
    """验证证书的签名，显示其声明 / Verify a certificate's signature and show what it states."""
    stated = verified(page.read_text("utf-8"), public_key.read_bytes())
    if as_json:
        print_json(stated)
    else:
        verdict = (
            str(command_output.conforms())
            if stated["conforms"]
            else str(command_output.does_not_conform())
        )
        click.echo(
            f"{stated['subject']} · {stated['made']} · {verdict} · {stated['passed']} /"
            f" {stated['duties']}"
        )


COMMANDS = (conformance,)
