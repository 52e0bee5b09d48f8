"""Feeds as configured: mapping, adapter and secrets brought together from one settings file."""

import re
from collections import Counter
from collections.abc import Callable
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from adapters import Adapter, kind_names, load_kind
from adapters import Settings as AnySettings
from adapters.local_paths import from_base
from adapters.setting_faults import SettingsFault, invalid_parts
from gateway.errors import GatewayError
from gateway.exchange.periods import Retention
from gateway.mapping import Mapping, load_mapping
from gateway.protocol.names import PARTY
from gateway.protocol.signing import CLOCK_TOLERANCE, Signer, Verifier, load_signer, load_verifier
from gateway.settings.at_rest import AtRest
from gateway.settings.auditing import AuditSettings, KeyId
from gateway.settings.inline_secrets import inline_secrets, key_files, readable_by_others
from gateway.settings.limits import LimitSettings
from gateway.settings.reach import ReachSettings
from gateway.settings.reading import ReadingSettings
from gateway.settings.web import WebSettings
from gateway.strangers import reason_of
from gateway.text import settings as messages
from gateway.text import strangers as stranger_messages
from gateway.text import yaml_text as yaml_texts
from gateway.yaml_text import YamlError, read_yaml

_PARTY = rf"^({PARTY})?$"
FeedName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9\-]{0,39}\.[a-z][a-z0-9\-]{0,39}$")]

#: The password of a URL that stands in the secrets file: `postgresql+psycopg://gate:secret:NAME@host/db`.
_SECRET_IN_URL = re.compile(r"([a-z][a-z0-9+]*://[^:/@?#]*):secret:([^:/@?#]+)@")

#: What a feed does when its source's columns change: stop and ask, or warn and go on.
DriftPolicy = Literal["pause", "warn"]


class SettingsError(GatewayError):
    """The settings file cannot be used."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Endpoint(_Strict):
    """An HTTP service of the platform or the centre.

    `ca` is a file of trusted certificates; `certificate` (with its chain) and `key` are our own, for
    a service that wants mutual TLS.
    """

    url: str = Field(pattern=r"^https?://")
    token: SecretStr
    timeout: float = Field(default=30.0, gt=0, description="seconds without an answer")
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


class DestinationSettings(_Strict):
    """What every kind of destination takes: with keys, packages are signed and only signed answers count.

    `sender` and `centre` are our name there and the centre's own: with both, what is signed is of
    exchange 1.1, which says so and when; without, of 1.0.
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
        """Load the key that packages are signed with; raises KeyRefused."""
        return next((load_signer(*entry) for entry in self.signing_key.items()), None)

    def verifier(self) -> Verifier | None:
        """Load the keys that receipts must be signed with; raises KeyRefused."""
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
        """Give both periods."""
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
        description="seconds after which a package passes to another worker when its own is not heard of",
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
        for feed, count in Counter(one.feed for one in adapters).items():
            if count > 1:
                raise SettingsFault(messages.feed_twice(feed, count))
        return adapters


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed, ready to be fetched."""

    name: str
    mapping: Mapping
    adapter: Adapter = field(repr=False)
    kind: str = ""
    drift: DriftPolicy = "warn"


def load_settings(path: Path) -> GatewaySettings:
    """Read a settings file and the `secrets.yaml` beside it; raises SettingsError."""
    tree = _yaml(path)
    secrets_path = path.with_name("secrets.yaml")
    secrets = _yaml(secrets_path) if secrets_path.exists() else {}
    if secrets and secrets_path.stat().st_mode & 0o077:
        raise SettingsError(
            f"{secrets_path} 可被他人读取，请执行 chmod 600", f"{secrets_path} can be read by others; run chmod 600"
        )  # fmt: skip
    _refuse_open_secrets(tree, path)
    try:
        tree = _with_secrets(tree, secrets, path)
        for name in ("catalogue", "centre", "totals"):
            if isinstance(tree.get(name), dict):
                tree[name] = _absolute(tree[name], path.resolve().parent)
        settings = GatewaySettings.model_validate(tree)
    except ValidationError as error:
        raise invalid_settings(path, error) from None
    base = path.parent
    found = [
        entry.model_copy(update={"mapping": base / entry.mapping}) for entry in settings.adapters
    ]
    return settings.model_copy(update={"adapters": tuple(found)})


def _refuse_open_secrets(tree: Any, path: Path) -> None:
    """Raise SettingsError where others can read the settings, or a key file of theirs, and a secret in it."""
    if readable_by_others(path) and (
        places := inline_secrets(tree, GatewaySettings, _settings_of_kind)
    ):
        raise SettingsError.of(messages.secrets_open(str(path), places))
    base = path.resolve().parent
    if exposed := [str(file) for file in key_files(tree, base) if readable_by_others(file)]:
        raise SettingsError.of(messages.keys_open(exposed))


def _settings_of_kind(name: str) -> type[AnySettings] | None:
    """Return the settings of an adapter kind; None where it is not there or cannot be used."""
    try:
        return adapter_kind(name).Settings
    except SettingsError:
        # Said where its feed is opened; until then its settings are judged by their names.
        return None


def open_feed(entry: AdapterSettings, base: Path) -> Feed:
    """Load a feed's mapping and make its adapter; relative paths in its settings start at `base`.

    Raises SettingsError, MappingError or adapters.AdapterError.
    """
    return _open(entry, base, lambda settings: settings)


def open_harmless(entry: AdapterSettings, base: Path) -> Feed:
    """Open a feed as `open_feed` does, by an adapter that changes nothing at the source by a fetch."""
    return _open(entry, base, lambda settings: settings.harmless())


def _open(entry: AdapterSettings, base: Path, suited: Callable[[AnySettings], AnySettings]) -> Feed:
    mapping = load_mapping(entry.mapping)
    if mapping.feed != entry.feed:
        raise SettingsError(
            f"{entry.mapping} 是数据项 {mapping.feed} 的映射，不是 {entry.feed}",
            f"{entry.mapping} maps the feed {mapping.feed}, not {entry.feed}",
        )
    kind = adapter_kind(entry.kind)
    settings = adapter_settings(kind, entry.settings, base, entry.feed)
    return Feed(entry.feed, mapping, kind(suited(settings)), entry.kind, entry.drift)


def adapter_kind(name: str) -> type[Adapter]:
    """Return an installed adapter kind; raises SettingsError where there is none, or it cannot be imported."""
    if name not in (names := kind_names()):
        known = ", ".join(names)
        raise SettingsError(f"没有适配器类型 {name}，已有：{known}", f"there is no adapter kind {name}; installed: {known}")  # fmt: skip
    try:
        # Each kind brings a library of its own: only what is used is loaded.
        return load_kind(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # A stranger's package is imported here: it may raise anything.
        raise SettingsError.of(stranger_messages.kind_not_loaded(name, reason_of(error))) from error


def adapter_settings(
    kind: type[Adapter], given: dict[str, Any], base: Path, what: str
) -> AnySettings:
    """Check a kind's settings, relative paths from `base`; raises SettingsError, naming `what` they are of."""
    try:
        return kind.Settings.model_validate(from_base(kind.Settings, given, base))
    except ValidationError as error:
        raise invalid_settings(what, error) from None


def _absolute(settings: dict[str, Any], base: Path) -> dict[str, Any]:
    """Let the paths in a section of platform or centre, and in tables of keys, start at a folder."""
    paths = ("wsdl", "private_key", "ca", "certificate", "key", "server_certificate")
    tables = ("signing_key", "trusted_keys")
    found: dict[str, Any] = {
        k: str(base / v) if k in paths and isinstance(v, str) else v for k, v in settings.items()
    }
    for name in tables:
        keys = found.get(name)
        if isinstance(keys, dict):
            found[name] = {k: str(base / str(v)) for k, v in keys.items()}
    return found


def _yaml(path: Path) -> Any:
    try:
        return read_yaml(path.read_text("utf-8")) or {}
    except YamlError as error:
        raise SettingsError(f"{path} {error.text.zh}", f"{path} {error.text.en}") from None
    except UnicodeDecodeError as error:
        text = yaml_texts.no_text(str(path), error)
        raise SettingsError.of(text) from None
    except OSError as error:
        raise SettingsError(f"无法读取 {path}：{error.strerror}", f"cannot read {path}: {error.strerror}") from None  # fmt: skip


def _with_secrets(node: Any, secrets: Dict[str, str], path: Path) -> Any:
    if isinstance(node, dict):
        return {key: _with_secrets(value, secrets, path) for key, value in node.items()}
    if isinstance(node, list):
        return [_with_secrets(value, secrets, path) for value in node]
    if isinstance(node, str) and node.startswith("secret:"):
        return _secret(node.removeprefix("secret:"), secrets, path)
    if isinstance(node, str) and (url := _SECRET_IN_URL.match(node)):
        password = quote(str(_secret(url[2], secrets, path)), safe="")
        return f"{url[1]}:{password}@{node[url.end() :]}"
    return node


def _secret(name: str, secrets: Dict[str, str], path: Path) -> str:
    if name not in secrets:
        raise SettingsError(f"{path.name} 引用的密钥 {name} 不在 secrets.yaml 中", f"{path.name} refers to the secret {name}, which secrets.yaml lacks")  # fmt: skip
    return secrets[name]


def invalid_settings(what: object, error: ValidationError) -> SettingsError:
    """Say which settings are wrong and how; never what was given: it may be a secret."""
    parts = invalid_parts(error)
    zh, en = ("\n".join(one) for one in zip(*parts, strict=True))
    return SettingsError(f"{what} 的设置不对：\n{zh}", f"the settings in {what} are wrong:\n{en}")
