"""Commands of the audit log: list, head, verify, anchor, export."""

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from adapters.formats.delimited import inert
from gateway.audit import entries
from gateway.audit import head as head_of
from gateway.audit.anchoring import Anchoring
from gateway.cli.opening import opened
from gateway.cli.output import (
    FAILED,
    explained,
    json_option,
    print_json,
    print_table,
    settings_option,
)
from gateway.cli.person import person_option
from gateway.clock import local_text, utc_now
from gateway.runtime.audit_anchoring import open_anchoring
from gateway.text import audit as messages
from gateway.text import columns, command_output, option_help


@click.group()
def audit() -> None:
    """审计日志 / The audit log: what every person and program did."""


@audit.command("list")
@click.option("--target", help=str(option_help.audit_target()))
@click.option("--after", default=0, help=str(option_help.audit_after()))
@click.option("--limit", default=50, show_default=True)
@settings_option
@json_option
@explained
def audit_list(
    target: str | None, after: int, limit: int, settings_file: Path, as_json: bool
) -> None:
    """何人何时对何物做了什么 / Who did what to what, and when."""
    with opened(settings_file) as (_, engine, _box), engine.connect() as connection:
        found = list(entries(connection, after, limit, target))
    if as_json:
        print_json([{**asdict(one), "at": one.at.isoformat()} for one in found])
        return
    print_table(
        columns.audit_log_title(),
        (
            columns.no(),
            columns.at_column(),
            columns.who_column(),
            columns.act(),
            columns.target(),
            columns.detail(),
        ),
        [
            (one.number, local_text(one.at), one.person, one.act, one.target, one.detail)
            for one in found
        ],
    )


@audit.command("head")
@settings_option
@json_option
@explained
def audit_head(settings_file: Path, as_json: bool) -> None:
    """最后一条的编号与摘要，请在别处留存 / Number and digest of the last entry: write it down
    elsewhere.
    """
    with opened(settings_file) as (_, engine, _box), engine.connect() as connection:
        found = head_of(connection)
    number, digest = found or (0, "")
    if as_json:
        print_json({"number": number, "digest": digest})
    else:
        click.echo(f"{number}:{digest}")


@audit.command("verify")
@click.option(
    "--anchor",
    metavar="NUMBER:DIGEST",
    help=str(option_help.audit_anchor()),
)
@settings_option
@json_option
@explained
def audit_verify(anchor: str | None, settings_file: Path, as_json: bool) -> None:
    """核对链条；有改动、删除、调换则以 1 退出 / Verify the chain; exit code 1 if anything was
    changed, removed or swapped.
    """
    wanted: tuple[int, str] | None = None
    if anchor is not None:
        number, colon, digest = anchor.partition(":")
        if not colon or not number.isdecimal():
            raise click.BadParameter(str(command_output.digest_malformed()))
        wanted = int(number), digest
    with _anchoring(settings_file) as anchoring:
        found = anchoring.verify(wanted)
    if as_json:
        print_json(
            {
                "entries": found.entries,
                "whole": found.broken is None,
                "broken": found.broken and asdict(found.broken),
                "anchors": found.anchors,
                "anchor_file": str(anchoring.path),
                "remarks": [asdict(one) for one in found.remarks],
            }
        )
    elif found.broken is None:
        click.echo(str(command_output.log_whole(found.entries)))
    else:
        click.echo(f"✗ {found.broken.text.zh}\n  {found.broken.text.en}", err=True)
    if not as_json:
        for remark in found.remarks:
            click.echo(f"{remark.zh}\n{remark.en}", err=True)
    if found.broken is not None:
        raise SystemExit(FAILED)


@audit.command("anchor")
@click.option(
    "--anew",
    is_flag=True,
    help=(str(option_help.audit_anew())),
)
@click.option("--why", default="", help=str(option_help.audit_why()))
@person_option
@settings_option
@json_option
@explained
def audit_anchor(anew: bool, why: str, person: str, settings_file: Path, as_json: bool) -> None:
    """把末条摘要签名后写入锚点文件与 syslog；网关运行时每小时自动做 / Write the signed head to the
    file of anchors and to syslog, as a running gateway does each hour.
    """
    with _anchoring(settings_file) as anchoring:
        aside = anchoring.begin_anew(person, why) if anew else None
        made = None if anew else anchoring.anchor()
    if as_json:
        print_json(
            {
                "anchor": made and asdict(made),
                "anchor_file": str(anchoring.path),
                "put_aside": aside and str(aside),
            }
        )
    elif anew:
        click.echo(str(messages.put_aside(str(aside or "-"))))
    else:
        click.echo(str(messages.nothing_new()) if made is None else made.line())


@contextmanager
def _anchoring(settings_file: Path) -> Iterator[Anchoring]:
    with opened(settings_file) as (settings, engine, _box):
        yield open_anchoring(settings, settings_file.resolve().parent, engine, utc_now)


@audit.command("export")
@click.option("--as", "form", type=click.Choice(("json", "csv")), default="json", show_default=True)
@settings_option
@explained
def audit_export(form: str, settings_file: Path) -> None:
    """全部写到标准输出 / Write all of it to standard output, one entry a line."""
    with opened(settings_file) as (_, engine, _box), engine.connect() as connection:
        writer = csv.writer(sys.stdout)
        for one in entries(connection):
            line = {**asdict(one), "at": one.at.isoformat()}
            if form == "json":
                click.echo(json.dumps(line, ensure_ascii=False))
            else:
                writer.writerow([inert(str(cell)) for cell in line.values()])


COMMANDS = (audit,)
