"""Reports ways of the settings that carry data or secrets without TLS, and other pitfalls.

None of it is refused: a network of its own may protect what the settings do not. It is reported at
the start and by `creditgate settings check`, so that nobody can say that they did not know. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from gateway.settings.model import GatewaySettings, MailSettings
from gateway.text import Text
from gateway.text import settings as messages


@dataclass(frozen=True, slots=True)
class Unprotected:
    """One way without TLS; `leaves`: what it carries leaves this machine."""

    text: Text
    leaves: bool


def unprotected(settings: GatewaySettings) -> list[Unprotected]:
    """Return what to say of ways without TLS, one text each."""
    ways = [
        Unprotected(messages.plain_http(name, host), not _is_here(host))
        for name, host in _plain(settings)
    ]
    mail = settings.alerts.mail
    if mail is not None and not mail.starttls:
        ways.append(Unprotected(_mail(mail), not _is_here(mail.host)))
    return ways + [Unprotected(text, True) for text in _console(settings)]


def _plain(settings: GatewaySettings) -> Iterator[tuple[str, str]]:
    """Yield each setting that names an address by http, with its host."""
    named: list[tuple[str, Any]] = [
        ("catalogue.url", settings.catalogue.url),
        ("totals.url", settings.totals and settings.totals.url),
        ("telemetry.endpoint", settings.telemetry and settings.telemetry.endpoint),
        ("web.oidc.issuer", settings.web and settings.web.oidc and settings.web.oidc.issuer),
        ("web.public_url", settings.web and settings.web.public_url),
    ]
    named += _of_table("centre", settings.centre)
    named += [
        (f"alerts.webhooks.{name}.url", hook.url) for name, hook in settings.alerts.webhooks.items()
    ]
    for entry in settings.adapters:
        named += _of_table(f"adapters.{entry.feed}", entry.settings)
    for name, value in named:
        if isinstance(value, str) and value.strip().lower().startswith(
            ("http://", "nats://", "ws://")
        ):
            yield name, _host(value)


def _of_table(name: str, table: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(f"{name}.{key}", value) for key, value in table.items() if isinstance(value, str)]


def _host(address: str) -> str:
    """Return the host of an address, without the user and password that may stand in it."""
    try:
        return urlsplit(address).hostname or "-"
    except ValueError:
        return "-"


def _is_here(host: str) -> bool:
    """Whether a host is this machine: nothing leaves it.

    `settings check` reports it all the same.
    """
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        # A name that only begins so (127.example.org, localhost.example.org) is anybody's.
        return host.lower() == "localhost"


def _mail(mail: MailSettings) -> Text:
    if mail.password is not None:
        return messages.plain_mail_password(mail.host)
    return messages.plain_mail(mail.host)


def _console(settings: GatewaySettings) -> list[Text]:
    web = settings.web
    if web is None:
        return []
    texts = []
    if not web.secure and not _is_here(web.host):
        texts.append(messages.plain_console(web.host))
    if web.public_url and not web.proxies:
        texts.append(messages.no_proxies(web.public_url))
    return texts
