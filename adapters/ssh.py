"""One SSH connection for SFTP on paramiko: host key pinned, every wait limited, errors told apart.

Paramiko sets no time limits by itself, and adds unknown host keys where it is told to.
"""

import logging
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paramiko
from pydantic import Field, SecretStr

from adapters import Settings, SourceRefused, SourceUnavailable

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
            client.connect(
                s.host, s.port, s.username,
                password=s.password.get_secret_value() if s.password else None,
                key_filename=str(s.private_key) if s.private_key else None,
                allow_agent=False, look_for_keys=False,
                timeout=s.timeout, banner_timeout=s.timeout, auth_timeout=s.timeout,
                channel_timeout=s.timeout,
            )  # fmt: skip
            sftp = client.open_sftp()
        if channel := sftp.get_channel():
            channel.settimeout(s.timeout)
        self._client, self._sftp = client, sftp
        return sftp

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()
        self._client = self._sftp = None


@contextmanager
def explained(settings: SshSettings) -> Iterator[None]:
    """Turn what paramiko and the socket raise into our two kinds of error; let a missing file pass."""
    place = f"{settings.host}:{settings.port}"
    try:
        yield
    except FileNotFoundError:
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
        raise SourceUnavailable(
            f"{place} 未应答或中断：{error}，下次采集再试",
            f"{place} did not answer or broke off: {error}; the next fetch tries again",
        ) from None
