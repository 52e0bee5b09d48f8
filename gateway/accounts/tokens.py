"""API tokens that people make for their programs. A shell.

They never may more than their people.
"""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import Engine

from gateway import audit
from gateway.accounts import secrets, store, token_store
from gateway.accounts.model import AccountError, Principal, Right
from gateway.accounts.session import principal_of
from gateway.accounts.token_store import TokenView
from gateway.clock import Clock
from gateway.text import sessions as messages
from outbox import writing

#: Longest life of a token.
LONGEST = timedelta(days=366)
#: How often the store is told that a token is in use.
_USED_EVERY = timedelta(minutes=1)


class Tokens:
    """The API tokens of one store."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def of(self, account: str) -> list[TokenView]:
        """Return an account's tokens."""
        with self._engine.connect() as connection:
            return token_store.tokens_of(connection, account)

    def make(
        self,
        holder: Principal,
        label: str,
        rights: Collection[Right],
        life: timedelta,
        session: str = "",
    ) -> str:
        """Make a token and return it, for this once.

        Raises AccountError where it would have more rights than `holder`.

        `session`: the digest of the session in which it is asked for, which must be there still: a
        token that is made while an account's tokens end would outlive them.
        """
        if not rights or not set(rights) <= holder.rights:
            raise AccountError.of(messages.token_beyond_rights())
        if not label.strip() or not timedelta(0) < life <= LONGEST:
            raise AccountError.of(messages.token_without_purpose(LONGEST.days))
        token, now = secrets.new_token("cgt"), self._clock()
        with writing(self._engine) as connection:
            store.locked(connection, holder.name)
            if session and store.find_session(connection, session) is None:
                raise AccountError.of(messages.sign_in_again())
            token_store.add(
                connection,
                holder.name,
                label.strip()[:60],
                secrets.digest_of(token),
                sorted(rights),
                now,
                now + life,
            )
            audit.append(
                connection,
                now,
                holder.name,
                "token.made",
                holder.name,
                f"{label}: {', '.join(sorted(rights))}",
            )
        return token

    def revoke(self, account: str, token_id: int) -> None:
        """Take a token of an account out of use."""
        with writing(self._engine) as connection:
            token = token_store.revoke(connection, account, token_id)
            if token is not None:
                audit.append(
                    connection, self._clock(), account, "token.revoked", account, token.label
                )

    def principal(self, text: str) -> Principal | None:
        """Return who shows a token, None where it is none that is in force.

        Their rights are those that token and account have both, as they stand now.
        """
        now = self._clock()
        with self._engine.connect() as connection:
            token = token_store.find(connection, secrets.digest_of(text))
            account = store.find(connection, token.account) if token else None
        if token is None or account is None or account.disabled or now >= token.ends_at:
            return None
        if token.used_at is None or now - token.used_at > _USED_EVERY:
            with writing(self._engine) as connection:
                token_store.use(connection, token.id, now)
        holder = principal_of(account)
        name = f"{holder.name}/{token.label}"
        return Principal(
            name, holder.rights & token.rights, holder.departments, token.id, token.proved_at
        )

    def prove(self, token_id: int) -> None:
        """Note that a token's person has shown who they are."""
        with writing(self._engine) as connection:
            token_store.prove(connection, token_id, self._clock())
