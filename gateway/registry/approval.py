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


def check_another(connection: Connection, held: Registered, person: str) -> None:
    """Raise RegistryError where somebody approves what they have a part in, or has not signed in.

    Whoever has changed anything since the version in force has a part, a secret too: what they wrote
    is in the newest version, though another has saved it last.
    """
    if not has_signed_in(person):
        raise RegistryError.of(account_messages.acts_alone("批准上线"))
    writers = store.persons(connection, held.feed, held.live_version or 0, _WRITES)
    writers |= {store.version(connection, held.feed, held.version).person, held.submitted_by or ""}
    if account_of(person) in map(account_of, writers):
        raise RegistryError.of(messages.own_part(held.feed, held.version, held.live_version or 0))


def check_changeable(held: Registered) -> None:
    """Raise RegistryError where an adapter is changed no more."""
    if held.state == "retired":
        raise RegistryError.of(messages.retired(held.feed))


def check_passed(held: Registered) -> None:
    """Raise RegistryError where the newest version's sample has not passed."""
    if held.passed_version != held.version:
        raise RegistryError.of(messages.not_passed(held.feed, held.version))


def version_to_go_live(held: Registered) -> int:
    """Return the version that goes live: of a paused adapter the one before, while a draft has not passed."""
    resumes = held.state == "paused" and held.passed_version != held.version
    return held.live_version if resumes and held.live_version else held.version
