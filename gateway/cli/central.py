"""Commands of the central database: serve, take, subject, sender, audit."""

import os
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from gateway.central.centre import SEQUENCE_AHEAD, Centre, Terms
from gateway.central.senders.administration import senders
from gateway.central.senders.model import ID
from gateway.cli.central_audit import central_audit
from gateway.cli.central_sender import centre_store, sender, store_option
from gateway.cli.output import FAILED, explained, json_option, print_json, print_table
from gateway.cli.process import end_on_signals, stop_on_signals, write_whole
from gateway.clock import utc_now
from gateway.errors import GatewayError
from gateway.masking import mask
from gateway.protocol.signing import CLOCK_TOLERANCE, load_signer
from gateway.serving.logs import take_over_logs
from gateway.serving.server import WsgiServer, collect_rarely, keep_little_memory
from gateway.store.wait import wait_for_store
from gateway.text import centre_option_help, columns, command_output, table_titles
from gateway.text import senders as messages

if TYPE_CHECKING:
    from gateway.central.intake.drops import Door

_log = structlog.get_logger("creditgate")
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


class NoSenderError(GatewayError):
    """A centre without senders would take nobody's packages."""


def _terms_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command of the centre take its terms."""
    for option in (
        click.option(
            "--name",
            default="",
            help=(str(centre_option_help.central_name())),
        ),
        click.option(
            "--signing-key",
            type=(str, click.Path(path_type=Path)),
            metavar="ID FILE",
            help=str(centre_option_help.central_signing_key()),
        ),
        click.option(
            "--sequence-ahead",
            default=SEQUENCE_AHEAD,
            show_default=True,
            type=click.IntRange(min=1),
            help=(str(centre_option_help.central_sequence_ahead())),
        ),
        click.option(
            "--clock-tolerance",
            default=CLOCK_TOLERANCE.total_seconds(),
            show_default=True,
            type=click.FloatRange(min=0),
            help=str(centre_option_help.central_clock_tolerance()),
        ),
    ):
        command = option(command)
    return command


def _terms(
    name: str, signing_key: tuple[str, Path] | None, sequence_ahead: int, clock_tolerance: float
) -> Terms:
    if name and not ID.fullmatch(name):
        raise click.BadParameter(str(messages.id_malformed(name)), param_hint="--name")
    signer = load_signer(*signing_key) if signing_key else None
    return Terms(name, signer, timedelta(seconds=clock_tolerance), sequence_ahead=sequence_ahead)


@click.group()
def central() -> None:
    """中心库 / The central database."""


central.add_command(sender)
central.add_command(central_audit)


@central.command("serve")
@store_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port", default=8760, show_default=True, help=str(centre_option_help.central_port())
)
@click.option("--address-file", type=click.Path(path_type=Path))
@click.option("--threads", default=4, show_default=True)
@_terms_options
@explained
def central_serve(
    store: str,
    host: str,
    port: int,
    address_file: Path | None,
    threads: int,
    name: str,
    signing_key: tuple[str, Path] | None,
    sequence_ahead: int,
    clock_tolerance: float,
) -> None:
    """接收数据包并给出回执；至少须有一个发送方 / Take packages and answer receipts; at least one
    sender must be there.
    """
    from gateway.central.app import create_app  # noqa: PLC0415

    take_over_logs()
    keep_little_memory()
    terms = _terms(name, signing_key, sequence_ahead, clock_tolerance)
    centre = Centre(_open_waiting(store), utc_now, terms)
    _require_senders(centre.engine)
    server = WsgiServer(create_app(centre), host, port, threads)
    address = f"http://{host}:{server.port}"
    _log.info("centre.listens", address=address)
    if address_file is not None:
        write_whole(address_file, address)
    collect_rarely()
    server.serve()


@central.command("take")
@store_option
@click.option(
    "--sender",
    "sender_id",
    required=True,
    help=str(centre_option_help.central_sender()),
)
@click.option("--folder", type=_FOLDER, help=str(centre_option_help.central_folder()))
@click.option("--receipts", type=_FOLDER, help=str(centre_option_help.central_receipts()))
@click.option("--table", "table_url", help=str(centre_option_help.central_table()))
@click.option("--broker", "broker_url", help=str(centre_option_help.central_broker()))
@click.option(
    "--every", default=1.0, show_default=True, help=str(centre_option_help.central_every())
)
@click.option("--once", is_flag=True, help=str(centre_option_help.central_once()))
@_terms_options
@explained
def central_take(
    store: str,
    sender_id: str,
    folder: Path | None,
    receipts: Path | None,
    table_url: str | None,
    broker_url: str | None,
    every: float,
    once: bool,
    name: str,
    signing_key: tuple[str, Path] | None,
    sequence_ahead: int,
    clock_tolerance: float,
) -> None:
    """从一个发送方的投放目录、前置库或消息中间件收包并给出回执 / Take one sender's packages from a
    folder, a front-end table or a broker, and give receipts.
    """
    from gateway.central.intake.drops import Door  # noqa: PLC0415
    from gateway.standard import load_gates  # noqa: PLC0415

    if [folder, table_url, broker_url].count(None) != 2:
        raise click.UsageError(str(command_output.no_drop_given()))
    load_gates()
    take_over_logs()
    keep_little_memory()
    terms = _terms(name, signing_key, sequence_ahead, clock_tolerance)
    centre = Centre(_open_waiting(store), utc_now, terms)
    if sender_id not in centre.directory.senders():
        raise NoSenderError.of(messages.no_sender(sender_id, list(centre.directory.senders())))
    look = _look(Door(centre, sender_id), folder, receipts, table_url, broker_url)
    while True:
        count = _count_of_look(look)
        if once:
            if count is None:
                raise SystemExit(FAILED)
            return
        if not count:
            time.sleep(every)


def _look(
    door: "Door",
    folder: Path | None,
    receipts: Path | None,
    table_url: str | None,
    broker_url: str | None,
) -> Callable[[], int]:
    """Return what looks once for packages, wherever they lie."""
    from gateway.central.intake.drops import take_folder, take_queue, take_table  # noqa: PLC0415
    from gateway.protocol import drop  # noqa: PLC0415
    from outbox import create_tables, open_engine  # noqa: PLC0415

    if folder is not None:
        return partial(take_folder, door, folder, receipts or folder)
    if table_url is not None:
        front = open_engine(table_url)
        create_tables(front, drop.metadata)
        return partial(take_table, door, front)
    from gateway.protocol.nats import Broker, BrokerSettings  # noqa: PLC0415

    token = SecretStr(os.environ["NATS_TOKEN"]) if "NATS_TOKEN" in os.environ else None
    return partial(take_queue, door, Broker(BrokerSettings(url=broker_url or "", token=token)))


def _count_of_look(look: Callable[[], int]) -> int | None:
    """Look once.

    None where the store, the folder or the broker is away, which a later look may find again.
    """
    try:
        return look()
    except (SQLAlchemyError, OSError) as error:
        _log.error("drop.away", kind=type(error).__name__)
    except Exception as error:
        # The broker's own errors, without importing its library where there is no broker.
        if not type(error).__module__.startswith("nats."):
            raise
        _log.error("drop.away", kind=type(error).__name__)
    return None


@central.command("subject")
@click.argument("identifier")
@store_option
@json_option
@explained
def central_subject(identifier: str, store: str, as_json: bool) -> None:
    """按任一标识查一个主体的全部标识与记录 / All identifiers and records of one subject, by any of
    its identifiers.
    """
    from gateway.central.subjects.lookup import find_subject  # noqa: PLC0415

    with centre_store(store) as engine:
        subject = find_subject(engine, identifier)
    if subject is None:
        click.echo("没有该标识的记录\nno record has this identifier", err=True)
        raise SystemExit(FAILED)
    identifiers = [{"type": kind, "value": mask(value)} for kind, value in subject.identifiers]
    # A subject may be a person; who asked for an identifier knows whose it is.
    records = [replace(item, name=mask(item.name)) for item in subject.records]
    if as_json:
        print_json({"identifiers": identifiers, "records": [asdict(record) for record in records]})
        return
    print_table(
        table_titles.identifiers_title(),
        (columns.type_column(), columns.identifier()),
        [tuple(item.values()) for item in identifiers],
    )
    print_table(
        table_titles.records_title(),
        (columns.kind(), columns.feed(), columns.key(), columns.name()),
        [(r.kind, r.feed, r.key, r.name) for r in records],
    )


def _require_senders(engine: Engine) -> None:
    """Raise NoSenderError where nobody may send: such a centre would refuse everybody."""
    if not senders(engine):
        raise NoSenderError.of(messages.none_yet())


def _open_waiting(store: str) -> Engine:
    """Open a centre's store with its tables, once it is there; end when asked to."""
    from gateway.central.store import create  # noqa: PLC0415
    from outbox import open_engine  # noqa: PLC0415

    stop = stop_on_signals()
    if not wait_for_store(store, stop):
        raise SystemExit(0)
    end_on_signals()
    if stop.is_set():
        raise SystemExit(0)
    engine = open_engine(store)
    create(engine)
    return engine


COMMANDS = (central,)
