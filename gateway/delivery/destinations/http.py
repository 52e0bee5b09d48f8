"""Packages over HTTP: one request each, the answer is the receipt, and the kinds of answer are told apart."""

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from pydantic import ValidationError

from gateway.centre_answers import refusal_reason
from gateway.delivery.destinations import (
    DIVISIBLE,
    Failed,
    Outcome,
    Parcel,
    Pending,
    Rejected,
    Signing,
    unfinished,
)
from gateway.feeds import (
    DestinationSettings,
    Endpoint,
    GatewaySettings,
    SettingsError,
    invalid_settings,
)
from gateway.http import read_limited, trust
from gateway.protocol.refusals import FEED_OF_ANOTHER
from gateway.signing import EXCHANGE, EXCHANGE_HEADER, HEADER
from gateway.text import destinations as messages
from outbox import Claim
from outbox.retry import RETRY_AFTER_CAP

#: Seconds until a receipt that is to come is asked for, where the centre does not say.
POLL = 5.0
#: Seconds as HTTP writes them: `str.isdigit` takes characters that `float` does not.
_SECONDS = re.compile("[0-9]{1,300}")
#: Largest answer that is read, in bytes: a receipt of 1,000 refusals is about 3 MB.
MAX_ANSWER = 16_000_000
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
        reason = refusal_reason(body)
        if status in _FINAL or (status == 403 and _of_another(body)):
            refusal = Rejected(messages.refused(status, reason), status in DIVISIBLE, status)
            return self.signing.refused(parcel, refusal, body, headers.get(HEADER))
        return Failed(messages.answered(status, reason), answered=True, retry_after=wait)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _post(self, parcel: Parcel) -> tuple[int, httpx.Headers, bytes]:
        headers = {
            "Content-Type": "application/xml", "Content-Encoding": "zstd",
            "Creditgate-Package": parcel.guid, EXCHANGE_HEADER: EXCHANGE,
        }  # fmt: skip
        if parcel.signature is not None:
            headers[HEADER] = parcel.signature
        with self._http.stream(
            "POST", "/packages", content=parcel.payload, headers=headers
        ) as answer:
            return answer.status_code, answer.headers, read_limited(answer, MAX_ANSWER)


class Queries:
    """Where the centre's totals and records are asked."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._http = open_client(endpoint)

    def get(self, path: str, **params: str) -> httpx.Response:
        """Ask the centre for totals or records; raises httpx.HTTPError."""
        return self._http.get(path, params=params).raise_for_status()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


def open_queries(settings: GatewaySettings) -> Queries:
    """Open where the settings say that totals are asked; raises SettingsError where they do not."""
    endpoint = settings.totals
    if endpoint is None and settings.centre.get("kind", "http") == "http":
        names = Endpoint.model_fields.keys()
        own = {name: value for name, value in settings.centre.items() if name in names}
        try:
            endpoint = Endpoint.model_validate(own)
        except ValidationError as error:
            raise invalid_settings("centre", error) from None
    if endpoint is None:
        raise SettingsError.of(messages.no_query_address())
    return Queries(endpoint)


def open_client(endpoint: Endpoint) -> httpx.Client:
    """Open an HTTP client of one service: its certificates, its token, no redirect, nothing of the environment."""
    return httpx.Client(
        base_url=endpoint.url, verify=trust(endpoint), timeout=endpoint.timeout, follow_redirects=False,
        trust_env=False, headers={"Authorization": f"Bearer {endpoint.token.get_secret_value()}"},
    )  # fmt: skip


def _of_another(body: bytes) -> bool:
    """Whether a refusal says that the feed is not ours: it waits for a person and is no failure of the centre."""
    try:
        problem = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(problem, dict) and problem.get("code") == FEED_OF_ANOTHER


def _retry_after(value: str | None) -> float | None:
    """Read a Retry-After header: seconds, or a date; anything else counts as absent.

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
