"""Which operation of a service gives rows, how it pages, and where in its answer the rows are."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator

from adapters import Reach, Settings
from adapters.result_codes import GOOD_VALUES, Codes
from adapters.setting_faults import InvalidSettingsError
from adapters.soap.templates import placeholders
from adapters.text import format_settings as format_texts
from adapters.text import settings as messages
from adapters.text import soap_settings
from adapters.transports.addresses import HttpText, parse_http_address


class SoapSettings(Settings):
    """A SOAP service, by a WSDL that was reviewed.

    Paths are the names below the answer's own element, joined by dots: `Rows.Row`.
    """

    bound_by = ("endpoint", "username", "security", "key", "certificate", "server_certificate")
    uses_access = True

    wsdl: Path = Field(description=str(soap_settings.wsdl()))
    endpoint: HttpText = Field(description=str(soap_settings.endpoint()))
    binding: str = Field(
        default="",
        description=str(soap_settings.binding()),
    )
    security: Literal["none", "text", "digest", "signature", "basic"] = Field(
        default="digest",
        description=str(soap_settings.security()),
    )
    username: str = Field(default="", description=str(soap_settings.username()))
    password: SecretStr | None = Field(
        default=None,
        description=str(soap_settings.password()),
    )
    token: SecretStr | None = Field(default=None, description=str(soap_settings.token()))
    header: dict[str, Any] = Field(
        default_factory=dict,
        description=str(soap_settings.header()),
    )
    http_headers: dict[str, str] = Field(
        default_factory=dict,
        description=str(soap_settings.http_headers()),
    )
    login_operation: str = Field(
        default="",
        description=str(soap_settings.login_operation()),
    )
    login_arguments: dict[str, Any] = Field(
        default_factory=dict, description=str(soap_settings.login_arguments())
    )
    login_path: str = Field(
        default="",
        description=str(soap_settings.login_path()),
    )
    key: Path | None = Field(default=None, description=str(soap_settings.key()))
    certificate: Path | None = Field(default=None, description=str(soap_settings.certificate()))
    server_certificate: Path | None = Field(
        default=None,
        description=str(soap_settings.server_certificate()),
    )
    operation: str = Field(description=str(soap_settings.operation()))
    arguments: dict[str, Any] = Field(
        default_factory=dict,
        description=str(soap_settings.arguments()),
    )
    paging: Literal["cursor", "number", "date", "none"] = Field(
        default="cursor",
        description=str(soap_settings.paging()),
    )
    cursor_argument: str = Field(default="", description=str(soap_settings.cursor_argument()))
    cursor_path: str = Field(default="", description=str(soap_settings.cursor_path()))
    more_path: str = Field(
        default="",
        description=str(soap_settings.more_path()),
    )
    page_argument: str = Field(
        default="",
        description=str(soap_settings.page_argument()),
    )
    first_page: int = Field(default=1, ge=0, le=1)
    max_pages: int = Field(default=10_000, ge=1, description=str(soap_settings.max_pages()))
    from_argument: str = Field(default="", description=str(soap_settings.from_argument()))
    to_argument: str = Field(default="", description=str(soap_settings.to_argument()))
    date_format: str = Field(default="%Y-%m-%d", description=str(soap_settings.date_format()))
    first_day: date = Field(default=date(2015, 1, 1), description=str(soap_settings.first_day()))
    window_days: int = Field(default=31, ge=1, le=366, description=str(soap_settings.window_days()))
    overlap_days: int = Field(
        default=2,
        ge=0,
        le=366,
        description=str(soap_settings.overlap_days()),
    )
    size_argument: str = Field(default="", description=str(soap_settings.size_argument()))
    page_size: int = Field(default=500, ge=1, le=100_000)
    rows_path: str = Field(default="", description=str(soap_settings.rows_path()))
    columns: tuple[str, ...] = Field(default=(), description=str(soap_settings.columns()))
    id_column: str = Field(
        default="",
        description=str(soap_settings.id_column()),
    )
    file_path: str = Field(
        default="",
        description=str(soap_settings.file_path()),
    )
    format: str = Field(default="delimited", description=str(soap_settings.file_format()))
    format_settings: dict[str, Any] = Field(default_factory=dict)
    file_text: Literal["auto", "base64", "text"] = Field(
        default="auto",
        description=str(soap_settings.file_text()),
    )
    packed: Literal["", "gzip", "zip"] = Field(default="", description=str(soap_settings.packed()))
    total_path: str | None = Field(
        default=None,
        description=str(soap_settings.total_path()),
    )
    ok_path: str = Field(
        default="",
        description=str(soap_settings.ok_path()),
    )
    ok_values: Codes = Field(
        default=GOOD_VALUES,
        description=str(format_texts.ok_values()),
    )
    message_path: str = Field(default="", description=str(soap_settings.message_path()))
    stop_codes: Codes = Field(
        default=("401", "403"),
        description=str(soap_settings.stop_codes()),
    )
    acknowledge_operation: str | None = None
    stop_faults: Codes = Field(
        default=(
            "Client",
            "Sender",
            "FailedAuthentication",
            "InvalidSecurity",
            "InvalidSecurityToken",
            "Unauthenticated",
            "Unauthorized",
            "FailedCheck",
            "UnsupportedSecurityToken",
            "UnsupportedAlgorithm",
            "SecurityTokenUnavailable",
            "VersionMismatch",
            "MustUnderstand",
            "DataEncodingUnknown",
            "ActionNotSupported",
        ),
        description=str(soap_settings.stop_faults()),
    )
    timeout: float = Field(default=60.0, gt=0, description=str(soap_settings.timeout()))
    max_bytes: int = Field(default=100_000_000, ge=1, description=str(soap_settings.max_bytes()))

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.rows_path) == bool(self.file_path):
            raise InvalidSettingsError(messages.needs_one_of(("rows_path", "file_path")))
        used = placeholders([self.arguments, self.header, self.http_headers, self.login_arguments])
        secrets = {name for name in ("password", "token") if name in used}
        needs: dict[str, tuple[str, ...]] = {
            "text": ("username", "password"),
            "digest": ("username", "password"),
            "basic": ("username", "password"),
            "signature": ("key", "certificate"),
        }
        needed = [*needs.get(self.security, ()), *sorted(secrets)]
        needed += [] if "login" not in used else ["login_operation", "login_path"]
        needed += self._paging_needs(used)
        for name in needed:
            if not getattr(self, name):
                whose = f"paging {self.paging}, security {self.security}"
                raise InvalidSettingsError(messages.needs(name, whose))
        return self

    def _paging_needs(self, used: frozenset[str]) -> list[str]:
        """Name the settings that the paging needs, but for what `arguments` says in braces."""
        needs = {
            "cursor": {"cursor_argument": "cursor", "cursor_path": ""},
            "number": {"page_argument": "page"},
            "date": {"from_argument": "from", "to_argument": "to"},
            "none": {},
        }
        return [name for name, place in needs[self.paging].items() if place not in used]

    @property
    def paged(self) -> bool:
        """Whether calls name a page."""
        return bool(self.page_argument) or "page" in placeholders([self.arguments])

    def reaches(self) -> Iterator[Reach]:
        """Yield the endpoint's host, and the files."""
        yield Reach("host", parse_http_address(self.endpoint).host)
        for path in (self.wsdl, self.key, self.certificate, self.server_certificate):
            if path is not None:
                yield Reach("file", str(path))
