"""Writes the head of the audit log down outside the store, and verifies the log by what was
written. A shell.
"""

import errno
import fcntl
import json
import os
import socket
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import structlog
from sqlalchemy import Connection, Engine

from gateway.audit import log
from gateway.audit.anchors import Anchor, AnchorKeys, AnchorsBrokenError, make, read
from gateway.audit.chain import GENESIS, Broken, Entry, first_broken
from gateway.audit.reasons import reason_of
from gateway.audit.witnesses import Witness, unrecorded
from gateway.clock import Clock, local_text
from gateway.errors import GatewayError
from gateway.private_files import FILE_MODE
from gateway.text import Text, cut
from gateway.text import audit as messages
from outbox import writing

#: The entry that says that the log was anchored; the anchor is of that entry.
ANCHORED = "audit.anchored"
#: The entry that says that somebody has put the anchors of before aside.
ANEW = "audit.anchored_anew"
#: Facility authpriv, severity notice (RFC 5424).
_PRIORITY = 10 * 8 + 5
#: Most bytes of a file of anchors that are read: forty years of one each hour.
_BYTES_LIMIT = 128_000_000

#: A running gateway anchors each hour: after a day a log without an anchor has lost them, or cannot
#: write them.
_ANCHORED_WITHIN = timedelta(days=1)

#: Yields, of a store, the rows that were written with an entry of the log.
Witnesses = Callable[[Connection], Iterable[Witness]]

_log = structlog.get_logger("creditgate")


class AnchorWriteError(GatewayError):
    """The log's head cannot be written down."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of verifying the log: where it breaks, and what to know of its anchors."""

    broken: Broken | None
    entries: int
    digest: str
    anchors: int
    #: What an anchor does not prove, or that there is none yet.
    remarks: tuple[Text, ...]


class Anchoring:
    """The anchors of one store's audit log: a file that only grows, and syslog."""

    def __init__(
        self,
        engine: Engine,
        path: Path,
        keys: AnchorKeys,
        syslog: str,
        clock: Clock,
        witnesses: Witnesses,
    ) -> None:
        self._engine = engine
        self._witnesses = witnesses
        self.path = path
        self._keys = keys
        self._syslog = syslog
        self._clock = clock
        # Nodes of one store have files of their own, unless they share a folder.
        self._node = socket.gethostname()

    def anchor(self) -> Anchor | None:
        """Write the log's head down if it has grown, and return its anchor, else None.

        What has come since the last anchor is verified first: an anchor must not vouch for a chain
        that was made anew. Raises AnchorWriteError where it does not hold, or the file cannot be
        written.
        """
        # Opened first: an entry that says that the log was anchored, without its anchor in the
        # file, would be told as an anchor that somebody has removed.
        with self._locked() as lines, self._opened_file() as stream:
            try:
                anchors, _ = read(lines, self._keys)
            except AnchorsBrokenError as error:
                raise AnchorWriteError(error.text.zh, error.text.en) from None
            if anchors and self._keys.doubts(anchors[-1]):
                # A signature of ours upon it would vouch for whatever stands before.
                text = messages.newest_unproved(anchors[-1].number, str(self.path))
                raise AnchorWriteError.of(text)
            with writing(self._engine) as connection:
                broken = _broken_since(connection, anchors[-1] if anchors else None)
                broken = broken or self._emptied(connection)
                if broken is not None:
                    raise AnchorWriteError(broken.text.zh, broken.text.en)
                head = log.last(connection)
                if head is None:
                    return None
                if head.act != ANCHORED:
                    detail = f"{self._node} {len(anchors) + 1}"
                    head = log.append(connection, self._clock(), "-", ANCHORED, "", detail)
            anchor = self._append(stream, lines, head)
        if anchor is not None:
            self._to_syslog(anchor)
        return anchor

    def begin_anew(self, person: str, reason: str) -> Path | None:
        """Put the anchors aside, begin anew with the log as it stands, and return their new path.

        For after a restore, when the log rightly ends before what was anchored. It stays told by
        each look from then on. Raises ReasonRefusedError without a reason, and AnchorWriteError
        where the file cannot be moved.
        """
        reason = reason_of(reason)
        with self._locked() as lines:
            with writing(self._engine) as connection:
                entry = log.record_act(connection, self._clock(), person, ANEW, "", reason)
            aside = self.path.with_name(f"{self.path.name}.before-{entry.number}")
            try:
                if lines:
                    self.path.rename(aside)
            except OSError as error:
                raise self._unwritable(error) from None
        self.anchor()
        return aside if lines else None

    def verify(self, outside: tuple[int, str] | None = None) -> Verification:
        """Verify the log by its chain and its anchors, and return what that came to.

        `outside` is the number and digest of a head that somebody has written down.
        """
        try:
            # So that no anchor is looked for that is being written.
            with self._locked() as lines:
                return self._verify(lines, outside)
        except AnchorWriteError:
            # Whoever may read the file, and not write beside it, verifies by it all the same.
            pass
        try:
            return self._verify(self._lines(), outside)
        except OSError as error:
            return self._unreadable(error)

    def _verify(self, lines: list[str], outside: tuple[int, str] | None) -> Verification:
        try:
            anchors, unproved = read(lines, self._keys)
        except AnchorsBrokenError as error:
            return self._broken(error.text)
        if anchors and self._keys.doubts(anchors[-1]):
            return self._broken(messages.newest_unproved(anchors[-1].number, str(self.path)))
        points = {anchor.number: anchor.digest for anchor in anchors}
        anchored_entries: list[Entry] = []
        with self._engine.connect() as connection:
            emptied = self._emptied(connection)
            broken = (
                first_broken(_watched(log.entries(connection), anchored_entries), outside, points)
                or emptied
            )
            number, digest = log.head(connection) or (0, GENESIS)
            first = next(log.entries(connection, limit=1), None)
        anew = [entry for entry in anchored_entries if entry.act == ANEW]
        since = anew[-1].number if anew else 0
        missing = [
            entry
            for entry in anchored_entries
            if entry.act == ANCHORED and entry.number > since and entry.number not in points
        ]
        of_node = [entry.number for entry in missing if entry.detail.split(" ")[0] == self._node]
        if broken is None and of_node:
            broken = Broken(of_node[0], messages.anchor_missing(of_node[0], str(self.path)))
        remarks = tuple(self._remarks(anchors, unproved, first))
        remarks += tuple(
            messages.began_anew(entry.number, entry.person, entry.detail) for entry in anew
        )
        if other_nodes := {entry.detail.split(" ")[0] for entry in missing} - {self._node}:
            remarks += (messages.anchors_elsewhere(", ".join(sorted(other_nodes))[:200]),)
        return Verification(broken, number, digest, len(anchors), remarks)

    def _emptied(self, connection: Connection) -> Broken | None:
        """Return that the log lacks entries of which rows of the store speak.

        Once somebody has begun anew it is that which is told, and not what was missing then.
        """
        witnesses = list(self._witnesses(connection))
        recorded = log.counted(connection, {ANEW, *(one.act for one in witnesses)})
        missing = unrecorded(witnesses, recorded)
        if not missing or any(one.act == ANEW for one in recorded):
            return None
        one = min(missing, key=lambda witness: (witness.act, witness.target))
        return Broken(1, messages.emptied(one.act, cut(one.target, 100), missing.total()))

    def _remarks(self, anchors: list[Anchor], unproved: int, first: Entry | None) -> Iterator[Text]:
        if not anchors and first is None:
            yield messages.empty(str(self.path))
            return
        if not anchors and first is not None:
            if self._clock() - first.at > _ANCHORED_WITHIN:
                yield messages.anchors_gone(str(self.path), local_text(first.at))
            else:
                yield messages.no_anchor_yet(str(self.path))
            return
        yield messages.anchored_until(anchors[-1].number, anchors[-1].at)
        if unproved:
            yield messages.anchors_unproved(unproved)
        if self._open_to_others():
            yield messages.anchors_open_to_others(str(self.path))

    def _unreadable(self, error: OSError) -> Verification:
        return self._broken(messages.anchors_unreadable(str(self.path), error.strerror or ""))

    def _broken(self, text: Text) -> Verification:
        with self._engine.connect() as connection:
            number, digest = log.head(connection) or (0, GENESIS)
        return Verification(Broken(0, text), number, digest, 0, ())

    @contextmanager
    def _opened_file(self) -> Iterator[BinaryIO]:
        """Open the file to append to it; raises AnchorWriteError."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        try:
            handle = os.open(self.path, flags, FILE_MODE)
        except OSError as error:
            raise self._unwritable(error) from None
        # Without a buffer: what a full disk has no room for is known at the write.
        with os.fdopen(handle, "wb", buffering=0) as stream:
            yield stream

    def _append(self, stream: BinaryIO, lines: list[str], head: Entry) -> Anchor | None:
        last_line = lines[-1] if lines else ""
        if lines and head.number <= json.loads(last_line)["number"]:
            return None
        anchor = make(self._keys, head.number, head.digest, self._clock(), last_line)
        line = f"{anchor.line()}\n".encode()
        size = os.fstat(stream.fileno()).st_size
        try:
            if stream.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(stream.fileno())
        except OSError as error:
            # Half a line is no anchor, and no other could follow it.
            with suppress(OSError):
                os.ftruncate(stream.fileno(), size)
            raise self._unwritable(error) from None
        return anchor

    def _unwritable(self, error: OSError) -> AnchorWriteError:
        return AnchorWriteError(
            *_pair(messages.anchors_unwritable(str(self.path), error.strerror or ""))
        )

    @contextmanager
    def _locked(self) -> Iterator[list[str]]:
        """Hold the file for this process, and yield its lines; raises AnchorWriteError."""
        try:
            handle = os.open(
                f"{self.path}.lock", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, FILE_MODE
            )
        except OSError as error:
            raise self._unwritable(error) from None
        with os.fdopen(handle, "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                lines = self._lines()
            except OSError as error:
                raise self._unwritable(error) from None
            yield lines

    def _lines(self) -> list[str]:
        try:
            with self.path.open("rb") as stream:
                return stream.read(_BYTES_LIMIT).decode("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return []

    def _open_to_others(self) -> bool:
        try:
            return bool(self.path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH))
        except OSError:
            return False

    def _to_syslog(self, anchor: Anchor) -> None:
        """Send an anchor to syslog, where it is; that none is there is told in the log."""
        if not self._syslog:
            return
        data = f"<{_PRIORITY}>creditgate: audit anchor {anchor.line()}".encode()
        host, colon, port = self._syslog.rpartition(":")
        try:
            if colon and port.isdecimal():
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                    sender.sendto(data, (host, int(port)))
            else:
                with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                    sender.connect(self._syslog)
                    sender.send(data)
        except OSError as error:
            _log.warning("audit.no_syslog", syslog=self._syslog, kind=type(error).__name__)


def _pair(text: Text) -> tuple[str, str]:
    return text.zh, text.en


def _broken_since(connection: Connection, last: Anchor | None) -> Broken | None:
    """Return where the log does not hold since an anchor, that entry with it."""
    if last is None:
        return first_broken(log.entries(connection))
    [*anchored] = log.entries(connection, last.number - 1, 1)
    if [(entry.number, entry.digest) for entry in anchored] != [(last.number, last.digest)]:
        return Broken(last.number, messages.rewritten(last.number, 0))
    since = log.entries(connection, last.number)
    return first_broken(since, start=(last.number, last.digest))


def _watched(entries: Iterator[Entry], anchored_entries: list[Entry]) -> Iterator[Entry]:
    """Yield entries, and gather those that say that the log was anchored."""
    for entry in entries:
        if entry.act in (ANCHORED, ANEW):
            anchored_entries.append(entry)
        yield entry


def note_verified(engine: Engine, verification: Verification, person: str, now: datetime) -> None:
    """Record that somebody has verified the log, and with what outcome."""
    broken = verification.broken
    outcome = (
        f"whole, {verification.anchors} anchors" if broken is None else f"broken at {broken.number}"
    )
    with writing(engine) as connection:
        log.append(connection, now, person, "audit.verify", "", outcome)
