"""The market regulator: an SFTP server on which GB18030 CSV files appear, each with its marker."""

import asyncio
import csv
import io
import threading
from pathlib import Path

import asyncssh

from gateway.demo.generate import Row
from gateway.protocol.shared_secret import same_secret


class _Login(asyncssh.SSHServer):
    def __init__(
        self, username: str, password: str, open_connections: set[asyncssh.SSHServerConnection]
    ) -> None:
        self._username = username
        self._password = password
        self._open = open_connections

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._open.add(conn)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return same_secret(password, self._password) and username == self._username


class SftpDrop:
    """An SSH server in a thread of its own that shows one folder and nothing else."""

    def __init__(self, folder: Path, username: str, password: str) -> None:
        self.folder = folder
        self._credentials = (username, password)
        self._key = asyncssh.generate_private_key("ssh-ed25519")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: asyncssh.SSHAcceptor | None = None
        self._open: set[asyncssh.SSHServerConnection] = set()
        self.port = 0

    @property
    def host_key(self) -> str:
        """Return the server's public key, as an adapter pins it."""
        return self._key.export_public_key().decode().strip()

    def start(self, port: int = 0) -> None:
        """Listen on loopback; `port` says where afterwards."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sftp", daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(port), self._loop).result(30)
        self.port = self._server.get_port()

    def stop(self) -> None:
        """Close every connection and end the thread."""
        if self._loop is None:
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._loop = None

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            for connection in self._open:
                connection.abort()
            await self._server.wait_closed()
        other_tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in other_tasks:
            task.cancel()
        await asyncio.gather(*other_tasks, return_exceptions=True)

    async def _listen(self, port: int) -> asyncssh.SSHAcceptor:
        folder = str(self.folder)
        return await asyncssh.listen(
            "127.0.0.1",
            port,
            server_host_keys=[self._key],
            server_factory=lambda: _Login(*self._credentials, self._open),
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=folder.encode()),
            encoding=None,
        )


def drop_file(folder: Path, name: str, rows: list[Row], *, encoding: str = "gb18030") -> None:
    """Write a CSV file as a careful department does: other name, rename, then the marker."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    part = folder / f"{name}.part"
    part.write_bytes(text.getvalue().encode(encoding))
    part.rename(folder / name)
    (folder / f"{name}.ok").write_text(f"rows={len(rows)}\n")
