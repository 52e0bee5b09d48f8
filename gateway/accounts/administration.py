"""Acts on accounts as every door does them. A shell.

They are done at once, or after another administrator's approval.

Where two persons are wanted, an account with power over all (operator, administrator, auditor) is
made, changed, reset and enabled by two administrators, who have both signed in: one asks, another
approves. Of a first password each of them sees one half, so neither can be that person alone.
Disabling is done at once: an account that is misused must not wait.

Until there are two administrators the first ones are made alone (there is nobody to approve).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from gateway import audit
from gateway.accounts import request_store, secrets
from gateway.accounts.accounts import Accounts
from gateway.accounts.model import (
    AccountError,
    Role,
    account_of,
    acts_by_command,
    check_name,
    check_role,
    is_another,
)
from gateway.accounts.request_store import Act, Request
from gateway.accounts.store import Account
from gateway.audit.reasons import reason_of
from gateway.clock import Clock
from gateway.text import Text, cut
from gateway.text import accounts as messages
from outbox import PayloadCipher, writing

#: Roles with power over what every department has.
POWERS: frozenset[Role] = frozenset(("operator", "administrator", "auditor"))
#: A request that nobody has decided for so long is over.
LAPSES = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an act: done, or `pending` another administrator's approval.

    `password` is for the first sign-in, shown this once: whole, or the half that this person sees.
    """

    password: str = ""
    pending: bool = False


class Administration:
    """The acts of administrators on the accounts of one store."""

    def __init__(
        self,
        engine: Engine,
        accounts: Accounts,
        seal: PayloadCipher | None,
        clock: Clock,
        *,
        two_persons: bool,
    ) -> None:
        self._engine = engine
        self._accounts = accounts
        self._seal = seal or PayloadCipher()
        self._clock = clock
        self._two_persons = two_persons

    def add(
        self,
        name: str,
        role: Role,
        departments: Sequence[str],
        person: str,
        why: str,
        subject: str | None = None,
    ) -> Outcome:
        """Make an account; raises AccountError."""
        check_name(name)
        check_role(role, departments)
        if not self._wants_second(role):
            return Outcome(self._accounts.add(name, role, departments, person, why, subject))
        if any(account.name == name for account in self._accounts.every()):
            raise _refused(messages.account_exists(name))
        return self._ask("add", name, role, departments, person, why, subject or None)

    def set_role(
        self, name: str, role: Role, departments: Sequence[str], person: str, why: str
    ) -> Outcome:
        """Set an account's role and return what came of it; its sessions and tokens end.

        Raises AccountError.
        """
        check_role(role, departments)
        account = self._accounts.find(name)
        if account.role == "administrator" and role != "administrator":
            self._keep_two(name)
        if self._two_persons and (role in POWERS or account.role in POWERS):
            return self._ask("role", name, role, departments, person, why)
        self._accounts.set_role(name, role, departments, person, why)
        return Outcome()

    def reset_password(self, name: str, person: str, why: str) -> Outcome:
        """Set a new password for one sign-in and return what came of it; raises AccountError.

        The account's sessions and tokens end.
        """
        account = self._accounts.find(name)
        if not self._wants_second(account.role):
            return Outcome(self._accounts.reset_password(name, person, why))
        if account.subject is not None:
            raise _refused(messages.no_password_of(name))
        return self._ask_of(account, "reset", person, why)

    def drop_second(self, name: str, person: str, why: str) -> Outcome:
        """Take an account's second factor away and return what came of it.

        Its sessions and tokens end. Raises AccountError.
        """
        account = self._accounts.find(name)
        if self._wants_second(account.role):
            return self._ask_of(account, "second", person, why)
        self._accounts.drop_second(name, person, why)
        return Outcome()

    def enable(self, name: str, person: str, why: str) -> Outcome:
        """Let an account sign in again and return what came of it; raises AccountError."""
        account = self._accounts.find(name)
        if self._two_persons and account.role in POWERS and account.disabled:
            return self._ask_of(account, "enable", person, why)
        self._accounts.enable(name, person, why)
        return Outcome()

    def disable(self, name: str, person: str, why: str) -> Outcome:
        """Let an account sign in no more and return what came of it; raises AccountError."""
        if self._accounts.find(name).role == "administrator":
            self._keep_two(name)
        self._accounts.disable(name, person, why)
        return Outcome()

    def requests(self) -> list[Request]:
        """Return what waits for another administrator."""
        with self._engine.connect() as connection:
            return request_store.waiting(connection, self._clock() - LAPSES)

    def approve(self, name: str, person: str, why: str, seen_at: datetime | None) -> Outcome:
        """Do what was asked of an account and return what came of it.

        Raises AccountError unless another administrator has asked it.

        `seen_at`: when what the approver has looked at was asked. Whoever takes a request back and
        asks something else in its place gets no approval of that.
        """
        why = reason_of(why)
        request = self._waiting(name)
        if request.at != seen_at:
            raise _refused(messages.request_not_seen(name))
        if acts_by_command(person):
            raise _refused(messages.request_by_command())
        if not is_another(request.person, person) or account_of(person) == name:
            raise _refused(messages.request_own())
        self._still_administers(account_of(request.person))
        self._take(request, person, why, "approved")
        both = f"{person}, {request.person}"
        match request.act:
            case "add":
                self._accounts.make(
                    name,
                    request.role,
                    request.departments,
                    request.password,
                    both,
                    why,
                    request.subject,
                )
            case "role":
                self._accounts.set_role(name, request.role, request.departments, both, why)
            case "reset":
                self._accounts.set_first_password(name, request.password, both, why)
            case "second":
                self._accounts.drop_second(name, both, why)
            case "enable":
                self._accounts.enable(name, both, why)
        if request.half is None:
            return Outcome()
        half = self._seal.open(request.half, name, "first password", request.half_key_id)
        return Outcome(half.decode())

    def withdraw(self, name: str, person: str, why: str) -> None:
        """Take a request back, or refuse it; any administrator may. Raises AccountError."""
        self._take(self._waiting(name), person, why, "withdrawn")

    def _still_administers(self, name: str) -> None:
        """Raise AccountError where who has asked may not ask any more.

        Their account may have been a thief's.
        """
        asker = next((account for account in self._accounts.every() if account.name == name), None)
        if asker is None or asker.disabled or asker.role != "administrator":
            raise _refused(messages.asker_gone(name))

    def _wants_second(self, role: Role) -> bool:
        """Whether an act on an account of a role wants a second administrator."""
        if not self._two_persons or role not in POWERS:
            return False
        # Ones that are disabled count too: who disables the other one gains nothing by it.
        administrators = [
            account for account in self._accounts.every() if account.role == "administrator"
        ]
        return role != "administrator" or len(administrators) >= 2

    def _keep_two(self, name: str) -> None:
        """Raise AccountError where two persons are wanted and too few would be left."""
        remaining = [
            account
            for account in self._accounts.every()
            if account.role == "administrator" and not account.disabled and account.name != name
        ]
        if self._two_persons and len(remaining) == 1:
            raise _refused(messages.two_administrators(name))

    def _ask_of(self, account: Account, act: Act, person: str, why: str) -> Outcome:
        return self._ask(act, account.name, account.role, account.departments, person, why)

    def _ask(
        self,
        act: Act,
        name: str,
        role: Role,
        departments: Sequence[str],
        person: str,
        why: str,
        subject: str | None = None,
    ) -> Outcome:
        if acts_by_command(person):
            raise _refused(messages.request_by_command())
        needs_password = act in ("add", "reset") and subject is None
        first, second = secrets.halves() if needs_password else ("", "")
        request = Request(
            name,
            act,
            role,
            tuple(departments),
            subject,
            secrets.hashed(first + second) if needs_password else "",
            self._seal.close(second.encode(), name, "first password") if needs_password else None,
            self._seal.current if needs_password else "",
            person,
            self._clock(),
        )
        with writing(self._engine) as connection:
            request_store.sweep(connection, request.at - LAPSES)
            if not request_store.keep(connection, request):
                pending = request_store.find(connection, name)
                raise _refused(messages.request_pending(name, pending.act if pending else act))
            self._audit(connection, request.at, person, request, "asked", why)
        return Outcome(first, pending=True)

    def _waiting(self, name: str) -> Request:
        with self._engine.connect() as connection:
            request = request_store.find(connection, name)
        if request is None or request.at < self._clock() - LAPSES:
            raise _refused(messages.no_request(name))
        return request

    def _take(self, request: Request, person: str, why: str, decided: str) -> None:
        with writing(self._engine) as connection:
            if not request_store.take(connection, request):
                raise _refused(messages.no_request(request.account))
            self._audit(connection, self._clock(), person, request, decided, why)

    @staticmethod
    def _audit(
        connection: Connection, at: datetime, person: str, request: Request, decision: str, why: str
    ) -> None:
        role = f"{request.role} {', '.join(request.departments)}".strip()
        subject = f", OpenID subject {cut(request.subject, 255)}" if request.subject else ""
        prefix = f"{request.act} ({role}{subject}), asked by {request.person}: "
        audit.record_act(
            connection, at, person, f"account.{decision}", request.account, why, before=prefix
        )


def _refused(text: Text) -> AccountError:
    return AccountError(text.zh, text.en)
