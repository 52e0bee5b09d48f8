"""What a route asks of who calls it: a rule."""

from dataclasses import dataclass
from typing import Literal

from gateway.accounts import Right
from gateway.accounts.session import Stage


@dataclass(frozen=True, slots=True)
class Rule:
    """By what somebody shows who they are, and what they must be allowed.

    nobody: anybody may. session: a person who has signed in. way: one on the way in, at one of the
    stages. token: a program, by API token. feed: by the feed's own token. receipt: the centre.
    `everywhere`: only who sees every department. `max_body`: the largest body, in bytes. `fresh`:
    only who has shown within the last minutes who they are, by password and code.
    """

    by: Literal["nobody", "session", "way", "token", "feed", "receipt"]
    right: Right | None = None
    everywhere: bool = False
    stages: tuple[Stage, ...] = ()
    max_body: int = 65_536
    fresh: bool = False


#: Largest body of what departments submit and centres answer, and of a mapping or a call of the
#: API.
MAX_SUBMISSION, MAX_MAPPING = 16_000_000, 1_000_000

OPEN = Rule("nobody")
FEED = Rule("feed", max_body=MAX_SUBMISSION)
SIGNED = Rule("session")
READ = Rule("session", "read")
READ_ALL = Rule("session", "read", everywhere=True)
EDIT = Rule("session", "edit")
OPERATE = Rule("session", "operate")
ADMINISTER = Rule("session", "administer")
AUDIT = Rule("session", "audit", everywhere=True)
