"""What an adapter's code may raise is its own feed's affair: anything, but what a person asks for.

A kind may come from a stranger's package. Its import, its settings, its constructor and its methods
may raise what nobody foresaw, `SystemExit` and a native library's panic too; every other feed goes on.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from adapters import AdapterError
from gateway.errors import GatewayError
from gateway.text import Text
from gateway.text import strangers as messages


class UnforeseenError(GatewayError):
    """A stranger's code raised what nobody foresaw."""


def reason_of(error: BaseException) -> Text:
    """Return what is said of an error; never its own words where nobody foresaw it: they may hold a secret."""
    if isinstance(error, GatewayError):
        return error.text
    if isinstance(error, AdapterError):
        return Text(error.zh, error.en)
    if isinstance(error, ImportError):
        return messages.cannot_import(error.name or type(error).__name__)
    if isinstance(error, SystemExit):
        return messages.would_end_the_process()
    return messages.unforeseen(type(error).__name__)


@contextmanager
def contained() -> Iterator[None]:
    """Let a block raise GatewayError, AdapterError, KeyboardInterrupt, or that the store is away.

    Anything else, of whatever class, becomes an UnforeseenError.
    """
    try:
        yield
    except (GatewayError, AdapterError, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        # Not at the top: whoever only reads settings needs no database toolkit.
        from gateway.exchange.away import is_away  # noqa: PLC0415

        if is_away(error):
            raise
        text = reason_of(error)
        raise UnforeseenError.of(text) from error
