"""Accounts of the demo, so that each role can be looked at.

Their passwords are made anew and printed.
"""

from sqlalchemy import Engine

from gateway.accounts import Accounts, Role
from gateway.accounts import store as accounts
from gateway.clock import utc_now
from outbox import writing

#: Name, role and departments of each.
PEOPLE: tuple[tuple[str, Role, tuple[str, ...]], ...] = (
    ("operator", "operator", ()),
    ("engineer", "editor", ("market-regulator",)),
    ("admin", "administrator", ()),
    ("auditor", "auditor", ()),
)


def add_people(engine: Engine) -> list[tuple[str, Role, str]]:
    """Create the accounts and return the name, role and password of each.

    Nobody has to change the password first.
    """
    added = []
    for name, role, departments in PEOPLE:
        password = Accounts(engine, utc_now).add(
            name, role, departments, "demo", "a person of the demo"
        )
        with writing(engine) as connection:
            accounts.change(connection, name, must_change=False)
        added.append((name, role, password))
    return added
