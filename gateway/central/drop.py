"""Packages that reach the centre without a call: files in a folder, rows of a table, messages of a broker.

What is written back is there whole before the package goes: one that is looked at twice, because the
process died in between, gets the same receipt again.
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import Engine, select, update

from gateway.central import intake
from gateway.central.intake import Keys, Taken
from gateway.clock import Clock
from gateway.drops import (
    PACKAGE,
    RECEIPT,
    RECEIVED,
    REFUSAL,
    REFUSED,
    SIGNATURE,
    WAITING,
    package_in,
)
from gateway.signing import HEADER
from outbox.engine import writing

if TYPE_CHECKING:
    from gateway.broker import Broker

#: Rows taken in one look at a table.
_AT_ONCE = 100

_log = structlog.get_logger("creditgate.central")


def take_folder(engine: Engine, folder: Path, receipts: Path, clock: Clock, keys: Keys) -> int:
    """Take every package of a folder, oldest first, and put its receipt into another; count them."""
    found = sorted(
        folder.glob(f"*{PACKAGE}"), key=lambda path: (path.stat().st_mtime_ns, path.name)
    )
    for path in found:
        if path.is_symlink() or not path.is_file():
            _log.warning("drop.odd", name=ascii(path.name))
            continue
        guid = path.name.removesuffix(PACKAGE)
        signed = path.with_name(path.name + SIGNATURE)
        signature = signed.read_text("ascii", "replace").strip() if signed.exists() else ""
        answer = intake.answer(engine, path.read_bytes(), "zstd", guid, signature, clock, keys)
        if isinstance(answer, Taken):
            if answer.signature is not None:
                _write_whole(receipts / f"{guid}{RECEIPT}{SIGNATURE}", answer.signature.encode())
            _write_whole(receipts / f"{guid}{RECEIPT}", answer.receipt)
        else:
            problem = {"status": answer.status, "detail": str(answer.text)}
            _write_whole(receipts / f"{guid}{REFUSAL}", json.dumps(problem, ensure_ascii=False).encode())  # fmt: skip
        path.unlink()
        signed.unlink(missing_ok=True)
    return len(found)


def take_table(engine: Engine, front: Engine, clock: Clock, keys: Keys) -> int:
    """Take the waiting rows of a front-end table in their order and write receipts back; count them."""
    waiting = (
        select(package_in.c.guid, package_in.c.content, package_in.c.signature)
        .where(package_in.c.state == WAITING)
        .order_by(package_in.c.dropped_at, package_in.c.feed, package_in.c.sequence)
        .limit(_AT_ONCE)
    )
    with front.connect() as connection:
        rows = connection.execute(waiting).all()
    for row in rows:
        answer = intake.answer(
            engine, bytes(row.content), "zstd", row.guid, row.signature, clock, keys
        )
        values: dict[str, object]
        if isinstance(answer, Taken):
            values = {"state": RECEIVED, "receipt": answer.receipt, "receipt_signature": answer.signature}  # fmt: skip
        else:
            values = {"state": REFUSED, "status": answer.status, "reason": str(answer.text)}
        with writing(front) as connection:
            connection.execute(update(package_in).where(package_in.c.guid == row.guid).values(**values))  # fmt: skip
    return len(rows)


def take_queue(engine: Engine, broker: "Broker", clock: Clock, keys: Keys) -> int:
    """Take packages from a broker's work queue and publish their receipts; count them."""
    from gateway import broker as names  # noqa: PLC0415

    messages = broker.take(_AT_ONCE)
    for message in messages:
        headers = message.headers or {}
        guid, signature = headers.get(names.GUID, ""), headers.get(HEADER, "")
        answer = intake.answer(engine, bytes(message.data), "zstd", guid, signature, clock, keys)
        if isinstance(answer, Taken):
            data, said = answer.receipt, {names.STATUS: "200"}
            if answer.signature is not None:
                said[HEADER] = answer.signature
        else:
            data, said = str(answer.text).encode(), {names.STATUS: str(answer.status)}
        broker.publish(f"{names.RECEIPT_SUBJECT}.{guid}", data, said)
        broker.done(message)
    return len(messages)


def _write_whole(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    part.rename(path)
