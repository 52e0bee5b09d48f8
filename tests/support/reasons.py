"""A reason where a door asks for one and the test is about something else."""

import re
from typing import Any

from gateway.web.api import OPERATIONS

REASON = "a reason"


def with_reason(method: str, path: str, body: Any) -> Any:
    """Return the body of a call of the API, with a reason where one is asked for and none in it."""
    asked = [
        operation
        for operation in OPERATIONS
        if operation.method == method
        and re.fullmatch(re.sub(r"{\w+}", "[^/]+", operation.path), path)
    ]
    if not asked or "why" not in asked[0].body.model_fields:
        return body
    return {"why": REASON, **(body or {})}
