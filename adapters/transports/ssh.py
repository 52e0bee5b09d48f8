"""One SSH connection for SFTP on paramiko: host key pinned, every wait limited, errors told apart.

Paramiko sets no time limits by itself, and adds unknown host keys where it is told to.
"""

import logging
import socket
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Self

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from pydantic import Field, SecretStr, model_validator

from adapters import AdapterError, Reach, Settings, SourceRefusedError, SourceUnavailableError, Step
from adapters.file_names import shown
from adapters.formats.encoding import KnownEncoding
from adapters.setting_faults import InvalidSettingsError
from adapters.text import connection_steps, drop_settings
from adapters.text import servers as messages
from adapters.text import settings as setting_messages
from adapters.transports.access import connect
from adapters.transports.addresses import Host
from adapters.transports.private import read_private
from adapters.transports.probe import LoginPause, LoginRefusedError, reached
from adapters.transports.remote import PathRefusedError, PathUnavailableError
from adapters.transports.sftp_session import (
    DENIED,
    FULL,
    LOST,
    UNSUPPORTED,
    SftpSession,
    SftpStatusError,
)

logging.getLogger("paramiko").setLevel(logging.CRITICAL)


class SshSettings(Settings):
    """An SFTP server and who we are there."""

    bound_by = ("host", "port", "username", "host_key")
    uses_access = True

    host: Host
    port: int = Field(default=22, ge=1, le=65535)
    username: str
    password: SecretStr | None = None
    key_text: SecretStr | None = Field(default=None, description=str(drop_settings.key_text()))
    passphrase: SecretStr | None = Field(default=None, description=str(drop_settings.passphrase()))
    private_key: Path | None = Field(
        default=None,
        description=str(drop_settings.private_key()),
    )
    host_key: str = Field(description=str(drop_settings.host_key()))
    timeout: float = Field(default=30.0, gt=0, description=str(drop_settings.timeout()))
    name_encoding: KnownEncoding = Field(
        default="utf-8", description=str(drop_settings.ssh_name_encoding())
    )

    def reaches(self) -> Iterator[Reach]:
        """Yield the host, and the key's file."""
        yield Reach("host", self.host)
        if self.private_key is not None:
            yield Reach("key_file", "private_key:key_text")

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.key_text is not None and self.private_key is not None:
            raise InvalidSettingsError(setting_messages.needs_one_of(("key_text", "private_key")))
        return self


_KEY_KINDS: dict[type[Any], type[paramiko.PKey]] = {
    rsa.RSAPrivateKey: paramiko.RSAKey,
    ed25519.Ed25519PrivateKey: paramiko.Ed25519Key,
    ec.EllipticCurvePrivateKey: paramiko.ECDSAKey,
}
_INTERACTIVE = "keyboard-interactive"
#: So many logins in a row that end by the server's hanging up are refusals: a line that broke once
#: is none, and a server that refuses by hanging up locks accounts as any other does.
_HANG_UPS = 2


class HungUpError(SourceUnavailableError):
    """The server hung up during the login."""


class SshConnection:
    """A connection that is opened when it is wanted and again after it broke;
    one thread at a time.
    """

    def __init__(self, settings: SshSettings) -> None:
        self._settings = settings
        self._place = f"{settings.host}:{settings.port}"
        self._client: paramiko.SSHClient | None = None
        self._sftp: SftpSession | None = None
        self._pause = LoginPause()
        #: Logins in a row in which the server hung up instead of answering.
        self._hung_up = 0

    def sftp(self) -> SftpSession:
        """Return a working SFTP session; raises SourceUnavailableError or SourceRefusedError."""
        if self._sftp is not None and self._client is not None:
            transport = self._client.get_transport()
            if transport is not None and transport.is_active():
                return self._sftp
        self.close()
        self._pause.check()
        try:
            self._sftp = self._opened()
        except HungUpError as error:
            self.close()
            self._hung_up += 1
            if self._hung_up < _HANG_UPS:
                raise
            refused = LoginRefusedError(*messages.login_refused(self._place, error.en))
            self._pause.refuse(refused)
            raise refused from None
        except LoginRefusedError as error:
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
        key = _private_key(s)
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
            # Looked up, judged and opened here: paramiko would look the name up again.
            sock=connect(s.access, s.host, s.port, s.timeout),
        )

    @contextmanager
    def talking(self, path: str = "") -> Iterator[SftpSession]:
        """Yield a working session whose errors are explained;
        one that broke or fell silent is closed.

        `path` is what is talked about: what the server answers of it alone becomes PathRefusedError
        or PathUnavailableError.
        """
        sftp = self.sftp()
        try:
            with explained(self._settings, path):
                yield sftp
        except PathUnavailableError:
            raise
        except SourceUnavailableError:
            # It may still look alive, and every later answer would come too late as well.
            self.close()
            raise

    def steps(self) -> Iterator[Step]:
        """Yield the steps of connecting: look the name up, reach the port,
        check the host key, log in.
        """
        s = self._settings
        yield from reached(s.access, s.host, s.port, s.timeout)
        self.sftp()
        yield Step(*connection_steps.host_key(), ok=True, detail=s.host_key.partition(" ")[0])
        yield Step(*connection_steps.login(), ok=True, detail=s.username)

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
        methods: list[str] = []
        if self.key is not None:
            try:
                methods = transport.auth_publickey(self.username, self.key)
            except paramiko.AuthenticationException:
                if self.password is None:
                    raise
            else:
                if not methods:
                    return
        if self.password is None:
            raise paramiko.AuthenticationException("neither key nor password")
        if methods == [_INTERACTIVE]:
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
        raise SourceRefusedError(*messages.bad_host_key_setting(place)) from None


def _private_key(settings: SshSettings) -> paramiko.PKey | None:
    """Return the private key, whose passphrase may be the password; raises SourceRefusedError."""
    passphrase = settings.passphrase or settings.password
    try:
        if settings.key_text is not None:
            data = settings.key_text.get_secret_value().encode()
        elif settings.private_key is not None:
            data = read_private(settings.access.files, settings.private_key.expanduser())
        else:
            return None
        return _loaded_key(data, passphrase.get_secret_value() if passphrase else None)
    except SourceRefusedError:
        raise
    except Exception as error:  # noqa: BLE001
        answer = getattr(error, "strerror", None) or str(error) or type(error).__name__
        name = "key_text" if settings.key_text is not None else str(settings.private_key)
        raise SourceRefusedError(*messages.bad_private_key(name, answer)) from None


def _loaded_key(data: bytes, passphrase: str | None) -> paramiko.PKey:
    """Return a key from its text; the passphrase is used only where it is sealed with one."""
    for password in dict.fromkeys((None, passphrase)):
        try:
            loaded = _loaded(data, None if password is None else password.encode())
        except (TypeError, ValueError):
            if password == passphrase:
                raise
            continue
        for sort, kind in _KEY_KINDS.items():
            if isinstance(loaded, sort):
                text = StringIO(data.decode("ascii").strip() + "\n")
                key: paramiko.PKey = kind.from_private_key(text, password=password)
                return key
        raise ValueError(type(loaded).__name__)
    raise ValueError


def _loaded(data: bytes, password: bytes | None) -> Any:
    try:
        return serialization.load_ssh_private_key(data, password)
    except ValueError:
        return serialization.load_pem_private_key(data, password)


def offered_key(host: str, port: int = 22, timeout: float = 30.0) -> tuple[str, str]:
    """Return the public key that a server shows, as `host_key` takes it, and its fingerprint.

    Logs in nowhere. Who listens may be anyone: the fingerprint is for a person to compare. Raises
    SourceUnavailableError or SourceRefusedError.
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
        raise SourceRefusedError(*messages.no_common_algorithm(place, str(error))) from None
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise SourceUnavailableError(*messages.no_answer(place, str(error))) from None
    return f"{key.get_name()} {key.get_base64()}", str(key.fingerprint)


#: What paramiko says where a login got no answer, and where the server hung up instead of one.
_NO_VERDICT, _EOF = "Authentication timeout", "transport shut down or saw EOF"


@contextmanager
def explained(settings: SshSettings, path: str = "") -> Iterator[None]:
    """Turn what paramiko and the socket raise into our two kinds of error;
    let a missing file pass.
    """
    place = f"{settings.host}:{settings.port}"
    try:
        yield
    except (FileNotFoundError, FileExistsError, AdapterError):
        raise
    except paramiko.BadHostKeyException:
        raise SourceRefusedError(*messages.host_key_changed(place)) from None
    except paramiko.ssh_exception.IncompatiblePeer as error:
        raise SourceRefusedError(*messages.no_common_algorithm(place, str(error))) from None
    except paramiko.AuthenticationException as error:
        if str(error).startswith(_NO_VERDICT):
            raise SourceUnavailableError(*messages.no_answer(place, str(error))) from None
        if _EOF in str(error):
            raise HungUpError(*messages.no_answer(place, str(error))) from None
        raise LoginRefusedError(*messages.login_refused(place, _methods(error))) from None
    except SftpStatusError as error:
        raise _answered(error, place, path) from None
    except PermissionError as error:
        raise SourceRefusedError(*messages.access_denied(place, shown(path), str(error))) from None
    except (paramiko.SSHException, OSError, EOFError) as error:
        answer = str(error) or type(error).__name__
        raise SourceUnavailableError(*messages.no_answer(place, answer)) from None


def _methods(error: paramiko.AuthenticationException) -> str:
    """Name the kinds of login that a server takes where it does not take ours."""
    allowed = getattr(error, "allowed_types", None)
    return f"{', '.join(allowed)}" if allowed else ""


def _answered(error: SftpStatusError, place: str, path: str) -> AdapterError:
    """Return what an answer means: for a person, or passing; of one path,
    where one was asked of.
    """
    refused = PathRefusedError if path else SourceRefusedError
    if error.code in DENIED:
        return refused(*messages.access_denied(place, shown(path), str(error)))
    if error.code in UNSUPPORTED:
        return refused(*messages.unsupported(place, str(error)))
    if error.code in FULL:
        return refused(*messages.no_room(place, shown(path), str(error)))
    if error.code in LOST:
        return SourceUnavailableError(*messages.no_answer(place, str(error)))
    unavailable = PathUnavailableError if path else SourceUnavailableError
    return unavailable(*messages.passing(place, f"{shown(path)} {error}".strip()))
