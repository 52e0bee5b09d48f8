"""Settings of the console and the API: where they listen, who may sign in, their names."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from adapters.setting_faults import InvalidSettingsError
from gateway.settings.door_token import DoorToken
from gateway.text import settings as messages


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ApiToken(_Strict):
    """Who may use the API for which departments, and what for.

    read: look; edit: write and try adapters; operate: bring them on air, pause and retire them.
    """

    # A bound of the pattern itself would take 30 ms of every start to compile: `\w` is all of
    # Unicode.
    name: str = Field(
        pattern=r"^[\w.\-@]+$", max_length=60, description="who it is, as kept on record"
    )
    token: DoorToken
    departments: tuple[str, ...] | None = Field(
        default=None, description="all where none are named"
    )
    rights: frozenset[Literal["read", "edit", "operate"]] = frozenset(("read",))


class OidcSettings(_Strict):
    """The OpenID provider whose people may sign in.

    An administrator gives each an account by `subject`.
    """

    issuer: str = Field(pattern=r"^https?://")
    client_id: str
    client_secret: SecretStr
    subject_claim: str = Field(default="sub", description="the claim that names the account")
    ca: Path | None = Field(default=None, description="file of trusted certificates")


class WebSettings(_Strict):
    """Where the console listens, and how people sign in there."""

    host: str = "127.0.0.1"
    port: int = Field(default=8750, ge=0, le=65535)
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/]+(/.*[^/])?$",
        description="where people reach the console, through a proxy that speaks TLS for instance",
    )
    hosts: tuple[Annotated[str, Field(pattern=r"^[^/@\s]+$")], ...] = Field(
        default=(),
        description="names by which the gateway may be asked besides public_url's, its address and"
        " this machine's",
    )
    proxies: int = Field(default=0, ge=0, le=5, description="proxies in front that name who asks")
    receipt_token: DoorToken | None = Field(
        default=None, description="with it the centre may bring receipts"
    )
    api_tokens: tuple[ApiToken, ...] = ()
    idle_minutes: int = Field(default=30, ge=1, le=24 * 60, description="a session ends unused")
    session_hours: int = Field(default=12, ge=1, le=24 * 7, description="a session ends anyway")
    second_factor: Literal["optional", "required"] = "optional"
    password_days: int = Field(
        default=90, ge=0, le=3650, description="a password must be changed then; 0: never"
    )
    passwords_remembered: int = Field(
        default=5, ge=0, le=24, description="past passwords that must not be used again"
    )
    two_persons: bool = Field(
        default=False,
        description="a drop, an adapter's going live, and accounts with power over all want a"
        " second person",
    )
    requests_per_minute: int = Field(default=600, ge=10, description="of one address")
    oidc: OidcSettings | None = None

    @model_validator(mode="after")
    def _redirects_by_public_url(self) -> "WebSettings":
        if self.oidc is not None and self.public_url is None:
            raise InvalidSettingsError(messages.oidc_wants_public_url())
        return self

    @property
    def secure(self) -> bool:
        """Whether people reach the console by TLS."""
        return (self.public_url or "").startswith("https:")
