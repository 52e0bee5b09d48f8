"""Waits for a store that is away when a service starts; one that refuses us is for a person.

A store that goes away later is waited for by whoever needs it. At the start the machine may be
quicker than its database, and a service that ends then is one more thing to start again by hand.
"""

import re
import threading
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from gateway.errors import GatewayError
from gateway.private_files import refuse_exposed
from gateway.store.lock import store_files
from gateway.text import store as messages
from outbox import open_engine

#: Seconds between two tries: the first, doubled each time, and the longest.
FIRST, LONGEST = 0.5, 15.0
#: Seconds between two words of it in the log.
SAY_EVERY = 60.0
#: What PostgreSQL says, in the languages that it is run in here, where every place is taken: it
#: answers, and would let us in later.
_CROWDED = re.compile(r"too many|remaining connection slots|太多|保留", re.IGNORECASE)

_log = structlog.get_logger("creditgate")


class StoreRefusedError(GatewayError):
    """The store answers and does not let us in."""


@dataclass(slots=True)
class _Try:
    """One try to connect, in a thread: a name server or a dead network may keep it for long."""

    url: str
    error: DBAPIError | None = None
    refused: bool = False

    def begin(self) -> threading.Thread:
        """Try in a thread that nobody has to wait for."""
        thread = threading.Thread(target=self._connect, name="store", daemon=True)
        thread.start()
        return thread

    def _connect(self) -> None:
        engine = open_engine(self.url)
        try:
            engine.connect().close()
        except DBAPIError as error:
            self.error = error
            self.refused = _lets_others_in(engine) and not _CROWDED.search(str(error.orig))
        finally:
            engine.dispose()


def wait_for_store(url: str, stop: threading.Event) -> bool:
    """Wait until a shared store answers; return False where `stop` is set before.

    A SQLite store is a file, and there or not: it is not waited for. Raises ExposedFileError where
    others can reach that, StoreRefusedError where the server answers and refuses user, password or
    database.
    """
    refuse_exposed(store_files(url))
    if make_url(url).get_backend_name() != "postgresql":
        return not stop.is_set()
    wait, waited, said_at = FIRST, 0.0, -SAY_EVERY
    refusals = 0
    while not stop.is_set():
        attempt = _Try(url)
        thread = attempt.begin()
        while thread.is_alive() and not stop.is_set():
            thread.join(0.1)
        if stop.is_set():
            break
        if attempt.error is None:
            if waited:
                _log.info("store.back", waited_seconds=round(waited))
            return True
        reason = _reason(attempt.error)
        # Asked twice: it may have come up between the try and the question whether it is up.
        refusals = refusals + 1 if attempt.refused else 0
        if refusals == 2:
            raise StoreRefusedError.of(messages.store_refuses(reason))
        if waited - said_at >= SAY_EVERY:
            _log.warning(
                "store.away", waited_seconds=round(waited), text=messages.store_away(reason).en
            )
            said_at = waited
        stop.wait(wait)
        waited += wait
        wait = min(LONGEST, wait * 2)
    return False


def unusable(error: OperationalError) -> GatewayError:
    """Return why a command cannot use its store, for a person."""
    reason = _reason(error)
    if "sqlite3" in type(error.orig).__module__:
        text = messages.store_not_opened(reason)
    else:
        text = messages.store_away(reason)
    return GatewayError(text.zh, text.en)


def _reason(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split())


def _lets_others_in(engine: Engine) -> bool:
    """Whether a PostgreSQL server is up and takes connections, whoever may not connect (PQping)."""
    from psycopg import pq  # noqa: PLC0415
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415

    _, named = engine.dialect.create_connect_args(engine.url)
    parameters = {name: value for name, value in named.items() if isinstance(value, str | int)}
    answer = pq.PGconn.ping(make_conninfo("", **{"connect_timeout": 5, **parameters}).encode())
    return answer == pq.Ping.OK
