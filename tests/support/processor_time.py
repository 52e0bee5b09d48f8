"""A plug-in of pytest: what processor time goes to, by file, test and fixture: `--processor-time
N`.

Time is that of the process of the tests and of every process that it has waited for, which says
more of a test than how long it took on a machine that has other things to do. A server of a whole
session counts where it ends.
"""

import os
from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest

#: The place of what no test can help: Python and the modules start, tests are collected.
START = "(start and collection)"


def spent() -> float:
    """Return the seconds of processor time of this process and of all that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class ProcessorTime:
    """Adds up seconds: of each group (`file`, `test`, `fixture`) by its name."""

    def __init__(self, lines: int) -> None:
        self.lines = lines
        self.seconds: dict[str, Counter[str]] = {
            "file": Counter(),
            "test": Counter(),
            "fixture": Counter(),
        }
        self.calls: Counter[str] = Counter()

    def pytest_collection_finish(self) -> None:
        self.seconds["file"][START] += spent()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        before = spent()
        done = yield
        took = spent() - before
        file, _, name = item.nodeid.partition("::")
        self.seconds["file"][file] += took
        self.seconds["test"][f"{file}::{name.partition('[')[0]}"] += took
        self.calls[file] += 1
        return done

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any]
    ) -> Generator[None, object, object]:
        before = spent()
        made = yield
        name = f"{fixturedef.argname} of {fixturedef.baseid or 'pytest'}"
        self.seconds["fixture"][name] += spent() - before
        self.calls[name] += 1
        return made

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if (output := getattr(session.config, "workeroutput", None)) is not None:
            counted = {"calls": self.calls, **self.seconds}
            output["processor_time"] = {name: dict(counts) for name, counts in counted.items()}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add what a worker of pytest-xdist has counted."""
        for group, counted in getattr(node, "workeroutput", {}).get("processor_time", {}).items():
            (self.calls if group == "calls" else self.seconds[group]).update(counted)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for group, counted in self.seconds.items():
            total = sum(counted.values())
            terminalreporter.section(f"processor time by {group}: {total:.0f} s")
            for name, seconds in counted.most_common(self.lines):
                times = f"{self.calls[name]:5} x" if self.calls[name] else " " * 7
                terminalreporter.write_line(f"{seconds:7.1f} s {times} {name}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--processor-time",
        type=int,
        default=0,
        metavar="N",
        help="show the N files, tests and fixtures that take most processor time",
    )


def pytest_configure(config: pytest.Config) -> None:
    if lines := config.getoption("--processor-time"):
        config.pluginmanager.register(ProcessorTime(lines), "processor-time-counter")
