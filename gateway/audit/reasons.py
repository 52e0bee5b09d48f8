"""The reason that a person gives for an act: demanded, measured and cleaned in this one place.

Every act that people answer for goes through `gateway.audit.record_act`, which asks for it by
`reason_of`; no door checks it by itself, and so none can forget to.
"""

from gateway.errors import GatewayError
from gateway.text import reasons as messages

#: Most characters of a reason: forms, the API and the commands take no more.
MOST_REASON = 1000


class ReasonRefusedError(GatewayError):
    """An act has no reason, or one that is none; nothing was changed."""


def reason_of(why: str) -> str:
    """Return a reason without blanks around it.

    Raises ReasonRefusedError where it is empty or too long.

    Full-width blanks are blanks; characters that show nothing, and punctuation alone, are no
    reason.
    """
    reason = why.strip()
    if not any(sign.isalnum() for sign in reason):
        raise ReasonRefusedError.of(messages.no_reason())
    if len(reason) > MOST_REASON:
        raise ReasonRefusedError.of(messages.reason_too_long(len(reason), MOST_REASON))
    return reason
