"""Who may do what, what a password must be, and how long who fails must wait.

Pure: the time is a parameter.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from gateway.errors import GatewayError
from gateway.text import Text
from gateway.text import sessions as messages

#: read: look; edit: write and try adapters; operate: bring them on air, retry, replay, drop,
#: acknowledge alerts; administer: accounts and alert rules; audit: the audit log.
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
_DEPARTMENT = re.compile(r"[a-z][a-z0-9\-]{0,39}")
_NAME = re.compile(r"[a-z][a-z0-9.\-]{1,39}")
#: Most past passwords that any policy remembers.
REMEMBERED_MOST = 24
#: For so long who has shown password and code may do what wants a proof: another second factor,
#: tokens, another password, acts on accounts.
FRESH = timedelta(minutes=5)
#: What stands between a person and the system's user where a command has acted.
_BY_COMMAND = "/cli:"
#: What stands before the name of a token of the settings file, which is no person's.
_OF_SETTINGS = "settings:"


class AccountError(GatewayError):
    """Something about an account cannot be done; nothing was changed."""


class SignInRefusedError(AccountError):
    """Somebody may not sign in; the text does not tell which part was wrong.

    `wait`: for how long, if so.
    """

    def __init__(self, zh: str, en: str, wait: timedelta | None = None) -> None:
        super().__init__(zh, en)
        self.wait = wait


class ProofRequiredError(AccountError):
    """Something wants that its person has shown within the last minutes who they are."""


def account_of(person: str) -> str:
    """Return the account of a name that is kept on record.

    A token's name is its account's, a slash, and what it is for.
    """
    return person.partition("/")[0]


def by_command(claimed: str, system_user: str) -> str:
    """Return what is kept on record of who acts by a command.

    Whom they name, if anybody, and who they are there.
    """
    return f"{claimed}{_BY_COMMAND}{system_user}"


def acts_by_command(person: str) -> bool:
    """Whether what is kept on record says that a command has acted: nobody has signed in for it."""
    return _BY_COMMAND in person


def by_token(name: str) -> str:
    """Return what is kept on record of who shows a token of the settings file.

    No account has such a name.
    """
    return f"{_OF_SETTINGS}{name}"


def has_signed_in(person: str) -> bool:
    """Whether who is kept on record is an account's, by signing in or by a token that they made.

    For a command nobody has, nor for a token of the settings file: whoever can read that has it.
    """
    return not acts_by_command(person) and not person.startswith(_OF_SETTINGS)


def is_another(first: str, second: str) -> bool:
    """Whether two of whom something is on record are two persons, each of whom has signed in."""
    named = {account_of(first), account_of(second)}
    return len(named) == 2 and has_signed_in(first) and has_signed_in(second)


def is_fresh(proved_at: datetime | None, now: datetime) -> bool:
    """Whether somebody has shown within the last minutes who they are."""
    return proved_at is not None and proved_at <= now < proved_at + FRESH


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever makes a request: a person or a program, with its rights.

    `departments` None means all. `token` is the API token of an account that is shown, `proved_at`
    when its person last proved who they are.

    `token` is the API token of an account that is shown, `proved_at` when its person last proved
    who they are.
    """

    name: str
    rights: frozenset[Right]
    departments: tuple[str, ...] | None
    token: int | None = field(default=None, compare=False)
    proved_at: datetime | None = field(default=None, compare=False)

    def may(self, right: Right) -> bool:
        """Whether it has a right."""
        return right in self.rights

    def sees(self, feed: str) -> bool:
        """Whether a feed is its own to see; what is of no feed ("") is for who sees all."""
        return self.departments is None or feed.partition(".")[0] in self.departments


@dataclass(frozen=True, slots=True)
class AccountPolicy:
    """How long sessions and passwords live, and whether everybody needs a second factor.

    `remembered`: how many past passwords must not be used again; `term` None: passwords have no
    end.
    """

    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)
    second_factor: bool = False
    remembered: int = 5
    term: timedelta | None = timedelta(days=90)

    def password_ends(self, set_at: datetime | None) -> datetime | None:
        """Return when a password ends that was set at a moment; None where the policy ends none.

        Of one of which nobody knows when it was set, it is over.
        """
        if self.term is None:
            return None
        return datetime.min.replace(tzinfo=UTC) if set_at is None else set_at + self.term


@dataclass(frozen=True, slots=True)
class Failures:
    """Moments of failed sign-ins within the window, newest last.

    `known`: the account has signed in from that address, or in that browser, before.
    """

    pair: Sequence[datetime]
    source: Sequence[datetime]
    account: Sequence[datetime]
    known: bool


def wait_until(failures: Failures) -> datetime | None:
    """Return when who failed so often may try again; None where at once.

    Where an account has signed in before only its own failures count: others who fail, there or
    elsewhere, for its name or any, lock nobody out. A whole office may stand behind one address.
    """
    limits = [(failures.pair, LIMIT_PAIR)]
    if not failures.known:
        limits += [(failures.source, LIMIT_SOURCE), (failures.account, LIMIT_ACCOUNT)]
    ends = [met[-limit] + WINDOW for met, limit in limits if len(met) >= limit]
    return max(ends) if ends else None


def check_name(name: str) -> None:
    """Refuse a name that is none; raises AccountError."""
    if not _NAME.fullmatch(name):
        raise AccountError.of(messages.name_malformed())


def check_role(role: Role, departments: Sequence[str]) -> None:
    """Raise AccountError for a department's role without a department, or another one with."""
    if (role in DEPARTMENT_ROLES) != bool(departments):
        raise AccountError.of(messages.role_and_departments())
    for department in departments:
        if not _DEPARTMENT.fullmatch(department):
            # An account of a department that there cannot be sees nothing, and nobody would know
            # why.
            raise AccountError.of(messages.department_malformed(department))


def wait_text(until: datetime, now: datetime) -> Text:
    """Return how long somebody has to wait."""
    return messages.wait(max(1, -(-int((until - now).total_seconds()) // 60)))
