"""What every HTTP client of ours needs: whom to trust, and an end to each answer."""

import ssl

import httpx

from gateway.feeds import Endpoint


def trust(endpoint: Endpoint) -> ssl.SSLContext | bool:
    """Give what a client is to trust: the endpoint's own certificates, or the usual ones."""
    return True if endpoint.ca is None else ssl.create_default_context(cafile=str(endpoint.ca))


def read_limited(answer: httpx.Response, limit: int) -> bytes:
    """Read a streamed answer of up to `limit` bytes; raises httpx.DecodingError for a longer one."""
    body = bytearray()
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > limit:
            raise httpx.DecodingError(f"the answer is longer than {limit} bytes")
    return bytes(body)
