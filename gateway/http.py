"""What every HTTP client of ours needs: whom to trust, and an end to each answer."""

import ssl
from functools import cache

import httpx

from gateway.feeds import Endpoint, SettingsError


def trust(endpoint: Endpoint) -> ssl.SSLContext:
    """Give what a client is to trust, the endpoint's own certificates or the usual ones, and what it
    shows of itself where mutual TLS is wanted. Raises SettingsError for a certificate that is none."""
    if endpoint.ca is None and endpoint.certificate is None:
        return usual_trust()
    try:
        context = ssl.create_default_context(cafile=endpoint.ca and str(endpoint.ca))
        if endpoint.certificate is not None:
            context.load_cert_chain(endpoint.certificate, endpoint.key)
    except (OSError, ssl.SSLError) as error:
        kind = type(error).__name__
        raise SettingsError(f"{endpoint.url} 的证书或密钥不可用（{kind}），请核对 ca、certificate、key", f"the certificates or key for {endpoint.url} cannot be used ({kind}); check ca, certificate and key") from None  # fmt: skip
    return context


@cache
def usual_trust() -> ssl.SSLContext:
    """Return what is trusted where the settings name no certificates, the same for every client.

    To read hundreds of authorities takes 25 ms, and a process opens several clients at its start.
    """
    return httpx.create_ssl_context(trust_env=False)


def read_limited(answer: httpx.Response, limit: int) -> bytes:
    """Read a streamed answer of up to `limit` bytes; raises httpx.DecodingError for a longer one."""
    body = bytearray()
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > limit:
            raise httpx.DecodingError(f"the answer is longer than {limit} bytes")
    return bytes(body)
