"""What our HTTP services share: problem documents (RFC 9457) in both languages, and JSON."""

import json
from typing import Any

from flask import Response

from gateway.text import Text

#: What `code` of a problem document stands after in its `type`.
_TYPE = "urn:creditgate:problem:"


def problem(status: int, title: Text, detail: Text | None = None, code: str = "") -> Response:
    """Return a problem document; `detail` says what to do, `code` is for programs."""
    body = {
        "type": _TYPE + code if code else "about:blank",
        "status": status,
        "title": str(title),
        "detail": "" if detail is None else str(detail),
    }
    if code:
        body["code"] = code
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status, content_type="application/problem+json; charset=utf-8")


def plain_answer(text: Text | str, status: int = 200) -> Response:
    """Return one line of text in UTF-8."""
    return Response(f"{text}\n", status, content_type="text/plain; charset=utf-8")


def json_answer(data: Any, status: int = 200) -> Response:
    """Return data as a JSON answer in UTF-8."""
    text = json.dumps(data, ensure_ascii=False)
    return Response(text, status, content_type="application/json; charset=utf-8")


def read_json(data: bytes) -> Any:
    """Return JSON that says one thing only and can be written again.

    Raises ValueError or RecursionError; ValueError also for a key that stands twice in an object,
    for NaN and for half of a character.
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
