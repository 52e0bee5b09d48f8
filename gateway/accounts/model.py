"""Who may do what, what a password must be, and how long who fails must wait. Pure: the time is a parameter."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from gateway.messages import GatewayError, Text

#: read: look; edit: write and try adapters; operate: bring them on air, retry, replay, drop, acknowledge
#: alerts; administer: accounts and alert rules; audit: the audit log.
Right = Literal["read", "edit", "operate", "administer", "audit"]
Role = Literal["viewer", "editor", "operator", "administrator", "auditor"]
ROLES: tuple[Role, ...] = get_args(Role)
#: Who administers accounts does not operate, and who audits does neither: three powers, apart.
RIGHTS_OF: dict[Role, frozenset[Right]] = {
    "viewer": frozenset(("read",)),
    "editor": frozenset(("read", "edit")),
    "operator": frozenset(("read", "edit", "operate")),
    "administrator": frozenset(("read", "administer")),
    "auditor": frozenset(("read", "audit")),
}
#: Roles that are always of some departments; the others see all of them.
DEPARTMENT_ROLES: tuple[Role, ...] = ("viewer", "editor")

#: Within this time failures count.
WINDOW = timedelta(minutes=15)
#: Failures within it after which somebody waits: for one account from one address, from one address
#: for whatever accounts, and for one account from addresses from which it has never signed in.
LIMIT_PAIR, LIMIT_SOURCE, LIMIT_ACCOUNT = 5, 20, 50
_NAME = re.compile(r"[a-z][a-z0-9.\-]{1,39}")
_CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")
_SHORTEST, _LONG = 12, 20
#: Hashing a longer one would let anybody keep a processor busy.
_LONGEST = 200


class AccountError(GatewayError):
    """Something about an account cannot be done; nothing was changed."""


class SignInRefused(AccountError):
    """Somebody may not sign in; the text does not tell which part was wrong."""


def account_of(person: str) -> str:
    """Give whose name it is that is kept on record: a token's is its account's, a slash, and what it is for."""
    return person.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever makes a request: a person or a program, with its rights; `departments` None means all."""

    name: str
    rights: frozenset[Right]
    departments: tuple[str, ...] | None

    def may(self, right: Right) -> bool:
        """Tell whether it has a right."""
        return right in self.rights

    def sees(self, feed: str) -> bool:
        """Tell whether a feed is its own to see; what is of no feed ("") is for who sees all."""
        return self.departments is None or feed.partition(".")[0] in self.departments


@dataclass(frozen=True, slots=True)
class AccountPolicy:
    """How long sessions live, and whether a second factor is asked of everybody."""

    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)
    second_factor: bool = False

    @classmethod
    def of(cls, idle_minutes: int, session_hours: int, second_factor: str) -> "AccountPolicy":
        """Make the policy that settings say."""
        idle, longest = timedelta(minutes=idle_minutes), timedelta(hours=session_hours)
        return cls(idle, longest, second_factor == "required")


@dataclass(frozen=True, slots=True)
class Failures:
    """Moments of failed sign-ins within the window, newest last; `known`: it signed in from there before."""

    pair: Sequence[datetime]
    source: Sequence[datetime]
    account: Sequence[datetime]
    known: bool


def wait_until(failures: Failures) -> datetime | None:
    """Give when who failed so often may try again; None where at once.

    An account is never locked for an address from which it has signed in before because others fail:
    nobody can lock the administrator out.
    """
    limits = [(failures.pair, LIMIT_PAIR), (failures.source, LIMIT_SOURCE)]
    if not failures.known:
        limits.append((failures.account, LIMIT_ACCOUNT))
    ends = [met[-limit] + WINDOW for met, limit in limits if len(met) >= limit]
    return max(ends) if ends else None


def check_name(name: str) -> None:
    """Refuse a name that is none; raises AccountError."""
    if not _NAME.fullmatch(name):
        raise AccountError(
            "账户名为 2 至 40 个小写字母、数字、点或连字符，以字母开头",
            "an account's name has 2 to 40 lower-case letters, digits, dots or hyphens and begins with a letter",
        )


def check_role(role: Role, departments: Sequence[str]) -> None:
    """Refuse a department's role without a department, and another one with; raises AccountError."""
    if (role in DEPARTMENT_ROLES) != bool(departments):
        raise AccountError(
            "部门角色须写明部门，其他角色不可写部门",
            "a department's role names its departments, and no other role names any",
        )


def check_password(password: str, name: str) -> None:
    """Refuse a weak password; raises AccountError with what it must be."""
    kinds = sum(bool(re.search(one, password)) for one in _CLASSES)
    strong = len(password) >= _LONG or (len(password) >= _SHORTEST and kinds >= 3)
    if not strong or len(password) > _LONGEST or name in password.lower():
        raise AccountError(
            f"口令至少 {_SHORTEST} 位并含大写、小写、数字、符号中的三种，或至少 {_LONG} 位；不得含账户名",
            f"a password has at least {_SHORTEST} characters with three of capitals, small letters, digits and signs, or at least {_LONG} of any; the account's name is not in it",
        )


def wait_text(until: datetime, now: datetime) -> Text:
    """Say how long somebody has to wait."""
    minutes = max(1, -(-int((until - now).total_seconds()) // 60))
    return Text(
        f"失败次数过多，请 {minutes} 分钟后再试",
        f"too many failures; try again in {minutes} minutes",
    )
