"""Sends an alert to a channel: e-mail by SMTP, or a webhook. A shell."""

import hashlib
import hmac
import json
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

import httpx

from gateway.alerts.rules import ABOUT
from gateway.alerts.store import Notice, What
from gateway.clock import local_text
from gateway.errors import GatewayError
from gateway.http_client import open_http
from gateway.settings.model import AlertSettings, MailSettings, WebhookSettings
from gateway.text import alerts as messages

MAIL = "mail"
#: The header with the HMAC-SHA256 of a webhook's body, in hexadecimal.
SIGNATURE = "X-Creditgate-Signature"
#: Largest answer of a receiver, in bytes; nothing of it is used.
_ANSWER_LIMIT = 1_000_000
#: How a mail's subject begins.
_SUBJECT_PREFIX: dict[What, str] = {
    "opened": "",
    "again": "仍无人确认 nobody has acknowledged: ",
    "over": "已恢复 over: ",
}


class AlertSendError(GatewayError):
    """An alert did not reach its channel; it is tried again."""


def channels(settings: AlertSettings) -> tuple[str, ...]:
    """Return the names of the channels that are set up."""
    return ((MAIL,) if settings.mail else ()) + tuple(settings.webhooks)


def send(settings: AlertSettings, notice: Notice, base: str) -> None:
    """Send a notice; `base` is the console's address. Raises AlertSendError."""
    if notice.channel == MAIL and settings.mail is not None:
        _mail(settings.mail, notice, base)
    elif notice.channel in settings.webhooks:
        _webhook(settings.webhooks[notice.channel], notice, base)
    else:
        raise AlertSendError.of(messages.no_channel(notice.channel))


def _mail(settings: MailSettings, notice: Notice, base: str) -> None:
    kind_name, alert = ABOUT[notice.alert.kind].text, notice.alert
    message = EmailMessage()
    # No line break can get in: the header would end there.
    head = f"[creditgate] {_SUBJECT_PREFIX[notice.what]}{kind_name.zh} {kind_name.en} {alert.feed}"
    message["Subject"] = " ".join(head.split())
    message["From"], message["To"] = settings.sender, ", ".join(settings.to)
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="creditgate")
    when = (
        f"{local_text(alert.opened_at)} – {local_text(alert.closed_at)}"
        if alert.closed_at
        else local_text(alert.opened_at)
    )
    message.set_content(f"{alert.text.zh}\n\n{alert.text.en}\n\n{when}\n{base}{alert.link}\n")
    try:
        with smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout) as server:
            if settings.starttls:
                cafile = str(settings.ca) if settings.ca else None
                server.starttls(context=ssl.create_default_context(cafile=cafile))
            if settings.username:
                password = settings.password.get_secret_value() if settings.password else ""
                server.login(settings.username, password)
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise AlertSendError.of(messages.mail_failed(type(error).__name__)) from None


def _webhook(settings: WebhookSettings, notice: Notice, base: str) -> None:
    alert = notice.alert
    body = json.dumps(
        {
            "alert": alert.id,
            "what": notice.what,
            "kind": alert.kind,
            "feed": alert.feed,
            "zh": alert.text.zh,
            "en": alert.text.en,
            "opened_at": alert.opened_at.isoformat(),
            "closed_at": alert.closed_at and alert.closed_at.isoformat(),
            "link": base + alert.link,
        },
        ensure_ascii=False,
    ).encode()
    secret = settings.secret.get_secret_value().encode()
    signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
    try:
        verify = ssl.create_default_context(cafile=str(settings.ca)) if settings.ca else True
        headers = {"Content-Type": "application/json; charset=utf-8", SIGNATURE: signature}
        with open_http(_ANSWER_LIMIT, timeout=settings.timeout, verify=verify) as http:
            answer = http.post(settings.url, content=body, headers=headers)
        if not answer.is_success:
            raise AlertSendError.of(messages.receiver_answered(answer.status_code))
    except httpx.HTTPError as error:
        raise AlertSendError.of(messages.not_delivered(type(error).__name__)) from None
