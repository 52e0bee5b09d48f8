"""The cookies of signing in: the session's, and the one by which a browser is known again."""

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.wrappers import Response as BaseResponse

from gateway.accounts.session import Opened
from gateway.accounts.store import DEVICE_LIFE
from gateway.settings.web import WebSettings


class Cookies:
    """Names, sets and takes away what a browser keeps for us."""

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings

    @property
    def secure(self) -> bool:
        """Whether the browser is here by TLS, by the settings or by what a trusted proxy says."""
        return self._settings.secure or request.is_secure

    @property
    def session(self) -> str:
        """Return the cookie of a session."""
        return "__Host-creditgate" if self.secure else "creditgate"

    @property
    def device(self) -> str:
        """Return the cookie by which a browser is known again; it opens nothing."""
        return f"{self.session}-device"

    def set(self, answer: BaseResponse, new_session: Opened) -> None:
        """Set the browser's session, and what it is known by from now on if that is new."""
        answer.set_cookie(
            self.session,
            new_session.token,
            httponly=True,
            samesite="Lax",
            secure=self.secure,
            path="/",
        )
        if new_session.device:
            answer.set_cookie(
                self.device,
                new_session.device,
                httponly=True,
                samesite="Lax",
                secure=self.secure,
                path="/",
                max_age=int(DEVICE_LIFE.total_seconds()),
            )

    def clear(self, answer: BaseResponse) -> None:
        """Take the session from the browser; it stays known."""
        answer.delete_cookie(
            self.session, path="/", secure=self.secure, httponly=True, samesite="Lax"
        )


class SaidCookie(SecureCookieSessionInterface):
    """The cookie of what is said once on the next page.

    It is for TLS alone where the browser is here by TLS.
    """

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the browser is to send it by TLS alone."""
        return bool(app.config["SESSION_COOKIE_SECURE"]) or request.is_secure
