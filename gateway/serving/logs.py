"""Logs: one JSON object a line on standard error, whoever logs, and never a reason to stop.

Everything that a library would write by itself goes the same way: the logging module, warnings,
and exceptions that nobody catches. A log that cannot be written (a full disk, a reader that is
gone, no standard error at all) loses its lines and counts them; the process goes on.
"""

import logging
import os
import sys
import threading
import traceback
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from gateway.masking import masked_text
from gateway.text import MOST_OF_LOG, cut

#: File number of standard error.
_STDERR = 2
#: What the scheduler says each time that a job is still at work when its next turn comes: on a busy
#: machine some thousand times an hour. That a feed falls behind is told by its slots.
_STILL_AT_WORK = "maximum number of running instances reached"


#: Most characters of a traceback in a line of the log.
_MOST_OF_TRACE = 20_000


#: Lines of one thing that are all written; of what comes oftener, each time that its number has
#: doubled.
_EACH = 16


def worth_a_line(count: int) -> bool:
    """Whether what a stranger makes us say, for the `count`th time, is written once more.

    Else whoever knocks at a door long enough fills the disk.
    """
    return count <= _EACH or count & (count - 1) == 0


class LogStream:
    """Writes lines to a file number; one that cannot be written is counted and let go."""

    def __init__(self, number: int = _STDERR) -> None:
        self._number = number
        self._lock = threading.RLock()
        self._lines_lost = self._lines_told = 0
        self._cut = False

    def write(self, text: str) -> int:
        """Write a text whole, or lose it; never raises OSError."""
        data = text.encode("utf-8", "backslashreplace")
        with self._lock:
            # What was cut short must not swallow the next line.
            rest = line = b"\n" + data if self._cut else data
            try:
                while rest:
                    rest = rest[os.write(self._number, rest) :]
                self._cut, self._lines_told = False, self._lines_lost
            except OSError:
                self._cut = self._cut or len(rest) < len(line)
                self._lines_lost += 1
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""

    @property
    def lost(self) -> int:
        """Return how many lines were lost since one was written."""
        return self._lines_lost - self._lines_told


class _StillAtWork(logging.Filter):
    """Leaves out what the scheduler says of a job that is still at work."""

    def filter(self, record: logging.LogRecord) -> bool:
        return _STILL_AT_WORK not in str(record.msg)


def configure_logs() -> None:
    """Let the gateway's own events be JSON lines on standard error."""
    _open_standard_streams()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *_rendering(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=_stream()),
    )


def take_over_logs() -> None:
    """Let everything else that this process writes be JSON lines too: of a service, to its end."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering()],
    )
    handler = logging.StreamHandler(_stream())
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.raiseExceptions = False
    logging.getLogger("apscheduler.scheduler").addFilter(_StillAtWork())
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _of_a_thread
    sys.unraisablehook = _unraisable


def _stream() -> Any:
    """Return where lines go: standard error, unless a test has put something in its place."""
    try:
        is_stderr = sys.stderr.fileno() == _STDERR
    except (OSError, ValueError):
        is_stderr = False
    return _standard_error if is_stderr else sys.stderr


def _rendering() -> list[Any]:
    return [
        _without_values,
        structlog.processors.format_exc_info,
        # Before anything is cut: half a number is no number that a mask would know.
        _without_numbers,
        _cut,
        _with_losses,
        structlog.processors.JSONRenderer(ensure_ascii=False, default=repr),
    ]


def _without_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Name a database's error by kind and place alone: its message may hold a row's values."""
    exc_info = event.get("exc_info")
    error = (
        sys.exc_info()[1]
        if exc_info is True
        else exc_info[1]
        if isinstance(exc_info, tuple)
        else exc_info
    )
    loaded = sys.modules.get("sqlalchemy.exc")
    if loaded is None or not isinstance(error, BaseException):
        return event
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) and cause not in chain:
        chain.append(cause)
    statements = [statement for statement in chain if isinstance(statement, loaded.StatementError)]
    if not statements:
        return event
    wordless = {id(error) for statement in statements for error in (statement, statement.orig)}
    event.pop("exc_info")
    event["exception"] = "\n".join(
        "".join(traceback.format_tb(statement.__traceback__))
        + (
            _kind_of(statement)
            if id(statement) in wordless
            else f"{type(statement).__name__}: {statement}"
        )
        for statement in reversed(chain)
    )
    return event


def _without_numbers(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask people's numbers in whatever is logged, errors of libraries included."""
    return {name: _masked(value) for name, value in event.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(item) for item in value]
    if isinstance(value, dict):
        return {name: _masked(item) for name, item in value.items()}
    return value


def _cut(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Cut what a line says: much of it is what departments and strangers have written."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = cut(value, _MOST_OF_TRACE if name == "exception" else MOST_OF_LOG)
        elif (
            isinstance(value, list | tuple | set | frozenset | dict)
            and len(written := repr(value)) > MOST_OF_LOG
        ):
            event[name] = cut(written, MOST_OF_LOG)
    return event


def _kind_of(error: BaseException) -> str:
    """Return a database's error by its kind, with the server's code for it where it has one."""
    code = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None) or ""
    return f"{type(error).__qualname__} {code}".rstrip()


def _with_losses(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if _standard_error.lost:
        event["log_lines_lost"] = _standard_error.lost
    return event


def _open_standard_streams() -> None:
    """Open file numbers 0 to 2 if closed: a socket that took one would get the log."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is this one.
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115, PTH123
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115, PTH123


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    _log.critical("process.broke", kind=kind.__name__, exc_info=(kind, error, trace))


def _of_a_thread(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_value is not None:
        name = failure.thread.name if failure.thread else ""
        _log.critical(
            "thread.broke", thread=name, kind=failure.exc_type.__name__, exc_info=failure.exc_value
        )


def _unraisable(failure: Any) -> None:
    # By the logging module, whose locks may be taken again by who holds them: garbage is collected
    # anywhere, in the middle of writing a line too.
    fields = {"where": str(failure.err_msg or failure.object), "kind": failure.exc_type.__name__}
    trace = (failure.exc_type, failure.exc_value, failure.exc_traceback)
    logging.getLogger("creditgate").error("error.ignored", exc_info=trace, extra=fields)


_standard_error = LogStream()
_log = structlog.get_logger("creditgate")
