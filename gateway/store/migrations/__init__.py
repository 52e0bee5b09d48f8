"""Brings a store that an earlier release made to the tables of this one, step by step (alembic).

A store that is new is made whole by `gateway.store`; both ways must end in the same tables.
"""

from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect

from gateway.store.schema import FIRST
from gateway.store.shape import Shape, reported_shape


def scripts() -> ScriptDirectory:
    """Return the migrations, numbered from the oldest."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def upgrade(connection: Connection, version: str | None, last: str | None = None) -> list[str]:
    """Run every migration after the version that was found, up to a last one; return their numbers.

    The version is None for an empty store. All is done within the caller's transaction.
    """
    directory = scripts()
    head = last or directory.get_current_head() or FIRST
    context = MigrationContext.configure(connection)
    numbers = []
    for script in reversed(list(directory.walk_revisions("base", head))):
        if version is not None and script.revision <= version:
            continue
        with Operations.context(context):
            script.module.upgrade()
        numbers.append(script.revision)
    return numbers


def shape_at(version: str) -> Shape:
    """Return the shape of a version's tables on SQLite: its steps are taken in memory to see it."""
    engine = create_engine("sqlite://")
    try:
        with engine.begin() as connection:
            upgrade(connection, None, version)
            return reported_shape(connection, inspect(connection).get_table_names())
    finally:
        engine.dispose()
