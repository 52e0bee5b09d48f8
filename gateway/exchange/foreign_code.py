"""What an adapter's code may raise is its own feed's affair: anything, but what a person asks for.

A kind may come from a stranger's package. Its import, its settings, its constructor and its methods
may raise what nobody foresaw, `SystemExit` and a native library's panic too; every other feed goes
on.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from adapters import AdapterError
from gateway.errors import GatewayError
from gateway.settings.kinds import reason_of


class UnforeseenError(GatewayError):
    """A stranger's code raised what nobody foresaw."""


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
        from gateway.submissions.store_away import is_away  # noqa: PLC0415

        if is_away(error):
            raise
        text = reason_of(error)
        raise UnforeseenError.of(text) from error
