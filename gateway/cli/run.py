"""The command `creditgate run`: the gateway at work, until it is asked to end."""

from contextlib import nullcontext
from pathlib import Path
from typing import get_args

import click
import structlog
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from gateway import tracing
from gateway.cli.output import (
    FAILED,
    explained,
    settings_option,
)
from gateway.cli.process import stop_on_signals, write_whole
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.runtime.process import GatewayProcess, Role
from gateway.serving.limits import FrontLimits
from gateway.serving.logs import take_over_logs
from gateway.serving.server import WsgiServer, collect_rarely, keep_little_memory
from gateway.settings.load import load_settings
from gateway.settings.model import GatewaySettings
from gateway.settings.unprotected import unprotected
from gateway.store.lock import alone
from gateway.store.wait import wait_for_store
from gateway.text import command_output, option_help
from gateway.text import settings as messages_of_settings

_log = structlog.get_logger("creditgate")


@click.command()
@settings_option
@click.option(
    "--role",
    type=click.Choice(get_args(Role)),
    default="all",
    show_default=True,
    help=(str(option_help.run_role())),
)
@click.option("--once", is_flag=True, help=str(option_help.run_once()))
@click.option(
    "--patience",
    default=120.0,
    show_default=True,
    help=str(option_help.run_patience()),
)
@click.option(
    "--address-file",
    type=click.Path(path_type=Path),
    help=str(option_help.run_address_file()),
)
@explained
def run(
    settings_file: Path, role: Role, once: bool, patience: float, address_file: Path | None
) -> None:
    """按目录调度运行网关 / Run the gateway on the catalogue's schedule."""
    settings = load_settings(settings_file)
    if role in ("scheduler", "worker") and make_url(settings.store).get_backend_name() == "sqlite":
        raise click.UsageError(str(command_output.sqlite_one_process()))
    take_over_logs()
    keep_little_memory()
    stop = stop_on_signals()
    traces = tracing.start(settings.telemetry) if settings.telemetry else None
    with alone(settings.store) if role != "web" else nullcontext():
        if not once and not wait_for_store(settings.store, stop):
            return
        gateway = GatewayProcess(settings, settings_file.resolve().parent, role, stop=stop)
        if once:
            complete = gateway.run_once(patience)
            raise SystemExit(0 if complete else FAILED)
        _tell_unprotected(settings, gateway)
        page = _console(settings, gateway, address_file) if role in ("all", "web") else None
        collect_rarely()
        gateway.run()
        if page is not None:
            page.stop()
    if traces is not None:
        tracing.stop(traces)


def _tell_unprotected(settings: GatewaySettings, gateway: GatewayProcess) -> None:
    """Log each way without TLS at the start; write one event for those that leave here."""
    ways = unprotected(settings)
    for way in ways:
        _log.warning("settings.unprotected", text=way.text.en)
    if leaving := [way.text for way in ways if way.leaves]:
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


COMMANDS = (run,)
