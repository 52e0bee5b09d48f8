"""What commands share that run until they are asked to end."""

import signal
import threading
from pathlib import Path
from types import FrameType


def stop_on_signals() -> threading.Event:
    """Return what is set when this process is asked to end."""
    event = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        event.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    return event


def end_on_signals() -> None:
    """Let this process end at once when it is asked to."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)


def write_whole(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    part.rename(path)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
