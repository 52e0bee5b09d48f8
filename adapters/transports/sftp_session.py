"""An SFTP session on paramiko's that knows what its server can and what its answers mean.

Facts this rests on: paramiko throws away the extensions that a server announces and the codes of
its answers, takes every name for UTF-8, and leaves threads that complain when a connection breaks.
"""

from contextlib import suppress
from typing import Any

import paramiko
from paramiko.sftp import (
    CMD_CLOSE,
    CMD_HANDLE,
    CMD_INIT,
    CMD_NAME,
    CMD_OPENDIR,
    CMD_READDIR,
    CMD_VERSION,
    SFTP_EOF,
    SFTP_OK,
    SFTPError,
)

from adapters import SourceRefusedError
from adapters.text import servers as messages


class _Name(paramiko.Message):
    """An answer with names, which paramiko takes for UTF-8 and fails on where they are not."""

    encoding = "utf-8"

    def get_text(self) -> str:
        return self.get_string().decode(self.encoding, "backslashreplace")


#: The number of a request that could not be sent; no answer has it.
_NO_REQUEST = -1
#: The protocol's version that we speak, and the extension that renames over what stands there.
_VERSION = 3
_POSIX_RENAME = "posix-rename@openssh.com"
#: Most entries of a folder: each is kept until all are there, and a server can name them without
#: end.
MOST_ENTRIES = 200_000
#: Codes of answers (draft-ietf-secsh-filexfer, 02 to 13) by what they mean for us.
NOT_THERE, DENIED, UNSUPPORTED, FULL, LOST = (2, 10), (3, 12), (8,), (14, 15), (6, 7)


class SftpStatusError(OSError):
    """An answer by which a server says that it did not do something; `code` is the protocol's."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text or f"code {code}")
        self.code = code


class SftpSession(paramiko.SFTPClient):
    """A session that takes names of any encoding, knows what its server can, and ends quietly."""

    encoding = "utf-8"
    extensions: frozenset[str] = frozenset()

    def rename_over(self, old: bytes | str, new: bytes | str) -> None:
        """Rename, over what stands there; raises FileNotFoundError or SftpStatusError.

        In one step where the server can. Where it cannot, what stands there is put aside, and back
        where the second rename fails: whenever this is cut off, old and new are both whole.
        """
        if _POSIX_RENAME in self.extensions:
            try:
                self.posix_rename(old, new)
            except SftpStatusError as error:
                if error.code not in UNSUPPORTED:
                    raise
                # Announced and not done: some servers' libraries announce for them.
                self.extensions -= {_POSIX_RENAME}
            else:
                return
        self._rename_in_steps(old, new)

    def entries(self, path: bytes) -> list[paramiko.SFTPAttributes]:
        """Return what stands in a folder; raises SourceRefusedError for more than anybody drops.

        Paramiko believes how many names an answer says that it has: 13 bytes of it are four
        billion.
        """
        kind, answer = self._request(CMD_OPENDIR, self._adjust_cwd(path))  # type: ignore[attr-defined]
        if kind != CMD_HANDLE:
            raise SFTPError("no handle of a folder")
        handle = answer.get_binary()
        found: list[paramiko.SFTPAttributes] = []
        while (answer := self._names(handle)) is not None:
            for _ in range(answer.get_int()):
                if not answer.get_remainder():
                    raise SFTPError("fewer names than announced")
                if len(found) >= MOST_ENTRIES:
                    raise SourceRefusedError(*messages.too_many_entries(MOST_ENTRIES))
                name, longname = answer.get_text(), answer.get_text()
                item = paramiko.SFTPAttributes._from_msg(answer, name, longname)  # type: ignore[attr-defined]
                if name not in (".", ".."):
                    found.append(item)
        self._request(CMD_CLOSE, handle)
        return found

    def _names(self, handle: bytes) -> Any:
        """Return the next names of a folder that is open; None where there are no more."""
        try:
            kind, answer = self._request(CMD_READDIR, handle)
        except EOFError:
            return None
        if kind != CMD_NAME:
            raise SFTPError("no names of a folder")
        return answer

    def _rename_in_steps(self, old: bytes | str, new: bytes | str) -> None:
        try:
            self.rename(old, new)
        except FileNotFoundError:
            raise
        except OSError:
            # Either the new name stands in the way, or this is no matter of names.
            if not self._stands(new):
                self.lstat(old)
                raise
            aside = new + b".tmp" if isinstance(new, bytes) else f"{new}.tmp"
            with suppress(FileNotFoundError):
                self.remove(aside)
            self.rename(new, aside)
            try:
                self.rename(old, new)
            except OSError:
                with suppress(OSError):
                    self.rename(aside, new)
                raise
            self.remove(aside)

    def _stands(self, path: bytes | str) -> bool:
        try:
            self.lstat(path)
        except FileNotFoundError:
            return False
        return True

    def _send_version(self) -> int:
        hello = paramiko.Message()
        hello.add_int(_VERSION)
        self._send_packet(CMD_INIT, hello)  # type: ignore[attr-defined]
        kind, data = self._read_packet()  # type: ignore[attr-defined]
        if kind != CMD_VERSION:
            raise SFTPError("no answer of SFTP")
        answer = paramiko.Message(data)
        version = answer.get_int()
        announced = []
        while answer.get_remainder():
            announced.append(answer.get_string().decode("ascii", "replace"))
            answer.get_string()
        self.extensions = frozenset(announced)
        return version

    def _convert_status(self, msg: paramiko.Message) -> None:
        code, text = msg.get_int(), msg.get_string().decode("utf-8", "replace")
        if code == SFTP_OK:
            return
        if code == SFTP_EOF:
            raise EOFError(text)
        if code in NOT_THERE:
            raise FileNotFoundError(text)
        raise SftpStatusError(code, text)

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
