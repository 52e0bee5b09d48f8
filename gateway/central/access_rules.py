"""Who may ask the centre for what: one rule for every route.

A route without one keeps it from starting.

What a package is about stands within it: `package` is decided by `intake`, for every door alike.
"""

from collections.abc import Iterable
from typing import Literal

#: open: anybody may. package: a sender, whose package says for which feed. feed: a sender, of the
#: feed that the query names. read: likewise, within what the centre works for one sender. test: a
#: sender marked `test`, likewise. receipt: the sender of the package that the path names; to
#: anybody else there is none.
Rule = Literal["open", "package", "feed", "read", "test", "receipt"]

RULES: dict[str, Rule] = {
    "alive": "open",
    "ready": "open",
    "packages": "package",
    "soap": "package",
    "receipt": "receipt",
    "totals": "read",
    "records": "read",
    "digests": "read",
    "sequence": "feed",
    "remove_records": "test",
}


class MissingRuleError(Exception):
    """A route has no rule."""


def check_rules(endpoints: Iterable[str]) -> None:
    """Raise MissingRuleError for a route without a rule."""
    if missing := sorted(set(endpoints) - RULES.keys()):
        raise MissingRuleError(
            f"routes without a rule in gateway/central/access_rules.py: {', '.join(missing)}"
        )
