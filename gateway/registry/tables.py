"""The registry's tables: adapters, their versions, their secrets, what was done to them."""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, MetaData, String, Table, Text

from outbox.database import BigId, UtcDateTime

metadata = MetaData()

adapter = Table(
    "adapter",
    metadata,
    Column("feed", String(81), primary_key=True),
    Column("department", String(40), nullable=False, index=True),
    # draft, testing, live, paused, retired
    Column("state", String(8), nullable=False),
    # The newest version, the one in force once it went live, the one whose trial passed.
    Column("version", Integer, nullable=False),
    Column("live_version", Integer),
    Column("passed_version", Integer),
    # The version that its editor has submitted for approval, and who did.
    Column("submitted_version", Integer),
    Column("submitted_by", Text),
)

adapter_version = Table(
    "adapter_version",
    metadata,
    Column("feed", ForeignKey("adapter.feed"), primary_key=True),
    Column("number", Integer, primary_key=True),
    # JSON of the definition.
    Column("definition", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("person", Text, nullable=False),
    Column("why", Text, nullable=False),
)

adapter_secret = Table(
    "adapter_secret",
    metadata,
    Column("feed", ForeignKey("adapter.feed"), primary_key=True),
    # A secret belongs to the version that it was set for, and goes into force with it.
    Column("version", Integer, primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("key_id", String(80), nullable=False),
    # JSON: by setting, a digest of what it was set for.
    Column("bound", Text, nullable=False),
)

#: Rows on which a mapping is tried while it is written; kept some days.
adapter_sample = Table(
    "adapter_sample",
    metadata,
    Column("feed", ForeignKey("adapter.feed"), primary_key=True),
    # zstd of a JSON object of columns, sealed where there are keys.
    Column("sealed", LargeBinary, nullable=False),
    Column("key_id", String(80), nullable=False),
    Column("person", Text, nullable=False),
    Column("taken_at", UtcDateTime, nullable=False),
)

#: A mapping that is being written and cannot be used yet.
adapter_draft = Table(
    "adapter_draft",
    metadata,
    Column("feed", ForeignKey("adapter.feed"), primary_key=True),
    Column("mapping", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

adapter_history = Table(
    "adapter_history",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("feed", ForeignKey("adapter.feed"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("person", Text, nullable=False),
    # created, changed, rolled_back, secret, trial, state
    Column("what", String(12), nullable=False),
    Column("version", Integer, nullable=False),
    # The state, the secret's name, how the trial went.
    Column("detail_zh", Text, nullable=False),
    Column("detail_en", Text, nullable=False),
    Column("why", Text, nullable=False),
)
