"""Wrong tokens at the centre's doors: on record by whence they come, however many they are."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from gateway.serving.limits import network_of
from gateway.serving.logs import worth_a_line

#: How long failures of one client are counted together.
WINDOW = timedelta(minutes=15)
#: Clients that are counted by themselves within it; those beyond are counted together.
MOST_CLIENTS = 200
#: Whose failures are counted together where too many clients fail at once.
_REST = "others"

_log = structlog.get_logger("creditgate.central")


class WrongTokens:
    """What failed at the doors of this process; safe to share among threads."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        #: By client: since when it is counted, and how often it failed.
        self._clients: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def note(self, source: str, path: str) -> None:
        """Count a wrong token.

        The log has the first of a client and then fewer and fewer, with their number.

        The token itself is written nowhere.
        """
        with self._lock:
            count = self._count(network_of(source))
        if worth_a_line(count):
            _log.warning("token.refused", source=source, path=path[:100], count=count)

    def _count(self, client: str) -> int:
        now = self._clock()
        if client not in self._clients and len(self._clients) >= MOST_CLIENTS:
            oldest, (since, _) = next(iter(self._clients.items()))
            if since <= now < since + WINDOW:
                client = _REST
            else:
                del self._clients[oldest]
        since, count_before = self._clients.pop(client, (now, 0))
        if not since <= now < since + WINDOW:
            since, count_before = now, 0
        self._clients[client] = since, count_before + 1
        return count_before + 1
