"""Adapters that a test opens and that are closed after it, whatever becomes of it."""

from typing import TypeVar

from adapters import Adapter

A = TypeVar("A", bound=Adapter)
_opened: list[Adapter] = []


def closed_later(adapter: A) -> A:
    """Have an adapter closed when the test ends."""
    _opened.append(adapter)
    return adapter


def close_all() -> None:
    """Close what `closed_later` was given."""
    while _opened:
        _opened.pop().close()
