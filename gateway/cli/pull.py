"""The command `creditgate pull`: one feed fetched now."""

from pathlib import Path

import click

from adapters.text import Text
from gateway.cli.opening import check_usable
from gateway.cli.output import (
    FAILED,
    explained,
    json_option,
    print_json,
    settings_option,
)
from gateway.exchange.fetch import FetchReport
from gateway.exchange.held_back import held_back, note_held_back
from gateway.runtime.process import GatewayProcess
from gateway.settings.load import load_settings
from gateway.text import operations as messages


@click.command()
@click.argument("feed")
@settings_option
@json_option
@explained
def pull(feed: str, settings_file: Path, as_json: bool) -> None:
    """立即采集一个数据项 / Fetch one feed now; delivery is left to `run`."""
    # A gateway may be at work on the store: of two fetches of a feed the one that is overtaken
    # keeps nothing more (FetchOvertakenError), and leases are given back by `run` alone.
    settings = load_settings(settings_file)
    gateway = GatewayProcess(settings, settings_file.resolve().parent)
    check_usable(gateway, feed)
    gateway.keeper.refresh()
    report = gateway.fetching.fetch(feed)
    waiting = held_back(gateway.fetching.feeds[feed].adapter)
    note_held_back(gateway.engine, gateway.clock, feed, waiting)
    gateway.close()
    if report is None:
        click.echo(str(messages.not_fetched(feed)), err=True)
        raise SystemExit(FAILED)
    _show_report(report, waiting, as_json)


def _show_report(report: FetchReport, waiting: dict[str, Text], as_json: bool) -> None:
    if as_json:
        files = [{"path": path, **text._asdict()} for path, text in sorted(waiting.items())]
        counts = {**report.counts, "replaced": report.replaced, "withdrawn": report.withdrawn}
        refused = [{"zh": text.zh, "en": text.en} for text in report.refused_units]
        print_json({"feed": report.feed, **counts, "refused_units": refused, "held_back": files})
        return
    counts_text = "  ".join(f"{name} {count:,}" for name, count in report.counts.items())
    click.echo(
        f"{report.feed}  {counts_text}  replaced {report.replaced:,}  withdrawn"
        f" {report.withdrawn:,}"
    )
    for text in report.refused_units:
        click.echo(f"  {text}")
    for _, reason in sorted(waiting.items()):
        click.echo(f"  {reason}")


COMMANDS = (pull,)
