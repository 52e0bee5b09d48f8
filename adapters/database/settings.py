"""Where a department's rows are in a database, and how it speaks of what is new."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from sqlalchemy.engine import URL

from adapters import Reach, Settings
from adapters.formats.encoding import KnownEncoding
from adapters.local_paths import LocalUrl
from adapters.setting_faults import InvalidSettingsError
from adapters.text import database_settings
from adapters.text import settings as messages
from adapters.transports.addresses import DatabaseAddress, parse_database_url


class StatusColumns(Settings):
    """The columns by which a front-end table and the gateway tell each other the exchange state."""

    status: str
    waiting: str = Field(default="0", description=str(database_settings.waiting()))
    kept: str = Field(default="1", description=str(database_settings.kept()))
    accepted: str = "2"
    refused: str = "3"
    #: Moved by the department at every change: the verdict of an older state is not written back.
    version: str
    reason: str | None = None
    exchanged_at: str | None = None


class ChangeLog(Settings):
    """A table that the department's triggers write: which row changed, in order.

    Whether a row was deleted the data's own table tells: it is not there.
    """

    table: str = Field(description=str(database_settings.table()))
    sequence: str = Field(description=str(database_settings.sequence()))
    key: str = Field(description=str(database_settings.key()))


class DatabaseSettings(Settings):
    """A table, view or query of a department's database, and how it speaks of what is new."""

    bound_by = ("url",)
    uses_access = True

    url: LocalUrl = Field(description=str(database_settings.url()))
    password: SecretStr | None = Field(default=None, description=str(database_settings.password()))
    table: str = Field(default="", description=str(database_settings.databasesettings_table()))
    db_schema: str | None = Field(default=None, description=str(database_settings.db_schema()))
    query: str = Field(default="", max_length=20_000, description=str(database_settings.query()))
    key_column: str = Field(description=str(database_settings.key_column()))
    columns: tuple[str, ...] = Field(
        default=(),
        description=str(database_settings.columns()),
    )
    mode: Literal["status", "watermark", "changes", "full"] = Field(
        description=str(database_settings.mode()),
    )
    status: StatusColumns | None = None
    watermark_column: str | None = Field(
        default=None, description=str(database_settings.watermark_column())
    )
    overlap: float = Field(
        default=300.0,
        ge=0,
        description=str(database_settings.overlap()),
    )
    log: ChangeLog | None = None
    page_rows: int = Field(default=5_000, ge=1, le=100_000)
    statement_timeout: float = Field(
        default=120.0, gt=0, description=str(database_settings.statement_timeout())
    )
    bytes_encoding: KnownEncoding = Field(
        default="utf-8",
        description=str(database_settings.bytes_encoding()),
    )
    text_as_bytes: bool = Field(
        default=False,
        description=str(database_settings.text_as_bytes()),
    )

    @field_validator("url")
    @classmethod
    def _without_password(cls, value: str) -> str:
        if parse_database_url(value).has_password:
            raise InvalidSettingsError(messages.password_apart())
        return value

    @model_validator(mode="after")
    def _complete(self) -> "DatabaseSettings":
        for mode, section in (
            ("status", self.status),
            ("watermark", self.watermark_column),
            ("changes", self.log),
        ):
            if self.mode == mode and section is None:
                name = {"status": "status", "watermark": "watermark_column", "changes": "log"}[mode]
                raise InvalidSettingsError(messages.needs(name, f"mode {mode}"))
        if bool(self.table) == bool(self.query):
            raise InvalidSettingsError(messages.needs_one_of(("table", "query")))
        if self.query and self.mode in ("status", "changes"):
            raise InvalidSettingsError(messages.needs_a_table(self.mode))
        return self

    @property
    def name(self) -> str:
        """Return the name of the rows' source: the table, or `query`."""
        return self.table or "query"

    @property
    def address(self) -> DatabaseAddress:
        """Return the URL's parts."""
        return parse_database_url(self.url)

    def whole_url(self) -> URL:
        """Return the URL with its password,
        and for MySQL with the only charset that holds every character.
        """
        address = self.address
        url = URL.create(
            address.driver,
            address.username,
            None if self.password is None else self.password.get_secret_value(),
            address.host,
            address.port,
            address.database,
        )
        url = url.update_query_pairs(address.query, append=True)
        if address.backend in ("mysql", "mariadb"):
            # With gbk or latin1 the server itself would write a question mark for what they lack.
            url = url.update_query_dict({"charset": "utf8mb4"})
        return url

    def reaches(self) -> Iterator[Reach]:
        """Return the driver, the host or the file, and every option that the driver is given."""
        address = self.address
        yield Reach("driver", address.driver)
        if address.backend == "sqlite":
            yield Reach("file", address.database or "/")
        else:
            # Without a host a driver goes to a socket of this machine.
            yield Reach("host", address.host or "localhost")
        for option, _ in address.query:
            yield Reach("option", option)
