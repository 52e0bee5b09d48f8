"""People's data whole, as only tests and the audited exit take it."""

from typing import TypeVar

from gateway.masking import Personal, Warrant

T = TypeVar("T")
_WARRANT = Warrant("tests", "test", "", "a test looks at what was stored")


def whole(value: Personal[T]) -> T:
    """Return a value whole."""
    return value.reveal(_WARRANT)
