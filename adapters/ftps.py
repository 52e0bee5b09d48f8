"""FTPS file drops on the standard library's client: TLS on both channels, its certificate checked."""

import ftplib
import posixpath
import socket
import ssl
from calendar import timegm
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import strptime
from typing import Any, BinaryIO

from pydantic import Field, SecretStr

from adapters import Reach, SourceRefused, SourceUnavailable, Step
from adapters.drops import DropAdapter
from adapters.drops.place import Entry, readable
from adapters.drops.settings import DropSettings
from adapters.formats import FormatError
from adapters.formats.encoding import KnownEncoding
from adapters.reach import reached


class FtpsSettings(DropSettings):
    """An FTP server with explicit TLS (RFC 4217), who we are there, and how files are dropped."""

    host: str
    port: int = Field(default=21, ge=1, le=65535)
    username: str
    password: SecretStr
    ca: Path | None = Field(default=None, description="受信任的证书文件，缺省用系统的 / file of trusted certificates; the system's by default")  # fmt: skip
    timeout: float = Field(default=30.0, gt=0, description="秒 / seconds for any one answer")
    name_encoding: KnownEncoding = Field(
        default="utf-8", description="文件名的编码 / encoding of file names"
    )

    def reaches(self) -> Iterator[Reach]:
        """Name the host, and the certificates' file."""
        yield Reach("host", self.host)
        if self.ca is not None:
            yield Reach("file", str(self.ca))


class _Client(ftplib.FTP_TLS):
    """Goes on with the control channel's TLS session on the data channel, as strict servers demand."""

    def ntransfercmd(
        self, cmd: str, rest: int | str | None = None
    ) -> tuple[socket.socket, int | None]:
        channel, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321
        held = self.sock
        session = held.session if isinstance(held, ssl.SSLSocket) else None
        return self.context.wrap_socket(channel, server_hostname=self.host, session=session), size


class FtpsPlace:
    """A folder tree of an FTP server that lists by MLSD (RFC 3659)."""

    def __init__(self, settings: FtpsSettings) -> None:
        self._settings = settings
        self._held: ftplib.FTP_TLS | None = None

    def steps(self) -> Iterator[Step]:
        """Look the name up, reach the port, check the certificate, log in."""
        s = self._settings
        yield from reached(s.host, s.port, s.timeout)
        self._client()
        yield Step("证书、登录", "certificate, login", ok=True, detail=s.username)

    def listing(self, folder: str) -> dict[str, Entry]:
        """Give what stands in a folder."""
        with self._explained() as client:
            facts = ["type", "size", "modify"]
            found = [_entry(name, about) for name, about in client.mlsd(folder, facts)]
        return {entry.name: entry for entry in found if entry.name not in (".", "..")}

    def look(self, path: str) -> Entry:
        """Give one entry."""
        folder, name = posixpath.split(path)
        found = self.listing(folder or ".").get(name)
        if found is None:
            raise FileNotFoundError(path)
        return found

    def get(self, path: str, stream: BinaryIO) -> None:
        """Copy a file's bytes into a stream."""
        with self._explained() as client:
            client.retrbinary(f"RETR {path}", stream.write)

    def put(self, stream: BinaryIO, path: str) -> None:
        """Write a file and compare its size."""
        with self._explained() as client:
            client.storbinary(f"STOR {path}", stream)
            if client.size(path) != stream.tell():
                raise EOFError

    def move(self, old: str, new: str) -> None:
        """Rename; a server that does not write over what stands there has that removed first."""
        with self._explained() as client:
            try:
                client.rename(old, new)
            except ftplib.error_perm:
                # Gone altogether, or the new name is taken.
                if client.size(old) is None:
                    raise
                client.delete(new)
                client.rename(old, new)

    def make(self, folder: str) -> None:
        """Make a folder and those above it."""
        path = "/" if folder.startswith("/") else ""
        for part in folder.strip("/").split("/"):
            path = posixpath.join(path, part)
            with self._explained() as client, suppress(ftplib.error_perm):
                client.mkd(path)

    def close(self) -> None:
        """Close the connection."""
        if self._held is not None:
            self._held.close()
        self._held = None

    def _client(self) -> ftplib.FTP_TLS:
        if self._held is None:
            s = self._settings
            context = ssl.create_default_context(cafile=None if s.ca is None else str(s.ca))
            with self._translated():
                client = _Client(context=context, timeout=s.timeout, encoding=s.name_encoding)
                client.connect(s.host, s.port)
                client.login(s.username, s.password.get_secret_value())
                client.prot_p()
                client.voidcmd("TYPE I")
                self._held = client
        return self._held

    @contextmanager
    def _explained(self) -> Iterator[ftplib.FTP_TLS]:
        client = self._client()
        with self._translated():
            yield client

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn what ftplib and the socket raise into our errors; after any of them we connect anew."""
        place = f"{self._settings.host}:{self._settings.port}"
        try:
            yield
        except (FormatError, FileNotFoundError):
            self.close()
            raise
        except ssl.SSLCertVerificationError as error:
            raise SourceRefused(f"{place} 的证书不可信：{error.verify_message}，未发送口令；请核实或设置 ca", f"the certificate of {place} is not trusted: {error.verify_message}; no password was sent; check it or set `ca`") from None  # fmt: skip
        except ftplib.error_perm as error:
            self.close()
            code = str(error)[:3]
            # Servers answer MLSD of a folder that is not there with 501 as well.
            if code in ("501", "550"):
                raise FileNotFoundError(place) from None
            raise SourceRefused(f"{place} 拒绝：{error}；请核对用户名、口令和权限", f"{place} refused: {error}; check user name, password and rights") from None  # fmt: skip
        except (ftplib.Error, OSError, EOFError, ValueError) as error:
            self.close()
            raise SourceUnavailable(f"{place} 未应答或中断：{error}，下次采集再试", f"{place} did not answer or broke off: {error}; the next fetch tries again") from None  # fmt: skip


class FtpsAdapter(DropAdapter):
    """A drop on an FTP server with TLS."""

    Settings = FtpsSettings

    def __init__(self, settings: FtpsSettings) -> None:
        super().__init__(settings, FtpsPlace(settings))


def _entry(name: str, facts: dict[str, Any]) -> Entry:
    moment, size = str(facts.get("modify", "19700101000000")), int(facts.get("size", 0))
    modified = timegm(strptime(moment[:14], "%Y%m%d%H%M%S"))
    return Entry(
        readable(name), size, modified, f"{moment}-{size}", str(facts.get("type")).lower() == "file"
    )  # fmt: skip
