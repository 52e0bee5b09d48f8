"""Steps that bring a store of the centre that an earlier release made to the tables of this one
(alembic).
"""

from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def scripts() -> ScriptDirectory:
    """Return the steps."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def upgrade(connection: Connection, version: str | None) -> list[str]:
    """Run every migration after a version within the caller's transaction; return their numbers.

    The version is None for an empty store.
    """
    context = MigrationContext.configure(connection)
    numbers = []
    for script in reversed(list(scripts().walk_revisions())):
        if version is not None and script.revision <= version:
            continue
        with Operations.context(context):
            script.module.upgrade()
        numbers.append(script.revision)
    return numbers
