"""A small OpenID provider over HTTP for tests: real keys, codes that work once, PKCE looked at."""

import base64
import hashlib
import secrets
import time
from functools import cache
from typing import Any

from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.wrappers import Response as BaseResponse

CLIENT, SECRET = "creditgate", "made-up-client-secret"


@cache
def _published_key() -> RSAKey:
    """Return the key of every provider of this process: to make one takes a tenth of a second."""
    return RSAKey.generate_key(2048, {"kid": "k1"})


class OidcProvider:
    """Signs in `subject`; `tamper` may change the claims, `key` may not be the published one."""

    def __init__(self) -> None:
        self.issuer = ""
        self.subject = "person-1"
        self.published = _published_key()
        self.key = self.published
        self.tamper: dict[str, Any] = {}
        self.given: dict[str, dict[str, str]] = {}

    def app(self) -> Flask:
        """Make its application."""
        app = Flask("provider")

        @app.get("/.well-known/openid-configuration")
        def discover() -> Response:
            return jsonify(
                {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                }
            )

        @app.get("/keys")
        def keys() -> Response:
            return jsonify({"keys": [self.published.as_dict(private=False)]})

        @app.get("/authorize")
        def authorize() -> BaseResponse:
            code = secrets.token_urlsafe(16)
            self.given[code] = dict(request.args)
            return redirect(
                f"{request.args['redirect_uri']}?code={code}&state={request.args['state']}"
            )

        @app.post("/token")
        def token() -> tuple[Response, int] | Response:
            asked = self.given.pop(request.form["code"], None)
            who = request.authorization
            digest = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if (
                asked is None
                or who is None
                or (who.username, who.password) != (CLIENT, SECRET)
                or challenge != asked["code_challenge"]
            ):
                return jsonify({"error": "invalid_grant"}), 400
            claims = {
                "iss": self.issuer,
                "aud": CLIENT,
                "sub": self.subject,
                "nonce": asked["nonce"],
                "iat": int(time.time()),
                "exp": int(time.time()) + 300,
                **self.tamper,
            }
            signed = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.key)
            return jsonify({"access_token": "x", "token_type": "Bearer", "id_token": signed})

        return app
