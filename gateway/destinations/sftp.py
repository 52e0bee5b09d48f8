"""Packages as files in an SFTP drop; the centre puts each receipt beside them, sooner or later.

A package is GUID.xml.zst, put under another name and renamed; its signature GUID.xml.zst.sig is
there before it. The receipt is GUID.receipt.xml, its signature GUID.receipt.xml.sig; a package that
is refused whole gets GUID.refused.json, a problem document. Names of files are GUIDs: sending again
under the same name is harmless.
"""

import json
import posixpath
import threading
from typing import Any

import paramiko
from pydantic import Field

from adapters import AdapterError, SourceUnavailableError
from adapters.transports.sftp_session import SftpSession
from adapters.transports.ssh import SshConnection, SshSettings
from gateway.destinations import Failed, Outcome, Parcel, Pending, Rejected, Signing, refused_whole
from gateway.protocol.drop import PACKAGE, RECEIPT, REFUSAL, SIGNATURE
from gateway.settings.model import DestinationSettings
from gateway.text import Text
from gateway.text import destinations as messages
from outbox import Claim

#: Largest receipt that is read, in bytes.
MAX_RECEIPT = 16_000_000


class SftpDestinationSettings(DestinationSettings, SshSettings):
    """The drop's server and folders."""

    folder: str = "."
    receipts: str = Field(default=".", description="folder in which the centre puts receipts")
    poll: float = Field(default=5.0, gt=0, description="seconds between looks for a receipt")


class SftpDestination:
    """One drop; one thread at a time has the connection."""

    Settings = SftpDestinationSettings

    def __init__(self, settings: SftpDestinationSettings) -> None:
        self.signing = Signing(settings)
        self._settings = settings
        self._connection = SshConnection(settings)
        self._lock = threading.Lock()

    def send(self, claim: Claim, keys: list[str]) -> Outcome:
        """Look for a package's receipt; put the package where neither is there; never raises for
        what the network or the centre does."""
        parcel = self.signing.parcel(claim, keys)
        try:
            with self._lock, self._connection.talking() as sftp:
                return self._exchange(sftp, parcel)
        except AdapterError as error:
            return Failed(
                Text(error.zh, error.en), answered=not isinstance(error, SourceUnavailableError)
            )

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _exchange(self, sftp: SftpSession, parcel: Parcel) -> Outcome:
        s = self._settings
        answer = posixpath.join(s.receipts, parcel.guid)
        if (receipt := _file_bytes(sftp, answer + RECEIPT)) is not None:
            signature = _file_bytes(sftp, answer + RECEIPT + SIGNATURE) or b""
            return self.signing.judge(parcel, receipt, signature.decode("ascii", "replace"))
        if (refused := _file_bytes(sftp, answer + REFUSAL)) is not None:
            signature = _file_bytes(sftp, answer + REFUSAL + SIGNATURE) or b""
            return self.signing.refused(
                parcel, _rejected(refused), refused, signature.decode("ascii", "replace")
            )
        name = posixpath.join(s.folder, parcel.guid) + PACKAGE
        if not _exists(sftp, name):
            if parcel.signature is not None:
                _put(sftp, name + SIGNATURE, parcel.signature.encode())
            _put(sftp, name, parcel.payload)
        return Pending(messages.dropped(), s.poll)


def _rejected(data: bytes) -> Rejected | Failed:
    try:
        problem: Any = json.loads(data)
        return refused_whole(problem["detail"], problem["status"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return Failed(messages.refusal_no_problem(), answered=True)


def _file_bytes(sftp: paramiko.SFTPClient, name: str) -> bytes | None:
    """Return a file's bytes, up to MAX_RECEIPT and one more; None where there is none."""
    try:
        with sftp.open(name) as stream:
            return stream.read(MAX_RECEIPT + 1)
    except FileNotFoundError:
        return None


def _exists(sftp: paramiko.SFTPClient, name: str) -> bool:
    try:
        sftp.stat(name)
    except FileNotFoundError:
        return False
    return True


def _put(sftp: SftpSession, name: str, data: bytes) -> None:
    """Put a file whole or not at all."""
    part = f"{name}.part"
    with sftp.open(part, "wb") as stream:
        stream.set_pipelined(True)
        stream.write(data)
    sftp.rename_over(part, name)
