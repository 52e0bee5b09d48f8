"""OpenID Connect: people sign in at their city's own provider. Authorization code with PKCE, state and nonce."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway.messages import GatewayError
from gateway.settings.web import OidcSettings
from gateway.text import accounts as messages

#: What signs ID tokens; never `none`, and no shared secret.
_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_TIMEOUT = 10.0
#: How far the provider's clock may be ahead of ours.
_AHEAD = timedelta(minutes=1)


class OidcFailed(GatewayError):
    """The provider did not say who somebody is, in a way that can be trusted."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who the provider says somebody is, and when it has asked them, if it says that it just did."""

    subject: str
    proved_at: datetime | None


class Provider:
    """One provider; it is asked for its addresses and keys each time, which is seldom."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._verify: Any = str(settings.ca) if settings.ca else True

    def begin(self, back: str) -> tuple[str, dict[str, str]]:
        """Give the address to send somebody to, and what must be remembered until they are back.

        Raises OidcFailed.
        """
        return self._begin(back)

    def begin_anew(self, back: str) -> tuple[str, dict[str, str]]:
        """Do as `begin` does for somebody whom the provider must ask once more, though it knows them."""
        return self._begin(back, prompt="login", max_age="0")

    def _begin(self, back: str, **more: str) -> tuple[str, dict[str, str]]:
        found = self._discovered()
        note = {name: secrets.token_urlsafe(32) for name in ("nonce", "verifier")}
        with self._client(back) as client:
            target, state = client.create_authorization_url(
                found["authorization_endpoint"],
                code_verifier=note["verifier"],
                nonce=note["nonce"],
                **more,
            )
        return str(target), {**note, "state": str(state)}

    def person(self, came_back: str, note: dict[str, str], back: str, now: datetime) -> Person:
        """Give who somebody is that came back from the provider; raises OidcFailed."""
        if parse_qs(urlsplit(came_back).query).get("state") != [note["state"]]:
            raise OidcFailed("登录请求已失效，请重新登录", "this sign-in is over; begin again")
        found = self._discovered()
        try:
            with self._client(back, note["state"]) as client:
                answer = client.fetch_token(
                    found["token_endpoint"], authorization_response=came_back, code_verifier=note["verifier"]
                )  # fmt: skip
            keys = KeySet.import_key_set({"keys": self._get(found["jwks_uri"])["keys"]})
            token = jwt.decode(str(answer["id_token"]), keys, algorithms=_ALGORITHMS)
            jwt.JWTClaimsRegistry(
                iss={"essential": True, "value": self._settings.issuer},
                aud={"essential": True, "value": self._settings.client_id},
                exp={"essential": True},
                nonce={"essential": True, "value": note["nonce"]},
            ).validate(token.claims)
            self._check_audience(token.claims)
            return Person(self._subject(token.claims), _asked_at(token.claims, now))
        except (requests.RequestException, OAuthError, JoseError, KeyError, ValueError, TypeError) as error:  # fmt: skip
            raise self._failed(error) from None

    def _check_audience(self, claims: dict[str, Any]) -> None:
        """Raise OidcFailed where a token is for several and was not issued to us (OpenID Core 3.1.3.7)."""
        several = not isinstance(claims["aud"], str) and list(claims["aud"]) != [self._settings.client_id]  # fmt: skip
        issued_to = claims.get("azp")
        if (several and issued_to is None) or issued_to not in (None, self._settings.client_id):
            raise OidcFailed.of(messages.issued_to_another())

    def _subject(self, claims: dict[str, Any]) -> str:
        """Return the claim that names the account; raises OidcFailed or KeyError where it names nobody.

        An address of mail is whatever somebody has typed unless the provider has verified it.
        """
        subject = claims[self._settings.subject_claim]
        if not isinstance(subject, str) or not subject.strip():
            raise OidcFailed.of(messages.no_subject(self._settings.subject_claim))
        claim = self._settings.subject_claim.lower()
        mail = "mail" in claim or (claim != "sub" and "@" in subject)
        if mail and claims.get("email_verified") is not True:
            raise OidcFailed.of(messages.mail_unverified())
        return subject

    def _client(self, back: str, state: str | None = None) -> OAuth2Session:
        client = OAuth2Session(
            self._settings.client_id, self._settings.client_secret.get_secret_value(), scope="openid", state=state,
            redirect_uri=back, code_challenge_method="S256", default_timeout=_TIMEOUT,
        )  # fmt: skip
        client.verify, client.trust_env = self._verify, False
        return client

    def _discovered(self) -> dict[str, Any]:
        issuer = self._settings.issuer.rstrip("/")
        found = self._get(f"{issuer}/.well-known/openid-configuration")
        if found.get("issuer", "").rstrip("/") != issuer:
            raise OidcFailed("统一身份认证的签发者与设置不符", "the provider calls itself by another name than the settings")  # fmt: skip
        return found

    def _get(self, url: str) -> dict[str, Any]:
        try:
            with requests.Session() as plain:
                plain.trust_env = False
                answer = plain.get(url, verify=self._verify, timeout=_TIMEOUT)
                answer.raise_for_status()
                found: dict[str, Any] = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise self._failed(error) from None
        return found

    @staticmethod
    def _failed(error: Exception) -> OidcFailed:
        kind = type(error).__name__
        return OidcFailed(f"统一身份认证未能确认身份（{kind}），请稍后再试或联系管理员", f"the provider did not confirm who you are ({kind}); try again later, or ask an administrator")  # fmt: skip


def _asked_at(claims: dict[str, Any], now: datetime) -> datetime | None:
    """Return when the provider has last asked who somebody is; None where it does not say so, or of the future."""
    said = claims.get("auth_time")
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    try:
        moment = datetime.fromtimestamp(said, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return min(moment, now) if moment <= now + _AHEAD else None
