"""What a session is to who asks for it, and from where somebody signs in. Values only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from gateway.accounts.model import RIGHTS_OF, Principal
from gateway.accounts.store import Account

#: oidc: sent to the provider; code: the password was right; password: it must be changed; second: a
#: second factor must be set up; full: signed in.
Stage = Literal["oidc", "code", "password", "second", "full"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was opened: its token, which only the browser has, and how far it is.

    `device` is what the browser is known by from now on, "" where it has it already.
    """

    token: str
    stage: Stage
    device: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is in force, with whose it is as the account stands now."""

    digest: str
    stage: Stage
    csrf: str
    account: str
    principal: Principal | None
    note: dict[str, Any]
    proved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Whence:
    """From where somebody signs in: an address, and what their browser keeps and calls itself."""

    source: str
    device: str = ""
    agent: str = ""


def whence(source: str | Whence) -> Whence:
    """Return from where somebody signs in of whom the address alone is known."""
    return source if isinstance(source, Whence) else Whence(source)


def principal_of(account: Account) -> Principal:
    """Return what an account may do."""
    return Principal(account.name, RIGHTS_OF[account.role], account.departments or None)
