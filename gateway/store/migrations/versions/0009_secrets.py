"""Secrets by version, each bound to what it was set for; those that there are, to what is in force.

Where nothing is in force, a secret is bound to the version that the newest was when it was last set.
What an editor has changed since is asked for anew.
"""

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

#: What a secret of each kind is set for, with the setting's default, as of this step.
_BOUND: dict[str, dict[str, Any]] = {
    "sftp": {"host": None, "port": 22, "username": None, "host_key": None},
    "ftps": {"host": None, "port": 21, "username": None, "ca": None},
    "soap": {
        "endpoint": None,
        "username": "",
        "security": "digest",
        "key": None,
        "certificate": None,
        "server_certificate": None,
    },
    "database": {"url": None},
    "folder": {},
    "push": {},
}


def upgrade() -> None:
    """Make the table anew, with a row for the version in force and one for the newest."""
    connection = op.get_bind()
    op.create_table(
        "adapter_secret_bound",
        sa.Column("feed", sa.String(length=81), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=80), nullable=False),
        sa.Column("bound", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["feed"], ["adapter.feed"]),
        sa.PrimaryKeyConstraint("feed", "version", "name"),
    )
    insert = sa.text(
        "INSERT INTO adapter_secret_bound (feed, version, name, sealed, key_id, bound)"
        " VALUES (:feed, :version, :name, :sealed, :key_id, :bound)"
    )
    for row in connection.execute(_SECRETS).mappings().all():
        bound = _bound(connection, row)
        for version in {row["live_version"] or row["version"], row["version"]}:
            values = {name: row[name] for name in ("feed", "name", "sealed", "key_id")}
            connection.execute(insert, {**values, "version": version, "bound": bound})
    op.drop_table("adapter_secret")
    op.rename_table("adapter_secret_bound", "adapter_secret")
    op.drop_column("adapter", "secrets_version")


_SECRETS = sa.text(
    "SELECT s.feed, s.name, s.sealed, s.key_id, a.version, a.live_version"
    " FROM adapter_secret s JOIN adapter a ON a.feed = s.feed"
)
_SET_AT = sa.text(
    "SELECT MAX(version) FROM adapter_history"
    " WHERE feed = :feed AND what = 'secret' AND detail_en = :name"
)
_DEFINITION = sa.text(
    "SELECT definition FROM adapter_version WHERE feed = :feed AND number = :number"
)


def _bound(connection: sa.Connection, row: Any) -> str:
    """Return what a secret was set for, or "{}", which is no version's, where nobody knows."""
    number = row["live_version"]
    if number is None:
        asked = {"feed": row["feed"], "name": row["name"]}
        number = connection.execute(_SET_AT, asked).scalar()
    found = connection.execute(_DEFINITION, {"feed": row["feed"], "number": number}).scalar()
    return "{}" if found is None else json.dumps(_binding(json.loads(found)), sort_keys=True)


def _binding(definition: dict[str, Any]) -> dict[str, str]:
    settings, kind = definition["settings"], definition["kind"]
    named = settings
    if kind in _BOUND:
        named = {name: settings.get(name, default) for name, default in _BOUND[kind].items()}
    return {name: _digest(name, value) for name, value in {"kind": kind, **named}.items()}


def _digest(name: str, value: object) -> str:
    told = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(f"{name}={told}".encode()).hexdigest()
