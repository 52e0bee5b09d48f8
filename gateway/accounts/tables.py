"""The tables of accounts and of all that hangs on them.

That is what a second administrator is asked, sessions, failed sign-ins and API tokens.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

from outbox.database import BigId, UtcDateTime

metadata = MetaData()

account = Table(
    "account",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("role", String(13), nullable=False),
    # JSON array; empty where the role sees every department.
    Column("departments", Text, nullable=False),
    # argon2id; empty where the account signs in by OpenID Connect only.
    Column("password", Text, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    # The TOTP secret, sealed at rest; null without a second factor. The last time step that was
    # used.
    Column("second", LargeBinary),
    Column("second_key_id", String(40), nullable=False),
    Column("second_step", BigInteger, nullable=False),
    # JSON array of digests of recovery codes not used yet.
    Column("recovery", Text, nullable=False),
    # What the OpenID provider calls the person.
    Column("subject", String(255), unique=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("signed_in_at", UtcDateTime),
    # When the password was set; null without one.
    Column("password_at", UtcDateTime),
)

#: Hashes of passwords that an account had before, as many as the policy remembers.
past_password = Table(
    "account_past_password",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("account", ForeignKey("account.name"), nullable=False, index=True),
    Column("password", Text, nullable=False),
)

#: What one administrator has asked and another must approve; one request an account.
request = Table(
    "account_request",
    metadata,
    # The account may be one that is to be made.
    Column("account", String(40), primary_key=True),
    # add, role, reset, second, enable
    Column("act", String(8), nullable=False),
    Column("role", String(13), nullable=False),
    # JSON array.
    Column("departments", Text, nullable=False),
    Column("subject", String(255)),
    # argon2id of the first password, and the half of it that the approver sees; sealed where keys
    # are set.
    Column("password", Text, nullable=False),
    Column("half", LargeBinary),
    Column("half_key_id", String(40), nullable=False),
    Column("person", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

session = Table(
    "account_session",
    metadata,
    # SHA-256 of the token that the browser has: who reads the store cannot use it.
    Column("digest", String(64), primary_key=True),
    Column("account", ForeignKey("account.name"), index=True),
    # oidc (sent to the provider), code (password right, second factor to come), password (to be
    # changed), second (second factor to be set up), full
    Column("stage", String(8), nullable=False),
    Column("csrf", String(43), nullable=False),
    Column("source", String(64), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    # JSON: what a stage has to remember, sealed where it is secret.
    Column("note", Text, nullable=False),
    # When the person last showed all that signing in asks for; null where the provider said nothing
    # of it.
    Column("proved_at", UtcDateTime),
    # What the browser calls itself.
    Column("agent", String(200), nullable=False, server_default=""),
)

#: Browsers in which an account has signed in, by the digest of a cookie that they keep.
device = Table(
    "account_device",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("account", ForeignKey("account.name"), primary_key=True, index=True),
    Column("at", UtcDateTime, nullable=False),
)

failure = Table(
    "account_failure",
    metadata,
    Column("id", BigId, primary_key=True),
    # SHA-256 of the name that was typed: people type passwords there.
    Column("who", String(64), nullable=False),
    Column("source", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_account_failure_who", "who", "at"),
    Index("ix_account_failure_source", "source", "at"),
)

#: Wrong tokens within a window, of all processes of the store.
token_failure = Table(
    "token_failure",
    metadata,
    # SHA-256 of the door, the feed and the address.
    Column("digest", String(64), primary_key=True),
    Column("since", UtcDateTime, nullable=False, index=True),
    Column("failures", Integer, nullable=False),
)

#: Addresses from which an account has signed in.
origin = Table(
    "account_origin",
    metadata,
    Column("who", String(64), primary_key=True),
    Column("source", String(64), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)

token = Table(
    "account_token",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("account", ForeignKey("account.name"), nullable=False, index=True),
    Column("label", String(60), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    # JSON array; what it may do is what its account may do besides.
    Column("rights", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    # When its person last proved who they are, for acts on accounts.
    Column("proved_at", UtcDateTime),
)
