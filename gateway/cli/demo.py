"""Command demo: a made-up town from start to balance."""

import signal
import subprocess
import tempfile
import time
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from gateway.cli.output import FAILED, console, explained, json_option, print_json
from gateway.demo.balance import complaints
from gateway.demo.people import add_people
from gateway.demo.town import Town
from gateway.destinations.http import open_queries
from gateway.exchange import feed_store
from gateway.exchange.feed_store import FeedTotals
from gateway.reconciliation.report import Summary, show, summarise
from gateway.settings.load import load_settings
from gateway.store.open import open_store
from gateway.text import command_output, option_help
from outbox import Outbox

#: How long the exchange may take before the demo gives up, in seconds.
PATIENCE = 300.0
#: How often the progress is looked at, in seconds.
_LOOK = 0.3


@click.command()
@click.option(
    "--once",
    is_flag=True,
    help=str(option_help.demo_once()),
)
@click.option(
    "--rows",
    default=3_000,
    show_default=True,
    type=click.IntRange(10, 100_000),
    help=str(option_help.demo_rows()),
)
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help=str(option_help.demo_folder()),
)
@json_option
@explained
def demo(once: bool, rows: int, seed: int, folder: Path | None, as_json: bool) -> None:
    """演示：三个部门、交换平台、中心库 / Three departments, a platform and a centre, for real."""
    # Whatever ends the demo ends its processes too, also where a shell has it ignore SIGINT.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with (
        tempfile.TemporaryDirectory(prefix="creditgate-") as temporary,
        Town(folder or Path(temporary), seed, rows) as town,
    ):
        balanced = _run(town, once=once, as_json=as_json)
    if not balanced:
        raise SystemExit(FAILED)


def _run(town: Town, *, once: bool, as_json: bool) -> bool:
    out = console()
    address = town.folder / "web.address"
    arguments = (
        ("--once", "--patience", str(PATIENCE)) if once else ("--address-file", str(address))
    )
    gateway = town.start_gateway(*arguments)
    settings = load_settings(town.settings_file)
    engine = open_store(settings.store)
    _follow(town, gateway, engine, quiet=as_json, once=once)
    centre = open_queries(settings)
    summary = summarise(engine, Outbox(engine), centre)
    centre.close()
    people = [] if once else add_people(engine)
    engine.dispose()
    wrong = complaints(town)
    balanced = summary.balanced and not wrong and (not once or gateway.poll() == 0)
    if as_json:
        print_json({**summary.as_data(), "balanced": balanced, "ledger": wrong})
    else:
        _print(summary, wrong, town)
    if not once:
        out.print(str(command_output.console_address(address.read_text())))
        for name, role, password in people:
            out.print(f"  {name:<10} {password}   {role}")
        out.print(str(command_output.how_to_end()))
        _stay(gateway)
    return balanced


def _print(summary: Summary, wrong: list[str], town: Town) -> None:
    out = console()
    show(summary, out)
    rows = sum(len(source.rows) for source in town.sources.values())
    if wrong:
        out.print(str(command_output.ledger_disagrees(len(wrong))), style="bold red")
        for line in wrong[:20]:
            out.print(f"  {line}", style="red")
    else:
        out.print(
            str(command_output.ledger_agrees(rows)),
            style="green",
        )


def _follow(
    town: Town, gateway: "subprocess.Popen[bytes]", engine: Engine, *, quiet: bool, once: bool
) -> None:
    """Show progress until all is fetched, delivered and acknowledged, or the gateway ends."""
    deadline = time.monotonic() + PATIENCE
    with Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=console(),
        disable=quiet,
        transient=False,
    ) as progress:
        tasks = {
            name: progress.add_task(name, total=len(source.rows))
            for name, source in town.sources.items()
        }
        while time.monotonic() < deadline:
            totals_now = _look(engine)
            for name, totals in totals_now.items():
                progress.update(tasks[name], completed=totals.rows - totals.waiting)
            if once and gateway.poll() is not None:
                return
            if not once and _settled(town, totals_now):
                return
            if gateway.poll() not in (None, 0):
                return
            time.sleep(_LOOK)


def _look(engine: Engine) -> dict[str, FeedTotals]:
    try:
        with engine.connect() as connection:
            return {totals.feed: totals for totals in feed_store.totals(connection)}
    except SQLAlchemyError:
        # The store is being made or is busy: the next look will do.
        return {}


def _settled(town: Town, totals_now: dict[str, FeedTotals]) -> bool:
    return all(
        name in totals_now
        and totals_now[name].rows >= len(source.rows)
        and totals_now[name].waiting == 0
        and totals_now[name].unacknowledged == 0
        for name, source in town.sources.items()
    )


def _stay(gateway: "subprocess.Popen[bytes]") -> None:
    try:
        gateway.wait()
    except KeyboardInterrupt:
        gateway.terminate()
        gateway.wait()


COMMANDS = (demo,)
