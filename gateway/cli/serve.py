"""Commands that run something: run, pull, central serve."""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, get_args

import click
import structlog
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from adapters.text import Text
from gateway import telemetry
from gateway.cli.opening import check_usable
from gateway.cli.output import (
    FAILED,
    explained,
    json_option,
    print_json,
    print_table,
    settings_option,
)
from gateway.clock import utc_now
from gateway.exchange.fetch import FetchReport
from gateway.exchange.held_back import held_back, note_held_back
from gateway.feeds import GatewaySettings, load_settings
from gateway.logs import take_over_logs
from gateway.messages import masked_value
from gateway.run import Gateway, Role
from gateway.serving import WsgiServer, collect_rarely, keep_few_arenas
from gateway.signing import load_signer, load_verifier
from gateway.store_lock import alone
from gateway.store_wait import wait_for_store
from gateway.text import operations as messages

if TYPE_CHECKING:
    from gateway.central.intake import Keys

_log = structlog.get_logger("creditgate")


@click.command()
@settings_option
@click.option("--role", type=click.Choice(get_args(Role)), default="all", show_default=True, help="本进程的角色；多节点共用 PostgreSQL 时分设 / what this process does, where nodes share a PostgreSQL store")  # fmt: skip
@click.option("--once", is_flag=True, help="做一次完整交换后退出 / one full exchange, then end")
@click.option("--patience", default=120.0, show_default=True, help="--once 等待的秒数 / seconds that --once waits for what is due")  # fmt: skip
@click.option("--address-file", type=click.Path(path_type=Path), help="写入控制台地址 / write the console's address here")  # fmt: skip
@explained
def run(settings_file: Path, role: Role, once: bool, patience: float, address_file: Path | None) -> None:  # fmt: skip
    """按目录调度运行网关 / Run the gateway on the catalogue's schedule."""
    settings = load_settings(settings_file)
    if role in ("scheduler", "worker") and make_url(settings.store).get_backend_name() == "sqlite":
        raise click.UsageError("SQLite 存储只供一个进程，请用 --role all 或改用 PostgreSQL / a SQLite store serves one process: use --role all, or PostgreSQL")  # fmt: skip
    take_over_logs()
    keep_few_arenas()
    stop = _stop_on_signals()
    traces = telemetry.start(settings.telemetry) if settings.telemetry else None
    with alone(settings.store) if role != "web" else nullcontext():
        if not once and not wait_for_store(settings.store, stop):
            return
        gateway = Gateway(settings, settings_file.resolve().parent, role, stop=stop)
        if once:
            done = gateway.run_once(patience)
            raise SystemExit(0 if done else FAILED)
        page = _console(settings, gateway, address_file) if role in ("all", "web") else None
        collect_rarely()
        gateway.run()
        if page is not None:
            page.stop()
    if traces is not None:
        telemetry.stop(traces)


@click.command()
@click.argument("feed")
@settings_option
@json_option
@explained
def pull(feed: str, settings_file: Path, as_json: bool) -> None:
    """立即采集一个数据项 / Fetch one feed now; delivery is left to `run`."""
    # A gateway may be at work on the store: of two fetches of a feed the one that is overtaken keeps
    # nothing more (FetchOvertaken), and leases are given back by `run` alone.
    settings = load_settings(settings_file)
    gateway = Gateway(settings, settings_file.resolve().parent)
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


def _key_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command of the centre take its keys."""
    signing = click.option("--signing-key", type=(str, click.Path(path_type=Path)), metavar="ID FILE", help="回执的签名密钥 / the key that receipts are signed with")  # fmt: skip
    trusted = click.option("--trusted-key", "trusted_keys", multiple=True, type=(str, click.Path(path_type=Path)), metavar="ID FILE", help="发送方公钥，可多次给出；给出后只收有签名的数据包 / a sender's public key, may be repeated; once given, only signed packages are taken")  # fmt: skip
    return signing(trusted(command))


@click.group()
def central() -> None:
    """中心库 / The central database."""


@central.command("serve")
@click.option("--store", required=True, help="SQLAlchemy URL")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8760, show_default=True, help="0 为任选 / 0 for any")
@click.option("--token-file", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))  # fmt: skip
@click.option("--address-file", type=click.Path(path_type=Path))
@click.option("--threads", default=4, show_default=True)
@_key_options
@explained
def central_serve(
    store: str, host: str, port: int, token_file: Path, address_file: Path | None, threads: int,
    signing_key: tuple[str, Path] | None, trusted_keys: tuple[tuple[str, Path], ...],
) -> None:  # fmt: skip
    """接收数据包并给出回执 / Take packages and answer receipts."""
    from gateway.central.app import create_app  # noqa: PLC0415
    from gateway.central.store import create  # noqa: PLC0415

    take_over_logs()
    keep_few_arenas()
    engine = _open_waiting(store, create)
    token = token_file.read_text("utf-8").strip()
    keys = _keys(signing_key, trusted_keys)
    server = WsgiServer(create_app(engine, token, utc_now, keys), host, port, threads)
    address = f"http://{host}:{server.port}"
    _log.info("centre.listens", address=address)
    if address_file is not None:
        _write_whole(address_file, address)
    collect_rarely()
    server.serve()


@central.command("take")
@click.option("--store", required=True, help="SQLAlchemy URL")
@click.option("--folder", type=click.Path(path_type=Path, exists=True, file_okay=False), help="投放目录 / folder in which packages are dropped")  # fmt: skip
@click.option("--receipts", type=click.Path(path_type=Path, exists=True, file_okay=False), help="回执目录，缺省同上 / folder for receipts; the same by default")  # fmt: skip
@click.option("--table", "table_url", help="前置库的 SQLAlchemy 地址 / SQLAlchemy URL of the front-end table")  # fmt: skip
@click.option("--broker", "broker_url", help="NATS 地址 / address of the NATS broker")
@click.option("--every", default=1.0, show_default=True, help="间隔秒数 / seconds between looks")
@click.option("--once", is_flag=True, help="看一遍即退出 / one look, then end")
@_key_options
@explained
def central_take(
    store: str, folder: Path | None, receipts: Path | None, table_url: str | None, broker_url: str | None, every: float, once: bool,
    signing_key: tuple[str, Path] | None, trusted_keys: tuple[tuple[str, Path], ...],
) -> None:  # fmt: skip
    """从投放目录、前置库或消息中间件收包并给出回执 / Take packages from a folder, a front-end table or a broker, and give receipts."""
    from gateway import drops  # noqa: PLC0415
    from gateway.central.drop import take_folder, take_queue, take_table  # noqa: PLC0415
    from gateway.central.store import create  # noqa: PLC0415
    from gateway.standard import load_gates  # noqa: PLC0415
    from outbox import create_tables, open_engine  # noqa: PLC0415

    if [folder, table_url, broker_url].count(None) != 2:
        raise click.UsageError(
            "请给出 --folder、--table、--broker 之一 / give one of --folder, --table and --broker"
        )
    load_gates()
    take_over_logs()
    keep_few_arenas()
    engine = _open_waiting(store, create)
    front = open_engine(table_url) if table_url else None
    if front is not None:
        create_tables(front, drops.metadata)
    keys = _keys(signing_key, trusted_keys)
    look: Callable[[], int]
    if folder is not None:
        look = partial(take_folder, engine, folder, receipts or folder, utc_now, keys)
    elif front is not None:
        look = partial(take_table, engine, front, utc_now, keys)
    else:
        from gateway.broker import Broker, BrokerSettings  # noqa: PLC0415

        token = SecretStr(os.environ["NATS_TOKEN"]) if "NATS_TOKEN" in os.environ else None
        broker = Broker(BrokerSettings(url=broker_url or "", token=token))
        look = partial(take_queue, engine, broker, utc_now, keys)
    while True:
        taken = look()
        if once:
            break
        if not taken:
            time.sleep(every)


@central.command("subject")
@click.argument("identifier")
@click.option(
    "--store", required=True, help="中心库的 SQLAlchemy 地址 / SQLAlchemy URL of the centre's store"
)
@json_option
@explained
def central_subject(identifier: str, store: str, as_json: bool) -> None:
    """按任一标识查一个主体的全部标识与记录 / All identifiers and records of one subject, by any of its identifiers."""
    from gateway.central.store import create  # noqa: PLC0415
    from gateway.central.subjects import find_subject  # noqa: PLC0415
    from outbox import open_engine  # noqa: PLC0415

    engine = open_engine(store)
    create(engine)
    found = find_subject(engine, identifier)
    engine.dispose()
    if found is None:
        click.echo("没有该标识的记录\nno record has this identifier", err=True)
        raise SystemExit(FAILED)
    known = [{"type": kind, "value": masked_value(value)} for kind, value in found.identifiers]
    if as_json:
        print_json({"identifiers": known, "records": [asdict(record) for record in found.records]})
        return
    print_table("标识 / Identifiers", ("类型 / type", "标识 / identifier"), [tuple(one.values()) for one in known])  # fmt: skip
    print_table("记录 / Records", ("类型 / kind", "数据项 / feed", "记录键 / key", "名称 / name"), [(r.kind, r.feed, r.key, r.name) for r in found.records])  # fmt: skip


def _keys(
    signing_key: tuple[str, Path] | None, trusted_keys: tuple[tuple[str, Path], ...]
) -> "Keys":
    from gateway.central.intake import Keys  # noqa: PLC0415

    return Keys(
        load_signer(*signing_key) if signing_key else None,
        load_verifier(dict(trusted_keys)) if trusted_keys else None,
    )


def _open_waiting(store: str, create: Callable[[Engine], None]) -> Engine:
    """Open a store of the centre with its tables, once it is there; ends the process when asked to."""
    from outbox import open_engine  # noqa: PLC0415

    stop = _stop_on_signals()
    if not wait_for_store(store, stop):
        raise SystemExit(0)
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    if stop.is_set():
        raise SystemExit(0)
    engine = open_engine(store)
    create(engine)
    return engine


def _end(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _stop_on_signals() -> threading.Event:
    """Return what is set when this process is asked to end."""
    event = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        event.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return event


def _console(
    settings: GatewaySettings, gateway: Gateway, address_file: Path | None
) -> WsgiServer | None:
    if settings.web is None:
        return None
    from gateway.alerts.send import channels  # noqa: PLC0415
    from gateway.web import create_app  # noqa: PLC0415

    app = create_app(gateway, settings.web, channels(settings.alerts))
    server = WsgiServer(app, settings.web.host, settings.web.port, threads=8).start()
    address = f"http://{settings.web.host}:{server.port}/"
    _log.info("console.listens", address=address)
    if address_file is not None:
        _write_whole(address_file, address)
    return server


def _write_whole(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    part.rename(path)


COMMANDS = (run, pull, central)
