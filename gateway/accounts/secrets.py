"""Passwords, one-time passwords, session and API tokens, TOTP codes: made and proved."""

import hashlib
import secrets
import string
from functools import cache

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

#: Seconds of a TOTP step (RFC 6238), and steps by which a telephone's clock may be off.
STEP, DRIFT = 30, 1
#: Recovery codes that are given with a second factor.
RECOVERY_CODES = 8
_SIGNS = string.ascii_letters + string.digits

# RFC 9106, second recommended option: 64 MiB, three passes.
_HASHER = PasswordHasher()


def hashed(password: str) -> str:
    """Return the hash of a password (argon2id); it takes about a tenth of a second."""
    return _HASHER.hash(password)


def password_ok(password_hash: str, password: str) -> bool:
    """Whether a password has a hash; False takes just as long where there is no hash."""
    try:
        return _HASHER.verify(password_hash or _nobody(), password) and bool(password_hash)
    except (Argon2Error, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """Make the hash of a password that nobody has."""
    return hashed(secrets.token_urlsafe(32))


def one_time_password() -> str:
    """Return a password for a first sign-in: readable, 100 bits."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(6)) for _ in range(3))


def halves() -> tuple[str, str]:
    """Return a password for a first sign-in in two halves of 70 bits.

    Each is for one of two administrators.
    """
    parts = ["".join(secrets.choice(_SIGNS) for _ in range(6)) for _ in range(4)]
    return f"{parts[0]}-{parts[1]}", f"-{parts[2]}-{parts[3]}"


def new_token(prefix: str) -> str:
    """Return a token of 256 bits; its prefix lets scanners of leaked secrets find it."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def digest_of(token: str) -> str:
    """Return what is kept of a token, or of a name that was typed: SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_second() -> str:
    """Return a new TOTP secret, in Base32."""
    return pyotp.random_base32()


def second_uri(secret: str, name: str) -> str:
    """Return a TOTP secret as the address that authenticator apps read."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="creditgate")


def code_step(secret: str, code: str, unix_time: float) -> int | None:
    """Return the time step whose code was typed; None where it is none of those that are near."""
    totp = pyotp.TOTP(secret)
    now = int(unix_time) // STEP
    typed = code.replace(" ", "")[:12].encode()
    for step in range(now - DRIFT, now + DRIFT + 1):
        if secrets.compare_digest(totp.generate_otp(step).encode(), typed):
            return step
    return None


def recovery_codes() -> list[str]:
    """Return new recovery codes, each of 60 bits and good once."""
    return [
        "-".join("".join(secrets.choice(_SIGNS) for _ in range(5)) for _ in range(2))
        for _ in range(RECOVERY_CODES)
    ]
