"""A plugin that notes which blocks each test enters (`-p tests.mutants.touching`)."""

import builtins
import time
from collections.abc import Generator
from typing import Any

import pytest

_touched: Any = getattr(builtins, "__touched__", None)
if _touched is not None:
    _touched.by_test = True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Write down what a test entered, its fixtures' work included, and how long it took."""
    if _touched is None:
        return (yield)
    _touched.begin()
    began = time.monotonic()
    try:
        return (yield)
    finally:
        _touched.end(item.nodeid, round(time.monotonic() - began, 3))
