"""An SFTP server, taken over, that names files without end or announces more."""

from typing import Any

import paramiko
import pytest
from paramiko.sftp import CMD_HANDLE, CMD_NAME, CMD_OPENDIR, CMD_READDIR, CMD_STATUS, SFTPError

from adapters import SourceRefusedError
from adapters.transports import sftp_session as sessions
from adapters.transports.sftp_session import SftpSession


def names(count: int, announced: int) -> paramiko.Message:
    made = paramiko.Message()
    made.add_int(announced)
    for number in range(count):
        made.add_string(f"{number}.csv")
        made.add_string("-rw-r--r-- 1 a a 0 Jan 1 00:00 x")
        made.add_int(0)
    made.rewind()
    return made


class Session(SftpSession):
    """A session whose server gives prepared answers."""

    def __init__(self, *answers: paramiko.Message) -> None:
        self.asked: list[int] = []
        self._answers = list(answers)

    def _adjust_cwd(self, path: Any) -> Any:
        return path

    def _request(self, t: int, *_: object) -> Any:
        self.asked.append(t)
        if t == CMD_OPENDIR:
            handle = paramiko.Message()
            handle.add_string("h")
            handle.rewind()
            return CMD_HANDLE, handle
        if t != CMD_READDIR:
            return CMD_STATUS, paramiko.Message()
        if not self._answers:
            raise EOFError
        return CMD_NAME, self._answers.pop(0)


def test_names_that_are_announced_and_not_there_end_the_listing() -> None:
    with pytest.raises(SFTPError):
        Session(names(1, 2**32 - 1)).entries(b".")


def test_names_without_end_end_the_listing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MOST_ENTRIES", 25)
    endless = Session(*(names(10, 10) for _ in range(100)))

    with pytest.raises(SourceRefusedError):
        endless.entries(b".")
    assert endless.asked.count(CMD_READDIR) == 3


def test_a_folders_names_are_listed() -> None:
    found = Session(names(2, 2), names(1, 1)).entries(b".")

    assert [item.filename for item in found] == ["0.csv", "1.csv", "0.csv"]
