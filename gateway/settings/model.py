"""gateway.yaml as values: the whole file, and the sections that have no module of their own."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from adapters.setting_faults import InvalidSettingsError, invalid_parts
from gateway.errors import GatewayError
from gateway.protocol.names import PARTY
from gateway.protocol.signing import CLOCK_TOLERANCE, Signer, Verifier, load_signer, load_verifier
from gateway.settings.at_rest import AtRest
from gateway.settings.auditing import AuditSettings, KeyId
from gateway.settings.limits import LimitSettings
from gateway.settings.periods import Retention
from gateway.settings.reach import ReachSettings
from gateway.settings.reading import ReadingSettings
from gateway.settings.web import WebSettings
from gateway.text import settings as messages

_PARTY = rf"^({PARTY})?$"
FeedName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9\-]{0,39}\.[a-z][a-z0-9\-]{0,39}$")]


#: What a feed does when its source's columns change: stop and ask, or warn and go on.
DriftPolicy = Literal["pause", "warn"]


class SettingsError(GatewayError):
    """The settings file cannot be used."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Endpoint(_Strict):
    """An HTTP service of the platform or the centre.

    `ca` is a file of trusted certificates; `certificate` (with its chain) and `key` are our own,
    for a service that wants mutual TLS.
    """

    url: str = Field(pattern=r"^https?://")
    token: SecretStr
    timeout: float = Field(default=30.0, gt=0, description="seconds without an answer")
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


class DestinationSettings(_Strict):
    """What every kind of destination takes.

    With keys, packages are signed and only signed answers count. `sender` and `centre` are our name
    there and the centre's own: with both, what is signed is of exchange 1.1, which names them and
    the moment; without, of 1.0.
    """

    signing_key: dict[KeyId, Path] = Field(
        default={}, max_length=1, description="our key: its id and PEM file"
    )
    trusted_keys: dict[KeyId, Path] = Field(default={}, description="the centre's public keys")

    sender: str = Field(
        default="", pattern=_PARTY, description="our name at the centre (central sender add)"
    )
    centre: str = Field(
        default="", pattern=_PARTY, description="the centre's name (central serve --name)"
    )
    clock_tolerance: float = Field(
        default=CLOCK_TOLERANCE.total_seconds(),
        ge=0,
        description="seconds that the centre's clock may be ahead",
    )

    @model_validator(mode="after")
    def _both_named(self) -> "DestinationSettings":
        if bool(self.sender) is not bool(self.centre):
            raise ValueError(str(messages.name_both_parties()))
        return self

    def signer(self) -> Signer | None:
        """Return the signer of packages, None without a key; raises KeyRefusedError."""
        return next((load_signer(*entry) for entry in self.signing_key.items()), None)

    def verifier(self) -> Verifier | None:
        """Return the verifier of receipts, None without a key; raises KeyRefusedError."""
        return load_verifier(self.trusted_keys) if self.trusted_keys else None


class AdapterSettings(_Strict):
    """One configured adapter."""

    feed: FeedName
    mapping: Path
    kind: str
    settings: dict[str, Any] = Field(repr=False)
    drift: DriftPolicy = "warn"


class RetentionSettings(_Strict):
    """How long what is over is kept. Network logs: six months at least (网络安全法, article 21)."""

    payload_days: int = Field(default=90, ge=1, description="packages and their source rows")
    history_days: int = Field(
        default=400, ge=183, description="states, attempts, events, closed refusals"
    )

    def kept(self) -> Retention:
        """Return both periods."""
        return Retention(timedelta(days=self.payload_days), timedelta(days=self.history_days))


class MailSettings(_Strict):
    """The SMTP server by which alerts are sent, and to whom."""

    host: str
    port: int = Field(default=587, ge=1, le=65535)
    starttls: bool = True
    ca: Path | None = None
    username: str | None = None
    password: SecretStr | None = None
    sender: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    to: tuple[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")], ...] = Field(min_length=1)
    timeout: float = Field(default=20.0, gt=0, description="seconds")


class WebhookSettings(_Strict):
    """An address to which alerts are posted as JSON, signed with a secret that both sides have."""

    url: str = Field(pattern=r"^https?://")
    secret: SecretStr = Field(min_length=16)
    ca: Path | None = None
    timeout: float = Field(default=10.0, gt=0, description="seconds")


class AlertSettings(_Strict):
    """By what channels alerts are told; which alert goes where is set in the console."""

    mail: MailSettings | None = None
    webhooks: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9\-]{0,39}$")], WebhookSettings] = {}


class TelemetrySettings(_Strict):
    """Where traces go: an OpenTelemetry collector's address for traces, OTLP over HTTP."""

    endpoint: str = Field(pattern=r"^https?://")
    headers: dict[str, SecretStr] = {}


class GatewaySettings(_Strict):
    """The whole settings file.

    A text `secret:NAME` stands for an entry of the secrets file, also as the password within a URL.
    """

    store: str = Field(
        repr=False,
        description="SQLAlchemy URL of the gateway's own store; its password as `secret:NAME`",
    )
    catalogue: Endpoint
    catalogue_every: float = Field(default=60.0, gt=0, description="seconds between looks")
    centre: dict[str, Any] = Field(repr=False, description="the destination: its kind and settings")
    totals: Endpoint | None = Field(
        default=None, description="where totals are asked; `centre` where that is http"
    )
    workers: int = Field(default=2, ge=1, le=16)
    lease: float = Field(
        default=60.0,
        gt=0,
        description="seconds after which a package passes to another worker when its own is not"
        " heard of",
    )
    at_rest: AtRest | None = None
    audit: AuditSettings = AuditSettings()
    retention: RetentionSettings = RetentionSettings()
    limits: LimitSettings = LimitSettings()
    reading: ReadingSettings = ReadingSettings()
    web: WebSettings | None = None
    alerts: AlertSettings = AlertSettings()
    telemetry: TelemetrySettings | None = None
    reach: ReachSettings = ReachSettings()
    adapters: tuple[AdapterSettings, ...] = ()

    @field_validator("adapters")
    @classmethod
    def _each_feed_once(cls, adapters: tuple[AdapterSettings, ...]) -> tuple[AdapterSettings, ...]:
        for feed, count in Counter(entry.feed for entry in adapters).items():
            if count > 1:
                raise InvalidSettingsError(messages.feed_twice(feed, count))
        return adapters


def invalid_settings(what: object, error: ValidationError) -> SettingsError:
    """Return which settings are wrong and how; never what was given: it may be a secret."""
    parts = invalid_parts(error)
    zh, en = ("\n".join(lines) for lines in zip(*parts, strict=True))
    return SettingsError.of(messages.invalid(str(what), zh, en))
