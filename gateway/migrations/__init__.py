"""Brings a store that an earlier release made to the tables of this one, step by step (alembic).

A store that is new is made whole by `gateway.store`; both ways must end in the same tables.
"""

from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from gateway.schema import FIRST


def scripts() -> ScriptDirectory:
    """Give the steps, oldest first by their numbers."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def upgrade(connection: Connection, found: str | None) -> list[str]:
    """Take every step after the version that was found (None: an empty store), within the caller's
    transaction; give their numbers.
    """
    directory = scripts()
    head = directory.get_current_head() or FIRST
    context = MigrationContext.configure(connection)
    taken = []
    for script in reversed(list(directory.walk_revisions("base", head))):
        if found is not None and script.revision <= found:
            continue
        with Operations.context(context):
            script.module.upgrade()
        taken.append(script.revision)
    return taken
