"""What every kind of file drop is told: which files, when they are ready, what becomes of them."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from adapters import Settings
from adapters.setting_faults import InvalidSettingsError
from adapters.text import drop_settings
from adapters.text import settings as messages

#: Checksums that a file may come with; sm3 where this machine's OpenSSL has it.
Checksum = Literal["", "md5", "sha1", "sha256", "sm3"]


#: A moment on which patterns of folders are tried out before there is one.
_SOME_MOMENT = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)


def formatted(moment: date, pattern: str) -> str:
    """Return a folder of a drop by `strftime`.

    A pattern without `..` may become one: of a day `%Z` is empty, and `.%Z.` the folder above.

    Raises InvalidSettingsError where what comes of it is none.
    """
    return _inside(moment.strftime(pattern))


def _inside(path: str) -> str:
    if path.startswith("/") or ".." in path.split("/") or "\0" in path:
        raise InvalidSettingsError(messages.not_inside())
    return path


def _inside_when_formatted(pattern: str) -> str:
    for moment in (_SOME_MOMENT.date(), _SOME_MOMENT):
        formatted(moment, pattern)
    return _inside(pattern)


_Below = Annotated[str, AfterValidator(_inside_when_formatted)]


class DropSettings(Settings):
    """Which files of a folder are taken, and how the department is answered."""

    folder: str = Field(default=".", description=str(drop_settings.folder()))
    subfolders: _Below = Field(default="", description=str(drop_settings.subfolders()))
    days: int = Field(
        default=7,
        ge=1,
        le=400,
        description=str(drop_settings.days()),
    )
    pattern: str = Field(default="*.csv", description=str(drop_settings.pattern()))
    ready: Literal["marker", "rename", "stable"] = Field(
        default="marker",
        description=(str(drop_settings.ready())),
    )
    marker: str = Field(
        default=".ok",
        min_length=1,
        description=(str(drop_settings.marker())),
    )
    settle: float = Field(
        default=60.0,
        ge=0,
        description=(str(drop_settings.settle())),
    )
    checksum: Checksum = Field(
        default="",
        description=(str(drop_settings.checksum())),
    )
    packed: Literal["", "gzip", "zip"] = Field(
        default="",
        description=str(drop_settings.packed()),
    )
    claim: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9\-]{0,40}$",
        description=(str(drop_settings.claim())),
    )
    archive: _Below = Field(
        default="",
        description=(str(drop_settings.archive())),
    )
    errors: _Below = Field(default="", description=str(drop_settings.errors()))
    results: _Below = Field(
        default="",
        description=str(drop_settings.results()),
    )
    format: str = Field(default="delimited", description=str(drop_settings.file_format()))
    format_settings: dict[str, Any] = Field(default_factory=dict)
    batch_rows: int = Field(default=10_000, ge=1, le=100_000)
    max_bytes: int = Field(
        default=4_000_000_000,
        ge=1,
        description=str(drop_settings.max_bytes()),
    )

    @model_validator(mode="after")
    def _whole(self) -> "DropSettings":
        if (self.claim or self.ready != "marker") and not self.archive:
            raise InvalidSettingsError(messages.archive_needed())
        return self

    def read_only(self) -> Self:
        """Return these settings without a claim: files are read under their own names."""
        return self.model_copy(update={"claim": ""})
