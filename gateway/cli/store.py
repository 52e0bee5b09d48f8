"""Commands about the store: its version, upgrade, backup."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import astuple
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from adapters.spool import work_folder_full
from gateway.cli.opening import opened
from gateway.cli.output import (
    FAILED,
    explained,
    json_option,
    print_json,
    settings_option,
)
from gateway.cli.person import person_option, why_option
from gateway.clock import utc_now
from gateway.errors import GatewayError
from gateway.exchange.restore_watch import mark_as_copy
from gateway.operations import restores as restore_acts
from gateway.settings.load import load_settings
from gateway.store.lock import alone
from gateway.store.open import noted_shape, shape_parts, upgrade_store, version_of
from gateway.store.resealing import seal_anew
from gateway.store.schema import VERSION
from gateway.store.shape import digest_of, reported_shape
from gateway.text import backup as backup_messages
from gateway.text import command_output
from gateway.text import store as messages
from outbox import open_engine, writing
from outbox.database import sqlite_path


class BackupRefusedError(GatewayError):
    """A backup cannot be made so."""


@click.group()
def store() -> None:
    """存储 / The store."""


@store.command("version")
@settings_option
@json_option
@explained
def store_version(settings_file: Path, as_json: bool) -> None:
    """存储与程序的表结构版本 / The version of the store's tables, and the program's."""
    engine = open_engine(load_settings(settings_file).store)
    try:
        with engine.connect() as connection:
            version = version_of(connection)
            parts = shape_parts(connection, version)
            digest = None if version is None else digest_of(reported_shape(connection))
            noted = None if version is None else noted_shape(connection)
    finally:
        engine.dispose()
    if as_json:
        print_json(
            {
                "store": version,
                "program": VERSION,
                "shape": digest,
                "noted_shape": noted,
                "differences": parts,
            }
        )
    else:
        click.echo(command_output.versions(version or "—", VERSION))
        if digest is not None:
            click.echo(str(command_output.digest_of_tables(digest)))
    if parts and version is not None:
        text = messages.shape_differs(version, parts)
        click.echo(f"{text.zh}\n{text.en}", err=True)
        raise SystemExit(FAILED)


@store.command("upgrade")
@settings_option
@json_option
@explained
def store_upgrade(settings_file: Path, as_json: bool) -> None:
    """升级表结构；先停网关并备份 / Bring the store to this program's tables; stop the gateway and
    make a backup first.
    """
    settings = load_settings(settings_file)
    url, sealed = settings.store, {}
    with alone(url):
        migrations = upgrade_store(url)
        if migrations and settings.at_rest:
            # A step may have found rows that earlier programs kept clear.
            engine = open_engine(url)
            sealed = seal_anew(engine, settings.at_rest.seal())
            engine.dispose()
    if as_json:
        print_json({"steps": migrations, "version": VERSION, "sealed": sealed})
    else:
        click.echo(
            str(command_output.upgraded(" → ".join(migrations)))
            if migrations
            else str(command_output.up_to_date(VERSION))
        )


@store.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@settings_option
@explained
def store_backup(file: Path, settings_file: Path) -> None:
    """备份 SQLite 存储，网关可照常运行 / Copy a SQLite store whole, while the gateway goes on."""
    url = load_settings(settings_file).store
    path = sqlite_path(url)
    if path is None:
        backend = make_url(url).get_backend_name()
        raise BackupRefusedError.of(backup_messages.own_tool(backend))
    if file.exists():
        raise BackupRefusedError.of(backup_messages.file_exists(file))
    part = file.with_name(f"{file.name}.part")
    try:
        part.touch(mode=0o600)
        with (
            closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(part)) as copy,
        ):
            source.backup(copy)
            mark_as_copy(copy, utc_now())
            result = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    except (OSError, sqlite3.Error) as error:
        # Half a copy is none, and takes the room that is short.
        part.unlink(missing_ok=True)
        raise _not_written(file, path, error) from None
    if result != "ok":
        part.unlink()
        raise BackupRefusedError.of(backup_messages.not_whole(result))
    part.rename(file)
    click.echo(f"{file}  {file.stat().st_size:,}")


def _not_written(file: Path, path: Path, error: Exception) -> BackupRefusedError:
    """Return why a copy was not written: no room, where that is so, with what is missing."""
    folder = file.resolve().parent
    needed = path.stat().st_size
    free = shutil.disk_usage(folder).free if folder.is_dir() else 0
    if folder.is_dir() and (work_folder_full(error) or free < needed):
        return BackupRefusedError(
            *astuple(backup_messages.no_room_for_backup(str(folder), needed, free))
        )
    return BackupRefusedError(*astuple(backup_messages.backup_failed(str(file), str(error))))


@store.command("restored")
@why_option
@person_option
@settings_option
@json_option
@explained
def store_restored(reason: str, person: str, settings_file: Path, as_json: bool) -> None:
    """声明存储已恢复（快照等网关无法自行发现的情形） / Say that the store was restored, where the
    gateway cannot notice it: a snapshot.
    """
    with opened(settings_file) as (settings, engine, _box), writing(engine) as connection:
        feeds = [item.feed for item in settings.adapters]
        text, generation = restore_acts.say_restored(connection, feeds, person, reason, utc_now())
    if as_json:
        print_json({"generation": generation, "zh": text.zh, "en": text.en})
    else:
        click.echo(str(text))


@store.command("checked")
@click.argument("feed")
@why_option
@person_option
@settings_option
@json_option
@explained
def store_checked(feed: str, reason: str, person: str, settings_file: Path, as_json: bool) -> None:
    """恢复后核对：该数据项无缺失 / After a restore: a person vouches that nothing of a feed is
    missing.
    """
    with opened(settings_file) as (_, engine, _box), writing(engine) as connection:
        text = restore_acts.vouch_after_restore(connection, feed, person, reason, utc_now())
    if as_json:
        print_json({"feed": feed, "zh": text.zh, "en": text.en})
    else:
        click.echo(str(text))


COMMANDS = (store,)
