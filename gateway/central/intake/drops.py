"""Packages that reach the centre without a call: files in a folder, rows of a table, messages of a
broker.

Who speaks is decided by where a package lies: a folder, a table and a broker's subjects belong to
one sender by configuration, and what the package says of itself must agree with that. What is
written back is there whole before the package goes: one that is looked at twice, because the
process died in between, gets the same receipt again. Nothing that lies there ends the process or
holds up the rest.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import structlog
from sqlalchemy import Column, ColumnElement, Engine, func, select, update
from sqlalchemy.exc import DataError, SQLAlchemyError

from gateway.central.centre import Centre
from gateway.central.intake import receive
from gateway.central.intake.receive import MAX_BYTES, Arrival, NotTaken, Taken, is_guid
from gateway.central.senders.model import Sender
from gateway.protocol.drop import (
    PACKAGE,
    RECEIPT,
    RECEIVED,
    REFUSAL,
    REFUSED,
    SET_ASIDE,
    SIGNATURE,
    WAITING,
    package_in,
)
from gateway.protocol.signing import HEADER
from gateway.text import doors
from gateway.text import senders as messages
from outbox.database import writing

if TYPE_CHECKING:
    from gateway.protocol.nats import Broker

#: Rows taken in one look at a table.
_AT_ONCE = 100
#: Largest signature that is read, in bytes: one has about 200.
_MOST_SIGNATURE = 4_096
#: Bytes of a file's name, as file systems have it.
_MOST_NAME = 255

_log = structlog.get_logger("creditgate.central")


@dataclass(frozen=True, slots=True)
class Door:
    """One place where packages of one sender lie."""

    centre: Centre
    sender: str

    def speaker(self) -> Sender | None:
        """Return the sender, as it is now; None where its time is over."""
        return self.centre.directory.by_id(self.sender, self.centre.clock())

    def answer(self, data: bytes, guid: str, signature: str) -> Taken | NotTaken:
        """Receive a package as `intake` does and return its answer: there is one whatever it holds.

        Raises SQLAlchemyError where the store is away: then nothing can be said of any package.
        """
        if not is_guid(guid):
            return NotTaken(422, doors.guid_malformed(guid), guid=guid)
        sender = self.speaker()
        if sender is None:
            return NotTaken(403, messages.not_active(self.sender), "sender", guid)
        if len(data) > MAX_BYTES:
            return NotTaken(422, doors.package_too_large(MAX_BYTES), guid=guid)
        try:
            return receive.answer(self.centre, sender, Arrival(data, "zstd", guid, signature))
        except DataError:
            return NotTaken(422, doors.not_storable(), guid=guid, proven=True)

    def signature(self, refused: NotTaken, answer: bytes) -> str | None:
        """Return our signature of a refusal, where we sign."""
        return receive.refusal_signature(self.centre, self.sender, refused, answer)


def take_folder(door: Door, folder: Path, receipts: Path) -> int:
    """Receive every package of a folder, oldest first; return how many were received.

    A file that has no GUID for a name, or that nobody foresaw, goes into the folder `set-aside`.
    """
    count = 0
    for path in _oldest_first(folder):
        if path.is_symlink() or not path.is_file():
            _log.warning("drop.odd", name=ascii(path.name))
            continue
        take, aside = partial(_take_file, door, path, receipts), partial(_set_aside, path)
        count += _take_one(take, aside, path.name)
    return count


def _oldest_first(folder: Path) -> list[Path]:
    aged = []
    for path in folder.glob(f"*{PACKAGE}"):
        try:
            aged.append((path.lstat().st_mtime_ns, path.name, path))
        except OSError as error:
            # It is gone since the folder was listed.
            _log.warning("drop.unread", name=ascii(path.name), reason=type(error).__name__)
    return [path for *_, path in sorted(aged)]


def _take_one(
    take: Callable[[], bool],
    set_aside: Callable[[], None],
    name: str,
    passing: tuple[type[Exception], ...] = (OSError,),
) -> bool:
    """Take one thing, whatever it is; only that the store is away is raised.

    What fails by a `passing` error is left where it is, for the next look.
    """
    try:
        return take()
    except SQLAlchemyError:
        raise
    except passing as error:
        _log.warning("drop.unread", name=ascii(name), reason=ascii(str(error))[:300])
    except Exception as error:  # noqa: BLE001
        _log.error("drop.broke", name=ascii(name), kind=type(error).__name__, exc_info=error)
        set_aside()
    return False


def _take_file(door: Door, path: Path, receipts: Path) -> bool:
    guid = path.name.removesuffix(PACKAGE)
    if not is_guid(guid):
        _log.warning("drop.no_guid", name=ascii(path.name))
        _set_aside(path)
        return False
    signed = path.with_name(path.name + SIGNATURE)
    answer = door.answer(_read_file(path, MAX_BYTES), guid, _signature(signed))
    if isinstance(answer, Taken):
        name, data, signature = RECEIPT, answer.receipt, answer.signature
    else:
        name, data = REFUSAL, _problem(answer)
        signature = door.signature(answer, data)
    if signature is not None:
        _write_whole(receipts / f"{guid}{name}{SIGNATURE}", signature.encode())
    _write_whole(receipts / f"{guid}{name}", data)
    path.unlink()
    signed.unlink(missing_ok=True)
    return True


def _problem(refused: NotTaken) -> bytes:
    tree = {"status": refused.status, "detail": str(refused.text)}
    if refused.code:
        tree["code"] = refused.code
    return json.dumps(tree, ensure_ascii=False).encode()


def _read_file(path: Path, limit: int) -> bytes:
    """Read a file of our own folder that is no link, up to one byte more than is taken."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as stream:
        return stream.read(limit + 1)


def _signature(path: Path) -> str:
    try:
        return _read_file(path, _MOST_SIGNATURE).decode("ascii", "replace").strip()
    except OSError:
        # None, a link, a folder: no signature, which whoever must sign hears of.
        return ""


def _set_aside(path: Path) -> None:
    """Move a file that can be no package out of the way, under its own name, a sign before it where
    that is in use; nothing of it is lost, nor of the one before it.

    The folder is the sender's own: a link in its place would have us move files to whatever it
    names.
    """
    aside = path.parent / SET_ASIDE
    try:
        aside.mkdir(exist_ok=True)
        folder = os.open(aside, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            os.rename(path, _free_name(path.name, folder), dst_dir_fd=folder)
        finally:
            os.close(folder)
    except OSError as error:
        _log.warning("drop.not_set_aside", name=ascii(path.name), reason=str(error.strerror))


def _free_name(name: str, folder: int) -> str:
    """Return a name under which nothing lies in a folder: to rename writes over what does."""
    free = name
    while _is_in(free, folder):
        # The beginning of a name that is as long as names may be gives way, never its end.
        room = _MOST_NAME - len(os.fsencode(name))
        end_of_name = os.fsencode(name)[max(0, 9 - room) :]
        free = f"{uuid4().hex[:8]}-{os.fsdecode(end_of_name)}"
    return free


def _is_in(name: str, folder: int) -> bool:
    try:
        os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True


def take_table(door: Door, front: Engine) -> int:
    """Receive the waiting rows of a front-end table in their order; return how many were received.

    Receipts are written back into the table.
    """
    # Names alone: a hundred rows of a gigabyte each would be here before one of them is looked at.
    waiting = (
        select(package_in.c.guid)
        .where(package_in.c.state == WAITING)
        .order_by(package_in.c.dropped_at, package_in.c.feed, package_in.c.sequence)
        .limit(_AT_ONCE)
    )
    with front.connect() as connection:
        guids = connection.execute(waiting).scalars().all()
    count = 0
    for guid in guids:
        take, refuse = partial(_take_row, door, front, guid), partial(_refuse_row, front, guid)
        count += _take_one(take, refuse, str(guid))
    return count


def _size(column: Column[Any]) -> ColumnElement[int]:
    return func.coalesce(func.length(column), 0)


def _take_row(door: Door, front: Engine, guid: str) -> bool:
    # Its size within the very statement that reads it: a sender can write it anew at any moment.
    query = select(package_in.c.content, package_in.c.signature).where(
        package_in.c.guid == guid,
        _size(package_in.c.content) <= MAX_BYTES,
        _size(package_in.c.signature) <= _MOST_SIGNATURE,
    )
    with front.connect() as connection:
        row = connection.execute(query).one_or_none()
    answer: Taken | NotTaken
    if row is None:
        answer = NotTaken(422, doors.package_too_large(MAX_BYTES), guid=guid)
    else:
        answer = door.answer(bytes(row.content or b""), guid, row.signature or "")
    values: dict[str, object]
    if isinstance(answer, Taken):
        values = {
            "state": RECEIVED,
            "receipt": answer.receipt,
            "receipt_signature": answer.signature,
        }
    else:
        reason = str(answer.text)
        signed = door.signature(answer, reason.encode())
        values = {
            "state": REFUSED,
            "status": answer.status,
            "reason": reason,
            "receipt_signature": signed,
        }
    _write_row(front, guid, values)
    return True


def _refuse_row(front: Engine, guid: str) -> None:
    values = {"state": REFUSED, "status": 422, "reason": str(doors.not_storable())}
    _write_row(front, guid, values)


def _write_row(front: Engine, guid: str, values: dict[str, object]) -> None:
    with writing(front) as connection:
        connection.execute(update(package_in).where(package_in.c.guid == guid).values(**values))


def take_queue(door: Door, broker: "Broker") -> int:
    """Receive packages from a broker's work queue and publish receipts; return their number.

    A receipt's subject is its package's GUID, which anybody can write into a header: a refusal is
    published only where the package itself has that GUID and is this sender's. Any other message is
    done with and logged; its sender, hearing nothing, sends again.
    """
    import nats.errors  # noqa: PLC0415

    sender = door.speaker()
    if sender is None:
        _log.warning("drop.no_sender", sender=door.sender)
        return 0
    arrivals = broker.take(_AT_ONCE, sender.feeds)
    for message in arrivals:
        take, acknowledge = (
            partial(_take_message, door, broker, message),
            partial(broker.done, message),
        )
        # What the broker did not take back comes again by itself.
        _take_one(take, acknowledge, str(message.subject), (OSError, nats.errors.Error))
    return len(arrivals)


def _take_message(door: Door, broker: "Broker", message: Any) -> bool:
    from gateway.protocol import nats as names  # noqa: PLC0415

    headers = message.headers or {}
    guid, signature = headers.get(names.GUID, ""), headers.get(HEADER, "")
    answer = door.answer(bytes(message.data), guid, signature)
    if isinstance(answer, Taken):
        data, status, receipt_signature = answer.receipt, 200, answer.signature
    elif answer.proven and is_guid(guid):
        data, status = str(answer.text).encode(), answer.status
        receipt_signature = door.signature(answer, data)
    else:
        _log.warning(
            "drop.not_answered",
            guid=ascii(guid[:40]),
            status=answer.status,
            reason=answer.text.en[:300],
        )
        broker.done(message)
        return False
    answer_headers = {names.STATUS: str(status)} | (
        {} if receipt_signature is None else {HEADER: receipt_signature}
    )
    broker.publish(f"{names.RECEIPT_SUBJECT}.{guid}", data, answer_headers)
    broker.done(message)
    return True


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file into a folder that its reader may write too: never through what lies there
    already.

    A link by the name would have us write, with our own rights, whatever file it names.
    """
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(part, flags, 0o666), "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    part.rename(path)
