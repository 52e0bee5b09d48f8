"""What a fetch held back at the source, for a process that fetches once and ends.

A service remarks on a file once it has waited for a while; a process that ends before that says it
at once, each time it is run.
"""

from sqlalchemy import Engine

from adapters import Adapter
from adapters.text import Text as AdapterText
from adapters.text import drops as messages
from gateway.clock import Clock
from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.text import Text


def held_back(adapter: Adapter) -> dict[str, AdapterText]:
    """Return by path why each file that the last fetch passed over waits.

    Of kinds that read no files it is empty.
    """
    source = getattr(adapter, "source", adapter)
    listed = getattr(source, "held_back", None)
    return {} if listed is None else listed()


def looked_through(adapter: Adapter) -> bool:
    """Whether the last fetch saw all that may be marked at the source.

    So it is for most kinds.
    """
    source = getattr(adapter, "source", adapter)
    ask_source = getattr(source, "looked_through", None)
    return ask_source is None or bool(ask_source())


def note_held_back(
    engine: Engine, clock: Clock, feed: str, reasons: dict[str, AdapterText]
) -> None:
    """Keep one event of what was held back; raises SQLAlchemyError."""
    if not reasons:
        return
    text = messages.held_back([reason for _, reason in sorted(reasons.items())])
    event_store.say(engine, Event(clock(), "warning", "drop.waiting", feed, Text(*text)))
