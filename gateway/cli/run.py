"""Commands that run a gateway: run, pull."""

from contextlib import nullcontext
from pathlib import Path
from typing import get_args

import click
import structlog
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from adapters.text import Text
from gateway import tracing
from gateway.cli.opening import check_usable
from gateway.cli.output import (
    FAILED,
    explained,
    json_option,
    print_json,
    settings_option,
)
from gateway.cli.process import stop_on_signals, write_whole
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.exchange.fetch import FetchReport
from gateway.exchange.held_back import held_back, note_held_back
from gateway.runtime.process import GatewayProcess, Role
from gateway.serving.limits import FrontLimits
from gateway.serving.logs import take_over_logs
from gateway.serving.server import WsgiServer, collect_rarely, keep_little_memory
from gateway.settings.load import load_settings
from gateway.settings.model import GatewaySettings
from gateway.settings.unprotected import unprotected
from gateway.store.lock import alone
from gateway.store.wait import wait_for_store
from gateway.text import operations as messages
from gateway.text import settings as messages_of_settings

_log = structlog.get_logger("creditgate")


@click.command()
@settings_option
@click.option(
    "--role",
    type=click.Choice(get_args(Role)),
    default="all",
    show_default=True,
    help="本进程的角色；多节点共用 PostgreSQL 时分设 / what this process does, where nodes share a PostgreSQL store",
)
@click.option("--once", is_flag=True, help="做一次完整交换后退出 / one full exchange, then end")
@click.option(
    "--patience",
    default=120.0,
    show_default=True,
    help="--once 等待的秒数 / seconds that --once waits for what is due",
)
@click.option(
    "--address-file",
    type=click.Path(path_type=Path),
    help="写入控制台地址 / write the console's address here",
)
@explained
def run(
    settings_file: Path, role: Role, once: bool, patience: float, address_file: Path | None
) -> None:
    """按目录调度运行网关 / Run the gateway on the catalogue's schedule."""
    settings = load_settings(settings_file)
    if role in ("scheduler", "worker") and make_url(settings.store).get_backend_name() == "sqlite":
        raise click.UsageError(
            "SQLite 存储只供一个进程，请用 --role all 或改用 PostgreSQL / a SQLite store serves one process: use --role all, or PostgreSQL"
        )
    take_over_logs()
    keep_little_memory()
    stop = stop_on_signals()
    traces = tracing.start(settings.telemetry) if settings.telemetry else None
    with alone(settings.store) if role != "web" else nullcontext():
        if not once and not wait_for_store(settings.store, stop):
            return
        gateway = GatewayProcess(settings, settings_file.resolve().parent, role, stop=stop)
        if once:
            done = gateway.run_once(patience)
            raise SystemExit(0 if done else FAILED)
        _tell_unprotected(settings, gateway)
        page = _console(settings, gateway, address_file) if role in ("all", "web") else None
        collect_rarely()
        gateway.run()
        if page is not None:
            page.stop()
    if traces is not None:
        tracing.stop(traces)


@click.command()
@click.argument("feed")
@settings_option
@json_option
@explained
def pull(feed: str, settings_file: Path, as_json: bool) -> None:
    """立即采集一个数据项 / Fetch one feed now; delivery is left to `run`."""
    # A gateway may be at work on the store: of two fetches of a feed the one that is overtaken keeps
    # nothing more (FetchOvertakenError), and leases are given back by `run` alone.
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
        f"{report.feed}  {counts_text}  replaced {report.replaced:,}  withdrawn {report.withdrawn:,}"
    )
    for text in report.refused_units:
        click.echo(f"  {text}")
    for _, reason in sorted(waiting.items()):
        click.echo(f"  {reason}")


def _tell_unprotected(settings: GatewaySettings, gateway: GatewayProcess) -> None:
    """Tell at the start which ways go without TLS: each in the log, those that leave the machine by one event."""
    found = unprotected(settings)
    for one in found:
        _log.warning("settings.unprotected", text=one.text.en)
    if leaving := [one.text for one in found if one.leaves]:
        text = messages_of_settings.unprotected_at_start(len(leaving), leaving[0])
        try:
            event_store.say(
                gateway.engine, Event(gateway.clock(), "warning", "settings.unprotected", "", text)
            )
        except SQLAlchemyError as error:
            _log.error("store.failed", kind=type(error).__name__)


def _console(
    settings: GatewaySettings, gateway: GatewayProcess, address_file: Path | None
) -> WsgiServer | None:
    if settings.web is None:
        return None
    from gateway.alerts.channels import channels  # noqa: PLC0415
    from gateway.web import create_app  # noqa: PLC0415

    app = create_app(gateway, settings.web, channels(settings.alerts))
    # Behind a proxy all clients have its address: it limits them.
    limits = FrontLimits(of_one_address=FrontLimits().connections) if settings.web.proxies else None
    server = WsgiServer(app, settings.web.host, settings.web.port, 8, limits).start()
    address = f"http://{settings.web.host}:{server.port}/"
    _log.info("console.listens", address=address)
    if address_file is not None:
        write_whole(address_file, address)
    return server


COMMANDS = (run, pull)
