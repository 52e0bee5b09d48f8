"""Settings of the keys under which payloads are sealed in the store."""

from base64 import b64decode

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from adapters.setting_faults import InvalidSettingsError
from adapters.text import settings as messages
from gateway.text.settings import about_current_key
from outbox import PayloadCipher


class AtRest(BaseModel):
    """The keys under which payloads are sealed in the store: 32 bytes each, in Base64."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    current: str = Field(description=about_current_key())
    keys: dict[str, SecretStr]

    @model_validator(mode="after")
    def _usable(self) -> "AtRest":
        try:
            self.seal()
        except ValueError:
            raise InvalidSettingsError(messages.sealing_keys()) from None
        return self

    def seal(self) -> PayloadCipher:
        """Return the cipher of these keys; raises ValueError where a key is none."""
        keys = {name: b64decode(key.get_secret_value()) for name, key in self.keys.items()}
        return PayloadCipher(keys, self.current)
