"""Packages as rows of a front-end table; the centre writes each receipt into its row."""

from pydantic import Field, SecretStr
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from gateway.clock import utc_now
from gateway.destinations import Failed, Outcome, Pending, Signing, refused_whole
from gateway.protocol.drop import RECEIVED, REFUSED, WAITING, metadata, package_in
from gateway.settings.model import DestinationSettings
from gateway.text import delivery as messages
from gateway.text import destinations as ways
from outbox import Claim, create_tables, insert_new, open_engine, writing


class DatabaseDestinationSettings(DestinationSettings):
    """The database that gateway and centre share."""

    url: SecretStr = Field(description="SQLAlchemy URL")
    poll: float = Field(default=2.0, gt=0, description="seconds between looks for a receipt")


class DatabaseDestination:
    """One front-end table, made where it is missing."""

    Settings = DatabaseDestinationSettings

    def __init__(self, settings: DatabaseDestinationSettings) -> None:
        self.signing = Signing(settings)
        self._settings = settings
        self._engine: Engine | None = None

    def send(self, claim: Claim, keys: list[str]) -> Outcome:
        """Look for a package's receipt in its row, or add the row; return the outcome.

        Never raises for what the database does.
        """
        parcel = self.signing.parcel(claim, keys)
        dropped = {
            "guid": parcel.guid,
            "feed": parcel.lane,
            "sequence": parcel.sequence,
            "content": parcel.payload,
            "signature": parcel.signature or "",
            "dropped_at": utc_now(),
            "state": WAITING,
        }
        try:
            with writing(self._open()) as connection:
                insert_new(connection, package_in, dropped)
                row = connection.execute(
                    select(package_in).where(package_in.c.guid == parcel.guid)
                ).one()
        except SQLAlchemyError as error:
            # The statement would have the package in it: only its kind is said.
            kind = type(
                error.orig if isinstance(error, DBAPIError) and error.orig else error
            ).__name__
            return Failed(ways.table_unavailable(kind), answered=False)
        if row.state == RECEIVED:
            return self.signing.judge(parcel, row.receipt or b"", row.receipt_signature)
        if row.state == REFUSED:
            refusal = refused_whole(row.reason, row.status)
            body = str(row.reason or "").encode()
            return self.signing.refused(parcel, refusal, body, row.receipt_signature)
        if row.state != WAITING:
            return Failed(messages.row_state_unknown(row.state), answered=True)
        return Pending(ways.in_table(), self._settings.poll)

    def close(self) -> None:
        """Close the connections."""
        if self._engine is not None:
            self._engine.dispose()

    def _open(self) -> Engine:
        if self._engine is None:
            engine = open_engine(self._settings.url.get_secret_value())
            create_tables(engine, metadata)
            self._engine = engine
        return self._engine
