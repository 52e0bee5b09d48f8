"""One SSH connection for SFTP on paramiko: host key pinned, every wait limited, errors told apart.

Paramiko sets no time limits by itself, and adds unknown host keys where it is told to.
"""

import logging
import socket
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import paramiko
from pydantic import Field, SecretStr

from adapters import AdapterError, Reach, Settings, SourceRefused, SourceUnavailable, Step
from adapters.drops.names import shown
from adapters.drops.place import PathRefused, PathUnavailable
from adapters.formats.encoding import KnownEncoding
from adapters.reach import LoginPause, LoginRefused, reached
from adapters.sftp_session import DENIED, FULL, LOST, UNSUPPORTED, SftpSession, SftpStatus
from adapters.text import servers as messages

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


_INTERACTIVE = "keyboard-interactive"
#: So many logins in a row that end by the server's hanging up are refusals: a line that broke once is
#: none, and a server that refuses by hanging up locks accounts as any other does.
_HANG_UPS = 2


class HungUp(SourceUnavailable):
    """The server hung up during the login."""


class SshConnection:
    """A connection that is opened when it is wanted and again after it broke; one thread at a time."""

    def __init__(self, settings: SshSettings) -> None:
        self._settings = settings
        self._place = f"{settings.host}:{settings.port}"
        self._client: paramiko.SSHClient | None = None
        self._sftp: SftpSession | None = None
        self._pause = LoginPause()
        #: Logins in a row in which the server hung up instead of answering.
        self._hung_up = 0

    def sftp(self) -> SftpSession:
        """Return a working SFTP session; raises SourceUnavailable or SourceRefused."""
        if self._sftp is not None and self._client is not None:
            transport = self._client.get_transport()
            if transport is not None and transport.is_active():
                return self._sftp
        self.close()
        self._pause.check()
        try:
            self._sftp = self._opened()
        except HungUp as error:
            self.close()
            self._hung_up += 1
            if self._hung_up < _HANG_UPS:
                raise
            refused = LoginRefused(*messages.login_refused(self._place, error.en))
            self._pause.refuse(refused)
            raise refused from None
        except LoginRefused as error:
            self._pause.refuse(error)
            self.close()
            raise
        except AdapterError:
            self.close()
            raise
        self._pause.clear()
        self._hung_up = 0
        return self._sftp

    def _opened(self) -> SftpSession:
        s = self._settings
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        kind, pinned = _pinned(s.host_key, self._place)
        name = s.host if s.port == 22 else f"[{s.host}]:{s.port}"
        client.get_host_keys().add(name, kind, pinned)
        password = s.password.get_secret_value() if s.password else None
        key = None if s.private_key is None else _private_key(s.private_key, password)
        self._client = client
        with explained(s):
            try:
                self._connect(client, _Login(s.username, password, key))
            except paramiko.BadAuthenticationType as error:
                if password is None or not error.allowed_types == [_INTERACTIVE]:
                    raise
                # Anew: many servers take one kind of login only on one connection.
                self._connect(client, _AskedLogin(s.username, password))
            transport = client.get_transport()
            assert transport is not None  # noqa: S101
            sftp = SftpSession.from_transport(transport)
            assert isinstance(sftp, SftpSession)  # noqa: S101
        sftp.encoding = s.name_encoding
        if channel := sftp.get_channel():
            channel.settimeout(s.timeout)
        return sftp

    def _connect(self, client: paramiko.SSHClient, login: "_Login | _AskedLogin") -> None:
        s = self._settings
        client.connect(
            s.host,
            s.port,
            s.username,
            timeout=s.timeout,
            banner_timeout=s.timeout,
            auth_timeout=s.timeout,
            channel_timeout=s.timeout,
            auth_strategy=login,  # type: ignore[arg-type]
        )

    @contextmanager
    def talking(self, path: str = "") -> Iterator[SftpSession]:
        """Yield a working session whose errors are explained; one that broke or fell silent is closed.

        `path` is what is talked about: what the server answers of it alone becomes PathRefused or
        PathUnavailable.
        """
        sftp = self.sftp()
        try:
            with explained(self._settings, path):
                yield sftp
        except PathUnavailable:
            raise
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


@dataclass(frozen=True, slots=True)
class _Login:
    """Logs in by key, or password, or both where the server wants both; tries each once."""

    username: str
    password: str | None
    key: paramiko.PKey | None

    def authenticate(self, transport: paramiko.Transport) -> None:
        """Log in; raises paramiko's AuthenticationException."""
        wanted: list[str] = []
        if self.key is not None:
            try:
                wanted = transport.auth_publickey(self.username, self.key)
            except paramiko.AuthenticationException:
                if self.password is None:
                    raise
            else:
                if not wanted:
                    return
        if self.password is None:
            raise paramiko.AuthenticationException("neither key nor password")
        if wanted == [_INTERACTIVE]:
            _AskedLogin(self.username, self.password).authenticate(transport)
        else:
            transport.auth_password(self.username, self.password, fallback=False)


@dataclass(frozen=True, slots=True)
class _AskedLogin:
    """Logs in to a server that asks for the password as a question (PAM)."""

    username: str
    password: str

    def authenticate(self, transport: paramiko.Transport) -> None:
        """Log in; raises paramiko's AuthenticationException."""
        transport.auth_interactive(self.username, self._answer)

    def _answer(self, _title: str, _words: str, prompts: list[tuple[str, bool]]) -> list[str]:
        # One question without echo is the password; a second one is a code that nobody can give.
        if len(prompts) > 1:
            raise paramiko.AuthenticationException("the server asks for more than a password")
        return [self.password for _ in prompts]


def _pinned(host_key: str, place: str) -> tuple[str, paramiko.PKey]:
    kind, _, encoded = host_key.strip().partition(" ")
    try:
        return kind, paramiko.PKey.from_type_string(kind, b64decode(encoded.split()[0]))
    except Exception:  # noqa: BLE001
        # Paramiko and cryptography raise whatever the bytes lead them to.
        raise SourceRefused(*messages.bad_host_key_setting(place)) from None


def _private_key(path: Path, password: str | None) -> paramiko.PKey:
    """Read a private key, whose passphrase may be the password; raises SourceRefused."""
    try:
        try:
            return paramiko.PKey.from_path(path)
        except (TypeError, ValueError, paramiko.PasswordRequiredException):
            if password is None:
                raise
            return paramiko.PKey.from_path(path, password)
    except Exception as error:  # noqa: BLE001
        answer = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise SourceRefused(*messages.bad_private_key(str(path), answer)) from None


def offered_key(host: str, port: int = 22, timeout: float = 30.0) -> tuple[str, str]:
    """Return the public key that a server shows, as `host_key` takes it, and its fingerprint.

    Logs in nowhere. Who listens may be anyone: the fingerprint is for a person to compare. Raises
    SourceUnavailable or SourceRefused.
    """
    place = f"{host}:{port}"
    try:
        with closing(socket.create_connection((host, port), timeout)) as line:
            transport = paramiko.Transport(line)
            try:
                transport.start_client(timeout=timeout)
                key = transport.get_remote_server_key()
            finally:
                transport.close()
    except paramiko.ssh_exception.IncompatiblePeer as error:
        raise SourceRefused(*messages.no_common_algorithm(place, str(error))) from None
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise SourceUnavailable(*messages.no_answer(place, str(error))) from None
    return f"{key.get_name()} {key.get_base64()}", str(key.fingerprint)


#: What paramiko says where a login got no answer, and where the server hung up instead of one.
_NO_VERDICT, _EOF = "Authentication timeout", "transport shut down or saw EOF"


@contextmanager
def explained(settings: SshSettings, path: str = "") -> Iterator[None]:
    """Turn what paramiko and the socket raise into our two kinds of error; let a missing file pass."""
    place = f"{settings.host}:{settings.port}"
    try:
        yield
    except (FileNotFoundError, FileExistsError, AdapterError):
        raise
    except paramiko.BadHostKeyException:
        raise SourceRefused(*messages.host_key_changed(place)) from None
    except paramiko.ssh_exception.IncompatiblePeer as error:
        raise SourceRefused(*messages.no_common_algorithm(place, str(error))) from None
    except paramiko.AuthenticationException as error:
        if str(error).startswith(_NO_VERDICT):
            raise SourceUnavailable(*messages.no_answer(place, str(error))) from None
        if _EOF in str(error):
            raise HungUp(*messages.no_answer(place, str(error))) from None
        raise LoginRefused(*messages.login_refused(place, _methods(error))) from None
    except SftpStatus as error:
        raise _answered(error, place, path) from None
    except PermissionError as error:
        raise SourceRefused(*messages.access_denied(place, shown(path), str(error))) from None
    except (paramiko.SSHException, OSError, EOFError) as error:
        answer = str(error) or type(error).__name__
        raise SourceUnavailable(*messages.no_answer(place, answer)) from None


def _methods(error: paramiko.AuthenticationException) -> str:
    """Name the kinds of login that a server takes where it does not take ours."""
    allowed = getattr(error, "allowed_types", None)
    return f"{', '.join(allowed)}" if allowed else ""


def _answered(error: SftpStatus, place: str, path: str) -> AdapterError:
    """Return what an answer means: for a person, or passing; of one path, where one was asked of."""
    refused = PathRefused if path else SourceRefused
    if error.code in DENIED:
        return refused(*messages.access_denied(place, shown(path), str(error)))
    if error.code in UNSUPPORTED:
        return refused(*messages.unsupported(place, str(error)))
    if error.code in FULL:
        return refused(*messages.no_room(place, shown(path), str(error)))
    if error.code in LOST:
        return SourceUnavailable(*messages.no_answer(place, str(error)))
    unavailable = PathUnavailable if path else SourceUnavailable
    return unavailable(*messages.passing(place, f"{shown(path)} {error}".strip()))
