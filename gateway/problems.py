"""What our HTTP services share: problem documents (RFC 9457) in both languages, secrets compared."""

import hmac
import json
from typing import Any

from flask import Response

from gateway.messages import Text


def problem(status: int, title: Text, detail: Text | None = None) -> Response:
    """Make a problem document; `detail` says what to do."""
    body = {
        "type": "about:blank", "status": status, "title": str(title),
        "detail": "" if detail is None else str(detail),
    }  # fmt: skip
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status, content_type="application/problem+json; charset=utf-8")


def plain_answer(text: Text | str, status: int = 200) -> Response:
    """Return one line of text in UTF-8."""
    return Response(f"{text}\n", status, content_type="text/plain; charset=utf-8")


def json_answer(data: Any, status: int = 200) -> Response:
    """Answer data as JSON in UTF-8."""
    text = json.dumps(data, ensure_ascii=False)
    return Response(text, status, content_type="application/json; charset=utf-8")


def read_json(data: bytes) -> Any:
    """Read JSON that says one thing only and can be written again; raises ValueError or RecursionError.

    ValueError also for a key that stands twice in an object, for NaN and for half of a character.
    """
    tree = json.loads(data, object_pairs_hook=_once, parse_constant=_no_number)
    json.dumps(tree, ensure_ascii=False).encode()
    return tree


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) < len(pairs):
        raise ValueError("a key stands twice")
    return tree


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


def bearer_of(header: str | None) -> str:
    """Return the token of an Authorization header of the scheme Bearer; "" for any other header."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def bearer_ok(header: str | None, token: str) -> bool:
    """Whether an Authorization header shows a token as Bearer; compared in constant time."""
    return same_secret(bearer_of(header), token)


def same_secret(given: str, secret: str) -> bool:
    """Whether what was given is a secret, in constant time; nothing is the same as an empty one."""
    same = hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())
    return same and bool(secret)
