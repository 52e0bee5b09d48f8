"""What people do to packages, feeds, refusals and alerts, each with its entry in the audit log.

The console, the API and the commands all act by the modules of this room; an act and its entry are
one transaction. One module a subject.
"""

from gateway.messages import GatewayError
from gateway.text import operations as messages


class ActRefused(GatewayError):
    """Something cannot be done to a package or feed as it stands; nothing was changed."""


def reason_of(why: str) -> str:
    """Return the reason of an act without blanks around it; raises ActRefused where none is left."""
    # Full-width blanks are blanks; signs that show nothing are no reason either.
    reason = why.strip()
    if not any(one.isalnum() for one in reason):
        raise ActRefused.of(messages.no_reason())
    return reason
