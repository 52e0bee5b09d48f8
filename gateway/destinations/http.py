"""Packages over HTTP: one request each, answered by the receipt, a refusal or a failure."""

import json
import re
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from pydantic import ValidationError

from gateway.destinations import (
    DIVISIBLE,
    Failed,
    Outcome,
    Parcel,
    Pending,
    Rejected,
    Signing,
    unfinished,
)
from gateway.http_client import open_http, trust
from gateway.protocol.answers import refusal_reason
from gateway.protocol.refusals import FEED_OF_ANOTHER, SEQUENCE
from gateway.protocol.signing import EXCHANGE, EXCHANGE_HEADER, HEADER
from gateway.settings.model import (
    DestinationSettings,
    Endpoint,
    GatewaySettings,
    SettingsError,
    invalid_settings,
)
from gateway.text import destinations as messages
from outbox import Claim
from outbox.retry import RETRY_AFTER_CAP

#: Seconds until a receipt that is to come is asked for, where the centre does not say.
POLL = 5.0
#: Seconds as HTTP writes them: `str.isdigit` takes characters that `float` does not.
_SECONDS = re.compile("[0-9]{1,300}")
#: Largest answer that is read, in bytes: a receipt of 1,000 refusals is about 3 MB.
MAX_ANSWER = 16_000_000
#: Seconds in which a question is asked again of a centre that is busy, and at least between two
#: times.
PATIENCE, _LEAST_WAIT = 300.0, 0.5
#: What a centre answers to who asks too much.
_BUSY = 429
#: Answers after which the very same package can never succeed: it waits for a person.
_FINAL = {400, 409, 413, 415, 422}


class HttpSettings(Endpoint, DestinationSettings):
    """The centre's HTTP service."""


class HttpDestination:
    """One centre over HTTP; answers its receipt at once, or 202 and later."""

    Settings = HttpSettings

    def __init__(self, settings: HttpSettings) -> None:
        self.signing = Signing(settings)
        self._http = open_client(settings)

    def send(self, claim: Claim, keys: list[str]) -> Outcome:
        """Post a claimed package; never raises for what the network or the centre does."""
        parcel = self.signing.parcel(claim, keys)
        try:
            status, headers, body = self._post(parcel)
        except httpx.ConnectError as error:
            return Failed(messages.unreachable(str(error)), answered=False)
        except httpx.HTTPError as error:
            return unfinished(error)
        if status == 200:
            return self.signing.judge(parcel, body, headers.get(HEADER))
        wait = _retry_after(headers.get("Retry-After"))
        if status == 202:
            return Pending(messages.receipt_to_come(), POLL if wait is None else wait)
        reason, code = refusal_reason(body), _code(body)
        # Whose feed is not ours, and whose numbers are too high, waits for a person and is no
        # failure of the centre.
        if status in _FINAL or (status == 403 and code == FEED_OF_ANOTHER):
            divisible = status in DIVISIBLE and code != SEQUENCE
            refusal = Rejected(messages.refused(status, reason), divisible, status)
            return self.signing.refused(parcel, refusal, body, headers.get(HEADER))
        return Failed(messages.answered(status, reason), answered=True, retry_after=wait)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _post(self, parcel: Parcel) -> tuple[int, httpx.Headers, bytes]:
        headers = {
            "Content-Type": "application/xml",
            "Content-Encoding": "zstd",
            "Creditgate-Package": parcel.guid,
            EXCHANGE_HEADER: EXCHANGE,
        }
        if parcel.signature is not None:
            headers[HEADER] = parcel.signature
        with self._http.stream(
            "POST", "/packages", content=parcel.payload, headers=headers
        ) as answer:
            return answer.status_code, answer.headers, answer.read()


class Queries:
    """Where the centre's totals and records are asked for.

    `patience` is how many seconds a busy centre is waited for.
    """

    def __init__(self, endpoint: Endpoint, patience: float = PATIENCE) -> None:
        self._http = open_client(endpoint)
        self._patience = patience

    def get(self, path: str, **params: str) -> httpx.Response:
        """Return the centre's answer, asking again while it is busy; raise httpx.HTTPError."""
        ends = time.monotonic() + self._patience
        while True:
            answer = self._http.get(path, params=params)
            wait = _retry_after(answer.headers.get("Retry-After"))
            busy = answer.status_code == _BUSY and wait is not None
            if not busy or time.monotonic() + (wait or 0) > ends:
                return answer.raise_for_status()
            # At the least: a wait of no time would ask without end.
            time.sleep(max(wait or 0, _LEAST_WAIT))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def open_queries(settings: GatewaySettings, patience: float | None = None) -> Queries:
    """Return the service that the settings name for totals; raise SettingsError without one.

    `patience`: seconds within which an answer must come, and a centre that is busy is not waited
    for.
    """
    endpoint = settings.totals
    if endpoint is None and settings.centre.get("kind", "http") == "http":
        names = Endpoint.model_fields.keys()
        values = {name: value for name, value in settings.centre.items() if name in names}
        try:
            endpoint = Endpoint.model_validate(values)
        except ValidationError as error:
            raise invalid_settings("centre", error) from None
    if endpoint is None:
        raise SettingsError.of(messages.no_query_address())
    if patience is None:
        return Queries(endpoint)
    endpoint = endpoint.model_copy(update={"timeout": min(patience, endpoint.timeout)})
    return Queries(endpoint, patience=0)


def open_client(endpoint: Endpoint) -> httpx.Client:
    """Return an HTTP client of one service, with its certificates and its token."""
    return open_http(
        MAX_ANSWER,
        base_url=endpoint.url,
        verify=trust(endpoint),
        timeout=endpoint.timeout,
        headers={"Authorization": f"Bearer {endpoint.token.get_secret_value()}"},
    )


def _code(body: bytes) -> object:
    """Return what programs tell a refusal by; None where it says nothing of the kind."""
    try:
        problem = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return problem.get("code") if isinstance(problem, dict) else None


def _retry_after(value: str | None) -> float | None:
    """Return the seconds of a Retry-After header, a number or a date; None of anything else.

    A wait beyond a day is cut to a day: a stranger's answer does not stop delivery for good.
    """
    if value is None:
        return None
    if _SECONDS.fullmatch(value):
        return min(float(value), RETRY_AFTER_CAP)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    # "-0000" says that the zone is not known: HTTP has none but GMT.
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return min(max(0.0, (aware - datetime.now(UTC)).total_seconds()), RETRY_AFTER_CAP)
