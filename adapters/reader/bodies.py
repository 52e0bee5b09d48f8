"""What is handed to a reader whole: answers of SOAP services, bodies that departments post,
heads of texts.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, BinaryIO, cast

import polars as pl

from adapters.formats.encoding import Guess, guesses
from adapters.reader.errors import AnswerEndedReadersError, ReaderEndedError
from adapters.reader.pool import Purpose, pool
from adapters.reader.wire import Message, WireError, frame_bytes
from adapters.soap_answers.answer import read_answer as _read_answer
from adapters.soap_submissions import Contract, Submit, Verdicts
from adapters.soap_submissions import soap_call as _soap_call
from adapters.submissions import Row
from adapters.submissions import json_rows as _json_rows
from adapters.text import reader as messages


def answer_task(
    params: dict[str, Any], files: Sequence[BinaryIO], step: Callable[[str], None]
) -> Iterator[Message]:
    """Read a SOAP answer; yield its head with its rows. `params`: `content_type`, `request`."""
    step("answer")
    head, rows = _read_answer(files[0].read(), params["content_type"], params["request"])
    yield Message("done", head, frame_bytes(rows))


def json_task(
    params: dict[str, Any], files: Sequence[BinaryIO], step: Callable[[str], None]
) -> Iterator[Message]:
    """Read a JSON submission; yield its rows. `params`: `most`. Raises FormatError."""
    step("rows")
    yield Message("done", {"rows": _json_rows(files[0].read(), params["most"])})


def call_task(
    params: dict[str, Any], files: Sequence[BinaryIO], step: Callable[[str], None]
) -> Iterator[Message]:
    """Read a SOAP call; yield it. `params`: `content_type`, `contract`. Raises FormatError."""
    step("call")
    contract = Contract(**params["contract"])
    call = _soap_call(files[0].read(), params["content_type"], contract)
    yield Message("done", {"call": type(call).__name__, **asdict(call)})


def encodings_task(
    _params: dict[str, Any], files: Sequence[BinaryIO], step: Callable[[str], None]
) -> Iterator[Message]:
    """Read the head of a text in likely encodings; yield how it reads in each."""
    step("encodings")
    yield Message("done", {"guesses": [asdict(guess) for guess in guesses(files[0].read())]})


def read_answer(
    data: bytes, content_type: str, request: dict[str, Any]
) -> tuple[dict[str, Any], pl.DataFrame]:
    """Return head and rows of a SOAP answer, as `adapters.soap_answers.answer.read_answer` does.

    An answer that ended its reader is given to a fresh one; raises SourceRefusedError where that
    ends too, SourceUnavailableError.
    """
    params = {"content_type": content_type, "request": request}
    try:
        message = _run("soap_answer", params, data, "fetch")
    except ReaderEndedError:
        try:
            message = _run("soap_answer", params, data, "fetch", alone=True)
        except ReaderEndedError as error:
            ended = messages.answer_ended_readers(error.how, error.step)
            raise AnswerEndedReadersError(*ended) from None
    try:
        return message.head, message.rows()
    except WireError:
        ended = messages.answer_ended_readers(messages.by_answer(), "rows")
        raise AnswerEndedReadersError(*ended) from None


def json_rows(data: bytes, most: int) -> list[Row]:
    """Return the rows of a JSON submission.

    Raises FormatError, ReaderEndedError, SourceUnavailableError.
    """
    rows: list[Row] = _run("json_rows", {"most": most}, data, "door").head["rows"]
    return rows


def encoding_guesses(data: bytes) -> list[Guess]:
    """Return the encodings that a text may be in; raises ReaderEndedError,
    SourceUnavailableError.
    """
    listed = _run("encodings", {}, data, "door").head["guesses"]
    return [
        Guess(guess["encoding"], guess["likelihood"], tuple(guess["lines"])) for guess in listed
    ]


def soap_call(data: bytes, content_type: str, contract: Contract) -> Submit | Verdicts:
    """Return the call of a SOAP body; raises FormatError, ReaderEndedError,
    SourceUnavailableError.
    """
    known = {**asdict(contract), "fields": sorted(contract.fields)}
    params = {"content_type": content_type, "contract": known}
    head = _run("soap_call", params, data, "door").head
    if head.pop("call") == Verdicts.__name__:
        return Verdicts(**head)
    return Submit(**head)


def _run(
    task: str, params: dict[str, Any], data: bytes, purpose: Purpose, *, alone: bool = False
) -> Message:
    """Return a task's one message."""
    with (
        os.fdopen(os.memfd_create("body"), "w+b") as body,
        pool().reader(purpose, alone=alone) as reader,
    ):
        body.write(data)
        body.flush()
        [message] = reader.run(task, params, [cast("BinaryIO", body)])
        return message
