"""A client of FTP with TLS that takes servers as they are:
what the standard library's one trips over.

Facts this rests on: strict servers want the control channel's TLS session on the data channel;
Chinese servers answer in GBK whatever they promise; many close the data channel without ending TLS.
Nothing is lost by going on in the last two: an answer is for people, and the control channel says
whether a transfer was whole.
"""

import ftplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

#: Largest listing, in bytes: of 200,000 entries, as many as are read by SFTP.
_LISTING_BYTES = 50_000_000
#: Bytes that are received together.
_PIECE = 65_536


class FtpClient(ftplib.FTP_TLS):
    """One connection."""

    #: The representation that is set: "I" or "A".
    _kind = ""

    def connect_by(self, line: socket.socket, host: str) -> None:
        """Begin on a connection that is open; `host` is who its certificate must name."""
        # What a server answers to PASV names a port and never a host: `makepasv` takes our peer's.
        self.trust_server_pasv_ipv4_address = False
        self.host, self.sock, self.af = host, line, line.family
        self.file = line.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()

    def ntransfercmd(
        self, cmd: str, rest: int | str | None = None
    ) -> tuple[socket.socket, int | None]:
        """Return a data channel under TLS that resumes the control channel's session,
        and the size.
        """
        channel, size = ftplib.FTP.ntransfercmd(self, cmd, rest)  # noqa: S321
        control = self.sock
        session = control.session if isinstance(control, ssl.SSLSocket) else None
        try:
            secure = self.context.wrap_socket(channel, server_hostname=self.host, session=session)
        except BaseException:
            channel.close()
            raise
        return secure, size

    def getline(self) -> str:
        """Return a line of the server's answer; raises EOFError where the connection was closed."""
        assert self.file is not None  # noqa: S101
        line: bytes = self.file.buffer.readline(self.maxline + 1)
        if len(line) > self.maxline:
            raise OSError(f"a line of more than {self.maxline} bytes")
        if not line:
            raise EOFError("the connection was closed")
        return _answer_text(line.rstrip(b"\r\n"), self.encoding)

    def lines(self, command: str) -> list[str]:
        """Return what a listing command lists; bytes that do not decode become lone surrogates."""
        data = bytearray()

        def collect(piece: bytes) -> None:
            data.extend(piece)
            if len(data) > _LISTING_BYTES:
                raise OSError(f"a listing of more than {_LISTING_BYTES} bytes")

        self._receive("A", command, collect)
        text = bytes(data).decode(self.encoding, "surrogateescape")
        return [line.removesuffix("\r") for line in text.split("\n") if line.strip()]

    def retrieve(self, path: str, take: Callable[[bytes], object]) -> None:
        """Copy a file's bytes to whoever takes them."""
        self._receive("I", f"RETR {path}", take)

    def store(self, path: str, stream: BinaryIO) -> None:
        """Write a file; where the server broke the transfer off, its answer says why."""
        self._represent("I")
        try:
            self.storbinary(f"STOR {path}", stream)
        except OSError:
            with suppress(OSError, EOFError):
                self.voidresp()
            raise

    def size_of(self, path: str) -> int | None:
        """Return a file's size; None where there is no such file, or the server does not tell."""
        self._represent("I")
        try:
            return self.size(path)
        except (ftplib.error_perm, ValueError):
            return None

    def moment_of(self, path: str) -> str | None:
        """Return when a file was changed, as MDTM writes it;
        None where the server does not tell.
        """
        try:
            answer = self.sendcmd(f"MDTM {path}")
        except ftplib.error_perm:
            return None
        moment = answer[4:].strip()
        return moment if answer[:3] == "213" and is_moment(moment) else None

    def features(self) -> frozenset[str]:
        """Return the names of what the server says it can do; nothing where it does not say."""
        try:
            answer = self.sendcmd("FEAT")
        except ftplib.error_perm:
            return frozenset()
        names = (line.strip().partition(" ")[0].upper() for line in answer.splitlines()[1:-1])
        return frozenset(name for name in names if name)

    @contextmanager
    def entered(self, folder: str, home: str) -> Iterator[None]:
        """Yield while the client is in a folder; other paths are taken from `home`."""
        self.cwd(folder)
        try:
            yield
        finally:
            self.cwd(home)

    def _represent(self, kind: str) -> None:
        if self._kind != kind:
            self.voidcmd(f"TYPE {kind}")
            self._kind = kind

    def _receive(self, kind: str, command: str, take: Callable[[bytes], object]) -> None:
        self._represent(kind)
        with self.transfercmd(command) as channel:
            while piece := channel.recv(_PIECE):
                take(piece)
            if isinstance(channel, ssl.SSLSocket):
                with suppress(OSError):
                    channel.unwrap()
        self.voidresp()


def is_moment(text: str) -> bool:
    """Whether a text is a time as RFC 3659 writes it: 14 digits and maybe a fraction."""
    whole, _, part = text.partition(".")
    return len(whole) == 14 and whole.isdecimal() and (not part or part.isdecimal())


def _answer_text(line: bytes, encoding: str) -> str:
    for guess in (encoding, "gb18030"):
        with suppress(UnicodeDecodeError):
            return line.decode(guess)
    return line.decode("ascii", "replace")
