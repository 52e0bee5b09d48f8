"""Connections of a database's driver held to the address that was looked up and judged for them.

A driver looks names up by itself, and some read lists or descriptions out of them: so each is
handed a numeric address, and where it can take one, the connection itself.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from adapters import SourceRefusedError
from adapters.database.redirects import following
from adapters.database.settings import DatabaseSettings
from adapters.text import access as messages
from adapters.transports.access import connect_to
from adapters.transports.files import Files

#: Ports of servers whose drivers are handed an address, and seconds for finding out which one
#: answers.
_PORTS = {"oracle": 1521, "mssql": 1433, "dm": 5236}
_PROBE_SECONDS = 10.0
#: PyMySQL's own number of a server that does not answer.
_NO_MYSQL = 2003
#: What libpq would else take from the gateway's own user and show to whoever answers: its password
#: file, its certificate, its Kerberos ticket.
_NOTHING_OF_OURS = {
    "passfile": "/dev/null/none",
    "sslcert": "/dev/null/none",
    "sslkey": "/dev/null/none",
    "gssencmode": "disable",
}
#: Where Linux shows what a process has open.
_OPENED = Path("/proc/self/fd")


def hold(engine: Engine, settings: DatabaseSettings) -> None:
    """Let an engine connect only to what may be reached, looked up anew for each connection."""
    address, files = settings.address, settings.access.files
    if not files.confined:
        # The operator's own: sockets of this machine, names of an ODBC source or of Oracle's TNS.
        if is_file(address.backend, address.database):
            # Whoever may write beside it may put a link in its place, to another department's.
            _hold_file(
                engine, files.below(Path(address.database or "").parent), address.database or ""
            )
        return
    if address.backend == "sqlite":
        _hold_file(engine, files, address.database or "")
    else:
        _hold_host(engine, settings, address.host or "localhost")


def is_file(backend: str, database: str | None) -> bool:
    """Whether a database is a plain file of this machine, by its path."""
    if backend != "sqlite" or not database or database == ":memory:":
        return False
    return not database.startswith("file:")


def _hold_host(engine: Engine, settings: DatabaseSettings, host: str) -> None:
    access = settings.access

    @event.listens_for(engine, "do_connect")
    def _connect(dialect: Any, _record: Any, _given: Any, named: dict[str, Any]) -> Any:
        failed = dialect.loaded_dbapi.OperationalError
        try:
            addresses = access.addresses(host)
        except OSError as error:
            raise failed(f"{host}: {error}") from None
        if dialect.driver == "psycopg":
            # libpq takes the name for TLS and the address for the connection, a pair for each.
            named |= {"host": ",".join([host] * len(addresses)), "hostaddr": ",".join(addresses)}
            named |= _NOTHING_OF_OURS
            return None
        if dialect.driver == "pymysql":
            connection = dialect.connect(**named, defer_connect=True)
            try:
                line = connect_to(addresses, connection.port, connection.connect_timeout)
            except OSError as error:
                raise failed(_NO_MYSQL, f"Can't connect to MySQL server ({error})") from None
            connection.connect(line)
            return connection
        port = settings.address.port or _PORTS.get(settings.address.backend, 0)
        try:
            # Which one answers is found out first: a wrong password is tried once, not at each.
            with connect_to(addresses, port, _PROBE_SECONDS) as line:
                peer = line.getpeername()[0]
        except OSError as error:
            raise failed(f"{host}: {error}") from None
        return _to_address(dialect, settings, peer)


def _to_address(dialect: Any, settings: DatabaseSettings, address: str) -> Any:
    """Connect by a driver that takes hosts only: it is given the address in the host's place."""
    arguments, named = dialect.create_connect_args(settings.whole_url().set(host=address))
    if dialect.driver == "oracledb":
        with following(settings.access, address):
            return dialect.connect(*arguments, **named)
    return dialect.connect(*arguments, **named)


def _hold_file(engine: Engine, files: Files, path: str) -> None:
    @event.listens_for(engine, "do_connect")
    def _connect(dialect: Any, _record: Any, _given: Any, named: dict[str, Any]) -> Any:
        try:
            # No descriptor that reads: closing it would end the locks that SQLite has on the file.
            descriptor = files.open(path, os.O_PATH)
        except OSError:
            raise SourceRefusedError(*messages.file_absent(path)) from None
        try:
            opened = os.fstat(descriptor)
            if not stat.S_ISREG(opened.st_mode):
                raise SourceRefusedError(*messages.file_absent(path))
            connection = dialect.connect(str((_OPENED / str(descriptor)).readlink()), **named)
            if not _is_open(opened, but=descriptor):
                # Another file came under the name between the two.
                connection.close()
                raise SourceRefusedError(*messages.file_absent(path))
            return connection
        finally:
            os.close(descriptor)


def _is_open(wanted: os.stat_result, but: int) -> bool:
    """Whether this process has a file open, by a descriptor other than one."""
    for entry in _OPENED.iterdir():
        with suppress(OSError):
            if int(entry.name) != but and os.path.samestat(os.fstat(int(entry.name)), wanted):
                return True
    return False
