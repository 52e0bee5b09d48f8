"""Commands that look at a source and change nothing: adapter encoding, operations, test."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from adapters import AdapterError, Step
from adapters.formats.encoding import LOOKED_AT
from adapters.reader.bodies import encoding_guesses
from adapters.wsdl import described
from gateway.cli.opening import harmless_feed
from gateway.cli.output import (
    FAILED,
    explained,
    json_option,
    print_json,
    print_table,
    settings_option,
)
from gateway.mapping.disclosure import source_mask
from gateway.masking import Personal
from gateway.standard.disclosure import NOTHING_KNOWN, RowMask
from gateway.text import Text, columns, command_output

#: Rows and kinds shown to a person.
_ROWS_SHOWN = 5


@click.command("encoding")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
@explained
def adapter_encoding(file: Path, as_json: bool) -> None:
    """文本可能的编码及其首行，由人确认 / Which encodings a text may be in, with its first lines; a
    person decides.
    """
    with file.open("rb") as stream:
        guesses = encoding_guesses(stream.read(LOOKED_AT))
    if as_json:
        print_json([asdict(guess) for guess in guesses])
        return
    print_table(
        str(command_output.look_at_encodings(file.name)),
        (columns.encoding(), columns.likelihood(), columns.first_lines()),
        [(guess.encoding, f"{guess.likelihood:.2f}", "\n".join(guess.lines)) for guess in guesses],
    )


@click.command("operations")
@click.argument("wsdl", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
@explained
def adapter_operations(wsdl: Path, as_json: bool) -> None:
    """WSDL 的绑定、操作、参数和行的位置 / A WSDL's bindings, operations, arguments, and where rows
    are.
    """
    bindings = described(wsdl)
    if as_json:
        print_json(
            {
                binding: [asdict(operation) for operation in listed]
                for binding, listed in bindings.items()
            }
        )
        return
    print_table(
        wsdl.name,
        ("binding", "operation", columns.arguments(), columns.settings()),
        [
            (
                binding,
                operation.name,
                ", ".join(operation.arguments),
                "\n".join(operation.settings()),
            )
            for binding, listed in bindings.items()
            for operation in listed
        ],
    )


@click.command("test")
@click.argument("feed")
@settings_option
@json_option
@explained
def adapter_test(feed: str, settings_file: Path, as_json: bool) -> None:
    """逐步测试连接，不作改动 / Test the connection step by step; changes nothing."""
    with harmless_feed(settings_file, feed) as (tried, _):
        run_steps(feed, tried.adapter.test(), source_mask(tried.mapping), as_json=as_json)


def run_steps(
    feed: str, steps: Iterable[Step], mask: RowMask = NOTHING_KNOWN, *, as_json: bool
) -> None:
    """Show a connection test as it goes, its rows masked; exits with 1 at the step that fails."""
    passed: list[dict[str, Any]] = []
    problem: Text | None = None
    try:
        for step in steps:
            rows = (
                []
                if step.sample is None
                else [mask.row(Personal(row)) for row in step.sample.head(_ROWS_SHOWN).to_dicts()]
            )
            passed.append(
                {
                    "zh": step.name_zh,
                    "en": step.name_en,
                    "ok": step.ok,
                    "detail": step.detail,
                    "sample": rows,
                }
            )
            if not as_json:
                click.echo(f"✓ {step.name_zh} / {step.name_en}  {step.detail}")
                for row in rows:
                    click.echo(f"    {row}")
    except AdapterError as error:
        problem = Text(error.zh, error.en)
    if as_json:
        print_json(
            {
                "feed": feed,
                "ok": problem is None,
                "steps": passed,
                "problem": problem and asdict(problem),
            }
        )
    if problem is not None:
        if not as_json:
            click.echo(f"✗ {problem.zh}\n  {problem.en}", err=True)
        raise SystemExit(FAILED)


COMMANDS = (adapter_encoding, adapter_operations, adapter_test)
