"""What file servers refuse and what passes by itself: each has a sentence of its own."""

import asyncio
import io
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import asyncssh
import paramiko
import polars as pl
import pytest

from adapters import (
    VERDICT_SCHEMA,
    BadUnit,
    Batch,
    SourceRefusedError,
    SourceUnavailableError,
)
from adapters.files.ftps import FtpsAdapter, FtpsSettings
from adapters.files.sftp import SftpAdapter, SftpSettings, _entry
from adapters.transports.probe import LoginRefusedError
from adapters.transports.remote import PathRefusedError
from adapters.transports.ssh import SshConnection, SshSettings
from gateway.demo.market_regulator import SftpDrop
from tests.support import servers
from tests.support.closing import closed_later
from tests.support.fetching import items
from tests.support.file_servers import PASSWORD, ftps, put, remarks, units

needs_openssh = pytest.mark.skipif(
    shutil.which("sshd", path="/usr/sbin") is None or os.geteuid() != 0,
    reason="Debian's openssh-server is not installed, or this is not root",
)


needs_vsftpd = pytest.mark.skipif(bool(servers.vsftpd_missing()), reason=servers.vsftpd_missing())


def sftp(**settings: Any) -> SftpAdapter:
    whole = {"host": "127.0.0.1", "username": "creditgate", "timeout": 5, "settle": 0, **settings}
    return closed_later(SftpAdapter(SftpSettings.model_validate(whole)))


class Asking(asyncssh.SSHServer):
    """A server that asks for the password as a question (PAM), and counts the answers."""

    answers = 0
    connections: ClassVar[list[asyncssh.SSHServerConnection]] = []

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.connections.append(conn)

    def password_auth_supported(self) -> bool:
        return False

    def kbdint_auth_supported(self) -> bool:
        return True

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username: str, responses: Any) -> bool:
        type(self).answers += 1
        return list(responses) == [PASSWORD]


class NoRename(asyncssh.SFTPServer):
    """A server whose library announces posix-rename for it, and that cannot."""

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPOpUnsupported("Operation unsupported")

    def rename(self, oldpath: bytes, newpath: bytes, flags: int = 0) -> None:
        if Path(os.fsdecode(self.map_path(newpath))).exists():
            raise asyncssh.SFTPFailure("Failure")
        super().rename(oldpath, newpath)


@contextmanager
def ssh_server(folder: Path, **more: Any) -> Iterator[tuple[int, str]]:
    """Run an SSH server of the tests in a thread; give its port and its public key."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    sftp_server = more.pop("sftp_server", asyncssh.SFTPServer)

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[key],
            encoding=None,
            sftp_factory=lambda channel: sftp_server(channel, chroot=str(folder).encode()),
            **more,
        )

    async def stop() -> None:
        server.close()
        while Asking.connections:
            Asking.connections.pop().abort()
        await asyncio.sleep(0.1)
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(20)
    try:
        yield server.get_port(), key.export_public_key().decode().strip()
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def test_a_server_that_asks_for_the_password_gets_it(tmp_path: Path) -> None:
    put(tmp_path, "x.csv")
    with ssh_server(tmp_path, server_factory=Asking) as (port, host_key):
        adapter = sftp(port=port, host_key=host_key, password=PASSWORD, folder="/")

        assert units(list(adapter.fetch(""))) == ["x.csv"]
        adapter.close()


def test_a_refused_password_is_not_sent_again_at_the_next_fetches(tmp_path: Path) -> None:
    Asking.answers = 0
    with ssh_server(tmp_path, server_factory=Asking) as (port, host_key):
        adapter = sftp(port=port, host_key=host_key, password="another-secret", folder="/")
        for _ in range(5):
            with pytest.raises(LoginRefusedError, match="lest the account be locked"):
                list(adapter.fetch(""))

    assert Asking.answers == 1


class HangingUp(Asking):
    """A server that hangs up at a wrong answer."""

    def validate_kbdint_response(self, username: str, responses: Any) -> bool:
        type(self).answers += 1
        self.connections[-1].abort()
        return False


def test_a_server_that_hangs_up_at_the_login_is_asked_twice_and_no_more(tmp_path: Path) -> None:
    HangingUp.answers = 0
    with ssh_server(tmp_path, server_factory=HangingUp) as (port, host_key):
        adapter = sftp(port=port, host_key=host_key, password="another-secret", folder="/")
        kinds = []
        for _ in range(4):
            with pytest.raises((SourceUnavailableError, SourceRefusedError)) as raised:
                list(adapter.fetch(""))
            kinds.append(isinstance(raised.value, LoginRefusedError))

    assert kinds == [False, True, True, True]
    assert HangingUp.answers == 2


def test_an_entry_whose_kind_the_server_tells_in_words_only_is_known() -> None:
    for longname, plain in (("-rw-rw-rw- 1 x", True), ("drwx 1 x", False), ("", True)):
        item = paramiko.SFTPAttributes()
        item.filename, item.longname, item.st_size = "x.csv", longname, 4

        assert _entry(item).plain is plain


def test_no_common_key_exchange_is_for_a_person(tmp_path: Path) -> None:
    with ssh_server(tmp_path, server_factory=Asking, kex_algs=["diffie-hellman-group1-sha1"]) as (
        port,
        host_key,
    ):
        adapter = sftp(port=port, host_key=host_key, password=PASSWORD)

        with pytest.raises(SourceRefusedError, match="trying again cannot succeed"):
            list(adapter.fetch(""))


def test_settings_that_cannot_be_read_are_said_as_such(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("no key")
    drop = SftpDrop(tmp_path, "creditgate", PASSWORD)

    with pytest.raises(SourceRefusedError, match="host_key"):
        list(sftp(host_key="ssh-ed25519 AAAA", password=PASSWORD).fetch(""))
    for name in ("key", "nowhere"):
        with pytest.raises(SourceRefusedError, match="private key"):
            list(sftp(host_key=drop.host_key, private_key=str(tmp_path / name)).fetch(""))


def test_a_rename_that_is_announced_and_not_done_is_done_in_steps(tmp_path: Path) -> None:
    put(tmp_path, "x.csv")
    (tmp_path / "x.csv.result.csv").write_text("older")
    with ssh_server(tmp_path, server_factory=Asking, sftp_server=NoRename) as (port, host_key):
        adapter = sftp(port=port, host_key=host_key, password=PASSWORD, folder="/")
        [batch] = items(adapter)
        adapter.keep(batch)
        verdict = pl.DataFrame([{"ref": "2", "verdict": "accepted"}], schema=VERDICT_SCHEMA)
        adapter.acknowledge(batch.unit, [verdict])
        adapter.close()

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "x.csv",
        "x.csv.done",
        "x.csv.result.csv",
    ]
    assert "accepted" in (tmp_path / "x.csv.result.csv").read_text()


@needs_openssh
@pytest.mark.parametrize("step", [1, 2, 3])
def test_without_posix_rename_a_break_at_any_step_leaves_old_and_new_whole(
    tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    for name in ("old", "new"):
        (folder / name).write_text(name)
    with servers.openssh(tmp_path, "internal-sftp -P posix-rename") as ssh:
        connection = SshConnection(
            SshSettings.model_validate(
                {
                    "host": "127.0.0.1",
                    "port": ssh.port,
                    "username": "root",
                    "timeout": 5,
                    "host_key": ssh.host_key,
                    "private_key": str(ssh.private_key),
                }
            )
        )
        session = connection.sftp()
        steps = []

        def breaking(of: Callable[..., None]) -> Callable[..., None]:
            def call(*paths: str) -> None:
                # The first rename is refused by the server; what is put aside is not there yet.
                if not paths[0].endswith(".tmp") or of.__name__ == "remove":
                    steps.append(paths)
                if len(steps) == step + 2:
                    raise ConnectionResetError
                of(*paths)

            return call

        for name in ("rename", "remove"):
            monkeypatch.setattr(session, name, breaking(getattr(session, name)))
        with suppress(ConnectionResetError):
            session.rename_over(str(folder / "new"), str(folder / "old"))
        monkeypatch.undo()
        broken = sorted(path.read_text() for path in folder.iterdir())
        if (folder / "new").exists():
            session.rename_over(str(folder / "new"), str(folder / "old"))
        connection.close()

    assert session.extensions
    assert "posix-rename@openssh.com" not in session.extensions
    assert {"old", "new"} == set(broken)
    assert (folder / "old").read_text() == "new"


@needs_vsftpd
def test_vsftpd_is_listed_to_the_second_and_a_missing_folder_is_said_as_one(tmp_path: Path) -> None:
    with servers.vsftpd(tmp_path, PASSWORD) as (port, certificate, drop):
        put(drop, "处罚 [3月].csv", "b.csv")
        os.utime(drop / "b.csv", (86_461, 86_461))
        adapter = ftps(port, certificate, username="anonymous", folder="/drop")
        found = list(items(adapter))
        with pytest.raises(SourceRefusedError, match="no folder"):
            list(ftps(port, certificate, username="anonymous", folder="/nowhere").fetch(""))

    assert units(found) == ["b.csv", "处罚 [3月].csv"]
    assert isinstance(found[0], Batch)
    assert found[0].unit == "b.csv@19700102000101-4"


@needs_vsftpd
def test_a_file_that_may_not_be_read_leaves_the_others_and_is_said_once(tmp_path: Path) -> None:
    with servers.vsftpd(tmp_path, PASSWORD) as (port, certificate, drop):
        put(drop, "a.csv", "b.csv", "c.csv")
        (drop / "b.csv").chmod(0o600)
        adapter = ftps(port, certificate, username="anonymous", folder="/drop")
        found = list(adapter.fetch(""))
        held_back = adapter.held_back()
        cursor = next(item.cursor for item in reversed(found) if isinstance(item, Batch))
        again = list(adapter.fetch(cursor))

    assert units(found) == ["a.csv", "c.csv"]
    assert remarks(found) == ["drop.denied"]
    assert "b.csv" in held_back
    assert again == []


@needs_vsftpd
def test_vsftpd_refuses_a_password_once(tmp_path: Path) -> None:
    with servers.vsftpd(tmp_path, PASSWORD) as (port, certificate, _):
        adapter = ftps(port, certificate, username="anonymous", password="wrong")
        with pytest.raises(LoginRefusedError, match="530"):
            list(adapter.fetch(""))
    with pytest.raises(LoginRefusedError, match="530"):
        # The server is gone by now: it is not even asked.
        list(adapter.fetch(""))


@contextmanager
def talking(*answers: str) -> Iterator[int]:
    """Run a server of FTP that says these answers, one to each command, and then nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            line, _ = listener.accept()
            with line, line.makefile("rb") as commands:
                for answer in answers:
                    line.sendall(answer.encode("gb18030") + b"\r\n")
                    commands.readline()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


@pytest.mark.parametrize(
    ("answers", "kind", "words"),
    [
        (("220 欢迎使用", "500 不支持 AUTH"), SourceRefusedError, "no TLS"),
        (("220 ok", "530 Please login with USER and PASS."), SourceRefusedError, "no TLS"),
        (("421 连接数过多",), SourceUnavailableError, "连接数过多"),
        (("220 ok", "431 Need some unavailable resource"), SourceUnavailableError, "tries again"),
    ],
)
def test_what_an_answer_means_whatever_its_encoding(
    answers: tuple[str, ...], kind: type[Exception], words: str, tmp_path: Path
) -> None:
    with talking(*answers) as port:
        adapter = closed_later(
            FtpsAdapter(
                FtpsSettings.model_validate(
                    {
                        "host": "127.0.0.1",
                        "port": port,
                        "username": "x",
                        "password": "y",
                        "timeout": 3,
                    }
                )
            )
        )
        with pytest.raises(kind, match=words) as refused:
            list(adapter.fetch(""))

    assert "\\u" not in str(refused.value)


def test_odd_bytes_stop_no_listing(tmp_path: Path) -> None:
    with servers.ftps(tmp_path, tmp_path, "creditgate", PASSWORD, "iis") as (port, certificate):
        put(tmp_path, os.fsdecode("处罚.csv".encode("gb18030")), "b.csv")
        found = list(ftps(port, certificate, folder="/").fetch(""))

    assert units(found) == ["b.csv"]
    assert [item.rule for item in found if isinstance(item, BadUnit)] == ["source.name"]


def test_an_upload_that_the_server_breaks_off_is_said_as_the_server_says_it(tmp_path: Path) -> None:
    with servers.ftps(tmp_path, tmp_path, "creditgate", PASSWORD) as (port, certificate):
        place = ftps(port, certificate, folder="/")._place
        (tmp_path / "folder.csv").mkdir()

        with pytest.raises((PathRefusedError, FileNotFoundError), match=r"/folder\.csv"):
            place.put(io.BytesIO(b"x"), "/folder.csv")
        place.put(io.BytesIO(b"x"), "/whole.csv")
        place.close()

    assert (tmp_path / "whole.csv").read_bytes() == b"x"
