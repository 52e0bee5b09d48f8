"""What every HTTP client of ours needs: whom to trust, and an end to each answer."""

import math
import ssl
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import httpx

from gateway.settings.model import Endpoint, SettingsError
from gateway.text import running as messages

#: How often its timeout an answer may take as a whole; the same as of a SOAP service.
PATIENCE = 10


def trust(endpoint: Endpoint) -> ssl.SSLContext:
    """Return the TLS context of a client: the certificates it trusts, and its own where it has one.

    It trusts the endpoint's own certificates, or else the usual ones. Raises SettingsError for a
    file that is no certificate.
    """
    if endpoint.ca is None and endpoint.certificate is None:
        return usual_trust()
    try:
        context = ssl.create_default_context(cafile=endpoint.ca and str(endpoint.ca))
        if endpoint.certificate is not None:
            context.load_cert_chain(endpoint.certificate, endpoint.key)
    except (OSError, ssl.SSLError) as error:
        kind = type(error).__name__
        raise SettingsError.of(messages.certificate_unusable(endpoint.url, kind)) from None
    return context


def open_http(limit: int, **options: Any) -> httpx.Client:
    """Return a client that follows no redirect, takes nothing of the environment, and reads no
    answer of more than `limit` bytes, nor any that is packed: 96 kB of zstd are 4 GB before they
    can be counted.

    What is refused so raises httpx.DecodingError. Each piece has to come within the time of a call,
    and all of them within ten times that (ReadTimeout): a server that gives a byte now and then
    would never end.
    """
    hooks: dict[str, list[Callable[..., Any]]] = {
        "request": [_ask_unpacked],
        "response": [partial(_bound, limit)],
    }
    return httpx.Client(follow_redirects=False, trust_env=False, event_hooks=hooks, **options)


def _ask_unpacked(request: httpx.Request) -> None:
    request.headers["Accept-Encoding"] = "identity"


def _bound(limit: int, answer: httpx.Response) -> None:
    encoding = answer.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        raise httpx.DecodingError(
            f"the answer is packed ({encoding[:20]}), and was asked for unpacked",
            request=answer.request,
        )
    if isinstance(answer.stream, httpx.SyncByteStream):
        answer.stream = _Bounded(answer.stream, limit, answer.request)


class _Bounded(httpx.SyncByteStream):
    """An answer's bytes up to their bound, in size and in time."""

    def __init__(self, stream: httpx.SyncByteStream, limit: int, request: httpx.Request) -> None:
        self._stream, self._limit, self._request = stream, limit, request

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        seconds = self._request.extensions.get("timeout", {}).get("read")
        ends = math.inf if seconds is None else time.monotonic() + PATIENCE * seconds
        for piece in self._stream:
            size += len(piece)
            if time.monotonic() > ends:
                raise httpx.ReadTimeout("the answer does not end", request=self._request)
            if size > self._limit:
                text = f"the answer is longer than {self._limit} bytes"
                raise httpx.DecodingError(text, request=self._request)
            yield piece

    def close(self) -> None:
        self._stream.close()


@cache
def usual_trust() -> ssl.SSLContext:
    """Return what is trusted where the settings name no certificates, the same for every client.

    To read hundreds of authorities takes 25 ms, and a process opens several clients at its start.
    """
    return httpx.create_ssl_context(trust_env=False)
