"""HTTP errors as problem documents (RFC 9457), in both languages."""

import hmac
import json

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


def bearer_ok(header: str | None, token: str) -> bool:
    """Compare an Authorization header with the token in constant time."""
    given = (header or "").removeprefix("Bearer ").encode()
    return hmac.compare_digest(given, token.encode())
