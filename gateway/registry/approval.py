"""Which version of an adapter may go on air, and by whose hand. Each raises RegistryError where it may not."""

from sqlalchemy import Connection

from gateway.accounts.model import account_of, acts_by_command
from gateway.registry import store
from gateway.registry.definition import RegistryError
from gateway.registry.store import Registered
from gateway.text import accounts as account_messages
from gateway.text import registry as messages


def version_to_go_live(held: Registered) -> int:
    """Return the version that goes live: of a paused adapter the one before, while a draft has not passed."""
    resumes = held.state == "paused" and held.passed_version != held.version
    return held.live_version if resumes and held.live_version else held.version


def demand_changeable(held: Registered) -> None:
    """Raise RegistryError for an adapter that is retired."""
    if held.state == "retired":
        raise RegistryError.of(messages.retired(held.feed))


def demand_passed(held: Registered) -> None:
    """Raise RegistryError where the newest version's sample has not passed."""
    if held.passed_version != held.version:
        raise RegistryError.of(messages.not_passed(held.feed, held.version))


def demand_another_person(
    connection: Connection, held: Registered, person: str, version: int | None
) -> None:
    """Raise RegistryError unless somebody who had no part in the newest version approves it by its number."""
    if acts_by_command(person):
        raise RegistryError.of(account_messages.acts_alone("批准上线"))
    own = [store.version(connection, held.feed, held.version).person, held.submitted_by or ""]
    own += store.secret_setters(connection, held.feed, held.version)
    if account_of(person) in map(account_of, own):
        raise RegistryError.of(messages.own_version(held.feed, held.version))
    if version is None:
        raise RegistryError.of(messages.version_not_named(held.feed, held.version))
