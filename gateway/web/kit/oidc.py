"""OpenID Connect: people sign in at their city's own provider.

By the authorization code with PKCE, state and nonce.
"""

import secrets
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway.errors import GatewayError
from gateway.http_client import open_http, usual_trust
from gateway.settings.web import OidcSettings
from gateway.text import accounts as messages

#: What signs ID tokens; never `none`, and no shared secret.
_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_TIMEOUT = 10.0
#: Bytes of any answer of a provider: its addresses, its keys, a token. The largest have some ten
#: thousand.
_MOST_OF_ANSWER = 1_000_000
#: What its answers can be wrong with: each means that nobody is known by them.
_WRONG = (
    httpx.HTTPError,
    httpx.InvalidURL,
    JoseError,
    OSError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
)
#: How far the provider's clock may be ahead of ours.
_AHEAD = timedelta(minutes=1)


class OidcError(GatewayError):
    """The provider did not say who somebody is, in a way that can be trusted."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who the provider says somebody is, and when it has asked them, if it says so."""

    subject: str
    proved_at: datetime | None


class Provider:
    """One provider; it is asked for its addresses and keys each time, which is seldom."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings

    def begin(self, back: str) -> tuple[str, dict[str, str]]:
        """Return the address to send somebody to, and what must be remembered until they are back.

        Raises OidcError.
        """
        return self._begin(back)

    def begin_anew(self, back: str) -> tuple[str, dict[str, str]]:
        """Return what `begin` does for somebody whom the provider must ask once more.

        It asks though it knows them.
        """
        return self._begin(back, prompt="login", max_age="0")

    def _begin(self, back: str, **extra: str) -> tuple[str, dict[str, str]]:
        discovery = self._discovered()
        note = {name: secrets.token_urlsafe(32) for name in ("nonce", "verifier", "state")}
        target = prepare_grant_uri(
            self._address(discovery, "authorization_endpoint"),
            self._settings.client_id,
            "code",
            back,
            scope="openid",
            state=note["state"],
            nonce=note["nonce"],
            code_challenge_method="S256",
            code_challenge=create_s256_code_challenge(note["verifier"]),
            **extra,
        )
        return str(target), note

    def person(self, came_back: str, note: dict[str, str], back: str, now: datetime) -> Person:
        """Return who somebody is that came back from the provider; raises OidcError."""
        came = parse_qs(urlsplit(came_back).query)
        if came.get("state") != [note["state"]]:
            raise OidcError.of(messages.sign_in_over())
        discovery = self._discovered()
        try:
            [code] = came["code"]
            answer = self._token(discovery, code, note["verifier"], back)
            keys = KeySet.import_key_set(
                {"keys": self._get(self._address(discovery, "jwks_uri"))["keys"]}
            )
            token = jwt.decode(str(answer["id_token"]), keys, algorithms=_ALGORITHMS)
            jwt.JWTClaimsRegistry(
                iss={"essential": True, "value": self._settings.issuer},
                aud={"essential": True, "value": self._settings.client_id},
                exp={"essential": True},
                nonce={"essential": True, "value": note["nonce"]},
            ).validate(token.claims)
            self._check_audience(token.claims)
            return Person(self._subject(token.claims), _asked_at(token.claims, now))
        except _WRONG as error:
            raise self._failed(error) from None

    def _check_audience(self, claims: dict[str, Any]) -> None:
        """Raise OidcError where a token is for several and was not issued to us.

        See OpenID Core 3.1.3.7.
        """
        several = not isinstance(claims["aud"], str) and list(claims["aud"]) != [
            self._settings.client_id
        ]
        issued_to = claims.get("azp")
        if (several and issued_to is None) or issued_to not in (None, self._settings.client_id):
            raise OidcError.of(messages.issued_to_another())

    def _subject(self, claims: dict[str, Any]) -> str:
        """Return the claim that names the account.

        Raises OidcError or KeyError where it names nobody. An address of mail is whatever somebody
        has typed unless the provider has verified it.
        """
        subject = claims[self._settings.subject_claim]
        if not isinstance(subject, str) or not subject.strip():
            raise OidcError.of(messages.no_subject(self._settings.subject_claim))
        claim = self._settings.subject_claim.lower()
        mail = "mail" in claim or (claim != "sub" and "@" in subject)
        if mail and claims.get("email_verified") is not True:
            raise OidcError.of(messages.mail_unverified())
        return subject

    def _token(
        self, discovery: dict[str, Any], code: str, verifier: str, back: str
    ) -> dict[str, Any]:
        """Return what the provider gives for a code.

        It must say itself who asks (RFC 6749, 2.3.1).
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
        }
        credentials = (self._settings.client_id, self._settings.client_secret.get_secret_value())
        return self._answer_of(
            "POST", self._address(discovery, "token_endpoint"), data=form, auth=credentials
        )

    def _address(self, discovery: dict[str, Any], name: str) -> str:
        """Return an address of the provider's own.

        Raises OidcError for one that is less safe than its name.
        """
        url, secure = discovery.get(name), urlsplit(self._settings.issuer).scheme == "https"
        schemes = ("https",) if secure else ("https", "http")
        if not isinstance(url, str) or urlsplit(url).scheme not in schemes:
            raise OidcError.of(messages.provider_address(name))
        return url

    def _discovered(self) -> dict[str, Any]:
        issuer = self._settings.issuer.rstrip("/")
        discovery = self._get(f"{issuer}/.well-known/openid-configuration")
        if str(discovery.get("issuer")).rstrip("/") != issuer:
            raise OidcError.of(messages.issuer_differs())
        return discovery

    def _get(self, url: str) -> dict[str, Any]:
        try:
            return self._answer_of("GET", url)
        except _WRONG as error:
            raise self._failed(error) from None

    def _answer_of(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        """Return an answer of the provider's.

        It is an object of JSON within its bounds, from the very address.
        """
        ca = self._settings.ca
        context = ssl.create_default_context(cafile=str(ca)) if ca else usual_trust()
        with open_http(_MOST_OF_ANSWER, verify=context, timeout=_TIMEOUT) as client:
            answer = client.request(method, url, headers={"Accept": "application/json"}, **options)
            # A redirect is an error as well: it would take a code and our secret elsewhere.
            answer.raise_for_status()
            tree = answer.json()
        if not isinstance(tree, dict):
            raise TypeError
        return tree

    @staticmethod
    def _failed(error: Exception) -> OidcError:
        return OidcError.of(messages.provider_failed(type(error).__name__))


def _asked_at(claims: dict[str, Any], now: datetime) -> datetime | None:
    """Return when the provider has last asked who somebody is.

    None where it does not say so, or names a moment to come.
    """
    auth_time = claims.get("auth_time")
    if isinstance(auth_time, bool) or not isinstance(auth_time, int | float):
        return None
    try:
        moment = datetime.fromtimestamp(auth_time, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return min(moment, now) if moment <= now + _AHEAD else None
