"""A stranger's format that does what its input says: exits, fills memory, sleeps, spins."""

from contextlib import AbstractContextManager
from pathlib import Path

from tests.support.distribution import installed

SOURCE = """
import os, signal, time
import polars as pl
from adapters import Settings
from adapters.formats import Chunk, Counted


class Faulty:
    Settings = Settings
    answer = ".csv"
    trailer = False

    def __init__(self, settings):
        pass

    def read(self, stream, size, after=0):
        text = stream.read().decode()
        if text.startswith("rows"):
            heading, *lines = [line.split(",") for line in text.splitlines()[1:]]
            cells = {name: [line[n] for line in lines] for n, name in enumerate(heading)}
            yield Chunk(pl.DataFrame(cells), list(range(1, len(lines) + 1)), ())
            return
        word, _, rest = text.strip().partition(" ")
        if rest != "first":
            yield Chunk(pl.DataFrame({"a": ["1"]}), [after + 1], ())
        if word == "raise":
            raise KeyError(rest)
        if word == "grow":
            kept = []
            while True:
                kept.append(bytearray(10_000_000))
        if word == "sleep":
            time.sleep(3600)
        if word == "spin":
            while True:
                pass
        if word == "exit":
            os._exit(3)
        if word == "network":
            import socket
            socket.create_connection(("127.0.0.1", int(rest)), 2)
        if word == "look":
            numbers = [n for n in range(64) if os.path.exists(f"/proc/self/fd/{n}")]
            names = {n: os.readlink(f"/proc/self/fd/{n}") for n in numbers}
            said = {"environment": repr(dict(os.environ)), "descriptors": repr(names)}
            yield Chunk(pl.DataFrame({k: [v] for k, v in said.items()}), [2], ())
        if word.startswith("SIG"):
            os.kill(os.getpid(), getattr(signal, word))

    def count(self, stream):
        text = stream.read().decode()
        return Counted(len(text.splitlines()) - 2 if text.startswith("rows") else 1)

    def write(self, frames, stream):
        for frame in frames:
            stream.write(frame.write_csv().encode())
"""


def faulty_format(folder: Path) -> AbstractContextManager[None]:
    """Install the format `faulty`, in readers too, for a while."""
    points = {"creditgate.formats": "faulty = faulty_format_of_tests:Faulty"}
    return installed(folder, "faulty_format_of_tests", SOURCE, points)
