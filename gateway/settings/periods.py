"""How long what is over is kept. Pure; who removes it is `gateway.store.retention`."""

from dataclasses import dataclass
from datetime import timedelta

#: How long sample rows of a mapping are kept.
SAMPLES_KEPT = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long payloads with their source rows are kept, and the history of everything."""

    payloads: timedelta
    history: timedelta
