"""Fixtures of the tests against real servers."""

from collections.abc import Iterator

import pytest

from tests.closing import close_all


@pytest.fixture(autouse=True)
def _closed_adapters() -> Iterator[None]:
    yield
    close_all()
