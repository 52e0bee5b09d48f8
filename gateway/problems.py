"""What our HTTP services share: problem documents (RFC 9457) in both languages, secrets compared."""

import hmac
import json
from collections.abc import Callable
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


def json_answer(data: Any, status: int = 200) -> Response:
    """Answer data as JSON in UTF-8."""
    text = json.dumps(data, ensure_ascii=False)
    return Response(text, status, content_type="application/json; charset=utf-8")


def read_json(data: bytes, number: Callable[[str], Any] | None = None) -> Any:
    """Read JSON whose texts can be written again; raises ValueError, also for half of a sign, or RecursionError.

    `number` makes numbers of their texts, where they are not to be Python's.
    """
    tree = json.loads(data, parse_float=number, parse_int=number)
    json.dumps(tree, ensure_ascii=False).encode()
    return tree


def bearer_ok(header: str | None, token: str) -> bool:
    """Compare an Authorization header with the token in constant time."""
    return same_secret((header or "").removeprefix("Bearer "), token)


def same_secret(given: str, secret: str) -> bool:
    """Compare what was given with a secret in constant time."""
    return hmac.compare_digest(given.encode(), secret.encode())
