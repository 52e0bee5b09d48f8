"""Which version may come into force, and who may bring it there where two persons are wanted."""

from sqlalchemy import Connection

from gateway.accounts.model import account_of, has_signed_in
from gateway.registry import store
from gateway.registry.definition import RegistryError
from gateway.registry.store import Registered
from gateway.text import accounts as account_messages
from gateway.text import registry as messages

#: Acts by which somebody has a part in what a version says.
_WRITES = ("created", "changed", "rolled_back", "secret", "submitted")


def check_another(connection: Connection, registered: Registered, person: str) -> None:
    """Raise RegistryError where people approve what they have a part in, or have not signed in.

    Whoever has changed anything since the version in force has a part, a secret too: what they
    wrote is in the newest version, though another has saved it last.
    """
    if not has_signed_in(person):
        raise RegistryError.of(account_messages.acts_alone("批准上线"))
    writers = store.persons(connection, registered.feed, registered.live_version or 0, _WRITES)
    writers |= {
        store.version(connection, registered.feed, registered.version).person,
        registered.submitted_by or "",
    }
    if account_of(person) in map(account_of, writers):
        raise RegistryError.of(
            messages.own_part(registered.feed, registered.version, registered.live_version or 0)
        )


def check_changeable(registered: Registered) -> None:
    """Raise RegistryError where an adapter is changed no more."""
    if registered.state == "retired":
        raise RegistryError.of(messages.retired(registered.feed))


def check_passed(registered: Registered) -> None:
    """Raise RegistryError where the newest version's sample has not passed."""
    if registered.passed_version != registered.version:
        raise RegistryError.of(messages.not_passed(registered.feed, registered.version))


def version_to_go_live(registered: Registered) -> int:
    """Return the version that goes live.

    Of a paused adapter it is the one before, while the newest has not passed.
    """
    resumes = registered.state == "paused" and registered.passed_version != registered.version
    return registered.live_version if resumes and registered.live_version else registered.version
