"""Accounts: who may sign in, in which role, by what proof; sessions that end; API tokens.

What a role may do is said in `model`; the web asks for it in one place, `gateway.web.guard`.
"""

from gateway.accounts.accounts import Accounts
from gateway.accounts.model import (
    RIGHTS_OF,
    ROLES,
    AccountError,
    AccountPolicy,
    Principal,
    Right,
    Role,
    SignInRefused,
)
from gateway.accounts.sessions import Opened, Session, Sessions
from gateway.accounts.tokens import Tokens

__all__ = [
    "RIGHTS_OF",
    "ROLES",
    "AccountError",
    "AccountPolicy",
    "Accounts",
    "Opened",
    "Principal",
    "Right",
    "Role",
    "Session",
    "Sessions",
    "SignInRefused",
    "Tokens",
]
