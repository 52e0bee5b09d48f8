"""PostgreSQL clusters, for what a single server cannot show: recovery and promotion."""

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL

from tests.support.servers import free_port

BINARIES = Path("/usr/lib/postgresql/15/bin")


def missing() -> str:
    """Return what this machine lacks; "" where clusters can be run."""
    if not (BINARIES / "pg_basebackup").exists():
        return "needs Debian's postgresql-15: recovery and promotion were NOT tested"
    if os.geteuid() == 0:
        try:
            pwd.getpwnam("postgres")
        except KeyError:
            return "needs the user postgres, as root may not run a server: NOT tested"
    return ""


class Clusters:
    """Clusters under one folder, which share an archive of write-ahead log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archive = folder / "archive"
        self.archive.mkdir()
        self._user = "postgres" if os.geteuid() == 0 else None
        for path in (folder, self.archive):
            path.chmod(0o700)
            if self._user:
                shutil.chown(path, self._user, self._user)
        self._running: list[Path] = []

    def tool(self, name: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs; fails with what it said."""
        process = subprocess.run(
            [str(BINARIES / name), *arguments],
            capture_output=True,
            text=True,
            check=False,
            user=self._user,
            group=self._user,
            cwd=self.folder,
            timeout=120,
        )
        assert process.returncode == 0, process.stdout + process.stderr

    def init(self, name: str) -> Path:
        """Make a cluster that archives its log."""
        data = self.folder / name
        self.tool("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync")
        settings = (
            "listen_addresses = '127.0.0.1'\nfsync = off\nfull_page_writes = off\n"
            f"unix_socket_directories = ''\narchive_mode = on\nmax_connections = 40\n"
            f"archive_command = 'cp %p {self.archive}/%f'\nshared_buffers = 16MB\n"
        )
        with (data / "postgresql.conf").open("a") as out:
            out.write(settings)
        return data

    def copy(self, port: int, name: str, *more: str) -> Path:
        """Make a base backup of a running cluster."""
        data = self.folder / name
        self.tool(
            "pg_basebackup",
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-U",
            "postgres",
            "-D",
            str(data),
            "-c",
            "fast",
            "--no-sync",
            *more,
        )
        return data

    def start(self, data: Path, port: int) -> None:
        """Start a cluster and wait until it answers."""
        log = str(self.folder / f"{data.name}.log")
        self.tool(
            "pg_ctl", "start", "-D", str(data), "-l", log, "-w", "-t", "60", "-o", f"-p {port}"
        )
        self._running.append(data)

    def stop(self, data: Path, mode: str = "fast") -> None:
        """Stop a cluster."""
        self._running.remove(data)
        self.tool("pg_ctl", "stop", "-D", str(data), "-m", mode, "-w")

    def close(self) -> None:
        """Stop whatever still runs."""
        for data in list(self._running):
            self.stop(data, "immediate")


@contextmanager
def clusters() -> Iterator[Clusters]:
    """Give a folder of clusters that the server's user may enter, and remove it at the end."""
    folder = Path(mkdtemp(prefix="clusters-"))
    made = Clusters(folder)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder)


def url_of(*ports: int, database: str = "creditgate") -> str:
    """Return the URL of the one of some servers that can be written to."""
    query: dict[str, str | tuple[str, ...]] = {
        "host": tuple(f"127.0.0.1:{port}" for port in ports),
        "target_session_attrs": "read-write",
    }
    url = URL.create("postgresql+psycopg", "postgres", database=database, query=query)
    return url.render_as_string(hide_password=False)


def ask(port: int, query: str, database: str = "postgres") -> str:
    """Ask a server one thing, standby or not."""
    engine = create_engine(
        f"postgresql+psycopg://postgres@127.0.0.1:{port}/{database}", isolation_level="AUTOCOMMIT"
    )
    try:
        with engine.connect() as connection:
            rows = connection.execute(text(query))
            return str(rows.scalar()) if rows.returns_rows else ""
    finally:
        engine.dispose()


def wait_until(port: int, query: str, seconds: float = 60) -> None:
    """Wait until a server answers a question by True."""
    deadline = time.monotonic() + seconds
    while ask(port, query) != "True":
        assert time.monotonic() < deadline, query
        time.sleep(0.05)


__all__ = ["ask", "clusters", "free_port", "missing", "url_of", "wait_until"]
