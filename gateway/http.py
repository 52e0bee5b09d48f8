"""What every HTTP client of ours needs: whom to trust, and an end to each answer."""

import math
import ssl
import time

import httpx

from gateway.feeds import Endpoint, SettingsError

#: How often its timeout an answer may take as a whole; the same as of a SOAP service.
PATIENCE = 10


def trust(endpoint: Endpoint) -> ssl.SSLContext | bool:
    """Give what a client is to trust, the endpoint's own certificates or the usual ones, and what it
    shows of itself where mutual TLS is wanted. Raises SettingsError for a certificate that is none."""
    if endpoint.ca is None and endpoint.certificate is None:
        return True
    try:
        context = ssl.create_default_context(cafile=endpoint.ca and str(endpoint.ca))
        if endpoint.certificate is not None:
            context.load_cert_chain(endpoint.certificate, endpoint.key)
    except (OSError, ssl.SSLError) as error:
        kind = type(error).__name__
        raise SettingsError(f"{endpoint.url} 的证书或密钥不可用（{kind}），请核对 ca、certificate、key", f"the certificates or key for {endpoint.url} cannot be used ({kind}); check ca, certificate and key") from None  # fmt: skip
    return context


def read_limited(answer: httpx.Response, limit: int) -> bytes:
    """Return the body of a streamed answer of up to `limit` bytes.

    Each piece has to come within the time of a call, and all of them within ten times that: a server
    that gives a byte now and then would never end. Raises httpx.HTTPError: DecodingError for one that
    is longer, ReadTimeout.
    """
    body = bytearray()
    seconds = answer.request.extensions.get("timeout", {}).get("read")
    ends = math.inf if seconds is None else time.monotonic() + PATIENCE * seconds
    for piece in answer.iter_bytes():
        body += piece
        if time.monotonic() > ends:
            raise httpx.ReadTimeout("the answer does not end", request=answer.request)
        if len(body) > limit:
            raise httpx.DecodingError(f"the answer is longer than {limit} bytes")
    return bytes(body)
