"""The command `adapter propose`: a mapping proposed from a sample, and kept if asked."""

from dataclasses import asdict
from pathlib import Path

import click

from gateway.cli.opening import registry_of
from gateway.cli.output import (
    explained,
    json_option,
    print_json,
    settings_option,
)
from gateway.cli.person import person_option
from gateway.mapping import read_mapping
from gateway.mapping.propose import Proposal, likeliest, propose
from gateway.mapping.start import proposed_mapping
from gateway.registry import Registry
from gateway.standard import NEWEST, load_standard
from gateway.text import command_output, option_help

#: Rows and kinds shown to a person.
_KINDS_SHOWN = 5

organ_option = click.option(
    "--organ",
    type=(str, str),
    metavar="NAME CODE",
    help=(str(option_help.adapter_organ())),
)
record_option = click.option(
    "--record",
    metavar="KIND",
    help=str(option_help.adapter_record()),
)
mode_option = click.option(
    "--change",
    "mode",
    type=click.Choice(("append", "update", "full")),
    default="append",
    show_default=True,
    help=str(option_help.adapter_change()),
)


@click.command("propose")
@click.argument("feed")
@record_option
@organ_option
@mode_option
@click.option("--keep", is_flag=True, help=str(option_help.adapter_keep()))
@person_option
@settings_option
@json_option
@explained
def adapter_propose(
    feed: str,
    record: str | None,
    organ: tuple[str, str] | None,
    mode: str,
    keep: bool,
    person: str,
    settings_file: Path,
    as_json: bool,
) -> None:
    """读 200 行样例，提出映射 / Read 200 rows and propose a mapping, each line with how sure it
    is.
    """
    with registry_of(settings_file) as registry:
        proposed = proposals(registry, feed, record, organ)
        text = proposed_mapping(proposed[0], feed, mode)
        if keep:
            keep_mapping(registry, feed, text, person, "proposed from a sample")
    if as_json:
        print_json(
            {
                "kinds": [
                    {
                        "kind": item.kind.name,
                        "zh": item.kind.zh,
                        "confidence": round(item.confidence, 2),
                    }
                    for item in proposed[:_KINDS_SHOWN]
                ],
                "matches": [
                    {
                        "column": m.column,
                        "field": m.field.name,
                        "zh": m.field.zh,
                        "confidence": m.confidence,
                        "why": asdict(m.why),
                        "source": m.source,
                    }
                    for m in proposed[0].matches
                ],
                "missing": [item.name for item in proposed[0].missing],
                "idle": proposed[0].idle,
                "mapping": text,
            }
        )
        return
    show_kinds(proposed)
    click.echo(text, nl=False)


def proposals(
    registry: Registry, feed: str, record: str | None, organ: tuple[str, str] | None
) -> list[Proposal]:
    """Return mappings proposed from a feed's sample, the likeliest first.

    Only one where the record kind is given.
    """
    rows = registry.sample(feed).rows
    standard = load_standard(NEWEST)
    if record is not None:
        return [propose(rows, standard.kind(record), organ)]
    return likeliest(rows, standard.kinds.values(), organ)


def show_kinds(proposed: list[Proposal]) -> None:
    """Say on standard error which record kinds a sample may be."""
    if len(proposed) > 1:
        kinds = "，".join(
            f"{proposal.kind.name}（{proposal.kind.zh}）{proposal.confidence:.2f}"
            for proposal in proposed[:3]
        )
        click.echo(str(command_output.record_kinds(kinds)), err=True)


def keep_mapping(registry: Registry, feed: str, text: str, person: str, reason: str) -> int:
    """Store a mapping as a new version of an adapter, and return its number."""
    definition = registry.show(feed).newest.definition
    # A draft may lack its mapping; one that is given has something in it.
    read_mapping(text, feed)
    return registry.change(definition.model_copy(update={"mapping": text}), person, reason)


COMMANDS = (adapter_propose,)
