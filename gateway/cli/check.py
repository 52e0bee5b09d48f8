"""Command check: what is wrong with a package, or with a legacy file under a mapping.

Sends nothing.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from adapters.formats import FormatError
from adapters.reader.errors import READER_ENDED, ReaderEndedError
from adapters.reader.files import FileReading, FileRequest
from gateway.central.intake.receive import MAX_BYTES
from gateway.central.intake.validate import PackageRefusedError, validate, warnings_of
from gateway.cli.output import (
    FAILED,
    explained,
    json_option,
    print_json,
    print_table,
    settings_of,
)
from gateway.clock import local_day, local_text, utc_now
from gateway.documents.findings import Checked, Finding, html_report, junit_report
from gateway.exchange.pipeline import COLUMNS_RULE, missing_columns, row_faults
from gateway.exchange.pipeline import check as check_rows
from gateway.mapping import Mapping, load_mapping
from gateway.private_files import write_private
from gateway.standard import XmlRefusedError
from gateway.text import Text, columns, command_output, option_help
from gateway.text import reading as messages

#: Rule of a file whose records are not what became of them.
COUNT_RULE = "source.count"
#: How the body of a push begins, by its contract.
_BODY = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"rows"\s*:\s*\[')
#: Rows of a legacy file looked at together.
_ROWS = 10_000
#: Faults of one file that reports and JSON list: memory stays bounded; all are counted.
LISTED = 10_000
#: Faults shown to a person.
_FINDINGS_SHOWN = 200


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path, exists=True),
    help=str(option_help.check_mapping()),
)
@click.option("--format", "kind", default="delimited", show_default=True)
@click.option(
    "--encoding",
    help=(str(option_help.check_encoding())),
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help=(str(option_help.check_set())),
)
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    help=str(option_help.check_html()),
)
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    help=str(option_help.check_junit()),
)
@json_option
@explained
def check(
    files: tuple[Path, ...],
    mapping_file: Path | None,
    kind: str,
    encoding: str | None,
    settings: tuple[str, ...],
    html: Path | None,
    junit: Path | None,
    as_json: bool,
) -> None:
    """检查数据包或旧格式文件，不发送 / Check packages, or legacy files with --mapping; nothing is
    sent.
    """
    mapping = load_mapping(mapping_file) if mapping_file else None
    format_settings = _format_settings(encoding, settings)
    checked: list[Checked] = []
    for path in files:
        findings: list[Finding] = []
        rows = faults = warnings = 0
        source = (
            _package(path) if mapping is None else _legacy(path, mapping, kind, format_settings)
        )
        for part, count in source:
            findings += part[: LISTED - len(findings)]
            warned = sum(finding.warns for finding in part)
            faults, warnings = faults + len(part) - warned, warnings + warned
            rows += count
        checked.append(Checked(path.name, rows, faults, warnings, findings))
    if html is not None:
        write_private(html, html_report(checked, local_text(utc_now())).encode())
    if junit is not None:
        write_private(junit, junit_report(checked))
    all_findings = [finding for file in checked for finding in file.findings]
    rows = sum(file.rows for file in checked)
    faults, warnings = sum(file.faults for file in checked), sum(file.warnings for file in checked)
    if as_json:
        print_json(
            {
                "rows": rows,
                "count": faults,
                "warnings": warnings,
                "faults": [_data(finding) for finding in all_findings],
            }
        )
    else:
        print_table(
            command_output.check_result(rows, faults, warnings),
            (
                "",
                columns.file(),
                columns.row(),
                columns.field(),
                columns.rule(),
                columns.reason_and_what_to_do(),
            ),
            [
                (
                    "提醒 warn" if f.warns else "退回 refuse",
                    f.file,
                    f.place,
                    f.field,
                    f.rule,
                    f"{f.text.zh}\n{f.text.en}",
                )
                for f in all_findings[:_FINDINGS_SHOWN]
            ],
        )
    if faults:
        raise SystemExit(FAILED)


def _format_settings(encoding: str | None, pairs: tuple[str, ...]) -> dict[str, Any]:
    """Return a format's settings, also where they are named as those of an adapter are."""
    settings = settings_of(pairs)
    if isinstance(nested := settings.get("format_settings"), dict):
        del settings["format_settings"]
        settings |= nested
    return settings if encoding is None else {"encoding": encoding, **settings}


def _package(path: Path) -> Iterator[tuple[list[Finding], int]]:
    today = local_day(utc_now())
    if path.stat().st_size > MAX_BYTES:
        text = messages.too_large(MAX_BYTES)
        yield [Finding(path.name, "", "", "package.size", text)], 0
        return
    try:
        validated = validate(path.read_bytes(), today)
    except (XmlRefusedError, PackageRefusedError) as error:
        yield [Finding(path.name, "", "", "package", error.text)], 0
        return
    faults = [
        Finding(path.name, str(place + 1), verdict.field, verdict.rule, verdict.text)
        for place, verdicts in sorted(validated.faults.items())
        for verdict in verdicts
    ]
    warned = [
        Finding(path.name, str(place + 1), verdict.field, verdict.rule, verdict.text, warns=True)
        for place, verdicts in sorted(warnings_of(validated, today).items())
        for verdict in verdicts
    ]
    yield faults + warned, len(validated.records.keys)


def _legacy(
    path: Path, mapping: Mapping, kind: str, settings: dict[str, Any]
) -> Iterator[tuple[list[Finding], int]]:
    today = local_day(utc_now())
    records = 0
    if kind == "json" and not settings and _is_body(path):
        settings = {"rows": "rows"}
        click.echo(messages.read_as_body(path.name), err=True)
    try:
        with path.open("rb") as stream:
            reading = FileReading(stream, FileRequest(kind, settings, size=_ROWS), "door")
            for chunk in reading:
                records += chunk.rows.height + chunk.blank + chunk.left_out + chunk.deleted
                if not chunk.rows.width:
                    continue
                if missing := missing_columns(chunk.rows, mapping):
                    yield [Finding(path.name, "1", "", COLUMNS_RULE, missing)], 0
                    return
                unreadable = row_faults(chunk.faults)
                judged = check_rows(chunk.rows, mapping, today, unreadable)
                findings = [
                    Finding(path.name, str(chunk.numbers[row]), field, rule, Text(zh, en), warns)
                    for frame, warns in ((judged.faults, False), (judged.warnings, True))
                    for row, field, rule, zh, en in frame.iter_rows()
                ]
                yield findings, chunk.rows.height
    except FormatError as error:
        yield [Finding(path.name, "", "", error.rule, Text(error.zh, error.en))], 0
        return
    except ReaderEndedError as error:
        yield [Finding(path.name, "", "", READER_ENDED, Text(error.zh, error.en))], 0
        return
    if reading.counted is not None and reading.counted.records != records:
        text = messages.count_differs(reading.counted.records, records)
        yield [Finding(path.name, "", "", COUNT_RULE, text)], 0


def _is_body(path: Path) -> bool:
    """Whether a file begins as what departments push does: its rows stand at `rows` by contract."""
    with path.open("rb") as stream:
        return _BODY.match(stream.read(200)) is not None


def _data(finding: Finding) -> dict[str, Any]:
    return {
        "file": finding.file,
        "row": finding.place,
        "field": finding.field,
        "rule": finding.rule,
        "zh": finding.text.zh,
        "en": finding.text.en,
        "severity": "warn" if finding.warns else "refuse",
    }


COMMANDS = (check,)
