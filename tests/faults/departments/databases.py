"""The departments' MariaDB, which can be killed and comes back: one a process of the suite."""

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.faults.patience import patient
from tests.support.servers import free_port, wait_for_port

USER, PASSWORD = "creditgate", "made-up-password"


def missing() -> str:
    """Return why MariaDB cannot run; "" where it can."""
    return (
        ""
        if shutil.which("mariadbd", path="/usr/sbin")
        else "Debian's mariadb-server is not installed"
    )


class MariaDb:
    """A server with a database a town."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._user = f"--user={'root' if os.geteuid() == 0 else os.environ['USER']}"
        subprocess.run(
            [
                "mariadb-install-db",
                "--no-defaults",
                f"--datadir={folder / 'data'}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                self._user,
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        (folder / "start.sql").write_text(
            f"CREATE USER IF NOT EXISTS {USER}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n"
            f"GRANT ALL ON *.* TO {USER}@'127.0.0.1';\n"
        )
        self.start()

    def start(self) -> None:
        """Start it where it was, unless it runs."""
        command = [
            "/usr/sbin/mariadbd",
            "--no-defaults",
            f"--datadir={self._folder / 'data'}",
            f"--port={self._port}",
            "--bind-address=127.0.0.1",
            "--innodb-buffer-pool-size=32M",
            f"--socket={self._folder / 'socket'}",
            f"--init-file={self._folder / 'start.sql'}",
            "--skip-name-resolve",
            self._user,
        ]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for_port(self._port, 40)

    def kill(self) -> None:
        """End it as a power cut does."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it in order."""
        self._process.terminate()
        self._process.wait(patient(30))

    def database(self, name: str) -> str:
        """Make a database; return its URL without the password."""
        engine = create_engine(self._url("mysql"))
        with engine.begin() as connection:
            connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET utf8mb4"))
        engine.dispose()
        return f"mysql+pymysql://{USER}@127.0.0.1:{self._port}/{name}?charset=utf8mb4"

    def _url(self, name: str) -> str:
        return f"mysql+pymysql://{USER}:{PASSWORD}@127.0.0.1:{self._port}/{name}?charset=utf8mb4"


@cache
def mariadb() -> MariaDb:
    """Return this process's own server; it ends with the process."""
    folder = Path(tempfile.mkdtemp(prefix="creditgate-mariadb-"))
    server = MariaDb(folder)

    def end() -> None:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return server
