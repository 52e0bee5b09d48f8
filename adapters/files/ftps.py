"""FTPS file drops on the standard library's client: TLS on both channels, its certificate checked.

Facts this rests on: vsftpd and IIS know no MLSD, and what LIST shows is to the minute and in the
server's own style. So size and time of what matters are asked for by SIZE and MDTM; a server that
lists in no style that is known is asked for names alone (NLST).
"""

import ftplib
import posixpath
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from pydantic import Field, SecretStr

from adapters import AdapterError, Reach, SourceRefusedError, SourceUnavailableError, Step
from adapters.file_names import readable, shown
from adapters.files.adapter import DropAdapter
from adapters.files.settings import DropSettings
from adapters.formats.encoding import KnownEncoding
from adapters.text import connection_steps, drop_settings
from adapters.text import servers as messages
from adapters.transports.access import connect
from adapters.transports.addresses import Host
from adapters.transports.ftp_client import FtpClient
from adapters.transports.ftp_entries import asked_entry, entry_of_facts, entry_of_line
from adapters.transports.ftp_listing import parsed
from adapters.transports.probe import LoginPause, LoginRefusedError, reached
from adapters.transports.remote import Entry, PathRefusedError, PathUnavailableError

#: Answers by which a server says that it does not know a command, or this form of it.
_UNKNOWN = ("500", "501", "502", "503", "504")
#: The path is not there, or may not be had: only the words tell which.
_NO_PATH = "550"
_NO_ROOM = "552"
#: The server ends the connection, or has no room for us now.
_GOODBYE = "421"
#: What servers say at the login where it is not we who are refused.
_CROWDED = ("too many", "maximum number", "max clients", "连接数")
#: Reasons of OpenSSL's that no second try changes.
_NEVER = (
    "HANDSHAKE_FAILURE",
    "UNSUPPORTED_PROTOCOL",
    "WRONG_VERSION_NUMBER",
    "PROTOCOL_VERSION",
    "NO_PROTOCOLS_AVAILABLE",
    "NO_SHARED_CIPHER",
    "NO_CIPHERS_AVAILABLE",
    "DH_KEY_TOO_SMALL",
    "KEY_TOO_SMALL",
    "INSUFFICIENT_SECURITY",
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
)


class FtpsSettings(DropSettings):
    """An FTP server with explicit TLS (RFC 4217), who we are there, and how files are dropped."""

    bound_by = ("host", "port", "username", "ca")
    uses_access = True

    host: Host
    port: int = Field(default=21, ge=1, le=65535)
    username: str
    password: SecretStr
    ca: Path | None = Field(
        default=None,
        description=str(drop_settings.ca()),
    )
    timeout: float = Field(default=30.0, gt=0, description=str(drop_settings.timeout()))
    name_encoding: KnownEncoding = Field(
        default="utf-8", description=str(drop_settings.name_encoding())
    )

    def reaches(self) -> Iterator[Reach]:
        """Yield the host, and the file of certificates."""
        yield Reach("host", self.host)
        if self.ca is not None:
            yield Reach("file", str(self.ca))


class FtpsPlace:
    """A folder tree of an FTP server."""

    def __init__(self, settings: FtpsSettings) -> None:
        self._settings = settings
        self._place = f"{settings.host}:{settings.port}"
        self._connected: FtpClient | None = None
        self._pause = LoginPause()
        self._features: frozenset[str] = frozenset()
        #: How this server lists, once that is known: the first way that it does not refuse.
        self._ways: list[Callable[[FtpClient, str], dict[str, Entry]]] = []
        self._home = "/"
        #: What the last listing of each folder showed to be no plain file.
        self._odd: dict[str, set[str]] = {}

    def steps(self) -> Iterator[Step]:
        """Yield the steps of connecting: look the name up, reach the port,
        check the certificate, log in.
        """
        s = self._settings
        yield from reached(s.access, s.host, s.port, s.timeout)
        self._client()
        yield Step(*connection_steps.certificate_login(), ok=True, detail=s.username)

    def listing(self, folder: str) -> dict[str, Entry]:
        """Return what stands in a folder, by the best listing that the server knows."""
        with self._explained(folder) as client:
            for better, way in enumerate(self._ways):
                try:
                    entries = way(client, folder)
                except ftplib.error_perm as error:
                    if str(error)[:3] not in _UNKNOWN or way == self._ways[-1]:
                        raise
                    continue
                # Only now: some servers answer so for a folder that is not there.
                self._ways = self._ways[better:]
                self._odd[_folder_key(folder)] = {
                    name for name, entry in entries.items() if not entry.plain
                }
                return entries
        raise FileNotFoundError(folder)

    def look(self, path: str) -> Entry:
        """Return one entry, its size and time to the second where the server tells them."""
        folder, name = posixpath.split(path)
        with self._explained(path) as client:
            known = None
            if self._ways[0] != self._by_mlsd:
                plain = name not in self._odd.get(_folder_key(folder), ())
                known = asked_entry(client, path, plain=plain)
        if known is not None:
            return known
        entry = self.listing(folder or ".").get(name)
        if entry is None:
            raise FileNotFoundError(path)
        if entry.rough and entry.plain and self._ways[0] == self._by_mlsd:
            # A server whose MLSD tells no time may still have MDTM.
            with self._explained(path) as client:
                return asked_entry(client, path, plain=True) or entry
        return entry

    def get(self, path: str, stream: BinaryIO) -> None:
        """Copy a file's bytes into a stream."""
        with self._explained(path) as client:
            client.retrieve(path, stream.write)

    def put(self, stream: BinaryIO, path: str) -> None:
        """Write a file and compare its size, where the server tells it."""
        with self._explained(path) as client:
            client.store(path, stream)
            arrived = client.size_of(path)
            if arrived is not None and arrived != stream.tell():
                raise EOFError(f"{arrived} of {stream.tell()} bytes arrived")

    def move(self, old: str, new: str) -> None:
        """Rename; where the server does not write over what stands there,
        that is put aside first.
        """
        with self._explained(old) as client:
            try:
                client.rename(old, new)
            except ftplib.error_perm:
                # Gone altogether, or the new name is taken.
                if client.size_of(old) is None or client.size_of(new) is None:
                    raise
                aside = f"{new}.tmp"
                with suppress(ftplib.error_perm):
                    client.delete(aside)
                client.rename(new, aside)
                try:
                    client.rename(old, new)
                except ftplib.error_perm:
                    with suppress(ftplib.error_perm):
                        client.rename(aside, new)
                    raise
                client.delete(aside)

    def make(self, folder: str) -> None:
        """Make a folder and those above it."""
        path = "/" if folder.startswith("/") else ""
        for part in folder.strip("/").split("/"):
            path = posixpath.join(path, part)
            with self._explained(path) as client, suppress(ftplib.error_perm):
                client.mkd(path)

    def close(self) -> None:
        """Close the connection."""
        if self._connected is not None:
            self._connected.close()
        self._connected = None

    # --- ways of listing --------------------------------------------------------------------------

    def _by_mlsd(self, client: FtpClient, folder: str) -> dict[str, Entry]:
        entries = (entry_of_facts(line) for line in client.lines(f"MLSD {folder}"))
        return {entry.name: entry for entry in entries if entry is not None}

    def _by_list(self, client: FtpClient, folder: str) -> dict[str, Entry]:
        # Entered, not named: servers take blanks, brackets and dashes in LIST's argument for more.
        with client.entered(folder, self._home):
            lines = parsed(client.lines("LIST"), datetime.now(UTC))
        if lines is None:
            raise ftplib.error_perm("504 the lines of LIST are of no known style")  # noqa: S321
        return {line.name: line for line in map(entry_of_line, lines)}

    def _by_names(self, client: FtpClient, folder: str) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        with client.entered(folder, self._home):
            try:
                names = client.lines("NLST")
            except (ftplib.error_perm, ftplib.error_temp) as error:
                # An empty folder, by the wording of RFC 959 and some servers.
                if str(error)[:3] not in (_NO_PATH, "450"):
                    raise
                names = []
            for name in map(posixpath.basename, names):
                if name in ("", ".", ".."):
                    continue
                known = asked_entry(client, name, plain=True, timed=False)
                entry = Entry(readable(name), 0, 0.0, "", plain=False) if known is None else known
                entries[entry.name] = entry
        return entries

    # --- the connection ---------------------------------------------------------------------------

    def _client(self) -> FtpClient:
        if self._connected is not None:
            return self._connected
        self._pause.check()
        s = self._settings
        try:
            trusted = None if s.ca is None else s.access.files.read(s.ca).decode("ascii")
            context = ssl.create_default_context(cadata=trusted)
        except (OSError, ValueError) as error:
            raise SourceRefusedError(*messages.bad_ca(str(s.ca), str(error))) from None
        client = FtpClient(context=context, timeout=s.timeout, encoding=s.name_encoding)
        try:
            with self._translated():
                client.connect_by(connect(s.access, s.host, s.port, s.timeout), s.host)
                self._secure(client)
                self._log_in(client)
                client.prot_p()
                self._features = client.features()
                if s.name_encoding == "utf-8" and "UTF8" in self._features:
                    with suppress(ftplib.error_perm):
                        client.sendcmd("OPTS UTF8 ON")
                self._home = client.pwd()
        except LoginRefusedError as error:
            client.close()
            self._pause.refuse(error)
            raise
        except AdapterError:
            client.close()
            raise
        self._pause.clear()
        self._connected = client
        if not self._ways:
            self._ways = [self._by_mlsd, self._by_list, self._by_names]
            if self._features and "MLST" not in self._features and "MLSD" not in self._features:
                del self._ways[0]
        return client

    def _secure(self, client: FtpClient) -> None:
        """Turn to TLS before anything is said;
        raises SourceRefusedError where the server has none.
        """
        try:
            client.auth()
        except ftplib.error_perm as error:
            raise SourceRefusedError(*messages.no_tls(self._place, str(error))) from None

    def _log_in(self, client: FtpClient) -> None:
        s = self._settings
        try:
            client.login(s.username, s.password.get_secret_value())
        except ftplib.error_perm as error:
            if any(words in str(error).lower() for words in _CROWDED):
                raise SourceUnavailableError(*messages.passing(self._place, str(error))) from None
            raise LoginRefusedError(*messages.login_refused(self._place, str(error))) from None

    @contextmanager
    def _explained(self, path: str) -> Iterator[FtpClient]:
        client = self._client()
        with self._translated(path):
            yield client

    @contextmanager
    def _translated(self, path: str = "") -> Iterator[None]:
        """Turn what ftplib and the socket raise into our errors.

        After an answer the connection goes on; after anything else we connect anew.
        """
        try:
            yield
        except FileNotFoundError:
            raise
        except AdapterError:
            # Whoever took the bytes stopped in the middle of a copy.
            self.close()
            raise
        except ssl.SSLCertVerificationError as error:
            text = messages.certificate_refused(self._place, error.verify_message)
            raise SourceRefusedError(*text) from None
        except (ftplib.error_perm, ftplib.error_temp) as error:
            raise self._answered(str(error), path) from None
        except ssl.SSLError as error:
            self.close()
            if any(reason in (error.reason or "") for reason in _NEVER):
                raise SourceRefusedError(*messages.no_tls(self._place, str(error))) from None
            raise SourceUnavailableError(*messages.no_answer(self._place, str(error))) from None
        except (ftplib.Error, OSError, EOFError, ValueError) as error:
            self.close()
            answer = str(error) or type(error).__name__
            raise SourceUnavailableError(*messages.no_answer(self._place, answer)) from None

    def _answered(self, answer: str, path: str) -> Exception:
        """Return what an answer of a class 4 or 5 code means."""
        code, name = answer[:3], shown(path)
        refused = PathRefusedError if path else SourceRefusedError
        if code == _GOODBYE:
            self.close()
            return SourceUnavailableError(*messages.no_answer(self._place, answer))
        if code == _NO_ROOM:
            return refused(*messages.no_room(self._place, name, answer))
        if code.startswith("4"):
            unavailable = PathUnavailableError if path else SourceUnavailableError
            return unavailable(*messages.passing(self._place, answer))
        if code == _NO_PATH:
            return self._not_had(answer, path)
        if code in _UNKNOWN:
            return refused(*messages.unsupported(self._place, answer))
        if code in ("530", "532"):
            self.close()
            return LoginRefusedError(*messages.login_refused(self._place, answer))
        return refused(*messages.refused(self._place, f"{name} {answer}".strip()))

    def _not_had(self, answer: str, path: str) -> Exception:
        """Return whether a path is missing or denied: a server says 550 to both."""
        client = self._connected
        denied = any(word in answer.lower() for word in ("denied", "permission", "拒绝", "权限"))
        with suppress(ftplib.Error, OSError, EOFError):
            if denied or (client is not None and path and client.size_of(path) is not None):
                text = messages.access_denied(self._place, shown(path), answer)
                return PathRefusedError(*text) if path else SourceRefusedError(*text)
        return FileNotFoundError(path)


class FtpsAdapter(DropAdapter):
    """A drop on an FTP server with TLS."""

    Settings = FtpsSettings

    def __init__(self, settings: FtpsSettings) -> None:
        super().__init__(settings, FtpsPlace(settings))


def _folder_key(folder: str) -> str:
    return folder.rstrip("/") or "/"
