"""Shared secrets (tokens, passwords between programs): their form, their showing, their check.

The one place for it: every door that takes a secret checks it here, where it is set and where it is
used. An empty one is no secret: whoever shows nothing would be let in.
"""

import hmac
import re

from gateway.errors import GatewayError
from gateway.text import secrets as messages

#: Least characters: 16 of the 64 that tokens are made of are 96 bits, beyond any guessing.
LEAST = 16
#: Most characters: what is longer is no token, and a header has no room for it.
MOST = 500
#: RFC 6750 allows these in a bearer token; white space and control characters never.
_SOUND = re.compile(rf"[\x21-\x7e]{{{LEAST},{MOST}}}")


class InvalidSecretError(GatewayError):
    """A secret is none: it is empty, too short, or has characters that no header carries."""


def is_sound(secret: str) -> bool:
    """Whether a text can be a shared secret at all."""
    return _SOUND.fullmatch(secret) is not None


def check_secret(secret: str, what: str) -> str:
    """Return a secret that is sound.

    Raises InvalidSecretError, which names what it is of, never the secret.
    """
    if not is_sound(secret):
        raise InvalidSecretError.of(messages.unsound(what, LEAST, MOST))
    return secret


def bearer_token(header: str | None) -> str:
    """Return the token of an Authorization header; "" for none, and for every scheme but Bearer."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip(" ") if scheme.lower() == "bearer" else ""


def bearer_ok(header: str | None, token: str) -> bool:
    """Whether an Authorization header shows the token.

    Never where there is no header or no sound token.
    """
    token_shown = bearer_token(header)
    return bool(token_shown) and is_sound(token) and same_secret(token_shown, token)


def same_secret(candidate: str, secret: str) -> bool:
    """Whether what was given is a secret, in constant time; nothing is the same as an empty one."""
    same = hmac.compare_digest(
        candidate.encode("utf-8", "surrogatepass"), secret.encode("utf-8", "surrogatepass")
    )
    return same and bool(secret)
