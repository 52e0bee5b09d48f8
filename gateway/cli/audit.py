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
from gateway.text import columns, command_output, option_help, table_titles


@click.group()
def audit() -> None:
    """审计日志 / The audit log: what every person and program did."""


@audit.command("list")
@click.option("--target", help=str(option_help.audit_target()))
@click.option("--after", "after_id", default=0, help=str(option_help.audit_after()))
@click.option("--limit", default=50, show_default=True)
@settings_option
@json_option
@explained
def audit_list(
    target: str | None, after_id: int, limit: int, settings_file: Path, as_json: bool
) -> None:
    """何人何时对何物做了什么 / Who did what to what, and when."""
    with opened(settings_file) as (_, engine, _box), engine.connect() as connection:
        listed = list(entries(connection, after_id, limit, target))
    if as_json:
        print_json([{**asdict(entry), "at": entry.at.isoformat()} for entry in listed])
        return
    print_table(
        table_titles.audit_log_title(),
        (
            columns.no(),
            columns.at_column(),
            columns.who_column(),
            columns.act(),
            columns.target(),
            columns.detail(),
        ),
        [
            (
                entry.number,
                local_text(entry.at),
                entry.person,
                entry.act,
                entry.target,
                entry.detail,
            )
            for entry in listed
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
        head = head_of(connection)
    number, digest = head or (0, "")
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
    outside: tuple[int, str] | None = None
    if anchor is not None:
        number, colon, digest = anchor.partition(":")
        if not colon or not number.isdecimal():
            raise click.BadParameter(str(command_output.digest_malformed()))
        outside = int(number), digest
    with _anchoring(settings_file) as anchoring:
        verification = anchoring.verify(outside)
    if as_json:
        print_json(
            {
                "entries": verification.entries,
                "whole": verification.broken is None,
                "broken": verification.broken and asdict(verification.broken),
                "anchors": verification.anchors,
                "anchor_file": str(anchoring.path),
                "remarks": [asdict(entry_remark) for entry_remark in verification.remarks],
            }
        )
    elif verification.broken is None:
        click.echo(str(command_output.log_whole(verification.entries)))
    else:
        click.echo(f"✗ {verification.broken.text.zh}\n  {verification.broken.text.en}", err=True)
    if not as_json:
        for remark in verification.remarks:
            click.echo(f"{remark.zh}\n{remark.en}", err=True)
    if verification.broken is not None:
        raise SystemExit(FAILED)


@audit.command("anchor")
@click.option(
    "--anew",
    is_flag=True,
    help=(str(option_help.audit_anew())),
)
@click.option("--why", "reason", default="", help=str(option_help.audit_why()))
@person_option
@settings_option
@json_option
@explained
def audit_anchor(anew: bool, reason: str, person: str, settings_file: Path, as_json: bool) -> None:
    """把末条摘要签名后写入锚点文件与 syslog；网关运行时每小时自动做 / Write the signed head to the
    file of anchors and to syslog, as a running gateway does each hour.
    """
    with _anchoring(settings_file) as anchoring:
        aside = anchoring.begin_anew(person, reason) if anew else None
        anchor = None if anew else anchoring.anchor()
    if as_json:
        print_json(
            {
                "anchor": anchor and asdict(anchor),
                "anchor_file": str(anchoring.path),
                "put_aside": aside and str(aside),
            }
        )
    elif anew:
        click.echo(str(messages.put_aside(str(aside or "-"))))
    else:
        click.echo(str(messages.nothing_new()) if anchor is None else anchor.line())


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
        for entry in entries(connection):
            line = {**asdict(entry), "at": entry.at.isoformat()}
            if form == "json":
                click.echo(json.dumps(line, ensure_ascii=False))
            else:
                writer.writerow([inert(str(cell)) for cell in line.values()])


COMMANDS = (audit,)
