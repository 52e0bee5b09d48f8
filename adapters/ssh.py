"""One SSH connection for SFTP on paramiko: host key pinned, every wait limited, errors told apart.

Paramiko sets no time limits by itself, and adds unknown host keys where it is told to.
"""

import logging
import socket
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import paramiko
from paramiko.sftp import CMD_NAME
from pydantic import Field, SecretStr

from adapters import AdapterError, Reach, Settings, SourceRefused, SourceUnavailable, Step
from adapters.formats.encoding import KnownEncoding
from adapters.reach import reached

logging.getLogger("paramiko").setLevel(logging.CRITICAL)


class SshSettings(Settings):
    """An SFTP server and who we are there."""

    host: str
    port: int = Field(default=22, ge=1, le=65535)
    username: str
    password: SecretStr | None = None
    private_key: Path | None = None
    host_key: str = Field(
        description="服务器公钥，如 ssh-ed25519 AAAA… / the server's public key, pinned"
    )
    timeout: float = Field(default=30.0, gt=0, description="秒 / seconds for any one answer")
    name_encoding: KnownEncoding = Field(
        default="utf-8", description="文件名的编码，老系统常为 gb18030 / encoding of file names"
    )

    def reaches(self) -> Iterator[Reach]:
        """Name the host, and the key's file."""
        yield Reach("host", self.host)
        if self.private_key is not None:
            yield Reach("file", str(self.private_key))


class _Name(paramiko.Message):
    """An answer with names, which paramiko takes for UTF-8 and fails on where they are not."""

    encoding = "utf-8"

    def get_text(self) -> str:
        return self.get_string().decode(self.encoding, "backslashreplace")


#: The number of a request that could not be sent; no answer has it.
_NO_REQUEST = -1


class _Session(paramiko.SFTPClient):
    """A session that takes names of any encoding, and whose threads end quietly with the connection."""

    encoding = "utf-8"

    def _request(self, t: int, *arg: object) -> Any:
        kind, answer = super()._request(t, *arg)  # type: ignore[misc]
        if kind == CMD_NAME:
            answer.__class__, answer.encoding = _Name, self.encoding
        return kind, answer

    def _async_request(self, of: object, t: int, *arg: object) -> Any:
        try:
            return super()._async_request(of, t, *arg)  # type: ignore[misc]
        except (EOFError, OSError, paramiko.SSHException):
            if isinstance(of, paramiko.SFTPFile):
                # A thread that reads ahead: who waits for what it asks for finds out, and says it.
                return _NO_REQUEST
            raise


class SshConnection:
    """A connection that is opened when it is wanted and again after it broke; one thread at a time."""

    def __init__(self, settings: SshSettings) -> None:
        self._settings = settings
        self._client: paramiko.SSHClient | None = None
        self._sftp: paramiko.SFTPClient | None = None

    def sftp(self) -> paramiko.SFTPClient:
        """Give a working SFTP session; raises SourceUnavailable or SourceRefused."""
        if self._sftp is not None and self._client is not None:
            transport = self._client.get_transport()
            if transport is not None and transport.is_active():
                return self._sftp
        self.close()
        s = self._settings
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        kind, _, encoded = s.host_key.partition(" ")
        pinned = paramiko.PKey.from_type_string(kind, b64decode(encoded.split()[0]))
        name = s.host if s.port == 22 else f"[{s.host}]:{s.port}"
        client.get_host_keys().add(name, kind, pinned)
        with explained(s):
            self._client = client
            client.connect(
                s.host, s.port, s.username,
                password=s.password.get_secret_value() if s.password else None,
                key_filename=str(s.private_key) if s.private_key else None,
                allow_agent=False, look_for_keys=False,
                timeout=s.timeout, banner_timeout=s.timeout, auth_timeout=s.timeout,
                channel_timeout=s.timeout,
            )  # fmt: skip
            transport = client.get_transport()
            assert transport is not None  # noqa: S101
            sftp = _Session.from_transport(transport)
            assert sftp is not None  # noqa: S101
            sftp.encoding = s.name_encoding
        if channel := sftp.get_channel():
            channel.settimeout(s.timeout)
        self._sftp = sftp
        return sftp

    @contextmanager
    def talking(self) -> Iterator[paramiko.SFTPClient]:
        """Give a working session whose errors are explained; one that broke or fell silent is closed."""
        sftp = self.sftp()
        try:
            with explained(self._settings):
                yield sftp
        except SourceUnavailable:
            # It may still look alive, and every later answer would come too late as well.
            self.close()
            raise

    def steps(self) -> Iterator[Step]:
        """Look the name up, reach the port, check the host key, log in: step by step."""
        s = self._settings
        yield from reached(s.host, s.port, s.timeout)
        self.sftp()
        yield Step("主机公钥", "host key", ok=True, detail=s.host_key.partition(" ")[0])
        yield Step("登录", "login", ok=True, detail=s.username)

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()
        self._client = self._sftp = None


def offered_key(host: str, port: int = 22, timeout: float = 30.0) -> tuple[str, str]:
    """Give the public key that a server shows, as `host_key` takes it, and its fingerprint; logs in nowhere.

    Who listens may be anyone: the fingerprint is for a person to compare. Raises SourceUnavailable.
    """
    try:
        with closing(socket.create_connection((host, port), timeout)) as line:
            transport = paramiko.Transport(line)
            try:
                transport.start_client(timeout=timeout)
                key = transport.get_remote_server_key()
            finally:
                transport.close()
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise SourceUnavailable(f"{host}:{port} 未应答：{error}", f"{host}:{port} did not answer: {error}") from None  # fmt: skip
    return f"{key.get_name()} {key.get_base64()}", str(key.fingerprint)


@contextmanager
def explained(settings: SshSettings) -> Iterator[None]:
    """Turn what paramiko and the socket raise into our two kinds of error; let a missing file pass."""
    place = f"{settings.host}:{settings.port}"
    try:
        yield
    except (FileNotFoundError, FileExistsError, AdapterError):
        raise
    except paramiko.BadHostKeyException:
        raise SourceRefused(
            f"{place} 的主机公钥与登记的不同，未发送口令；请与部门核实",
            f"the host key of {place} is not the pinned one; no password was sent; ask the department",
        ) from None
    except paramiko.AuthenticationException:
        raise SourceRefused(
            f"{place} 拒绝登录，请核对用户名和口令",
            f"{place} refused the login; check user name and password",
        ) from None
    except PermissionError as error:
        raise SourceRefused(
            f"{place} 拒绝访问：{error}，请部门授予读写权限",
            f"{place} denied access: {error}; ask the department for read and write rights",
        ) from None
    except (paramiko.SSHException, OSError, EOFError) as error:
        said = str(error) or type(error).__name__
        raise SourceUnavailable(
            f"{place} 未应答或中断：{said}，下次采集再试",
            f"{place} did not answer or broke off: {said}; the next fetch tries again",
        ) from None
