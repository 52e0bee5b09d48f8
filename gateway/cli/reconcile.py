"""The command `creditgate reconcile`: source, gateway and centre against each other."""

from pathlib import Path

import click

from gateway.cli.opening import opened
from gateway.cli.output import (
    FAILED,
    console,
    explained,
    json_option,
    print_json,
    settings_option,
)
from gateway.destinations.http import open_queries
from gateway.reconciliation.report import show, summarise


@click.command()
@settings_option
@json_option
@explained
def reconcile(settings_file: Path, as_json: bool) -> None:
    """与中心库对账 / Compare source, gateway and centre; exit code 1 unless they balance."""
    with opened(settings_file) as (settings, engine, box):
        centre = open_queries(settings)
        results = summarise(engine, box, centre)
        centre.close()
    if as_json:
        print_json(results.as_data())
    else:
        show(results, console())
    if not results.balanced:
        raise SystemExit(FAILED)


COMMANDS = (reconcile,)
