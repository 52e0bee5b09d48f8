"""Encryption of payloads at rest: AES-256-GCM under a named key.

Keys can be changed one by one.
"""

import os
from base64 import b64decode, b64encode
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from outbox.messages import OutboxError

#: Bytes of a key and of the number used once before each sealed value.
KEY_BYTES = 32
_NONCE = 12


class DecryptionError(OutboxError):
    """A payload cannot be opened: its key is not here, or its bytes were changed."""

    def __init__(self, guid: str, reason: str) -> None:
        self.guid = guid
        super().__init__(f"{guid}: {reason}")


class PayloadCipher:
    """The keys by which a store's payloads are sealed and opened.

    `keys` gives each key (32 bytes) by its id; new values are sealed under `current`. Without keys
    values are kept as they come. Message and name of a value are sealed in with it: it opens in no
    other's place. Raises ValueError for a key of another length or a current key that is not there.
    """

    def __init__(self, keys: Mapping[str, bytes] | None = None, current: str = "") -> None:
        self._ciphers = {name: AESGCM(key) for name, key in (keys or {}).items()}
        if any(len(key) != KEY_BYTES for key in (keys or {}).values()):
            raise ValueError(f"a key must have {KEY_BYTES} bytes")
        if (current or self._ciphers) and current not in self._ciphers:
            raise ValueError(f"there is no key {current}")
        self.current = current

    def close(self, data: bytes, guid: str, name: str) -> bytes:
        """Return a message's value of a name sealed under the current key."""
        if not self.current:
            return data
        nonce = os.urandom(_NONCE)
        return nonce + self._ciphers[self.current].encrypt(nonce, data, f"{guid} {name}".encode())

    def open(self, data: bytes, guid: str, name: str, key_id: str) -> bytes:
        """Return a message's value, opened by the key that sealed it; raise DecryptionError."""
        if not key_id:
            return data
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise DecryptionError(
                guid, f"its {name} is sealed under the key {key_id}, which is not here"
            )
        try:
            return cipher.decrypt(data[:_NONCE], data[_NONCE:], f"{guid} {name}".encode())
        except InvalidTag:
            raise DecryptionError(
                guid, f"its {name} does not open: the bytes were changed"
            ) from None

    def close_text(self, text: str, owner: str, name: str) -> str:
        """Return a text of a row sealed, in Base64; without keys, the text as it comes."""
        return b64encode(self.close(text.encode(), owner, name)).decode() if self.current else text

    def open_text(self, text: str, owner: str, name: str, key_id: str) -> str:
        """Return a text, opened by the key that sealed it; raise DecryptionError."""
        if not key_id:
            return text
        try:
            data = b64decode(text, validate=True)
        except ValueError:
            raise DecryptionError(owner, f"its {name} does not open: it was changed") from None
        return self.open(data, owner, name, key_id).decode()
