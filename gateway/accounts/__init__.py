"""Accounts: who may sign in, in which role, by what proof; sessions that end; API tokens.

What a role may do is said in `model`; the web asks for it in one place, `gateway.web.kit.guard`.
May import the audit log and what is below it; knows no feed, page or web framework.
Tests: tests/unit/accounts, tests/integration/accounts, tests/attacks.
"""

from gateway.accounts.accounts import Accounts
from gateway.accounts.administration import Administration
from gateway.accounts.model import (
    FRESH,
    RIGHTS_OF,
    ROLES,
    AccountError,
    AccountPolicy,
    Principal,
    ProofRequiredError,
    Right,
    Role,
    SignInRefusedError,
)
from gateway.accounts.session import Opened, Session, Whence
from gateway.accounts.sessions import Sessions
from gateway.accounts.tokens import Tokens

__all__ = [
    "FRESH",
    "RIGHTS_OF",
    "ROLES",
    "AccountError",
    "AccountPolicy",
    "Accounts",
    "Administration",
    "Opened",
    "Principal",
    "ProofRequiredError",
    "Right",
    "Role",
    "Session",
    "Sessions",
    "SignInRefusedError",
    "Tokens",
    "Whence",
]
