"""Readers: what ends one ends nothing else, and what one may reach is what it was handed."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from ast import literal_eval
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters import SourceUnavailableError
from adapters.formats import Chunk, FormatError
from adapters.input_limits import InputLimits
from adapters.reader import isolation
from adapters.reader import pool as pools
from adapters.reader.client import Reader, ReaderLimits
from adapters.reader.errors import ReaderEndedError
from adapters.reader.files import FileReading, FileRequest, read_bytes
from tests.support.faulty_format import faulty_format

SMALL = ReaderLimits(memory_mb=512, processor_seconds=2, wall_seconds=60.0, idle_seconds=60.0)


@pytest.fixture(autouse=True)
def small_readers(tmp_path: Path) -> Iterator[None]:
    """Readers that may use little, and a format that misbehaves in them."""
    pools.configure(SMALL)
    with faulty_format(tmp_path):
        yield
    pools.configure(ReaderLimits())


def read(text: str, kind: str = "faulty") -> list[Chunk]:
    return list(read_bytes(text.encode(), FileRequest(kind)))


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGABRT"])
def test_a_signal_that_ends_a_reader_is_named_with_its_last_step(name: str) -> None:
    with pytest.raises(ReaderEndedError) as ended:
        read(name)

    assert name in ended.value.zh
    assert ended.value.step == "rows after 1"
    # The next file is read, by another.
    assert read("nothing")[0].rows.height == 1


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("sleep", "超过 1 秒"),
        ("spin", "处理器时间超过 2 秒"),
        ("grow", "内存超过 512 MB"),
        ("exit", "退出码 3"),
    ],
)
def test_time_and_memory_are_bounded(word: str, says: str) -> None:
    if word == "sleep":
        pools.configure(replace(SMALL, wall_seconds=1.0))
    with pytest.raises(ReaderEndedError) as ended:
        read(f"{word} first")

    assert says in ended.value.zh


def test_a_parser_that_fails_in_an_unforeseen_way_refuses_the_file_and_the_reader_stays() -> None:
    with pytest.raises(FormatError) as refused:
        read("raise something")
    [reader] = pools.pool()._idle

    assert refused.value.rule == "format.unforeseen"
    assert "KeyError" in refused.value.en
    assert reader.alive


def test_a_reader_has_no_environment_and_no_descriptor_but_its_pipes_and_the_file() -> None:
    os.environ["CREDITGATE_SECRET_OF_TESTS"] = "not for readers"
    keeper = open(__file__)  # noqa: SIM115, PTH123
    os.set_inheritable(keeper.fileno(), True)
    try:
        [_, chunk] = read("look")
    finally:
        del os.environ["CREDITGATE_SECRET_OF_TESTS"]
        keeper.close()

    [row] = chunk.rows.to_dicts()
    # The last is set by the interpreter itself.
    assert set(literal_eval(row["environment"])) <= {
        "MALLOC_ARENA_MAX",
        "MALLOC_MMAP_THRESHOLD_",
        "MALLOC_TRIM_THRESHOLD_",
        "POLARS_MAX_THREADS",
        "_RJEM_MALLOC_CONF",
        "LC_CTYPE",
    }
    names = literal_eval(row["descriptors"])
    assert names.pop(3).startswith("/memfd:input")
    assert [name.split(":")[0] for name in names.values()] == ["socket", "pipe", "/dev/null"]


def test_a_reader_reaches_no_network() -> None:
    with pools.pool().reader() as reader:
        network = reader.network
    if network == "open":
        pytest.skip("the kernel of this machine lets no process shut its network")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(FormatError) as refused:
            read(f"network {port}")

    assert "Error" in refused.value.en


def test_input_limits_reach_the_reader() -> None:
    pools.configure(ReaderLimits(inputs=InputLimits(columns=2)))
    heading = b"a,b,c\n1,2,3\n"

    with pytest.raises(FormatError):
        list(read_bytes(heading, FileRequest("delimited", {"encoding": "utf-8"})))


def test_readers_are_started_when_wanted_used_again_and_ended_when_idle() -> None:
    pools.configure(replace(SMALL, idle_seconds=0.3))
    assert pools.pool()._idle == []
    read("nothing")
    [first] = pools.pool()._idle
    read("nothing")
    [again] = pools.pool()._idle
    deadline = time.monotonic() + 10
    while first.alive and time.monotonic() < deadline:
        time.sleep(0.05)

    assert first is again
    assert not first.alive
    assert pools.pool()._idle == []


def test_a_reader_that_is_to_do_one_thing_alone_is_fresh_and_ends_after_it(tmp_path: Path) -> None:
    read("nothing")
    [idle] = pools.pool()._idle
    path = tmp_path / "input"
    path.write_bytes(b"nothing")
    with path.open("rb") as stream:
        list(FileReading(stream, FileRequest("faulty"), alone=True))

    assert pools.pool()._idle == [idle]


def test_a_door_waits_for_no_fetch_that_holds_its_reader(tmp_path: Path) -> None:
    pool = pools.Pool(SMALL, most=2)
    with pool.reader("fetch"):
        waiting = threading.Thread(target=lambda: pool.reader("fetch").__enter__(), daemon=True)
        waiting.start()
        with pool.reader("door") as reader:
            alive = reader.alive
        assert alive
        assert waiting.is_alive()
    pool.close()


def test_a_reader_that_cannot_be_started_is_said_and_is_no_strike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("adapters.reader.client._BOOT", "raise SystemExit(9)")

    with pytest.raises(SourceUnavailableError):
        Reader(SMALL)


def test_a_reader_killed_while_idle_is_replaced() -> None:
    read("nothing")
    [idle] = pools.pool()._idle
    os.kill(idle.pid, signal.SIGKILL)
    while idle.alive:
        time.sleep(0.01)

    assert read("nothing")[0].rows.height == 1


def test_a_reader_ends_with_the_gateway() -> None:
    reader = Reader(SMALL)
    reader._tasks.close()
    reader._process.wait(10)

    assert reader._process.returncode == 0
    reader.end()


def test_where_namespaces_are_not_allowed_seccomp_shuts_the_network() -> None:
    program = (
        "import runpy, socket, sys\n"
        "names = runpy.run_path(sys.argv[1])\n"
        "how = names['shut_network'].__globals__\n"
        "how['_own_namespace'] = lambda: False\n"
        "print(names['shut_network']())\n"
        "try: socket.socket()\n"
        "except PermissionError: print('shut')\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", program, isolation.__file__],
        capture_output=True,
        text=True,
        check=True,
    )
    if process.stdout.startswith("open"):
        pytest.skip("needs libseccomp2, and a kernel that lets a process filter its calls")

    assert process.stdout.split() == ["seccomp", "shut"]


def test_readers_that_were_ended_with_a_gateway_are_started_anew_and_kept() -> None:
    read("nothing")
    [first] = pools.pool()._idle
    pools.close()
    read("nothing")
    read("nothing")

    assert not first.alive
    assert len(pools.pool()._idle) == 1
    assert pools.pool().limits == SMALL
